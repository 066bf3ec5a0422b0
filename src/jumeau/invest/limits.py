"""The rows of a part as `A x <= b`, scaled, column by column: what moves and prices both count on."""

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix

from jumeau.invest.formulation import Part
from jumeau.invest.rows import KINDS, spread

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class AtMost(msgspec.Struct, frozen=True):
    """Rows `choices.T @ x + others @ y <= limit`, each divided by its largest coefficient: choices (K, R) by choice, others
    (R, E) of the columns that are no choice. rows (R,): the row of the part each one is."""

    choices: csr_matrix
    others: csc_matrix
    limit: Floats
    rows: Ints


def at_most(part: Part, up: Ints, down: Ints) -> AtMost:
    """The rows `up` of a part as they are, then the rows `down` with their sign changed."""
    rows, count = part.model.rows, part.item.size
    which = np.concatenate([up, down])
    length = (rows.start[which + 1] - rows.start[which]).astype(np.int64)
    at = spread(rows.start[which].astype(np.int64), length)
    value, ends = rows.value[at], np.cumsum(length)
    most = np.full(which.size, 1e-12)
    there = np.flatnonzero(length)
    if there.size:
        most[there] = np.maximum(np.maximum.reduceat(np.abs(value), (ends - length)[there]), 1e-12)
    factor = np.concatenate([np.ones(up.size), -np.ones(down.size)]) / most
    limit = np.concatenate([rows.upper[up], rows.lower[down]]) * factor
    pointers = np.concatenate([[0], ends]).astype(np.int64)
    both = csr_matrix((value * np.repeat(factor, length), rows.index[at], pointers), shape=(which.size, part.model.gain.size))
    both = csc_matrix(both)
    cut = int(both.indptr[count])
    choices = csr_matrix((both.data[:cut], both.indices[:cut], both.indptr[: count + 1]), shape=(count, which.size))
    others = csc_matrix(
        (both.data[cut:], both.indices[cut:], both.indptr[count:] - cut), shape=(which.size, part.model.gain.size - count)
    )
    return AtMost(choices, others, np.ascontiguousarray(limit), which)


def of_kinds(part: Part, *kinds: str) -> NDArray[np.bool_]:
    """True for the rows (R,) of a part that are of some kinds."""
    return np.isin(part.names.kinds, [KINDS.index(kind) for kind in kinds])
