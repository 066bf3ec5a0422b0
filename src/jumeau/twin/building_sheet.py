"""What the page says of buildings: the buildings of a commune, and the sheet of one."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError, NotFoundError
from jumeau.store.port import NOW, Moment
from jumeau.texts import t
from jumeau.twin import runs
from jumeau.twin.building_labels import label_notes
from jumeau.twin.building_law import LAW_DRAWS, facts_of
from jumeau.twin.buildings import FIELD, Seen
from jumeau.twin.registry import engine

LAYER = "batiment"
MOST_BUILDINGS, PAGE_DRAWS = 6_000, 32


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A building of the list. energy, low, high: [kWh/year]; floor: [m²]; per_m2: [kWh/(m²·year)]; potential: share that all
    the steps would save [-]; doubt: half width of the interval over the value [-]; None where unknown; origin: of the energy;
    height: [m]."""

    id: str
    label: str
    usage: str | None
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
    geometry: bytes | None


def buildings_of(twin: Seen, commune: str, moment: Moment = NOW) -> list[Row]:
    """The buildings of a commune with what the diagnosis says of each, in stored order.

    Raises InputError where there are too many to show, NotFoundError where the twin has none there.
    """
    from jumeau.engines.buildings.diagnose import diagnose, labels

    bundle, ctx = _bundle(twin, commune, moment)
    table = bundle[LAYER]
    if not table.num_rows:
        raise NotFoundError("batiments.commune_vide", commune=commune)
    if table.num_rows > MOST_BUILDINGS:
        raise InputError("batiments.commune_trop_grande", count=table.num_rows, most=MOST_BUILDINGS)
    found = diagnose(bundle, ctx, hourly=False).assets
    after = diagnose(all_done(bundle), ctx, hourly=False).assets
    energy, low, high = (_floats(found[f"buildings_annual_energy_kwh{s}"]) for s in ("", "_low", "_high"))
    later = _floats(after["buildings_annual_energy_kwh"])
    floor, height = floors(bundle, ctx), _heights(table)
    named = labels(bundle, ctx)["buildings_label"].to_pylist()
    columns = {n: table[n].to_pylist() for n in ("id", "nom", "code", "usage", "geometry")}
    origins = found["buildings_annual_energy_kwh__origin"].to_pylist()
    return [
        Row(
            id=columns["id"][i], label=columns["nom"][i] or columns["code"][i] or columns["id"][i], usage=columns["usage"][i],
            dpe=named[i], energy=_or_none(energy[i]), low=_or_none(low[i]), high=_or_none(high[i]), floor=_or_none(floor[i]),
            per_m2=_or_none(energy[i] / floor[i], 1), potential=_or_none(1 - later[i] / energy[i], 3),
            doubt=_or_none((high[i] - low[i]) / 2 / energy[i], 3), origin=origins[i], height=_or_none(height[i], 1),
            geometry=columns["geometry"][i],
        )
        for i in range(table.num_rows)
    ]  # fmt: skip


def sheet(twin: Seen, building: str, moment: Moment = NOW) -> dict[str, Any]:
    """Steps of works and duties of law of one building. Raises NotFoundError for an unknown building."""
    from jumeau.engines.buildings.duties import duties
    from jumeau.engines.buildings.packages import packages
    from jumeau.model.query import Compare

    found = twin.view.read(LAYER, where=Compare("id", "=", building), moment=moment)
    if not found.num_rows:
        raise NotFoundError("batiments.introuvable", building=building)
    row = found.to_pylist()[0]
    bundle, ctx = _bundle(twin, row["commune"], moment)
    made = next(iter(packages(bundle, twin.context(moment), [building])), None)
    alone = dict(bundle) | {LAYER: bundle[LAYER].filter(pc.equal(bundle[LAYER]["id"], building))}
    facts = facts_of(alone, msgspec.structs.replace(ctx, draws=LAW_DRAWS))[0]
    computed = "dpe_class" in facts and not row["dpe_class"]
    return {
        "id": building,
        "energy": None if made is None else _interval(made.energy),
        "label": None if made is None else made.label,
        "steps": [] if made is None else [_step(s) for s in made.steps],
        "duties": [msgspec.to_builtins(d) for d in duties(facts, ctx.date) if d.state != "none"],
        "label_computed": computed,
        "label_notes": label_notes(alone, ctx),
        "envelope": envelope_of(alone, ctx),
        "bill": row["annual_energy_kwh"],
        "model": _model(alone, ctx),
    }


