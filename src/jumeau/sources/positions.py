"""Where a file keeps its positions: geometries, two columns, a text of WKT or of `latitude, longitude`."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.sources.geometry import Places, places_of_points, places_of_wkb
from jumeau.sources.numbers import read_numbers
from jumeau.sources.propose import text_geometry
from jumeau.sources.values import as_text
from jumeau.sources.work import Work
from jumeau.texts import t


def find_places(work: Work) -> Places | None:
    """Positions of the rows, None when the layer or the file has none."""
    if work.layer.geometry == "none":
        return None
    raw, mapping = work.raw, work.mapping
    wkb = raw.geometry.combine_chunks() if raw.geometry is not None else None
    if wkb is not None and wkb.null_count < len(wkb):
        return places_of_wkb(wkb, raw.crs, mapping.crs, work.file, work.layer.geometry)
    if mapping.x and mapping.y:
        xy = np.column_stack([_coordinate(work, name) for name in (mapping.x, mapping.y)])
        return places_of_points(xy, raw.crs, mapping.crs, work.file)
    name, kind = text_geometry(raw)
    if kind == "wkt":
        return places_of_wkb(
            _from_wkt(as_text(raw.columns[name].combine_chunks())), raw.crs, mapping.crs, work.file, work.layer.geometry
        )
    if kind == "pair":
        halves = pc.split_pattern(as_text(raw.columns[name].combine_chunks()), ",", max_splits=1)
        good = pc.equal(pc.list_value_length(halves), 2).fill_null(False)
        halves = pc.if_else(good, halves, pa.scalar(["", ""], pa.list_(pa.string())))
        first, second = (read_numbers(pc.list_element(halves, i), "", "").values for i in (0, 1))
        return places_of_points(np.column_stack([second, first]), None, mapping.crs, work.file)
    work.notes.append(t("imports.note_sans_geometrie"))
    return None


def _coordinate(work: Work, name: str) -> NDArray[np.float64]:
    cells = work.raw.columns[name].combine_chunks()
    numeric = pa.types.is_floating(cells.type) or pa.types.is_integer(cells.type)
    return read_numbers(cells if numeric else as_text(cells), "", "").values


def _from_wkt(texts: pa.Array) -> pa.Array:
    import shapely

    shapes = shapely.from_wkt(np.array(texts.to_pylist(), dtype=object), on_invalid="ignore")
    return pa.array(shapely.to_wkb(shapes), pa.binary())
