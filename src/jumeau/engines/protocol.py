"""What an engine is, and `simulate`, written once: an effect is the ordinary diagnosis of the changed inventory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Protocol, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.groups import UNKNOWN, Diagnosis, Groups, Kept, merge_groups, regroup, summaries, summary
from jumeau.engines.tables import flat
from jumeau.errors import EngineError
from jumeau.model.action import EFFECT_SCHEMA
from jumeau.model.dictionary import indicators
from jumeau.model.draws import DRAWS

__all__ = [
    "Bundle", "Chosen", "Context", "Diagnosis", "Engine", "Groups", "chosen_table", "merge_groups", "passes", "regroup",
    "simulate", "simulate_chosen", "summaries", "summary",
]  # fmt: skip

Bundle: TypeAlias = Mapping[str, pa.Table]
"""Layer name -> table with `id`, `commune`, fields of the dictionary, `X__origin` beside each X, `geometry` (WKB)."""

ACTION_COLUMN = "_action"
BATCH = 1024


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a computation depends on besides its tables.

    group: column of the engine's main layer whose values name the groups. prices: name -> (low, mode, high) that
    override the parameters of `model/parameters`. weather: digest of the weather file of the twin, empty without one:
    the file itself is a table of the bundle. calibration: the same for totals metered. rules: dated values looked up by
    the twin. detail: give the table of assets; without it `Diagnosis.assets` has its identity columns only. keep: give
    the draws of each asset too.
    """

    date: date
    seed: int = 0
    draws: int = DRAWS
    group: str = "commune"
    climate: str = "actuel"
    weather: str = ""
    calibration: str = ""
    prices: Mapping[str, tuple[float, float, float]] = {}
    rules: Mapping[str, Any] = {}
    detail: bool = True
    keep: bool = False


class Engine(Protocol):
    """One field of action. `main` is the layer whose rows are diagnosed.

    reads: layers used; partition: column that cuts the territory into independent runs; independent_by: what may be
    changed apart (`asset`, or a column of the main layer). An engine with actions that only make sense after others (steps
    of one renovation) has a verb more, `before(inventory, actions)`: the inventory in which each is tried.
    """

    name: str
    main: str
    reads: tuple[str, ...]
    partition: str
    independent_by: str
    indicators: tuple[str, ...]

    def inventory(self, sources: Bundle, area: str) -> Bundle:
        """Tidy source tables of one partition, named `area` -> a bundle ready to diagnose: every column of the dictionary,
        with origins. What is unknown stays null; what can be said of it is drawn by `diagnose`.
        """

    def diagnose(self, inventory: Bundle, ctx: Context) -> Diagnosis:
        """Inventory -> indicators by asset and by group."""

    def propose(self, inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:
        """Inventory and diagnosis -> one row of ACTION_SCHEMA per feasible action."""

    def apply(self, inventory: Bundle, actions: pa.Table) -> Bundle:
        """The inventory as it would be once `actions` are done; ids kept, no action is identity."""


def passes(actions: pa.Table, inventory: pa.Table, independent_by: str) -> list[list[int]]:
    """Cut actions into passes in which no two touch the same independent unit. Actions that touch no asset are left out.

    An action goes to the pass after the last one that touches any of its units: one look at each (action, asset).
    """
    assets, parents = _touches(actions)
    mine = _units(inventory, independent_by).take(pc.index_in(assets, value_set=flat(inventory["id"])))
    units = np.asarray(pc.dictionary_encode(pc.coalesce(mine, assets)).indices)
    free = np.zeros(int(units.max(initial=0)) + 1, np.int64)
    out: list[list[int]] = []
    bounds = np.flatnonzero(np.diff(parents, prepend=-1, append=-1))
    for start, stop in pairwise(bounds):
        mine = units[start:stop]
        level = int(free[mine].max())
        free[mine] = level + 1
        if level == len(out):
            out.append([])
        out[level].append(int(parents[start]))
    return out


def simulate(engine: Engine, inventory: Bundle, actions: pa.Table, ctx: Context, kept: Kept | None = None) -> pa.Table:
    """Yearly effects of each action alone: diagnose(apply(inventory, action)) - diagnose(inventory) on paired draws.

    kept: the draws of diagnose(inventory) when they are known, which are then not made again.

    Returns EFFECT_SCHEMA rows, one per action and indicator, in the order of the actions; actions without assets have
    none. An effect is null where the action changes what is known of the indicator: the two totals do not speak of the
    same assets.
    """
    order = {a: i for i, a in enumerate(actions["id"].to_pylist())}
    lifetimes = dict(zip(order, actions["lifetime_y"].to_pylist(), strict=True))
    found: list[tuple[int, pa.Table]] = []
    for keys, names, draws in _singles(engine, inventory, actions, ctx, kept):
        table = _effects(keys, names, draws, lifetimes)
        found += [(order[key], table.slice(g * len(names), len(names))) for g, key in enumerate(keys)]
    found.sort(key=lambda pair: pair[0])
    return pa.concat_tables([EFFECT_SCHEMA.empty_table(), *(table for _, table in found)]).combine_chunks()


def _singles(
    engine: Engine, inventory: Bundle, actions: pa.Table, ctx: Context, kept: Kept | None
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], NDArray[np.float64]]]:
    """(action ids, indicators, effect draws (A, I, D)) of the actions taken one at a time, by batches."""
    alone = msgspec.structs.replace(ctx, group=ACTION_COLUMN, detail=False)
    prepare: Callable[[Bundle, pa.Table], Bundle] = getattr(engine, "before", lambda bundle, _: bundle)
    for level in passes(actions, inventory[engine.main], engine.independent_by):
        for first in range(0, len(level), BATCH):
            part = actions.take(level[first : first + BATCH])
            labelled = _labelled(inventory, engine, part)
            ready = prepare(labelled, part)
            same = kept if ready is labelled else None
            before = same.again(labelled[engine.main], alone) if same else engine.diagnose(ready, alone).groups
            after = engine.diagnose(engine.apply(ready, part), alone).groups
            if before.keys != after.keys:
                raise EngineError("moteurs.groupes_changes", engine=engine.name)
            both = before.known == after.known
            yield before.keys, before.names, np.where(both[..., None], after.draws - before.draws, np.nan)


