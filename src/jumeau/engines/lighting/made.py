"""What every action on lighting carries: its need, its lifetime, its price, the night it is made for."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.costs import costed
from jumeau.engines.lighting.apply import (
    CABINET,
    CLOCK,
    DETECTION,
    DIMMING,
    GATEWAY,
    INVENTORY,
    LED_RELAMP,
    PART_NIGHT,
    PART_NIGHT_REMOTE,
    PART_NIGHT_STREETS,
    POINT_REMOTE,
    POWER_STEP,
    REMOTE,
    REMOVAL,
)  # fmt: skip
from jumeau.engines.lighting.sites import Ids, Site
from jumeau.engines.tally import Draws
from jumeau.model.action import Action
from jumeau.texts import t

PRICE_YEAR = 2025
OFF_FROM_H, OFF_TO_H = 23.0, 5.0
LIFETIME_Y = {
    LED_RELAMP: 20, PART_NIGHT: 15, PART_NIGHT_REMOTE: 10, REMOTE: 10, GATEWAY: 10, INVENTORY: 10, PART_NIGHT_STREETS: 15,
    DIMMING: 15, POWER_STEP: 15, POINT_REMOTE: 10, DETECTION: 12, REMOVAL: 30, CLOCK: 15, CABINET: 30,
}  # fmt: skip
NEEDS = {
    LED_RELAMP: ("lanterne_led", "point"),
    PART_NIGHT: ("horloge_astronomique", "armoire"),
    PART_NIGHT_REMOTE: ("programmation_coupure", "armoire"),
    REMOTE: ("telegestion_armoire", "armoire"),
    GATEWAY: ("passerelle_iot", "passerelle"),
    INVENTORY: ("inventaire_eclairage", "point"),
    PART_NIGHT_STREETS: ("horloge_astronomique", "armoire"),
    DIMMING: ("gradation_led", "point"),
    POWER_STEP: ("gradation_led", "point"),
    POINT_REMOTE: ("telegestion_point", "point"),
    DETECTION: ("detection_presence", "point"),
    REMOVAL: ("depose_point", "point"),
    CLOCK: ("horloge_astronomique", "armoire"),
    CABINET: ("armoire_neuve", "armoire"),
}


def cabinet_count(site: Site, known: Ids, lights: int, draw: Draws) -> tuple[NDArray[np.float64], str]:
    """Number of cabinets on draws (1, D) and how to say it: those known, else an estimate from the lights they feed."""
    if len(site.cabinets):
        return np.full((1, draw.ctx.draws), float(len(known))), t("eclairage.armoires_connues", number=len(known))
    number = np.maximum(lights / draw("points_per_cabinet", [site.commune]), 1.0)
    return number, t("eclairage.armoires_estimees", number=round(float(number.mean())))


def make_action(
    site: Site, kind: str, title: str, *, part: str = "", assets: Sequence[str] | Ids = (), **more: Any
) -> Action:
    need, unit = NEEDS[kind]
    parameters = json.dumps(more.pop("parameters", {}), sort_keys=True)
    return Action(
        id=site.name(kind, part),
        kind=kind,
        field="lighting",
        title=title,
        owner=site.owner,
        commune=site.commune,
        need=need,
        unit=unit,
        quantity=0.0,
        cost_eur=None,
        cost_eur_low=None,
        cost_eur_high=None,
        price_year=PRICE_YEAR,
        cost_source="",
        lifetime_y=LIFETIME_Y[kind],
        assets=tuple(assets),
        parameters=parameters,
        beneficiaries=(site.owner,),
        **more,
    )


def priced(action: Action, quantity: Any, draw: Draws, price: str, **more: str) -> Action:
    """See `costs.costed`; works start the year after, a calendar the same year."""
    done = costed(action, quantity, draw, price, **more)
    year = draw.ctx.date.year + (0 if action.kind in (PART_NIGHT, PART_NIGHT_STREETS, CLOCK) else 1)
    return msgspec.structs.replace(done, quantity=float(round(done.quantity)), earliest_year=year)
