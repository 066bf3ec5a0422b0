"""Works of one building step by step: no step blocks the next, and each is judged by the ordinary diagnosis.

The order is that of works that do not have to be undone: envelope from the top, then what moves air and heat, whose size
depends on the envelope. Costs are ranges; what old walls and protected buildings forbid is said beside.
"""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.buildings.apply import CONTROL, PUMP, apply
from jumeau.engines.buildings.choices import CONTROLS, FIELD, LAYER
from jumeau.engines.buildings.diagnose import diagnose, labels
from jumeau.engines.buildings.energy import peak_load
from jumeau.engines.buildings.envelope import envelope
from jumeau.engines.buildings.stock import Floats, stock
from jumeau.engines.groups import summaries
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tally import Draws
from jumeau.model.action import ACTION_SCHEMA

ORDER = ("isolation_toiture", "isolation_plancher", "menuiseries", "isolation_murs", CONTROL, PUMP)
TARGETS = (0.40, 0.50, 0.60)
"""Steps of the tertiary decree: less final energy than the reference."""
OLD_WALLS, PERMEABLE = 1948, "murs_anciens"
PROTECTED, UNBALANCED = "protege", "ventilation"
GROUP = "_building"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step. kind: of `apply`; quantity: floor, element area or kW with its `unit`; cost, energy: (mean, p5, p95) of this
    step [€] and of the building after it [kWh/year]; saved: share saved since the start (mean, p5, p95) [-]; label: after it;
    reached: targets that the mean has reached; cautions: keys of texts `batiments.prudence_KEY`."""

    kind: str
    quantity: float
    unit: str
    cost: tuple[float, float, float]
    energy: tuple[float, float, float]
    saved: tuple[float, float, float]
    label: str | None
    reached: tuple[float, ...]
    cautions: tuple[str, ...]


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of one building, from `energy` (mean, p5, p95) [kWh/year] and `label`."""

    building: str
    energy: tuple[float, float, float]
    label: str | None
    steps: tuple[Step, ...]


def packages(inventory: Bundle, ctx: Context, buildings: list[str]) -> list[Package]:
    """Steps of the buildings named, in their order; a building whose energy is unknown has none and is left out."""
    return packages_and_costs(inventory, ctx, buildings)[0]


def packages_and_costs(inventory: Bundle, ctx: Context, buildings: list[str]) -> tuple[list[Package], Floats]:
    """The same, with the cost of all steps of each building on draws (P, D) [€], so that costs add up on draws."""
    table = inventory[LAYER]
    some = table.filter(pc.is_in(table["id"], value_set=pa.array(buildings, pa.string())))
    bundle: Bundle = dict(inventory) | {LAYER: some.append_column(GROUP, some["id"])}
    by_building = msgspec.structs.replace(ctx, group=GROUP, detail=False)
    ids = some["id"].to_pylist()
    whole = stock(some)
    before, first = _state(bundle, by_building, ids)
    costs = _costs(bundle, ctx)
    chains: dict[str, list[Step]] = {i: [] for i in ids}
    spent = np.zeros((len(ids), ctx.draws))
    for kind in ORDER:
        todo = _todo(whole, kind)
        if not todo.any():
            continue
        if kind == PUMP:
            costs |= _costs(bundle, ctx)
        bundle = apply(bundle, _actions(kind, [ids[i] for i in np.flatnonzero(todo)]))
        after, named = _state(bundle, by_building, ids)
        for i in np.flatnonzero(todo & whole.modelled).tolist():
            spent[i] += costs[kind][1][i]
            chains[ids[i]].append(_step(kind, i, costs[kind], before[i], after[i], named[i], _cautions(some, i, kind)))
    order = {i: k for k, i in enumerate(ids)}
    kept = [i for i in buildings if i in order and whole.modelled[order[i]]]
    made = [
        Package(building=i, energy=_triple(before[order[i]]), label=first[order[i]], steps=tuple(chains[i])) for i in kept
    ]
    return made, spent[[order[i] for i in kept]]