def _touches(actions: pa.Table) -> tuple[pa.Array, NDArray[np.int64]]:
    """(asset, row of the action) pairs, in order."""
    column = flat(actions["assets"])
    return pc.list_flatten(column), np.asarray(pc.list_parent_indices(column), dtype=np.int64)


def _units(main: pa.Table, independent_by: str) -> pa.Array:
    """The independent unit of each row (N,): a row whose unit is not known stands alone."""
    ids = flat(main["id"])
    return ids if independent_by == "asset" else pc.coalesce(flat(main[independent_by]), ids)


def _labelled(inventory: Bundle, engine: Engine, actions: pa.Table) -> Bundle:
    """The units touched by the actions only, each asset carrying the action of its unit."""
    main = inventory[engine.main]
    assets, parents = _touches(actions)
    labels = flat(actions["id"]).take(pa.array(parents))
    units = _units(main, engine.independent_by)
    found = pc.index_in(assets, value_set=flat(main["id"]))
    labels = labels.filter(pc.is_valid(found))
    position = pc.index_in(units, value_set=units.take(found.drop_null()))
    table = main.append_column(ACTION_COLUMN, labels.take(position))
    return dict(inventory) | {engine.main: table.filter(pc.is_valid(table[ACTION_COLUMN]))}


def _effects(
    keys: tuple[str, ...], names: tuple[str, ...], draws: NDArray[np.float64], lifetimes: Mapping[str, int]
) -> pa.Table:
    """Rows of EFFECT_SCHEMA, actions then indicators, at the decimals of the dictionary."""
    triples = summaries(draws.reshape(-1, draws.shape[2]))
    decimals = [indicators()[n].decimals for n in names]
    value, low, high = (_rounded(x.reshape(len(keys), -1), decimals) for x in triples)
    columns = {
        "action": np.repeat(np.array(keys, object), len(names)),
        "indicator": list(names) * len(keys),
        "unit": [indicators()[n].unit for n in names] * len(keys),
        "from_year": np.ones(len(keys) * len(names), np.int16),
        "to_year": np.repeat(np.array([lifetimes[k] for k in keys], np.int16), len(names)),
        "value": value,
        "value_low": low,
        "value_high": high,
    }
    return pa.table(columns, schema=EFFECT_SCHEMA)


