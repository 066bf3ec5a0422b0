"""Cells and geometries of a file that came back against the values that left, whole columns at a time."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.model.dictionary import Field, Layer
from jumeau.model.typed import parse
from jumeau.sources.returned import cell
from jumeau.store.hilbert import flat

TOLERANCE_M = 0.01
"""Under it a coordinate has not moved: workbooks keep the centimetre."""


class Typed(msgspec.Struct, frozen=True):
    """A cell as the twin would keep it, or why it cannot be used."""

    value: Any = None
    error: InputError | None = None


class Cells:
    """Cells of one field, each distinct content read once."""

    def __init__(self, layer: Layer, field: Field) -> None:
        self.layer, self.field = layer, field
        self._seen: dict[tuple[type, Any], tuple[Any, Typed]] = {}

    def said(self, raw: Any) -> tuple[Any, Typed]:
        """What a cell says, before and after the checks of the dictionary."""
        key = (type(raw), raw)
        if key not in self._seen:
            self._seen[key] = self._read(raw)
        return self._seen[key]

    def number(self, raw: Any) -> float | None:
        """A cell as a number, without the checks of the dictionary. Raises InputError."""
        found: float | None = cell(self.field, raw)
        return found

    def _read(self, raw: Any) -> tuple[Any, Typed]:
        said = None
        try:
            said = cell(self.field, raw)
            plain = said.isoformat() if hasattr(said, "isoformat") else said
            return said, Typed(None if said is None else parse(self.layer, self.field.name, plain))
        except InputError as error:
            return said, Typed(error=error)


def identical(said: pa.ChunkedArray, left: pa.Array) -> NDArray[np.bool_]:
    """Rows whose cell is, without reading it, what left; False where that takes a closer look."""
    other = flat(said)
    nulls = np.asarray(pc.and_(pc.is_null(other), pc.is_null(left)))
    try:
        same = pc.equal(other if other.type == left.type else other.cast(left.type), left)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return nulls
    out: NDArray[np.bool_] = nulls | np.asarray(pc.fill_null(same, False))
    return out


def alike(field: Field, one: Any, other: Any) -> bool:
    """Whether two values say the same at the decimals of the dictionary."""
    if one is None or other is None:
        return one is other
    if field.type == "number":
        step = 10.0 ** -(field.decimals if field.decimals is not None else 9)
        return abs(float(one) - float(other)) <= 0.5 * step + 1e-9 * max(1.0, abs(float(one)))
    if isinstance(one, str) and isinstance(other, str):
        return one == other or " ".join(one.split()) == " ".join(other.split())
    return bool(one == other)


def same_shapes(some: NDArray[np.object_], others: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether geometries (WKB or None), two by two, are the same to the centimetre, single or multiple."""
    import shapely

    out = np.array([one == other for one, other in zip(some, others, strict=True)], np.bool_)
    there = np.array([one is not None and other is not None for one, other in zip(some, others, strict=True)], np.bool_)
    look = np.flatnonzero(there & ~out)
    if not len(look):
        return out
    first, second = (shapely.normalize(shapely.from_wkb(x[look])) for x in (some, others))
    counts = shapely.get_num_geometries(first)
    even = counts == shapely.get_num_geometries(second)
    parts, owner = shapely.get_parts(first[even], return_index=True)
    close = shapely.equals_exact(parts, shapely.get_parts(second[even]), tolerance=TOLERANCE_M)
    far = np.bincount(owner, weights=~close, minlength=int(even.sum()))
    out[look[even]] = far == 0
    return out
