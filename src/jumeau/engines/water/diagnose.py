"""Losses, their cost, legal efficiency and renewal of water services."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.tables import floats, origins
from jumeau.engines.tally import Draws, Tally
from jumeau.engines.water import COST, LENGTH, LOSSES, PLANS, RATE, RENEWED
from jumeau.engines.water.sispea import efficiency, linear_consumption_index, required_efficiency
from jumeau.model.origin import ORIGINS, Origin

INDICATORS = (LOSSES, COST, PLANS, RENEWED, LENGTH, RATE)
UNKNOWN, INFERRED = ORIGINS.index(Origin.UNKNOWN), ORIGINS.index(Origin.INFERRED)
VOLUMES = ("produced_m3", "imported_m3", "exported_m3", "domestic_metered_m3", "other_metered_m3")
Array = NDArray[np.float64]


def diagnose(inventory: Bundle, ctx: Context) -> Diagnosis:
    """Yearly losses [m³], their marginal cost [€], services under the legal efficiency, renewed and total length [km].

    Where a service declares its volumes, losses are their balance with the error of its meters. Where it only declares its
    length and subscribers, losses are inferred from the linear loss index usual at that density; else they are unknown.
    Losses fall by `planned_loss_reduction`, times a factor of success that is drawn.
    """
    table, draw = inventory["service_eau"], Draws(ctx, "water")
    tally = Tally(table, INDICATORS, ctx)
    values = {name: floats(table, name) for name in _columns(table)}
    ranks = {name: origins(table, name) for name in values}
    price = draw("loss_cost_eur_per_m3")
    for rows in tally.chunks():
        v, r = {n: x[rows] for n, x in values.items()}, {n: x[rows] for n, x in ranks.items()}
        lost, below, rests_on, judged = _losses(v, r, tally.ids[rows], draw)
        tally.add(rows, LOSSES, lost, rests_on)
        tally.add(rows, COST, lost * price, rests_on)
        tally.add(rows, PLANS, below, judged)
        length, renewed = _wide(v["network_km"], ctx.draws), _wide(v["renewed_5y_km"] / 5, ctx.draws)
        both = np.maximum(r["network_km"], r["renewed_5y_km"])
        tally.add(rows, RENEWED, renewed, both)
        tally.add(rows, LENGTH, length, np.where(both == UNKNOWN, UNKNOWN, r["network_km"]).astype(np.int8))
        tally.add(rows, RATE, renewed / length, both)
    return tally.diagnosis()


def _wide(values: Array, draws: int) -> Array:
    return np.repeat(values[:, None], draws, axis=1)


def _columns(table: pa.Table) -> list[str]:
    return [n for n in (*VOLUMES, "service_m3", "unmetered_m3", "network_km", "renewed_5y_km", "subscribers", "zre",
                        "planned_loss_reduction") if n in table.column_names]  # fmt: skip


def _losses(v: dict[str, Array], r: dict[str, Any], ids: Any, draw: Draws) -> tuple[Array, Array, Any, Any]:
    """Losses (n, D) [m³/year], under the threshold (n, D) [0/1], and what each rests on."""
    metered = v["domestic_metered_m3"] + v["other_metered_m3"]
    unmetered = draw("unmetered_ratio", ids) * metered[:, None]
    told = np.nan_to_num(v["service_m3"]) + np.nan_to_num(v["unmetered_m3"])
    silent = np.isnan(v["service_m3"]) & np.isnan(v["unmetered_m3"])
    authorised = metered[:, None] * draw("metering_factor", ids) + np.where(silent[:, None], unmetered, told[:, None])
    entered = (v["produced_m3"] + v["imported_m3"])[:, None] * draw("production_meter_factor", ids)
    balance = np.maximum(entered - v["exported_m3"][:, None] - authorised, 0.0)
    spare = v["network_km"][:, None] * 365.0 * draw("linear_loss_per_density", ids)
    spare = spare * (v["subscribers"] / v["network_km"])[:, None]
    declared = np.max([r[name] for name in VOLUMES], axis=0)
    guess = np.where(np.isfinite(spare[:, 0]), INFERRED, UNKNOWN)
    rests_on = np.where(declared == UNKNOWN, guess, declared).astype(np.int8)
    kept = 1.0 - np.clip(np.nan_to_num(v["planned_loss_reduction"])[:, None] * draw("loss_reduction_factor", ids), 0, 0.9)
    before = np.where((declared == UNKNOWN)[:, None], spare, balance)
    lost = before * kept
    below = _below(v, entered - (before - lost), authorised)
    judged = np.maximum(declared, r["network_km"]).astype(np.int8)
    return lost, below, rests_on, judged


def _below(v: dict[str, Array], entered: Array, authorised: Array) -> Array:
    """1 where the efficiency is under what the law asks for (n, D), NaN where it cannot be said."""
    exported = np.repeat(v["exported_m3"][:, None], entered.shape[1], axis=1)
    ratio = efficiency(entered, np.zeros_like(entered), exported, authorised)
    ilc = linear_consumption_index(authorised, exported, v["network_km"][:, None])
    scarce = np.nan_to_num(v["zre"])[:, None] == 1
    asked = required_efficiency(ilc, scarce, np.repeat(v["produced_m3"][:, None], entered.shape[1], axis=1))
    return np.where(np.isfinite(ratio) & np.isfinite(asked), (ratio < asked).astype(np.float64), np.nan)
