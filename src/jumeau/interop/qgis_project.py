"""A QGIS project (.qgz) over a GeoPackage beside it: layers in groups, with their styles, forms and lists of values."""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

import msgspec

CRS = "EPSG:2154"
_QGIS_NUMBER = "145"
"""Number of that system in QGIS's own list: a project without it opens without a system."""
_GEOMETRY = {"point": "Point", "line": "Line", "polygon": "Polygon", "none": "No geometry"}
_STAMP = (1980, 1, 1, 0, 0, 0)
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"


class ProjectLayer(msgspec.Struct, frozen=True, kw_only=True):
    """A table of the GeoPackage. kind: `point`, `line`, `polygon` or `none`; style: QML; shown: drawn at first."""

    name: str
    title: str
    group: str
    kind: str
    style: str = ""
    shown: bool = True


def project(title: str, file: str, layers: Sequence[ProjectLayer], extent: Sequence[float] | None) -> bytes:
    """The project as .qgz bytes, repeatable. file: the GeoPackage, in the same folder; extent: EPSG:2154 [m]."""
    root = Element("qgis", version="3.22.0", projectname=title)
    SubElement(root, "title").text = title
    _crs(SubElement(root, "projectCrs"))
    tree = SubElement(root, "layer-tree-group")
    groups: dict[str, Element] = {}
    for layer in layers:
        if layer.group not in groups:
            groups[layer.group] = SubElement(tree, "layer-tree-group", name=layer.group, expanded="1", checked="Qt::Checked")
        _branch(groups[layer.group], layer, file)
    if extent is not None:
        _canvas(root, extent)
    places = SubElement(root, "projectlayers")
    for layer in layers:
        _layer(places, layer, file)
    properties = SubElement(root, "properties")
    SubElement(SubElement(properties, "Paths"), "Absolute", type="bool").text = "false"
    SubElement(SubElement(properties, "SpatialRefSys"), "ProjectionsEnabled", type="int").text = "1"
    return _zipped(_DOCTYPE + tostring(root, encoding="unicode"))


def _source(layer: ProjectLayer, file: str) -> str:
    return f"./{file}|layername={layer.name}"


def _id(layer: ProjectLayer) -> str:
    return f"jumeau_{layer.name}"


def _branch(group: Element, layer: ProjectLayer, file: str) -> None:
    checked = "Qt::Checked" if layer.shown else "Qt::Unchecked"
    SubElement(group, "layer-tree-layer", id=_id(layer), name=layer.title, providerKey="ogr", source=_source(layer, file),
               checked=checked, expanded="0")  # fmt: skip


def _canvas(root: Element, extent: Sequence[float]) -> None:
    canvas = SubElement(root, "mapcanvas", name="theMapCanvas")
    SubElement(canvas, "units").text = "meters"
    box = SubElement(canvas, "extent")
    for name, value in zip(("xmin", "ymin", "xmax", "ymax"), extent, strict=True):
        SubElement(box, name).text = repr(float(value))
    _crs(SubElement(canvas, "destinationsrs"))


def _crs(place: Element) -> None:
    system = SubElement(place, "spatialrefsys")
    SubElement(system, "srsid").text = _QGIS_NUMBER
    SubElement(system, "authid").text = CRS


def _layer(places: Element, layer: ProjectLayer, file: str) -> None:
    node = SubElement(places, "maplayer", type="vector", geometry=_GEOMETRY[layer.kind], hasScaleBasedVisibilityFlag="0")
    SubElement(node, "id").text = _id(layer)
    SubElement(node, "datasource").text = _source(layer, file)
    SubElement(node, "layername").text = layer.title
    if layer.kind != "none":
        _crs(SubElement(node, "srs"))
    SubElement(node, "provider", encoding="UTF-8").text = "ogr"
    if layer.style:
        node.extend(fromstring(layer.style.split("\n", 1)[-1]))


def _zipped(text: str) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("jumeau.qgs", _STAMP)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        archive.writestr(info, text)
    return out.getvalue()