def _state(bundle: Bundle, ctx: Context, ids: list[str]) -> tuple[Floats, list[str | None]]:
    """Draws of energy (N, D) and labels, in the order of `ids`."""
    groups = diagnose(bundle, ctx, hourly=False).groups
    at = {key: k for k, key in enumerate(groups.keys)}
    energy = groups.draws[[at[i] for i in ids], 0] if ids else np.zeros((0, ctx.draws))
    return energy, labels(bundle, ctx)["buildings_label"].to_pylist()


def _costs(bundle: Bundle, ctx: Context) -> dict[str, tuple[Floats, Floats, str]]:
    """Quantity (N, D), cost (N, D) [€] and unit by kind, in the present state: a heat pump is sized after insulation."""
    part, draws = stock(bundle[LAYER]), Draws(ctx, FIELD)
    rows = np.flatnonzero(part.modelled)
    out = {k: (np.full((len(part.ids), ctx.draws), np.nan), np.full((len(part.ids), ctx.draws), np.nan), "m²") for k in ORDER}
    if not len(rows):
        return out
    known = part.take(rows)
    env = envelope(known, draws)
    load = peak_load(known, env, known.current, draws)
    quantities = {
        "isolation_toiture": (env.roof, "price_roof_insulation"), "isolation_plancher": (env.roof, "price_floor_insulation"),
        "menuiseries": (env.window, "price_window"), "isolation_murs": (env.wall, "price_wall_insulation"),
        CONTROL: (env.floor, "price_control"), PUMP: (load, "price_heat_pump_kw"),
    }  # fmt: skip
    for kind, (quantity, price) in quantities.items():
        out[kind][0][rows] = quantity
        out[kind][1][rows] = quantity * draws(price) * draws("price_studies")
    return out | {PUMP: (*out[PUMP][:2], "kW")}


def _todo(whole: Any, kind: str) -> NDArray[np.bool_]:
    state = whole.current
    done = {
        "isolation_toiture": state.roof, "isolation_plancher": state.floor, "menuiseries": state.window,
        "isolation_murs": state.wall, CONTROL: state.control <= CONTROLS.index("B"), PUMP: state.system == 0,
    }[kind]  # fmt: skip
    return np.asarray(~done)


def _actions(kind: str, ids: list[str]) -> pa.Table:
    empty = ACTION_SCHEMA.empty_table()
    columns = {f.name: pa.nulls(len(ids), f.type) for f in empty.schema}
    columns |= {"kind": pa.array([kind] * len(ids)), "assets": pa.array([[i] for i in ids], pa.list_(pa.string()))}
    return pa.table(columns)


def _triple(draws: Floats) -> tuple[float, float, float]:
    value, low, high = (float(x[0]) for x in summaries(draws[None, :]))
    return value, low, high


def _step(
    kind: str,
    i: int,
    cost: tuple[Floats, Floats, str],
    before: Floats,
    after: Floats,
    label: str | None,
    cautions: tuple[str, ...],
) -> Step:
    saved = _triple(1 - after / np.maximum(before, 1e-9))
    return Step(
        kind=kind, quantity=float(np.nanmean(cost[0][i])), unit=cost[2], cost=_triple(cost[1][i]), energy=_triple(after),
        saved=saved, label=label, reached=tuple(x for x in TARGETS if saved[0] >= x), cautions=cautions,
    )  # fmt: skip


def _cautions(table: pa.Table, i: int, kind: str) -> tuple[str, ...]:
    """What to look at before this step: moisture of old walls, heritage, air once windows are tight."""
    year, listed = table["construction_year"][i].as_py(), table["protected"][i].as_py()
    out = []
    if kind == "isolation_murs" and (year is None or year < OLD_WALLS):
        out.append(PERMEABLE)
    if listed and kind in ("isolation_murs", "menuiseries", "isolation_toiture", PUMP):
        out.append(PROTECTED)
    if kind == "menuiseries":
        out.append(UNBALANCED)
    return tuple(out)
