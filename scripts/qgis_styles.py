"""Open a GeoPackage in QGIS as a person would: default styles loaded, each layer drawn as a PNG. Run by QGIS's Python.

Usage: /usr/bin/python3 scripts/qgis_styles.py FILE.gpkg FOLDER. Prints one JSON object a layer: name, features, renderer,
classes, colours seen.
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def main(path, folder):
    app = QgsApplication([], False)
    app.initQgis()
    Path(folder).mkdir(parents=True, exist_ok=True)
    first = QgsVectorLayer(path, "gpkg", "ogr")
    names = sorted(part.split("!!::!!")[1] for part in first.dataProvider().subLayers())
    for name in names:
        layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
        message, loaded = layer.loadDefaultStyle()
        said = {"layer": name, "valid": layer.isValid(), "features": layer.featureCount(), "styled": bool(loaded)}
        renderer = layer.renderer()
        if renderer is not None and layer.isSpatial():
            said |= {"renderer": renderer.type(), "classes": len(renderer.legendSymbolItems()), "message": message}
            said["colours"] = draw(layer, str(Path(folder) / f"{name}.png"))
        print(json.dumps(said))
    sys.stdout.flush()
    os._exit(0)  # QGIS crashes when Python takes its layers apart after it


def draw(layer, target):
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(900, 700))
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(layer.extent().buffered(100))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(target)
    return len({image.pixel(x, y) for x in range(0, 900, 3) for y in range(0, 700, 3)})


if __name__ == "__main__":
    main(*sys.argv[1:3])
