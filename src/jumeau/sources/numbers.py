"""French numbers in bulk: `1 234,5`, `8,911819e+01`, `500 [mm]`, `1.234.567`."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.sources.names import is_unknown
from jumeau.sources.units import factor

_SPACES = "[\\s\\x{00a0}\\x{202f}\\x{2009}\\x{2007}']"
_GROUPED = (
    (r"^([+-]?\d{1,3}(?:\.\d{3})+),(\d+)$", "."),
    (r"^([+-]?\d{1,3}(?:,\d{3})+)\.(\d+)$", ","),
    (r"^([+-]?\d{1,3}(?:\.\d{3}){2,})$", "."),
    (r"^([+-]?\d{1,3}(?:,\d{3}){2,})$", ","),
)
_NUMBER = r"^(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?P<unit>[\[(]?[A-Za-zµ°%€].*)?$"
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Numbers(msgspec.Struct, frozen=True):
    """values: NaN where nothing is known; bad: a text that is not a number; marked: a text that says "unknown"."""

    values: Floats
    bad: Flags
    marked: Flags


def read_numbers(column: pa.Array, unit: str, target: str) -> Numbers:
    """Values of a column in the unit `target`. unit: unit of the column, empty when the cells or nobody say it."""
    if pa.types.is_string(column.type):
        return _texts(column, unit, target)
    values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
    scale = factor(unit, target) if unit else 1.0
    none = np.zeros(len(values), dtype=bool)
    finite = np.where(np.isfinite(values), values, np.nan)
    return Numbers(finite * (scale or 1.0), none, none)


def _texts(column: pa.Array, unit: str, target: str) -> Numbers:
    whole = (factor(unit, target) or 1.0) if unit else 1.0
    plain = _plain(column)
    if plain is not None:
        none = np.zeros(len(plain), dtype=bool)
        return Numbers(plain * whole, none, none)
    encoded = column.dictionary_encode()
    words = encoded.dictionary
    codes = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    number, bad, marked = _words(words, target, whole)
    pad: Any = (number, np.nan), (bad, False), (marked, False)
    values, wrong, said = (np.append(array, last)[codes] for array, last in pad)
    return Numbers(values, wrong.astype(bool), said.astype(bool))


def _plain(column: pa.Array) -> Floats | None:
    """Values of a column of bare numbers, point or comma; None as soon as one cell is anything else."""
    for mark in (".", ","):
        text = column if mark == "." else pc.replace_substring(column, mark, ".")
        try:
            values = text.cast(pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            continue
        if np.isfinite(values).sum() == len(column) - column.null_count:
            return np.asarray(values, dtype=np.float64)
    return None


def _words(words: pa.Array, target: str, whole: float) -> tuple[Floats, Flags, Flags]:
    tight = pc.replace_substring_regex(words, _SPACES, "")
    for pattern, mark in _GROUPED:
        grouped = pc.match_substring_regex(tight, pattern)
        tight = pc.if_else(grouped, pc.replace_substring(tight, mark, ""), tight)
    tight = pc.replace_substring_regex(tight, r"^([+-]?\d*),(\d)", r"\1.\2")
    found = pc.extract_regex(tight, _NUMBER)
    number = pc.struct_field(found, "number").cast(pa.float64())
    values = number.to_numpy(zero_copy_only=False).astype(np.float64)
    units = pc.struct_field(found, "unit").fill_null("")
    scales = np.full(len(values), whole)
    bad = ~np.isfinite(values)
    for cell_unit in pc.unique(units).to_pylist():
        if not cell_unit:
            continue
        here = pc.equal(units, cell_unit).to_numpy(zero_copy_only=False)
        scale = factor(cell_unit, target) if target else None
        scales[here] = scale if scale is not None else np.nan
        bad |= here & (scale is None)
    bad &= ~pc.equal(tight, "").to_numpy(zero_copy_only=False)
    marked = np.zeros(len(values), dtype=bool)
    for i in np.flatnonzero(bad):
        marked[i] = is_unknown(words[int(i)].as_py() or "")
    return np.where(bad, np.nan, values * scales), np.asarray(bad & ~marked, dtype=bool), marked
