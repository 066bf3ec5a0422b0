"""Ragged tables: sums by owner, and values of the row above."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jumeau.model.dpe import F64, I64


def sums(owner: I64, values: NDArray[Any], size: int) -> F64:
    """Sum of the values of the rows of each owner; size: number of owners."""
    return np.bincount(owner, values, minlength=size).astype(np.float64)


def monthly_sums(values: F64, owner: I64, size: int) -> F64:
    """Sum of rows of twelve months by owner."""
    flat = owner[:, None] * 12 + np.arange(12)
    return np.bincount(flat.ravel(), values.ravel(), minlength=size * 12).astype(np.float64).reshape(-1, 12)[:size]


def above(values: NDArray[Any], place: I64) -> NDArray[Any]:
    """Values of the row that each row hangs from; zeros when there is none at all."""
    return values[place] if len(values) else np.zeros(len(place), dtype=values.dtype)
