"""The frame of a diagnosis: draws in chunks of assets, so that memory does not grow with assets times draws."""

from collections.abc import Iterator
from functools import partial

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.groups import TRACE, UNKNOWN, Diagnosis, Groups, Kept, finished, summaries, weights_of
from jumeau.engines.protocol import Context
from jumeau.engines.tables import flat
from jumeau.kernels.draws import Floats, Ids, hash_ids, quantile_by_class, sample, uniforms
from jumeau.model.dictionary import indicators
from jumeau.model.draws import Parameter, parameters
from jumeau.model.estimate import triple
from jumeau.model.origin import ORIGINS
from jumeau.texts import t

CHUNK = 128
SHORT = 4
"""Rows of a group that are added one by one for all groups at once; beyond, each group is added up apart."""
Rows = NDArray[np.int64]


class Draws:
    """The draws of one field of action under a context: its parameters with the prices of the context."""

    def __init__(self, ctx: Context, field: str) -> None:
        self.ctx = ctx
        self._laws = parameters(field)

    def law(self, name: str) -> Parameter:
        """The law of a parameter; a price of the context (low, mode, high) replaces it by a triangular one."""
        law = self._laws[name]
        if name not in self.ctx.prices:
            return law
        low, mode, high = self.ctx.prices[name]
        return msgspec.structs.replace(
            law, law="triangular", low=low, mode=mode, high=high, source=t("moteurs.prix_du_contexte")
        )

    def __call__(self, name: str, ids: Ids = None) -> Floats:
        """Draws [unit of the parameter] (N, D), one row for each scope id."""
        return sample(self.law(name), ids, self.ctx.seed, self.ctx.draws)

    def uniforms(self, stream: str, ids: Ids) -> Floats:
        """Probabilities in ]0, 1[ (N, D) of a stream read under several laws."""
        return uniforms(stream, ids, self.ctx.seed, self.ctx.draws)

    def by_class(self, names: tuple[str, ...], classes: NDArray[np.int8], u: Floats) -> Floats:
        """Each row of `u` (N, D) read under the law `names[classes[row]]`."""
        there = np.bincount(classes) > 0
        seen, at = np.flatnonzero(there), (np.cumsum(there) - 1)[classes]
        return quantile_by_class([self.law(names[c]) for c in seen], at, u)


