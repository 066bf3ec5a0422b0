"""A file on its way from raw columns to rows of a layer."""

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.model.dictionary import Layer
from jumeau.model.origin import Origin
from jumeau.sources.mapping import Mapping
from jumeau.sources.raw import RawTable

Flags = NDArray[np.bool_]


class Work(msgspec.Struct, kw_only=True):
    """State between the steps of `prepare`. numbers: row of the file of each row; refused: rows that will not load;
    elsewhere: rows the mapping does not keep, already gone from `raw`.
    """

    file: str
    layer: Layer
    raw: RawTable
    mapping: Mapping
    numbers: NDArray[np.int64]
    values: dict[str, pa.Array]
    origins: dict[str, Origin]
    refused: Flags
    rejects: list[pa.Table]
    notes: list[str]
    sentinels: int = 0
    elsewhere: int = 0
