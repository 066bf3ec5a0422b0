"""GeoParquet 1.1 as the twin writes it: WKB, bbox covering column, EPSG:2154, zstd, our own metadata beside."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.model.claim import GEOMETRY
from jumeau.model.dictionary import Layer
from jumeau.store.hilbert import bounds, flat
from jumeau.store.resolve import BOX, SIDES, box_column

OURS = b"jumeau"
ROW_GROUP = 32_768
_TYPES = {"point": ["Point"], "line": ["LineString"], "polygon": ["Polygon"]}


@cache
def _projjson() -> dict[str, Any]:
    text = files(__package__).joinpath("epsg2154.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def with_bounds(table: pa.Table) -> pa.Table:
    """The table with its bbox covering column."""
    if BOX in table.column_names or GEOMETRY not in table.column_names:
        return table
    return table.append_column(BOX, box_column(bounds(flat(table[GEOMETRY]))))


def sealed_layer(table: pa.Table, layer: Layer, about: dict[str, Any]) -> tuple[pa.Table, dict[str, Any]]:
    """Rows of a layer with `about` in the metadata, and the options of the Parquet writer."""
    table = with_bounds(table)
    metadata = {OURS: msgspec.json.encode(about, order="sorted")}
    if GEOMETRY in table.column_names:
        metadata[b"geo"] = json.dumps(_geo(table, layer), sort_keys=True).encode()
    dictionary = [
        c.name for c in table.schema if c.name not in ("id", GEOMETRY, BOX, "_key") and not pa.types.is_floating(c.type)
    ]
    options = {
        "compression": "zstd", "compression_level": 3, "row_group_size": ROW_GROUP, "use_dictionary": dictionary,
    }  # fmt: skip
    return table.replace_schema_metadata(metadata), options


def _geo(table: pa.Table, layer: Layer) -> dict[str, Any]:
    kinds = _TYPES.get(layer.geometry, [])
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": kinds if layer.geometry == "point" else [*kinds, *(f"Multi{k}" for k in kinds)],
        "crs": _projjson(),
        "covering": {"bbox": {side: [BOX, side] for side in SIDES}},
    }
    sides = flat(table[BOX]).flatten()
    known = [np.asarray(s.drop_null()) for s in sides]
    if len(known[0]):
        low, high = np.min, np.max
        column["bbox"] = [float(f(v)) for f, v in zip((low, low, high, high), known, strict=True)]
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
