"""What a water service can do: measure by sector, look for leaks, renew its pipes."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from jumeau.engines.costs import costed
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.tables import floats, texts
from jumeau.engines.tally import Draws
from jumeau.engines.water.apply import RENEWAL, SEARCH, SECTORS
from jumeau.model.action import Action, actions_table
from jumeau.texts import t

PRICE_YEAR = 2025
LIFETIME_Y = {SECTORS: 15, SEARCH: 5, RENEWAL: 60}
NEEDS = {
    SECTORS: ("compteur_sectorisation", "compteur"),
    SEARCH: ("recherche_fuites", "prelocalisateur"),
    RENEWAL: ("canalisation_aep", "m"),
}
KM_PER_SECTOR, LOGGERS_PER_KM, RENEWED_SHARE = 15.0, 3.0, 0.02
REDUCTION = {SECTORS: 0.05, SEARCH: 0.15}
RENEWAL_GAIN = 2.0


def propose(inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:  # noqa: ARG001
    """One row of ACTION_SCHEMA per feasible action of each service whose length is known, in order of the services.

    The share of losses each action removes is the mean of a range drawn by `diagnose` (`loss_reduction_factor`). A service
    that is not sectorised is measured by sector before leaks are looked for.
    """
    table, draw = inventory["service_eau"], Draws(ctx, "water")
    length, sectorised = floats(table, "network_km"), floats(table, "sectorised") == 1
    names = {n: texts(table, n) for n in ("id", "commune", "owner", "communes", "code", "nom")}
    out: list[Action] = []
    for row in np.flatnonzero(np.isfinite(length)):
        one = {name: str(values[row]) for name, values in names.items()}
        out += _service(one, float(length[row]), bool(sectorised[row]), draw)
    return actions_table(out)


def _service(one: dict[str, str], length: float, sectorised: bool, draw: Draws) -> Iterator[Action]:
    label = one["nom"] or one["code"]
    first = f"{SECTORS}/{one['code'] or one['id']}"
    if not sectorised:
        number = max(round(length / KM_PER_SECTOR), 1)
        title = t("eau.sectorisation", number=number, service=label)
        action = _action(one, SECTORS, title, {"loss_reduction": REDUCTION[SECTORS]})
        yield costed(
            action, number, draw, "cost_sector_meter_eur", digital="sector_meter", running="running_sector_meter_eur"
        )
    number = max(round(length * LOGGERS_PER_KM), 1)
    title = t("eau.recherche", number=number, service=label)
    rules: dict[str, Any] = {} if sectorised else {"requires_all": (first,)}
    action = _action(one, SEARCH, title, {"loss_reduction": REDUCTION[SEARCH]}, **rules)
    yield costed(action, number, draw, "cost_logger_eur", digital="logger")
    metres = round(length * 1000 * RENEWED_SHARE)
    title = t("eau.renouvellement", number=metres, service=label)
    given = {"loss_reduction": RENEWED_SHARE * RENEWAL_GAIN, "renewed_km": metres / 1000}
    action = _action(one, RENEWAL, title, given)
    yield costed(action, metres, draw, "cost_pipe_eur_per_m")


def _action(one: dict[str, str], kind: str, title: str, parameters: dict[str, Any], **more: Any) -> Action:
    need, unit = NEEDS[kind]
    served = tuple(f"commune:{code}" for code in one["communes"].split("|") if code)
    return Action(
        id=f"{kind}/{one['code'] or one['id']}",
        kind=kind,
        field="water",
        title=title,
        owner=one["owner"] or f"commune:{one['commune']}",
        commune=one["commune"],
        need=need,
        unit=unit,
        quantity=0.0,
        cost_eur=None,
        cost_eur_low=None,
        cost_eur_high=None,
        price_year=PRICE_YEAR,
        cost_source="",
        lifetime_y=LIFETIME_Y[kind],
        assets=(one["id"],),
        parameters=json.dumps(parameters, sort_keys=True),
        beneficiaries=served,
        **more,
    )
