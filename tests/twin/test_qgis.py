"""The QGIS project opened by QGIS itself, without a screen: layers valid, grouped, styled, with their lists, and drawn."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from jumeau.model.provenance import Source
from jumeau.twin import Twin, geopackage

PYTHON = "/usr/bin/python3"
READ = """
import json, sys
from qgis.core import QgsApplication, QgsMapRendererParallelJob, QgsMapSettings, QgsProject
from qgis.PyQt.QtCore import QSize
QgsApplication.setPrefixPath("/usr", True)
app = QgsApplication([], False)
app.initQgis()
project = QgsProject.instance()
assert project.read(sys.argv[1])
groups = [g.name() for g in project.layerTreeRoot().children()]
out = {"crs": project.crs().authid(), "title": project.title(), "groups": groups}
out["layers"] = {}
for layer in project.mapLayers().values():
    name = layer.source().split("layername=")[1]
    setup = {f.name(): layer.editorWidgetSetup(i).type() for i, f in enumerate(layer.fields())}
    config = layer.editFormConfig()
    locked = [f.name() for i, f in enumerate(layer.fields()) if config.readOnly(i)]
    ruled = layer.isSpatial() and layer.renderer().type() == "RuleRenderer"
    rules = len(layer.renderer().rootRule().children()) if ruled else 0
    aliases = {f.name(): layer.attributeAlias(i) for i, f in enumerate(layer.fields())}
    limits = {f.name(): layer.constraintExpression(i) for i, f in enumerate(layer.fields())}
    about = {"valid": layer.isValid(), "rows": layer.featureCount(), "crs": layer.crs().authid(), "widgets": setup}
    out["layers"][name] = about | {"locked": locked, "rules": rules, "aliases": aliases, "limits": limits}
settings = QgsMapSettings()
drawn = [n.layer() for n in project.layerTreeRoot().findLayers() if n.isVisible() and n.layer().isSpatial()]
settings.setLayers(drawn)
settings.setDestinationCrs(project.crs())
settings.setOutputSize(QSize(600, 450))
settings.setExtent(project.mapLayer("jumeau_luminaire").extent().buffered(50))
job = QgsMapRendererParallelJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
image.save(sys.argv[2])
seen = set()
for x in range(0, image.width()):
    for y in range(0, image.height()):
        seen.add(image.pixel(x, y))
out["colours"] = len(seen)
print(json.dumps(out))
"""


def qgis() -> dict[str, str]:
    """Environment of the system's Python when it has QGIS; the test skips with the reason when it has not."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {"QT_QPA_PLATFORM": "offscreen"}
    if shutil.which(PYTHON) is None or subprocess.run([PYTHON, "-c", "import qgis.core"], env=env, check=False).returncode:
        pytest.skip("no QGIS: apt-get install --no-install-recommends qgis python3-qgis")
    return env


def test_qgis_opens_and_draws_the_project(twin: Twin, lights: Path, tmp_path: Path) -> None:
    env = qgis()
    twin.import_file(lights, "luminaire", source=Source(id="essai", title="Essai"))
    gpkg = geopackage.write(twin, tmp_path / "sortie" / "jumeau.gpkg")
    moved = tmp_path / "ailleurs"
    shutil.copytree(gpkg.parent, moved)
    command = [PYTHON, "-c", READ, str(moved / "jumeau.qgz"), str(tmp_path / "carte.png")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["crs"] == "EPSG:2154"
    assert told["title"].startswith("Jumeau : Hérault")
    assert told["groups"] == ["Éclairage public", "Territoire", "Tableaux"]
    layer = told["layers"]["luminaire"]
    assert all(one["valid"] for one in told["layers"].values())
    assert (layer["rows"], layer["crs"]) == (60, "EPSG:2154")
    assert layer["widgets"]["lamp_technology"] == "ValueMap"
    assert layer["aliases"]["lamp_power_w"] == "Puissance nominale de la lampe (W)"
    assert layer["limits"]["lamp_power_w"].startswith('"lamp_power_w" IS NULL OR')
    assert {"id", "commune"} <= set(layer["locked"])
    assert "lamp_power_w" not in layer["locked"]
    assert layer["rules"] >= 4
    assert told["colours"] > 3


def test_the_same_twin_gives_the_same_project(twin: Twin, lights: Path, tmp_path: Path) -> None:
    twin.import_file(lights, "luminaire", source=Source(id="essai", title="Essai"))
    paths = [geopackage.write(twin, tmp_path / name / "jumeau.gpkg").with_suffix(".qgz") for name in ("un", "deux")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
