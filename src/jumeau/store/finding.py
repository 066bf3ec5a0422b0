"""Rows of a few ids among many, without a hash of them all."""

from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

FEW = 16
_WORD = 8


class Ids:
    """Ids in row order."""

    def __init__(self, array: pa.Array) -> None:
        self.array = array

    def rows(self, wanted: pa.Array) -> NDArray[np.int64]:
        """Rows whose id is one of `wanted`, ascending: a few are looked for by their last eight bytes first."""
        ends = self._ends if 0 < len(wanted) <= FEW else None
        if ends is None:
            return np.asarray(pc.indices_nonzero(pc.is_in(self.array, value_set=wanted)), np.int64)
        texts = [one.encode()[-_WORD:] for one in wanted.to_pylist()]
        words = {int.from_bytes(text, "little") for text in texts if len(text) == _WORD}
        found = np.sort(np.concatenate([np.empty(0, np.int64), *(np.flatnonzero(ends == np.uint64(w)) for w in words)]))
        same: NDArray[np.bool_] = np.asarray(pc.is_in(self.array.take(pa.array(found)), value_set=wanted), bool)
        out: NDArray[np.int64] = found[same]
        return out

    @cached_property
    def _ends(self) -> NDArray[np.uint64] | None:
        """Last eight bytes of each id as a number; None when some id is shorter or unknown."""
        ids = self.array
        if ids.type != pa.string() or ids.null_count or not len(ids):
            return None
        offsets = np.frombuffer(ids.buffers()[1], np.int32, len(ids) + 1, ids.offset * 4)
        if int(np.diff(offsets).min()) < _WORD:
            return None
        raw = ids.buffers()[2]
        words: NDArray[np.uint64] = np.ndarray((raw.size - _WORD + 1,), "<u8", raw, strides=(1,))
        return words[offsets[1:] - _WORD]
