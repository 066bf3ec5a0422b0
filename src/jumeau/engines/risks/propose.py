"""What a commune can do before the next flood: know, warn, protect."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.costs import costed
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.risks.apply import ALERT, CABINETS, PROTECTION, STUDY
from jumeau.engines.tables import floats, texts
from jumeau.engines.tally import Draws
from jumeau.model.action import Action, actions_table
from jumeau.model.territory import collectivite_name
from jumeau.texts import t

PRICE_YEAR = 2025
LIFETIME_Y = {ALERT: 10, PROTECTION: 20, CABINETS: 25, STUDY: 15}
NEEDS = {
    ALERT: ("alerte_crue", "commune"),
    PROTECTION: ("protection_individuelle", "batiment"),
    CABINETS: ("armoire_hors_eau", "armoire"),
    STUDY: ("etude_hydraulique", "etude"),
}
BARRIER_M, RAISED_M = 0.8, 1.5
Names = NDArray[Any]


def propose(inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:  # noqa: ARG001
    """One row of ACTION_SCHEMA per feasible action of each commune with flood-exposed assets, in order of the communes.

    Dwellings are not protected by the commune: their owners do it. Buildings are protected and cabinets raised where a zone
    or a mark locates the flood; in a commune concerned as a whole a study comes first.
    """
    table, draw = inventory["actif_expose"], Draws(ctx, "risks")
    located = floats(table, "flood_exposed") == 1
    wet = located | (floats(table, "commune_flood") == 1)
    facts = {name: texts(table, name).astype(str)[wet] for name in ("id", "commune", "kind", "usage")}
    state = {name: floats(table, name)[wet] for name in ("alerted", "flood_protection_m", "water_depth_m")}
    state["located"] = located[wet]
    out: list[Action] = []
    for commune in np.unique(facts["commune"]):
        rows = facts["commune"] == commune
        mine = {name: values[rows] for name, values in (facts | state).items()}
        out += _commune(str(commune), mine, draw)
    return actions_table(out)


def _commune(commune: str, mine: dict[str, Any], draw: Draws) -> Iterator[Action]:
    where = collectivite_name(f"commune:{commune}")
    unknown = int(np.isnan(mine["water_depth_m"]).sum())
    if unknown:
        yield costed(_action(commune, STUDY, t("risques.etude", number=unknown, where=where)), 1, draw, "cost_study_eur")
    quiet = mine["id"][mine["alerted"] != 1]
    if len(quiet):
        action = _action(commune, ALERT, t("risques.alerte", number=len(quiet), where=where), quiet)
        yield costed(action, 1, draw, "cost_alert_eur", digital="alert", running="running_alert_eur")
    bare = np.nan_to_num(mine["flood_protection_m"])
    homes = mine["usage"] == "residentiel"
    buildings = (mine["kind"] == "batiment") & ~homes & (bare < BARRIER_M) & mine["located"]
    cabinets = (mine["kind"] == "armoire") & (bare < RAISED_M) & mine["located"]
    for kind, chosen, height, price, text in (
        (PROTECTION, buildings, BARRIER_M, "cost_protection_eur", "protection"),
        (CABINETS, cabinets, RAISED_M, "cost_cabinet_eur", "armoires"),
    ):
        names = mine["id"][chosen]
        if len(names):
            title = t(f"risques.{text}", number=len(names), where=where)
            yield costed(_action(commune, kind, title, names, {"height_m": height}), len(names), draw, price)


def _action(
    commune: str, kind: str, title: str, assets: Sequence[str] | Names = (), parameters: dict[str, Any] | None = None
) -> Action:
    need, unit = NEEDS[kind]
    return Action(
        id=f"{kind}/{commune}",
        kind=kind,
        field="risks",
        title=title,
        owner=f"commune:{commune}",
        commune=commune,
        need=need,
        unit=unit,
        quantity=0.0,
        cost_eur=None,
        cost_eur_low=None,
        cost_eur_high=None,
        price_year=PRICE_YEAR,
        cost_source="",
        lifetime_y=LIFETIME_Y[kind],
        assets=tuple(str(a) for a in assets),
        parameters=json.dumps(parameters or {}, sort_keys=True),
        beneficiaries=(f"commune:{commune}",),
    )
