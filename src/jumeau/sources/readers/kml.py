"""KML and the KML inside a KMZ: placemarks with their data, one pass, no entity."""

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import numpy as np
import pyarrow as pa

from jumeau.errors import HostileFileError, InputError
from jumeau.sources.guard import DEFAULT, Limits, check_shape, check_xml
from jumeau.sources.raw import RawTable

_SKIPPED = frozenset({"styleUrl", "Style", "LookAt", "visibility", "open", "snippet", "Snippet"})


def read_kml(path: Path, limits: Limits = DEFAULT) -> RawTable:
    """Read every placemark. Columns are SimpleData, Data, then name and description when they say something."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    check_xml(path, limits)
    rows: list[dict[str, str]] = []
    shapes: list[Any] = []
    bad = 0
    try:
        for _, element in iterparse(str(path), events=("end",), forbid_dtd=True):
            if _local(element.tag) != "Placemark":
                continue
            rows.append(_data(element))
            try:
                shapes.append(_shape(element))
            except (ValueError, IndexError):
                shapes.append(None)
                bad += 1
            element.clear()
            if len(rows) % 100_000 == 0:
                check_shape(len(rows), 1, path.name, limits)
    except DefusedXmlException as error:
        raise HostileFileError("imports.xml_entites", file=path.name) from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise InputError("imports.illisible", file=path.name, format="KML", reason=error) from error
    return _table(rows, shapes, path, limits)


def _table(rows: list[dict[str, str]], shapes: list[Any], path: Path, limits: Limits) -> RawTable:
    import shapely

    names = list(dict.fromkeys(name for row in rows for name in row))
    check_shape(len(rows), len(names), path.name, limits)
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    wkb = pa.array(shapely.to_wkb(np.array(shapes, dtype=object)), pa.binary()) if shapes else pa.array([], pa.binary())
    return RawTable(format="kml", columns=pa.table(columns), geometry=pa.chunked_array([wkb]), crs="OGC:CRS84")


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _data(placemark: Element) -> dict[str, str]:
    out: dict[str, str] = {}
    for child in placemark:
        tag = _local(child.tag)
        if tag == "ExtendedData":
            for item in child.iter():
                kind = _local(item.tag)
                name = item.get("name", "")
                if kind == "SimpleData" and name and item.text:
                    out[name] = item.text.strip()
                elif kind == "Data" and name:
                    value = "".join(v.text or "" for v in item if _local(v.tag) == "value").strip()
                    if value:
                        out[name] = value
        elif tag in {"name", "description"} and child.text and child.text.strip():
            out[tag] = child.text.strip()
    return out


def _coordinates(element: Element) -> np.ndarray[Any, np.dtype[np.float64]]:
    text = next((c.text or "" for c in element.iter() if _local(c.tag) == "coordinates"), "")
    return np.array([[float(v) for v in point.split(",")[:2]] for point in text.split()], dtype=np.float64)


def _shape(placemark: Element) -> Any:
    for child in placemark:
        shape = _geometry(child)
        if shape is not None:
            return shape
    return None


def _geometry(element: Element) -> Any:
    import shapely

    tag = _local(element.tag)
    if tag == "Point":
        xy = _coordinates(element)
        return shapely.Point(xy[0]) if len(xy) else None
    if tag in {"LineString", "LinearRing"}:
        return shapely.LineString(_coordinates(element))
    if tag == "Polygon":
        outer = [_coordinates(c) for c in element if _local(c.tag) == "outerBoundaryIs"]
        inner = [_coordinates(c) for c in element if _local(c.tag) == "innerBoundaryIs"]
        return shapely.Polygon(outer[0], inner) if outer else None
    if tag == "MultiGeometry":
        return _gathered([shape for shape in (_geometry(c) for c in element) if shape is not None])
    return None


def _gathered(parts: list[Any]) -> Any:
    import shapely

    if len(parts) == 1:
        return parts[0]
    kinds = {part.geom_type for part in parts}
    makers = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}
    if len(kinds) == 1 and (maker := makers.get(next(iter(kinds)))):
        return maker(parts)
    return shapely.GeometryCollection(parts) if parts else None
