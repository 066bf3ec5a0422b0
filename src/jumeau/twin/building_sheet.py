"""What the page says of buildings: the buildings of a commune, and the sheet of one."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.engines.groups import summaries
from jumeau.errors import InputError, NotFoundError
from jumeau.store.port import NOW, Moment
from jumeau.texts import t
from jumeau.twin.building_commune import CommuneStock, commune_stock
from jumeau.twin.building_dpe import official_labels, step_label, told_labels
from jumeau.twin.building_envelope import envelope_of
from jumeau.twin.building_known import floor_draws, floor_range, known_of
from jumeau.twin.building_labels import label_notes
from jumeau.twin.building_law import asked, facts_of
from jumeau.twin.building_pick import owner_name, owners
from jumeau.twin.building_places import place_name
from jumeau.twin.buildings import Seen

LAYER = "batiment"
MOST_SHOWN, STOREY_M = 6_000, 3.0


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A building of the list. owner: its code, None where unknown, owner_name: in words; energy, low, high: [kWh/year];
    floor: [m²]; per_m2: [kWh/(m²·year)]; potential: share that all the steps would save [-]; doubt: half width of the
    interval over the value [-]; None where unknown; origin: of the energy; height: [m], height_estimated:
    from its floor area."""

    id: str
    label: str
    usage: str | None
    owner: str | None
    owner_name: str
    dpe: str | None
    energy: float | None
    low: float | None
    high: float | None
    floor: float | None
    per_m2: float | None
    potential: float | None
    doubt: float | None
    origin: str
    height: float | None
    height_estimated: bool
    geometry: bytes | None


def buildings_of(twin: Seen, place: str, moment: Moment = NOW, stock: CommuneStock | None = None) -> list[Row]:
    """The buildings of a place with what the diagnosis says of each, in stored order. stock: the place, already read.

    Raises InputError where there are too many to show, NotFoundError where the twin has none there.
    """
    from jumeau.engines.buildings.diagnose import diagnose

    known = stock or commune_stock(twin, place, moment)
    table = known.table
    if table.num_rows > MOST_SHOWN:
        raise InputError("batiments.trop_a_montrer", place=place_name(place), count=table.num_rows, most=MOST_SHOWN)
    found, named, held = known.diagnosis.assets, known.labels, owners(table)
    energy, low, high = (_floats(found[f"buildings_annual_energy_kwh{s}"]) for s in ("", "_low", "_high"))
    later = _floats(diagnose(all_done(known.bundle), known.ctx, hourly=False).assets["buildings_annual_energy_kwh"])
    floor = known.floor
    height, estimated = _heights(table, floor)
    columns = {n: table[n].to_pylist() for n in ("id", "nom", "code", "usage", "geometry")}
    origins = found["buildings_annual_energy_kwh__origin"].to_pylist()
    return [
        Row(
            id=columns["id"][i], label=columns["nom"][i] or columns["code"][i] or columns["id"][i], usage=columns["usage"][i],
            owner=held[i], owner_name=owner_name(held[i]), dpe=named[i], energy=_or_none(energy[i]), low=_or_none(low[i]),
            high=_or_none(high[i]), floor=_or_none(floor[i]),
            per_m2=_or_none(energy[i] / floor[i], 1), potential=_or_none(1 - later[i] / energy[i], 3),
            doubt=_or_none((high[i] - low[i]) / 2 / energy[i], 3), origin=origins[i], height=_or_none(height[i], 1),
            height_estimated=bool(estimated[i]), geometry=columns["geometry"][i],
        )
        for i in range(table.num_rows)
    ]  # fmt: skip


