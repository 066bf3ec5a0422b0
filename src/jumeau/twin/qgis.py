"""The QGIS project that opens an exported GeoPackage: layers by field of action, styles, French forms, lists of values."""

from collections.abc import Sequence
from pathlib import Path

from jumeau.documents.render import write_whole
from jumeau.interop.geopackage import GEOMETRY, GeoTable
from jumeau.interop.qgis_project import ProjectLayer, project
from jumeau.sharing.view import View
from jumeau.texts import catalogue, t


def write(view: View, tables: Sequence[GeoTable], gpkg: Path, name: str) -> Path:
    """Write the project beside the GeoPackage, under the same name."""
    layers = [_layer(view, table) for table in tables]
    layers.sort(key=lambda one: (one.group == t("qgis.tableaux"), one.group == t("qgis.champ_territory")))
    content = project(t("qgis.titre", name=name), gpkg.name, layers, _extent(tables))
    return write_whole(gpkg.with_suffix(".qgz"), content)


def _layer(view: View, table: GeoTable) -> ProjectLayer:
    known = view.layers().get(table.name)
    key = f"champ_{known.field}" if known is not None else "champ_territory"
    group = t(f"qgis.{key}") if key in catalogue("qgis") else t("qgis.champ_own")
    return ProjectLayer(
        name=table.name,
        title=table.title,
        group=group if table.kind != "none" else t("qgis.tableaux"),
        kind=table.kind,
        style=table.style,
        shown=table.kind != "none" and table.name != "programme_communes",
    )


def _extent(tables: Sequence[GeoTable]) -> list[float] | None:
    """Bounds of the first drawn layer that has any, EPSG:2154 [m], with a margin."""
    import numpy as np
    import shapely

    for table in tables:
        if table.kind == "none" or GEOMETRY not in table.table.column_names:
            continue
        box = shapely.total_bounds(shapely.from_wkb(table.table[GEOMETRY].drop_null().to_numpy(zero_copy_only=False)))
        if np.isfinite(box).all():
            margin = 0.03 * max(box[2] - box[0], box[3] - box[1], 100.0)
            return [float(x) for x in (box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin)]
    return None
