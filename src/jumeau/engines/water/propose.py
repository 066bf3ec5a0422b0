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
from jumeau.engines.water.apply import RENEWAL, SEARCH, SECTORS, SECTORS_RADIO
from jumeau.model.action import Action, actions_table
from jumeau.model.money import split_cents
from jumeau.model.territory import referential
from jumeau.texts import several, t

PRICE_YEAR = 2025
LIFETIME_Y = {SECTORS: 15, SECTORS_RADIO: 15, SEARCH: 5, RENEWAL: 60}
NEEDS = {
    SECTORS: ("compteur_sectorisation", "compteur"),
    SECTORS_RADIO: ("compteur_sectorisation", "compteur"),
    SEARCH: ("recherche_fuites", "prelocalisateur"),
    RENEWAL: ("canalisation_aep", "m"),
}


def propose(inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:  # noqa: ARG001
    """One row of ACTION_SCHEMA per feasible action of each service whose length is known, in order of the services.

    The share of losses each action removes is the mean of a range drawn by `diagnose` (`loss_reduction_factor`). A service
    that is not sectorised is measured by sector before leaks are looked for; its meters report by a subscription of their
    own, or take a place on the radio gateways of the communes (`passerelle:CODE`), which lighting may share.
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
    label, code = one["nom"] or one["code"], one["code"] or one["id"]
    sectors = () if sectorised else (f"{SECTORS}/{code}", f"{SECTORS_RADIO}/{code}")
    if not sectorised:
        yield from _sectors(one, label, max(round(length / draw.law("km_per_sector").mode), 1), draw)
    number = max(round(length * draw.law("loggers_per_km").mode), 1)
    title = t("eau.recherche", number=number, service=label)
    action = _action(
        one, SEARCH, title, {"loss_reduction": draw.law("loss_reduction.leak_search").mode}, requires_any=sectors
    )
    yield costed(action, number, draw, "cost_logger_eur", digital="logger")
    share = draw.law("renewed_share").mode
    metres = round(length * 1000 * share)
    title = t("eau.renouvellement", number=metres, service=label)
    given = {"loss_reduction": share * draw.law("renewal_gain").mode, "renewed_km": metres / 1000}
    action = _action(one, RENEWAL, title, given)
    yield costed(action, metres, draw, "cost_pipe_eur_per_m")


def _sectors(one: dict[str, str], label: str, number: int, draw: Draws) -> Iterator[Action]:
    """Sector meters read by a cellular subscription each, or over the radio gateways of the communes where they stand."""
    code, given = one["code"] or one["id"], {"loss_reduction": draw.law("loss_reduction.sectorisation").mode}
    served = [c for c in one["communes"].split("|") if c] or [one["commune"]]
    places = spread(number, served)
    radio = f"{SECTORS_RADIO}/{code}" if places else ""
    meters = several(number, t("eau.compteur"))
    title = t("eau.sectorisation", meters=meters, service=label)
    action = _action(one, SECTORS, title, given, excludes=(radio,) if radio else ())
    yield costed(action, number, draw, "cost_sector_meter_eur", digital="sector_meter", running="running_sector_meter_eur")
    if radio:
        key = "eau.sectorisation_radios" if len(places) > 1 else "eau.sectorisation_radio"
        title = t(key, meters=meters, service=label, communes=len(places))
        needed = {f"passerelle:{place}": float(count) for place, count in places.items()}
        action = _action(one, SECTORS_RADIO, title, given, consumes=needed, excludes=(f"{SECTORS}/{code}",))
        price, running = "cost_sector_meter_eur", "running_sector_meter_radio_eur"
        yield costed(action, number, draw, price, digital="sector_meter", running=running)


def spread(number: int, communes: list[str]) -> dict[str, int]:
    """`number` meters over communes in proportion to their inhabitants (largest remainders), those with none left out;
    nothing when the population of one is not known, unless it stands alone.
    """
    if len(communes) == 1:
        return {communes[0]: number}
    known = referential()
    people = [known.commune(code).population if known.knows(code) else None for code in communes]
    if None in people or not any(people):
        return {}
    shares = split_cents(number, [float(p or 0) for p in people])
    return {code: count for code, count in zip(communes, shares, strict=True) if count}


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
