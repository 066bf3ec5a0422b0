"""What a diagnosis gives, and the sums of groups: made on draws, never on bounds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.errors import EngineError
from jumeau.model.dictionary import indicators
from jumeau.model.estimate import HIGH_QUANTILE, LOW_QUANTILE
from jumeau.model.origin import ORIGINS, Origin

Floats = NDArray[np.float64]
TRACE = 1e-9
UNKNOWN = Origin.UNKNOWN.rank


class Groups(msgspec.Struct, frozen=True):
    """Groups x indicators x draws.

    keys: G names; names: I indicators; draws: float64 (G, I, D), NaN where nothing is known; shares: float64 (G, I, O), the
    share of the indicator that rests on each of ORIGINS (sums to 1 over known origins; by number of assets for `unknown`);
    known, unknown: int64 (G, I) numbers of assets.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    draws: Floats
    shares: Floats
    known: NDArray[np.int64]
    unknown: NDArray[np.int64]


class Kept(msgspec.Struct, frozen=True):
    """The draws of each asset, for who wants to add them up again.

    names: I indicators; ids (N,); draws: float64 (I, N, D); origins: int8 (I, N), ranks in ORIGINS; again: the groups of a
    part of the assets (a table of the main layer, a context), as a diagnosis of that part would give them.
    """

    names: tuple[str, ...]
    ids: pa.Array
    draws: Floats
    origins: NDArray[np.int8]
    again: Callable[[pa.Table, Any], Groups]


class Diagnosis(msgspec.Struct, frozen=True):
    """assets: `id`, `commune`, then for each indicator the triple X, X_low, X_high (float32) and X__origin; groups; kept:
    when the context asks for it.
    """

    assets: pa.Table
    groups: Groups
    kept: Kept | None = None


def summary(draws: Floats) -> tuple[float | None, float | None, float | None]:
    """Mean, p5 and p95 of draws (D,); Nones where they are not known."""
    if not np.isfinite(draws).all():
        return None, None, None
    mean, low, high = summaries(draws[None])
    return float(mean[0]), float(low[0]), float(high[0])


def summaries(draws: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, p5 and p95 of each row of draws (N, D); NaN where they are not known."""
    last = draws.shape[1] - 1
    ordered = np.sort(draws, axis=1)
    edges = []
    for quantile in (LOW_QUANTILE, HIGH_QUANTILE):
        place = int(last * quantile)
        below, above = ordered[:, place], ordered[:, min(place + 1, last)]
        edges.append(below + (above - below) * (last * quantile - place))
    mean = draws.mean(axis=1)
    unknown = ~np.isfinite(mean)
    return mean, np.where(unknown, np.nan, edges[0]), np.where(unknown, np.nan, edges[1])


def weights_of(draws: Floats, known: NDArray[Any]) -> Floats:
    """Weight of values (..., D) in the shares by origin: their size, and a trace of their number so that zeros count."""
    return np.asarray(np.abs(draws.mean(axis=-1)) + TRACE * known)


def merge_groups(parts: Sequence[Groups]) -> Groups:
    """Groups of partitions computed apart, put together; a key met in several parts is summed on draws.

    The result does not depend on the order of parts that share no key. Raises EngineError for no part, or parts that do
    not speak of the same indicators and draws.
    """
    if not parts:
        raise EngineError("moteurs.aucun_groupe")
    first = parts[0]
    if any(p.names != first.names or p.draws.shape[2] != first.draws.shape[2] for p in parts):
        raise EngineError("moteurs.parties_differentes")
    keys = [k for p in parts for k in p.keys]
    stacked = (np.concatenate([getattr(p, name) for p in parts]) for name in ("draws", "shares", "known", "unknown"))
    return _combine(keys, first.names, Groups((), first.names, *stacked))


def regroup(groups: Groups, owner: Mapping[str, str]) -> Groups:
    """Groups put together under the name `owner[key]` (communes to their EPCI); a key without owner is left out."""
    rows = [i for i, key in enumerate(groups.keys) if key in owner]
    part = Groups((), groups.names, groups.draws[rows], groups.shares[rows], groups.known[rows], groups.unknown[rows])
    return _combine([owner[groups.keys[i]] for i in rows], groups.names, part)


def _combine(keys: list[str], names: tuple[str, ...], rows: Groups) -> Groups:
    """Rows with one key each -> groups sorted by key."""
    if not keys:
        return msgspec.structs.replace(rows, keys=())
    order = np.argsort(np.array(keys), kind="stable")
    ordered = np.array(keys)[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    totals = [indicators()[n].total for n in names]
    counted = np.array([t != "sum" for t in totals])
    known, unknown = (np.add.reduceat(x[order], starts, axis=0) for x in (rows.known, rows.unknown))
    draws = np.where(rows.known[..., None] > 0, rows.draws, 0.0)
    weight = np.where(counted, rows.known, weights_of(draws, rows.known))
    scaled = np.where(counted[None, :, None], draws * rows.known[..., None], draws)
    sums = np.add.reduceat(scaled[order], starts, axis=0)
    shares = np.add.reduceat((rows.shares * weight[..., None])[order], starts, axis=0)
    weights = np.add.reduceat(weight[order], starts, axis=0)
    return finished(tuple(ordered[starts].tolist()), names, Groups((), names, sums, shares, known, unknown), weights)


def finished(keys: tuple[str, ...], names: tuple[str, ...], sums: Groups, weights: Floats) -> Groups:
    """Groups from sums over assets: draws summed (times known assets for a mean), shares times `weights` (G, I)."""
    draws, totals = sums.draws.copy(), [indicators()[n].total for n in names]
    with np.errstate(invalid="ignore", divide="ignore"):
        for i, total in enumerate(totals):
            if total == "mean":
                draws[:, i] = sums.draws[:, i] / sums.known[:, i, None]
        draws = np.where(sums.known[..., None] > 0, draws, np.nan)
        for i, total in enumerate(totals):
            above, slash, below = total.partition("/")
            if slash:
                draws[:, i] = draws[:, names.index(above)] / draws[:, names.index(below)]
        shares = np.where(weights[..., None] > 0, sums.shares / weights[..., None], 0.0)
        shares[..., UNKNOWN] = sums.unknown / np.maximum(sums.known + sums.unknown, 1)
    draws[~np.isfinite(draws)] = np.nan
    return Groups(keys, names, draws, shares, sums.known, sums.unknown)


def empty_groups(names: tuple[str, ...], draws: int) -> Groups:
    """No group at all."""
    shape = (0, len(names))
    none = np.zeros(shape, np.int64)
    return Groups((), names, np.zeros((*shape, draws)), np.zeros((*shape, len(ORIGINS))), none, none)