def sheet(
    twin: Seen, building: str, moment: Moment = NOW, read: Callable[[str], CommuneStock] | None = None
) -> dict[str, Any]:
    """All that is said of one building, or of the one that counts for it where it is drawn twice (`counted_as`): what is
    known, envelope, bill, steps of works, duties of law. read: gives a commune, where some are kept.

    Raises NotFoundError for an unknown building.
    """
    from jumeau.engines.buildings.diagnose import label_span
    from jumeau.engines.buildings.doubles import counted_as
    from jumeau.engines.buildings.duties import duties
    from jumeau.engines.buildings.packages import packages_and_costs

    found = twin.view.read(LAYER, ids=[building], provenance=True, moment=moment)
    if not found.num_rows:
        raise NotFoundError("batiments.introuvable", building=building)
    row = found.to_pylist()[0]
    known = read(row["commune"]) if read else commune_stock(twin, row["commune"], moment)
    ctx, one, counted = known.ctx, known.alone(building), counted_as(known.bundle, building)
    alone = one.bundle
    packed, spent = packages_and_costs(alone, ctx, [counted])
    made = packed[0] if packed else None
    facts = facts_of(alone, ctx)[0]
    computed = "dpe_class" in facts and not row["dpe_class"]
    official = None if made is None else official_labels(twin.view, building, made)
    floor, span = floor_range(one), label_span(alone, ctx) if computed else None
    return {
        "id": building,
        "counted_as": counted if counted != building else None,
        "known": [msgspec.to_builtins(k) for k in known_of(twin.view, row, one)],
        "floor": None if floor.value is None else msgspec.to_builtins(floor),
        "total": None if made is None or not made.steps else _interval(tuple(float(x[0]) for x in summaries(spent))),
        "per_m2": per_m2_of(one),
        "energy": None if made is None else _interval(made.energy),
        "label": None if made is None else made.label,
        "steps": [] if made is None else [_step(s) | step_label(official, k + 1) for k, s in enumerate(made.steps)],
        "dpe": None if official is None else told_labels(official),
        "duties": [_owed(d) for d in duties(facts, ctx.date) if d.state != "none"],
        "label_computed": computed,
        "label_best": span and span[0],
        "label_worst": span and span[1],
        "label_notes": label_notes(alone, ctx),
        "envelope": envelope_of(alone, ctx),
        "bill": row["annual_energy_kwh"],
        "model": _model(alone, ctx),
    }


def per_m2_of(one: CommuneStock) -> dict[str, float] | None:
    """Final energy of the only building of a stock over its heated floor, on draws [kWh/(m²·year)]."""
    found, floor = one.diagnosis.groups, floor_draws(one)
    if floor is None or not len(found.keys) or not found.known[:, 0].any():
        return None
    return _interval(tuple(float(x[0]) for x in summaries(found.draws[:, 0].sum(axis=0)[None] / floor)))


def _model(bundle: Any, ctx: Any) -> dict[str, float] | None:
    """Energy of the only building of a bundle as the model alone gives it, without its bill [kWh/year]."""
    from jumeau.engines.buildings.diagnose import diagnose
    from jumeau.engines.tables import assign

    bare = assign(bundle[LAYER], np.ones(1, bool), {"annual_energy_kwh": None})
    found = diagnose(dict(bundle) | {LAYER: bare}, ctx, hourly=False).assets.to_pylist()[0]
    value, low, high = (found[f"buildings_annual_energy_kwh{s}"] for s in ("", "_low", "_high"))
    return None if value is None else _interval((value, low, high))


def all_done(bundle: Any) -> dict[str, pa.Table]:
    """The inventory once every step is done everywhere."""
    from jumeau.engines.buildings.works import CHAIN, CHANGES
    from jumeau.engines.tables import assign

    table = bundle[LAYER]
    for kind in CHAIN:
        table = assign(table, np.ones(table.num_rows, bool), CHANGES[kind])
    return dict(bundle) | {LAYER: table}


def _heights(table: pa.Table, floor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height [m] to draw: known, else three metres a storey where storeys are known, else what the floor area makes of the
    footprint; and whether it is the last."""
    height, storeys, ground = (_floats(table[n]) for n in ("height_m", "storeys", "_footprint_m2"))
    said = np.where(np.isnan(height), STOREY_M * storeys, height)
    guess = STOREY_M * np.maximum(np.round(floor / ground), 1.0)
    return np.where(np.isnan(said), guess, said), np.isnan(said) & ~np.isnan(guess)


def _floats(column: Any) -> np.ndarray:
    return np.array([np.nan if v is None else float(v) for v in column.to_pylist()], np.float64)


def _or_none(value: float, decimals: int = 0) -> float | None:
    return round(float(value), decimals) if np.isfinite(value) else None


def _interval(triple: tuple[float, ...]) -> dict[str, float]:
    return dict(zip(("value", "low", "high"), triple, strict=True))


def _owed(duty: Any) -> dict[str, Any]:
    """A duty, whether it holds only if the dwelling is let, and in words what would settle it."""
    return dict(msgspec.to_builtins(duty)) | {"if_let": duty.if_let, "questions": [asked(m) for m in duty.missing]}


def _step(step: Any) -> dict[str, Any]:
    return {
        "kind": step.kind, "title": t(f"batiments.etape_{step.kind}"), "quantity": step.quantity, "unit": step.unit,
        "cost": _interval(step.cost), "energy": _interval(step.energy), "saved": _interval(step.saved), "label": step.label,
        "reached": list(step.reached), "cautions": [t(f"batiments.prudence_{c}") for c in step.cautions],
    }  # fmt: skip
