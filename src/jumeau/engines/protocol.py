"""What an engine is, and `simulate`, written once: an effect is the ordinary diagnosis of the changed inventory."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.errors import EngineError
from jumeau.model.action import EFFECT_SCHEMA
from jumeau.model.dictionary import indicators
from jumeau.model.draws import DRAWS
from jumeau.model.estimate import HIGH_QUANTILE, LOW_QUANTILE
from jumeau.model.origin import ORIGINS

Bundle: TypeAlias = Mapping[str, pa.Table]
"""Layer name -> table with `id`, `commune`, fields of the dictionary, `X__origin` beside each X, `geometry` (WKB)."""

ACTION_COLUMN = "_action"


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a computation depends on besides its tables.

    group: column of the engine's main layer whose values name the groups. prices: name -> (low, mode, high) that override
    the parameters of `model/parameters`. rules: dated values looked up by the twin.
    """

    date: date
    seed: int = 0
    draws: int = DRAWS
    group: str = "commune"
    climate: str = "actuel"
    prices: Mapping[str, tuple[float, float, float]] = {}
    rules: Mapping[str, Any] = {}


class Groups(msgspec.Struct, frozen=True):
    """Groups x indicators x draws.

    keys: G names; names: I indicators; draws: float64 (G, I, D), NaN where nothing is known; shares: float64 (G, I, O), the
    share of the indicator that rests on each of ORIGINS (sums to 1 over known origins; by number of assets for `unknown`);
    known, unknown: int64 (G, I) numbers of assets.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    draws: NDArray[np.float64]
    shares: NDArray[np.float64]
    known: NDArray[np.int64]
    unknown: NDArray[np.int64]


class Diagnosis(msgspec.Struct, frozen=True):
    """assets: `id`, `commune`, then for each indicator the triple X, X_low, X_high (float32) and X__origin; groups."""

    assets: pa.Table
    groups: Groups


class Engine(Protocol):
    """One field of action. `main` is the layer whose rows are diagnosed.

    reads: layers used; partition: column that cuts the territory into independent runs; independent_by: what may be
    changed apart (`asset`, or a column of the main layer).
    """

    name: str
    main: str
    reads: tuple[str, ...]
    partition: str
    independent_by: str
    indicators: tuple[str, ...]

    def inventory(self, sources: Bundle, area: str) -> Bundle:
        """Tidy source tables of one partition -> a bundle ready to diagnose (unknowns inferred where it can be said how)."""

    def diagnose(self, inventory: Bundle, ctx: Context) -> Diagnosis:
        """Inventory -> indicators by asset and by group."""

    def propose(self, inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:
        """Inventory and diagnosis -> one row of ACTION_SCHEMA per feasible action."""

    def apply(self, inventory: Bundle, actions: pa.Table) -> Bundle:
        """The inventory as it would be once `actions` are done; ids kept, no action is identity."""


def passes(actions: pa.Table, inventory: pa.Table, independent_by: str) -> list[list[int]]:
    """Cut actions into passes in which no two touch the same independent unit. Actions that touch no asset are left out."""
    unit_of: Mapping[str, str] = {}
    if independent_by != "asset":
        ids, units = inventory["id"].to_pylist(), inventory[independent_by].to_pylist()
        unit_of = dict(zip(ids, units, strict=True))
    busy: list[set[str]] = []
    out: list[list[int]] = []
    for row, assets in enumerate(actions["assets"].to_pylist()):
        if not assets:
            continue
        units = {unit_of.get(a, a) for a in assets}
        for taken, rows in zip(busy, out, strict=True):
            if taken.isdisjoint(units):
                taken |= units
                rows.append(row)
                break
        else:
            busy.append(set(units))
            out.append([row])
    return out


def simulate(engine: Engine, inventory: Bundle, actions: pa.Table, ctx: Context) -> pa.Table:
    """Yearly effects of each action alone: diagnose(apply(inventory, action)) - diagnose(inventory) on paired draws.

    Returns EFFECT_SCHEMA rows, one per action and indicator; actions without assets have none.
    """
    main = inventory[engine.main]
    rows: list[dict[str, Any]] = []
    for chosen in passes(actions, main, engine.independent_by):
        part = actions.take(chosen)
        labelled = _labelled(inventory, engine, part)
        alone = msgspec.structs.replace(ctx, group=ACTION_COLUMN)
        before = engine.diagnose(labelled, alone).groups
        after = engine.diagnose(engine.apply(labelled, part), alone).groups
        if before.keys != after.keys:
            raise EngineError("moteurs.groupes_changes", engine=engine.name)
        rows += _effects(part, before, after)
    order = {a: i for i, a in enumerate(actions["id"].to_pylist())}
    rows.sort(key=lambda r: (order[r["action"]], r["indicator"]))
    return pa.Table.from_pylist(rows, schema=EFFECT_SCHEMA)


def _labelled(inventory: Bundle, engine: Engine, actions: pa.Table) -> Bundle:
    """The units touched by the actions only, each asset carrying the action of its unit."""
    main = inventory[engine.main]
    assets = pc.list_flatten(actions["assets"])
    labels = pc.take(actions["id"], pc.list_parent_indices(actions["assets"]))
    if engine.independent_by == "asset":
        units = main["id"]
    else:
        units = main[engine.independent_by]
        found = _flat(pc.index_in(assets, value_set=_flat(main["id"])))
        assets, labels = _flat(units).take(found.drop_null()), labels.filter(pc.is_valid(found))
    position = pc.index_in(units, value_set=_flat(assets))
    column = _flat(labels).take(_flat(position))
    table = main.append_column(ACTION_COLUMN, column)
    return dict(inventory) | {engine.main: table.filter(pc.is_valid(table[ACTION_COLUMN]))}


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _effects(actions: pa.Table, before: Groups, after: Groups) -> list[dict[str, Any]]:
    difference = after.draws - before.draws
    lifetime = dict(zip(actions["id"].to_pylist(), actions["lifetime_y"].to_pylist(), strict=True))
    out = []
    for g, action in enumerate(before.keys):
        for i, name in enumerate(before.names):
            value, low, high = summary(difference[g, i])
            out.append(
                {
                    "action": action,
                    "indicator": name,
                    "unit": indicators()[name].unit,
                    "from_year": 1,
                    "to_year": lifetime[action],
                    "value": value,
                    "value_low": low,
                    "value_high": high,
                }
            )
    return out


def summary(draws: NDArray[np.float64]) -> tuple[float | None, float | None, float | None]:
    """Mean, p5 and p95 of draws (D,); Nones where they are not known."""
    if not np.isfinite(draws).all():
        return None, None, None
    low, high = np.quantile(draws, [LOW_QUANTILE, HIGH_QUANTILE])
    return float(draws.mean()), float(low), float(high)


def merge_groups(parts: Sequence[Groups]) -> Groups:
    """Groups of partitions computed apart, put together; a key met in several parts is summed on draws."""
    if not parts:
        raise EngineError("moteurs.aucun_groupe")
    names = parts[0].names
    total = [indicators()[n].total for n in names]
    keys = tuple(sorted({k for p in parts for k in p.keys}))
    row = {k: i for i, k in enumerate(keys)}
    shape = (len(keys), len(names))
    sums = np.zeros((*shape, parts[0].draws.shape[2]))
    shares = np.zeros((*shape, len(ORIGINS)))
    known, unknown = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    weight = np.zeros(shape)
    for part in parts:
        at = np.array([row[k] for k in part.keys], dtype=np.intp)
        mean = np.array([x == "mean" for x in total])
        w = np.where(mean, part.known, np.abs(np.nanmean(np.where(part.known[..., None] > 0, part.draws, 0.0), axis=2)))
        draws = np.where(part.known[..., None] > 0, part.draws, 0.0)
        sums[at] += np.where(mean[None, :, None], draws * part.known[..., None], draws)
        shares[at] += part.shares * w[..., None]
        weight[at] += w
        known[at] += part.known
        unknown[at] += part.unknown
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.array([x == "mean" for x in total])
        draws = np.where(mean[None, :, None], sums / known[..., None], sums)
        draws = np.where(known[..., None] > 0, draws, np.nan)
        shares = np.where(weight[..., None] > 0, shares / weight[..., None], 0.0)
    return Groups(keys, names, draws, shares, known, unknown)
