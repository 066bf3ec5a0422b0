"""What the public owner of a building can do: insulate it, replace its fossil boiler, manage its energy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.buildings.apply import CONTROL, INSULATION, PUMP
from jumeau.engines.buildings.choices import CONTROLS, ENERGIES, FIELD, FOSSIL_FUELS, LAYER, PERIODS
from jumeau.engines.buildings.energy import peak_load
from jumeau.engines.buildings.envelope import envelope
from jumeau.engines.buildings.inventory import public_owner
from jumeau.engines.buildings.stock import Flags, Floats, Stock, stock
from jumeau.engines.groups import summaries
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.tables import texts
from jumeau.engines.tally import CHUNK, Draws
from jumeau.model.action import ACTION_SCHEMA
from jumeau.texts import t

PRICE_YEAR = 2025
RECENT = PERIODS.index("2012")
"""First period whose envelope is left alone (2006 and after)."""
LEAST_M2, LEAST_CONTROL_M2 = 50.0, 200.0
"""Floor area from which a building is worth an action of its own, and energy management."""
LIFETIME_Y = {INSULATION: 30, PUMP: 17, CONTROL: 15}
NEEDS = {
    INSULATION: ("isolation_enveloppe", "m2"),
    PUMP: ("pompe_chaleur_batiment", "kW"),
    CONTROL: ("gestion_technique_batiment", "m2"),
}
PRICES = {
    INSULATION: ("price_wall_insulation", "price_roof_insulation", "price_window"),
    PUMP: ("price_heat_pump_kw",),
    CONTROL: ("price_control",),
}


def propose(inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:
    """Up to three actions per building, building by building in the order of the inventory.

    Only buildings of a collectivité that are heated and not housing: a commune does not decide on works in dwellings, and
    where nothing says that a building is public nothing is proposed. A heat pump is proposed where the boiler is known to
    burn fossil fuel; insulation up to 2005 or where the year is unknown; management from 200 m² and below class B; nothing
    under 50 m². The three go together in any order, so none requires or excludes another; they share a visit
    (`synergy_place`).
    """
    table = inventory[LAYER]
    whole, draws = stock(table), Draws(ctx, FIELD)
    eligible = np.asarray(public_owner(table)) & whole.modelled & (whole.use > 0)
    rows = np.flatnonzero(eligible)
    parts = [_chunk(table, rows[i : i + CHUNK], whole, draws) for i in range(0, len(rows), CHUNK)]
    del diagnosis
    return pa.concat_tables([ACTION_SCHEMA.empty_table(), *parts])


def _chunk(table: pa.Table, rows: NDArray[np.int64], whole: Stock, draws: Draws) -> pa.Table:
    part = whole.take(rows)
    env = envelope(part, draws)
    studies = draws("price_studies")
    window, wall, roof = (draws(name) for name in ("price_window", "price_wall_insulation", "price_roof_insulation"))
    load = peak_load(part, env, part.current, draws)
    quantity = {INSULATION: env.floor, PUMP: load, CONTROL: env.floor}
    cost = {
        INSULATION: (env.wall * wall + env.roof * roof + env.window * window) * studies,
        PUMP: load * draws("price_heat_pump_kw") * studies,
        CONTROL: env.floor * draws("price_control") * studies,
    }
    chosen = _chosen(part, env.floor)
    columns = [
        _columns(table, rows[keep], kind, quantity[kind][keep], cost[kind][keep], draws) for kind, keep in chosen.items()
    ]
    made = pa.concat_tables(columns)
    order = np.argsort(np.concatenate([np.flatnonzero(keep) for keep in chosen.values()]), kind="stable")
    return made.take(pa.array(order))


def _chosen(part: Stock, floor: Floats) -> dict[str, Flags]:
    fossil = np.isin(part.current.energy, [ENERGIES.index(e) for e in FOSSIL_FUELS]) & (part.current.system != 0)
    area = floor.mean(axis=1)
    managed = part.current.control <= CONTROLS.index("B")
    return {
        INSULATION: (area >= LEAST_M2) & ~part.current.renovated & ((part.period < RECENT) | (part.period == len(PERIODS))),
        PUMP: fossil & (area >= LEAST_M2),
        CONTROL: ~managed & (area >= LEAST_CONTROL_M2),
    }


def _columns(table: pa.Table, rows: NDArray[np.int64], kind: str, quantity: Floats, cost: Floats, draws: Draws) -> pa.Table:
    some, n = table.take(pa.array(rows)), len(rows)
    number, (value, low, high) = quantity.mean(axis=1).round(1), summaries(cost)
    ids, communes = texts(some, "id"), texts(some, "commune")
    owner = pc.coalesce(some["owner"], pc.binary_join_element_wise("commune", some["commune"], ":")).to_pylist()
    names = pc.coalesce(some["nom"], some["code"], some["id"]).to_pylist()
    need, unit = NEEDS[kind]
    source = _source(kind, draws)
    values: dict[str, Any] = {
        "id": [f"{kind}/{i}" for i in ids],
        "kind": [kind] * n,
        "field": [FIELD] * n,
        "title": [t(f"batiments.{kind}", name=name) for name in names],
        "owner": owner,
        "commune": list(communes),
        "need": [need] * n,
        "quantity": number,
        "unit": [unit] * n,
        "cost_eur": value,
        "cost_eur_low": low,
        "cost_eur_high": high,
        "price_year": [PRICE_YEAR] * n,
        "cost_source": [source] * n,
        "lifetime_y": [LIFETIME_Y[kind]] * n,
        "assets": [[i] for i in ids],
        "parameters": ["{}"] * n,
        "beneficiaries": [[o] for o in owner],
        "synergy_place": [f"{LAYER}:{i}" for i in ids],
        "earliest_year": [draws.ctx.date.year + 1] * n,
        **_running(kind, number, draws),
    }
    for name in ("requires_all", "requires_any", "excludes", "provides", "consumes"):
        values[name] = [[]] * n
    return pa.table([pa.array(values.get(f.name, [None] * n), f.type) for f in ACTION_SCHEMA], schema=ACTION_SCHEMA)


def _running(kind: str, number: Floats, draws: Draws) -> Mapping[str, Floats]:
    """Yearly upkeep and, for energy management, the footprint of its controller and sensors."""
    if kind == PUMP:
        return {"running_cost_eur_per_year": number * draws.law("heat_pump_running_eur_kw").mode}
    if kind != CONTROL:
        return {}
    sensors = np.ceil(number / draws.law("sensor_floor_m2").mode)
    law = {n: draws.law(n).mode for n in ("sensor_energy_kwh", "controller_energy_kwh", "sensor_embodied_kgco2e",
                                          "controller_embodied_kgco2e", "control_running_eur_m2")}  # fmt: skip
    return {
        "running_cost_eur_per_year": number * law["control_running_eur_m2"],
        "digital_energy_kwh_per_year": law["controller_energy_kwh"] + sensors * law["sensor_energy_kwh"],
        "digital_embodied_kgco2e": law["controller_embodied_kgco2e"] + sensors * law["sensor_embodied_kgco2e"],
    }


def _source(kind: str, draws: Draws) -> str:
    laws = [draws.law(name) for name in PRICES[kind]]
    ranges = t("batiments.et").join(t("batiments.fourchette", low=p.low, high=p.high, unit=p.unit) for p in laws)
    return t(
        "batiments.source_cout",
        ranges=ranges,
        source=laws[0].source,
        confidence=t(f"moteurs.confiance_{laws[0].confidence}"),
    )
