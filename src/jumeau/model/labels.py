"""What an asset is called: its name, else its number, else the beginning of its id."""

import pyarrow as pa
import pyarrow.compute as pc

from jumeau.model.dictionary import Layer

LABELS = ("nom", "code", "label")


def label_columns(layer: Layer) -> list[str]:
    """Fields of a layer that name its assets, the best first."""
    return [name for name in LABELS if name in layer.names]


def labels(layer: Layer, table: pa.Table) -> pa.ChunkedArray:
    """The label of each row."""
    short = pc.utf8_slice_codeunits(table["id"], 0, 8)
    known = [table[name].cast(pa.string()) for name in label_columns(layer) if name in table.column_names]
    return pc.coalesce(*known, short)