def _rounded(values: NDArray[np.float64], decimals: Sequence[int]) -> pa.Array:
    columns = [np.round(values[:, i], d) + 0.0 for i, d in enumerate(decimals)]
    return pa.array(np.stack(columns, axis=1).ravel().astype(np.float32), pa.float32(), from_pandas=True)


class Chosen(msgspec.Struct, frozen=True):
    """A programme applied whole, against its actions taken one at a time.

    before, after: the groups of the units it touches without and with it. names: the indicators that add up; whole, singles:
    float64 (I, D), the effect of the whole and the sum of single effects, over the assets where the indicator is known on
    both sides; left_out: int64 (I,) assets where it is known on one side only; known: int64 (I,) those known on both;
    touched: assets of those units.
    """

    before: Groups
    after: Groups
    names: tuple[str, ...]
    whole: NDArray[np.float64]
    singles: NDArray[np.float64]
    left_out: NDArray[np.int64]
    known: NDArray[np.int64]
    touched: int


def simulate_chosen(engine: Engine, inventory: Bundle, actions: pa.Table, ctx: Context, *, singles: bool = True) -> Chosen:
    """Apply the chosen actions together and tell how far the result is from the sum of their single effects.

    singles: False leaves that sum at 0, for a caller that already knows the single effects.
    """
    names = tuple(n for n in engine.indicators if indicators()[n].total == "sum")
    mine = _touched(inventory, engine, actions)
    quick = msgspec.structs.replace(ctx, detail=False, keep=True)
    before, after = engine.diagnose(mine, quick), engine.diagnose(engine.apply(mine, actions), quick)
    one, other = before.kept, after.kept
    if one is None or other is None or not one.ids.equals(other.ids):
        raise EngineError("moteurs.groupes_changes", engine=engine.name)
    whole, alone_sum = np.zeros((len(names), ctx.draws)), np.zeros((len(names), ctx.draws))
    left_out, seen = np.zeros(len(names), np.int64), np.zeros(len(names), np.int64)
    for i, name in enumerate(names):
        at = one.names.index(name)
        known = one.origins[at] != UNKNOWN
        same = known == (other.origins[at] != UNKNOWN)
        left_out[i], seen[i] = np.count_nonzero(~same), np.count_nonzero(same & known)
        whole[i] = (other.draws[at] - one.draws[at]).sum(axis=0, where=(same & known)[:, None])
    for _, every, draws in _singles(engine, inventory, actions, ctx, None) if singles else ():
        for i, name in enumerate(names):
            alone_sum[i] += np.nan_to_num(draws[:, every.index(name)]).sum(axis=0)
    return Chosen(before.groups, after.groups, names, whole, alone_sum, left_out, seen, len(one.ids))


def _touched(inventory: Bundle, engine: Engine, actions: pa.Table) -> Bundle:
    """The units touched by the actions only: the others stay as they are."""
    main = inventory[engine.main]
    found = pc.index_in(_touches(actions)[0], value_set=flat(main["id"])).drop_null()
    units = _units(main, engine.independent_by)
    return dict(inventory) | {engine.main: main.filter(pc.is_in(units, value_set=units.take(found)))}


def chosen_table(parts: Sequence[Chosen]) -> pa.Table:
    """Partitions of a programme summed on draws: one row per indicator with the triples `whole`, `singles` and
    `interaction` (whole - singles), and `left_out`, the assets where the effect is not known. An indicator known of no asset
    touched has an unknown effect, not none.

    Raises EngineError when there is no part.
    """
    if not parts:
        raise EngineError("moteurs.aucun_groupe")
    names = parts[0].names
    whole, singles = sum(p.whole for p in parts), sum(p.singles for p in parts)
    columns: dict[str, Any] = {"indicator": list(names), "unit": [indicators()[n].unit for n in names]}
    decimals = [indicators()[n].decimals for n in names]
    unknown = (np.sum([p.known for p in parts], axis=0) == 0) & (sum(p.touched for p in parts) > 0)
    for title, draws in (("whole", whole), ("singles", singles), ("interaction", whole - singles)):
        for suffix, values in zip(("", "_low", "_high"), summaries(np.asarray(draws)), strict=True):
            rounded = [round(float(v), d) + 0.0 for v, d in zip(values, decimals, strict=True)]
            columns[title + suffix] = pa.array(rounded, pa.float64(), mask=unknown)
    columns["left_out"] = np.sum([p.left_out for p in parts], axis=0)
    return pa.table(columns)