def _bundle(twin: Seen, commune: str, moment: Moment) -> tuple[Any, Any]:
    ctx = msgspec.structs.replace(twin.context(moment), draws=PAGE_DRAWS)
    return engine(FIELD).inventory(runs.inputs_of(twin.view, FIELD, commune, moment), commune), ctx


def _model(bundle: Any, ctx: Any) -> dict[str, float] | None:
    """Energy of the only building of a bundle as the model alone gives it, without its bill [kWh/year]."""
    from jumeau.engines.buildings.diagnose import diagnose
    from jumeau.engines.tables import assign

    bare = assign(bundle[LAYER], np.ones(1, bool), {"annual_energy_kwh": None})
    found = diagnose(dict(bundle) | {LAYER: bare}, ctx, hourly=False).assets.to_pylist()[0]
    value, low, high = (found[f"buildings_annual_energy_kwh{s}"] for s in ("", "_low", "_high"))
    return None if value is None else _interval((value, low, high))


def envelope_of(bundle: Any, ctx: Any) -> list[dict[str, Any]]:
    """Area [m²] and U value [W/(m²·K)] of each element of the only building of a bundle, with their intervals; empty where
    nothing can be said."""
    from jumeau.engines.buildings.envelope import envelope, u_value, window_u
    from jumeau.engines.buildings.stock import stock
    from jumeau.engines.groups import summaries
    from jumeau.engines.tally import Draws

    part, draws = stock(bundle[LAYER]), Draws(ctx, FIELD)
    if not part.modelled.all():
        return []
    env, state = envelope(part, draws), part.current
    elements = {
        "wall": (env.wall, u_value(part, env, "wall", state.wall, draws), state.wall),
        "roof": (env.roof, u_value(part, env, "roof", state.roof, draws), state.roof),
        "floor": (env.roof, u_value(part, env, "floor", state.floor, draws), state.floor),
        "window": (env.window, window_u(env, state.window, draws), state.window),
    }
    return [
        {"element": name, "done": bool(done[0]), "area": _triple(area, summaries), "u": _triple(u, summaries)}
        for name, (area, u, done) in elements.items()
    ]


def _triple(draws: Any, summaries: Any) -> dict[str, float]:
    value, low, high = (round(float(x[0]), 3) for x in summaries(draws))
    return {"value": value, "low": low, "high": high}


def all_done(bundle: Any) -> dict[str, pa.Table]:
    """The inventory once every step is done everywhere."""
    from jumeau.engines.buildings.works import CHAIN, CHANGES
    from jumeau.engines.tables import assign

    table = bundle[LAYER]
    for kind in CHAIN:
        table = assign(table, np.ones(table.num_rows, bool), CHANGES[kind])
    return dict(bundle) | {LAYER: table}


def floors(bundle: Any, ctx: Any) -> np.ndarray:
    """Mean heated floor of each building [m²] (N,), NaN where it cannot be said."""
    from jumeau.engines.buildings.choices import FIELD as field
    from jumeau.engines.buildings.envelope import envelope
    from jumeau.engines.buildings.stock import stock
    from jumeau.engines.tally import Draws

    whole = stock(bundle[LAYER])
    out, rows = np.full(len(whole.ids), np.nan), np.flatnonzero(whole.modelled)
    if len(rows):
        out[rows] = envelope(whole.take(rows), Draws(ctx, field)).floor.mean(axis=1)
    return out


def _heights(table: pa.Table) -> np.ndarray:
    """Known height, else three metres a storey where storeys are known."""
    height, storeys = _floats(table["height_m"]), _floats(table["storeys"])
    return np.where(np.isnan(height), 3.0 * storeys, height)


def _floats(column: Any) -> np.ndarray:
    return np.array([np.nan if v is None else float(v) for v in column.to_pylist()], np.float64)


def _or_none(value: float, decimals: int = 0) -> float | None:
    return round(float(value), decimals) if np.isfinite(value) else None


def _interval(triple: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("value", "low", "high"), triple, strict=True))


def _step(step: Any) -> dict[str, Any]:
    return {
        "kind": step.kind, "title": t(f"batiments.etape_{step.kind}"), "quantity": step.quantity, "unit": step.unit,
        "cost": _interval(step.cost), "energy": _interval(step.energy), "saved": _interval(step.saved), "label": step.label,
        "reached": list(step.reached), "cautions": [t(f"batiments.prudence_{c}") for c in step.cautions],
    }  # fmt: skip