class Tally:
    """Adds assets up to groups, chunk by chunk.

    A group is never cut by its neighbours, so its totals are the same alone and in a whole run. table: the main layer;
    names: the indicators.
    """

    def __init__(self, table: pa.Table, names: tuple[str, ...], ctx: Context) -> None:
        self.table, self.names, self.ctx = table, names, ctx
        self.ids = hash_ids(table["id"])
        encoded = flat(pc.dictionary_encode(pc.fill_null(flat(table[ctx.group]).cast(pa.string()), "")))
        keys = np.array(encoded.dictionary.to_pylist(), object)
        order = np.argsort(keys, kind="stable")
        rank = np.empty(len(keys), np.int64)
        rank[order] = np.arange(len(keys))
        self.keys: tuple[str, ...] = tuple(keys[order])
        self._group: Rows = rank[np.asarray(encoded.indices)] if len(keys) else np.zeros(0, np.int64)
        shape = (len(keys), len(names))
        self._sums = np.zeros((*shape, ctx.draws))
        self._shares = np.zeros((*shape, len(ORIGINS)))
        self._known, self._unknown = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        self._triples = np.full((len(names), 3, table.num_rows if ctx.detail else 0), np.nan)
        known = table.num_rows if ctx.detail or ctx.keep else 0
        self._origins = np.full((len(names), known), UNKNOWN, np.int8)
        self._chunk: tuple[Rows | None, Rows] = None, np.zeros(0, np.int64)
        """The last rows added, and where their groups start: indicators of one chunk come one after the other."""
        self._kept = np.zeros((len(names), table.num_rows, ctx.draws)) if ctx.keep else None

    def chunks(self) -> Iterator[Rows]:
        """Rows to treat together, CHUNK at most: whole groups, or pieces of one large group.

        Arrays this small stay in cache, and in the heap: larger ones go back to the system at every free, which costs
        more than the arithmetic.
        """
        order = np.argsort(self._group, kind="stable")
        stops = np.cumsum(np.bincount(self._group, minlength=len(self.keys)))
        start = 0
        for i, stop in enumerate(stops):
            while stop - start > CHUNK:
                yield order[start : start + CHUNK]
                start += CHUNK
            if stop > start and (i + 1 == len(stops) or stops[i + 1] - start > CHUNK):
                yield order[start:stop]
                start = int(stop)

    def add(self, rows: Rows, name: str, draws: Floats, origins: NDArray[np.int8]) -> None:
        """Take the draws (n, D) [unit of the indicator] of one chunk; an asset of origin `unknown` counts as unknown.

        origins: (n,) ranks in ORIGINS of what each value rests on.
        """
        i, group = self.names.index(name), self._group[rows]
        known = origins != UNKNOWN
        if rows is not self._chunk[0]:
            self._chunk = rows, np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
        starts = self._chunk[1]
        held = draws if known.all() else np.where(known[:, None], draws, 0.0)
        self._sums[group[starts], i] += segment_sums(held, starts)
        self._known[:, i] += np.bincount(group[known], minlength=len(self.keys))
        self._unknown[:, i] += np.bincount(group[~known], minlength=len(self.keys))
        weight = weights_of(held, known) if indicators()[name].total == "sum" else known.astype(np.float64)
        np.add.at(self._shares[:, i], (group, origins), weight)
        if self.ctx.detail:
            for k, values in enumerate(summaries(held)):
                self._triples[i, k, rows] = np.where(known, values, np.nan)
        if self._origins.shape[1]:
            self._origins[i, rows] = origins
        if self._kept is not None:
            self._kept[i, rows] = draws

    def add_classes(self, name: str, place: Rows, draws: Floats, origins: NDArray[np.int8]) -> None:
        """Take the draws (K, D) [unit of the indicator] of K classes of assets at once; place: (N,) class of each asset.

        Assets of one class share their draws, so the cost follows the classes and not the assets. origins: (N,) as in `add`.
        """
        i, known = self.names.index(name), origins != UNKNOWN
        pairs, count = np.unique(self._group[known] * len(draws) + place[known], return_counts=True)
        group, kind = np.divmod(pairs, max(len(draws), 1))
        np.add.at(self._sums[:, i], group, count[:, None] * draws[kind])
        self._known[:, i] += np.bincount(self._group[known], minlength=len(self.keys))
        self._unknown[:, i] += np.bincount(self._group[~known], minlength=len(self.keys))
        if not len(draws):
            return
        weight = np.where(known, np.abs(draws.mean(axis=1))[place] + TRACE, 0.0)
        np.add.at(self._shares[:, i], (self._group, origins), weight)
        if self.ctx.detail:
            for k, values in enumerate(summaries(draws)):
                self._triples[i, k] = np.where(known, values[place], np.nan)
        if self._origins.shape[1]:
            self._origins[i] = origins
        if self._kept is not None:
            self._kept[i] = draws[place]

    def diagnosis(self) -> Diagnosis:
        """What was added, by asset and by group."""
        weights = self._shares.sum(axis=2)
        sums = Groups((), self.names, self._sums, self._shares, self._known, self._unknown)
        kept = None
        if self._kept is not None:
            ids, draws, origins = flat(self.table["id"]), self._kept, self._origins
            again = partial(added_again, self.names, ids, draws, origins)
            kept = Kept(self.names, ids, draws, origins, again)
        return Diagnosis(self._assets(), finished(self.keys, self.names, sums, weights), kept)

    def _assets(self) -> pa.Table:
        columns = {"id": self.table["id"], "commune": self.table["commune"]}
        labels = pa.array([o.value for o in ORIGINS])
        for i, name in enumerate(self.names if self.ctx.detail else ()):
            for column, values in zip(triple(name), self._triples[i], strict=True):
                rounded = np.round(values, indicators()[name].decimals).astype(np.float32)
                columns[column] = pa.array(rounded, from_pandas=True)
            columns[f"{name}__origin"] = labels.take(pa.array(self._origins[i]))
        return pa.table(columns)


def segment_sums(values: Floats, starts: Rows) -> Floats:
    """Sums (G, D) of the rows of `values` (N, D) between one start and the next, each added up row after row.

    `np.add.reduceat` walks down the columns, which costs ten times as much on one large group; how a group is added up
    follows from its own length only, so that it has the same sum to the last bit beside any others.
    """
    stops = np.concatenate([starts[1:], [len(values)]])
    lengths = stops - starts
    short = lengths <= SHORT
    out = values[starts]
    if short.any():
        for k in range(1, SHORT):
            more = np.flatnonzero(short & (lengths > k))
            out[more] += values[starts[more] + k]
    for g in np.flatnonzero(~short).tolist():
        np.add.reduce(values[starts[g] : stops[g]], axis=0, out=out[g])
    return out


def added_again(
    names: tuple[str, ...], ids: pa.Array, draws: Floats, origins: NDArray[np.int8], table: pa.Table, ctx: Context
) -> Groups:
    """The groups of a part of the assets, added up from draws already made exactly as a diagnosis of `table` would."""
    tally = Tally(table, names, ctx)
    at = np.asarray(pc.index_in(flat(table["id"]), value_set=ids), dtype=np.int64)
    for rows in tally.chunks():
        for i, name in enumerate(names):
            tally.add(rows, name, draws[i, at[rows]], origins[i, at[rows]])
    return tally.diagnosis().groups
