"""Keyed draws of uncertain parameters: Philox(seed, parameter, scope id, draw number). Nothing is stored.

Draw k of asset A depends neither on the other assets nor on their order, so the two sides of a comparison made with the
same seed are paired, and what is shared by many assets (a price) is drawn once for all of them.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.kernels import philox
from jumeau.model.draws import LAWS, Parameter

Ids: TypeAlias = Sequence[str] | pa.Array | pa.ChunkedArray | NDArray[np.uint64] | None
Floats: TypeAlias = NDArray[np.float64]
Bound: TypeAlias = float | NDArray[np.float64]

_Z95 = 1.6448536269514722
_UUID_LENGTH = 36
_DASHES = (8, 13, 18, 23)
_DIGITS = np.array([i for i in range(_UUID_LENGTH) if i not in _DASHES])
_HEX = np.full(256, 255, np.uint8)
_HEX[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)


def hash_ids(ids: Ids) -> NDArray[np.uint64]:
    """64-bit names of scope ids (N,): the two halves of a UUID folded together, BLAKE2b of any other text.

    None (one scope for the whole territory) gives one name; an array of names is given back as it is.
    """
    if ids is None:
        return np.zeros(1, np.uint64)
    if isinstance(ids, np.ndarray):
        return ids
    column = ids if isinstance(ids, pa.Array | pa.ChunkedArray) else pa.array(ids, pa.string())
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    long = np.asarray(pc.fill_null(pc.equal(pc.binary_length(column), _UUID_LENGTH), False))
    out, done = np.zeros(len(column), np.uint64), np.zeros(len(column), bool)
    if long.any():
        out[long], done[long] = _fold_uuids(column.filter(pa.array(long)))
    for i in np.flatnonzero(~done):
        text = column[int(i)].as_py() or ""
        out[i] = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
    return out


def _fold_uuids(column: pa.Array) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Folded UUIDs and which of the texts of 36 bytes are lower-case UUIDs."""
    text = np.frombuffer(pa.concat_arrays([column]).cast(pa.binary(_UUID_LENGTH)).buffers()[1], np.uint8)
    text = text[: len(column) * _UUID_LENGTH].reshape(-1, _UUID_LENGTH)
    digits = _HEX[text[:, _DIGITS]]
    good = (digits != 255).all(axis=1) & (text[:, list(_DASHES)] == ord("-")).all(axis=1)
    pairs = (digits[:, 0::2] << np.uint8(4)) | (digits[:, 1::2] & np.uint8(15))
    halves = np.ascontiguousarray(pairs).view("<u8").astype(np.uint64)
    return halves[:, 0] ^ halves[:, 1], good


def key_of(seed: int, name: str) -> tuple[int, int]:
    """The Philox key of a parameter: two words of BLAKE2b(seed, name)."""
    digest = blake2b(f"{seed}\x1f{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def uniforms(name: str, scope_ids: Ids, seed: int, n: int) -> Floats:
    """Uniform draws in ]0, 1[ (N, n) of the stream `name`; N is 1 when `scope_ids` is None."""
    return philox.uniforms(hash_ids(scope_ids), key_of(seed, name), n)


def quantile(parameter: Parameter, u: Floats) -> Floats:
    """Value of `parameter` [its unit] at probabilities `u` (any shape).

    Quantiles of one `u` under several parameters are tied together (comonotone): an asset high in one is high in all.
    Raises InputError for bounds that make no law.
    """
    check_law(parameter)
    return _quantile(parameter.law, parameter.low, parameter.mode, parameter.high, u)


def quantile_by_class(laws: Sequence[Parameter], classes: NDArray[np.integer[Any]], u: Floats) -> Floats:
    """Value of `laws[classes[row]]` [their unit] at each row of probabilities `u` (N, D)."""
    for law in laws:
        check_law(law)
    bounds = np.array([[law.low, law.mode, law.high] for law in laws]).reshape(-1, 3)[classes]
    found = sorted({law.law for law in laws})
    if len(found) == 1:
        return _quantile(found[0], bounds[:, :1], bounds[:, 1:2], bounds[:, 2:], u)
    kinds = np.array([found.index(law.law) for law in laws])[classes]
    out = np.empty_like(u)
    for k, kind in enumerate(found):
        rows = kinds == k
        mine = bounds[rows]
        out[rows] = _quantile(kind, mine[:, :1], mine[:, 1:2], mine[:, 2:], u[rows])
    return out


def _quantile(law: str, low: Bound, mode: Bound, high: Bound, u: Floats) -> Floats:
    """Bounds are numbers or columns (N, 1)."""
    if law == "fixed":
        return np.broadcast_to(np.asarray(mode, np.float64), u.shape).copy()
    if law == "uniform":
        return np.asarray(low + (high - low) * u)
    if law == "triangular":
        return _triangular(low, mode, high, u)
    from scipy.special import ndtri

    if law == "normal":
        return np.asarray((low + high) / 2 + (high - low) / (2 * _Z95) * ndtri(u))
    values = ndtri(u)
    values *= np.log(high / low) / (2 * _Z95)
    values += np.log(low * high) / 2
    return np.asarray(np.exp(values, out=values))


def _triangular(low: Bound, mode: Bound, high: Bound, u: Floats) -> Floats:
    """Inverse of the triangular law without a branch: on random `u`, `np.where` costs four times as much."""
    width, left = high - low, mode - low
    rising = (u * width < left).astype(np.float64)
    falling = 1 - rising
    root = u * (2 * rising - 1)
    root += falling
    root *= rising * (width * left) + falling * (width * (high - mode))
    np.sqrt(root, out=root)
    root *= 2 * rising - 1
    root += rising * low
    root += falling * high
    return np.asarray(root)


def check_law(parameter: Parameter) -> None:
    """Raises InputError for an unknown law or bounds in the wrong order."""
    low, mode, high = parameter.low, parameter.mode, parameter.high
    ordered = low <= high and (parameter.law not in ("triangular",) or low <= mode <= high)
    positive = parameter.law != "lognormal" or low > 0
    if parameter.law not in LAWS or not (ordered and positive) or not np.isfinite([low, mode, high]).all():
        raise InputError("noyaux.loi_invalide", name=parameter.name, law=parameter.law, low=low, mode=mode, high=high)


def sample(parameter: Parameter, scope_ids: Ids, seed: int, n: int) -> Floats:
    """Draws of `parameter` [its unit] for each scope id, float64 (N, n); N is 1 when `scope_ids` is None."""
    return quantile(parameter, uniforms(parameter.name, scope_ids, seed, n))
