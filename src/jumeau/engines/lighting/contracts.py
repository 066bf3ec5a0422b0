"""What a cabinet pays for its electricity, and whether its contract is the right one, from dated prices."""

import csv
import datetime as dt
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InputError

Floats = NDArray[np.float64]

SHORT, LONG = OPTIONS = ("courte_utilisation", "longue_utilisation")
POWER_FACTOR, MARGIN = 0.9, 1.15
"""Power factor of compensated luminaires, and margin kept for starting; working assumptions."""
MAX_KVA = 36.0


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """A dated price. valid_from, valid_to: first and last day, open when None; low, mode, high: [unit]."""

    name: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    unit: str
    low: float
    mode: float
    high: float
    source: str
    confidence: str


@cache
def prices() -> tuple[Price, ...]:
    """The prices of `model/lighting_prices.csv`."""
    text = files("jumeau.model").joinpath("lighting_prices.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(msgspec.convert({k: v or None for k, v in row.items()}, Price, strict=False) for row in rows)


def prices_on(day: dt.date) -> dict[str, Price]:
    """The price of each name on a day. Raises InputError when one is not known then."""
    found = {
        p.name: p
        for p in prices()
        if (p.valid_from is None or p.valid_from <= day) and (p.valid_to is None or day <= p.valid_to)
    }
    missing = {p.name for p in prices()} - found.keys()
    if missing:
        raise InputError("eclairage.prix_absent", day=day, names=", ".join(sorted(missing)))
    return found


def yearly_cost(option: str, kva: Floats, kwh: Floats, day: dt.date) -> Floats:
    """Cost of a year [EUR with taxes], low, likely and high (N, 3), of contracts of `kva` (N,) [kVA] that take `kwh`
    (N,) [kWh].

    Supply and network by kWh, network by kVA, management by contract, excise and VAT. Raises InputError for an option that is
    not in OPTIONS.
    """
    if option not in OPTIONS:
        raise InputError("eclairage.option_inconnue", option=option, known=", ".join(OPTIONS))
    at, out = prices_on(day), []
    for bound in ("low", "mode", "high"):
        p = {name: getattr(price, bound) for name, price in at.items()}
        network = p[f"network_eur_per_kwh.{option}"]
        moving = np.asarray(kwh, np.float64) * (p["supply_eur_per_kwh"] + network + p["accise_eur_per_kwh"])
        fixed = np.asarray(kva, np.float64) * p[f"network_eur_per_kva.{option}"] + p["management_eur"]
        out.append(moving * (1 + p["tva"]) + fixed * (1 + p["tva_fixed"]))
    return np.stack(out, axis=-1)


def break_even_h(day: dt.date) -> float:
    """Hours of use a year [h] above which the long option costs less than the short one, at likely prices."""
    at = prices_on(day)
    fixed = at[f"network_eur_per_kva.{LONG}"].mode - at[f"network_eur_per_kva.{SHORT}"].mode
    moving = at[f"network_eur_per_kwh.{SHORT}"].mode - at[f"network_eur_per_kwh.{LONG}"].mode
    return fixed * (1 + at["tva_fixed"].mode) / (moving * (1 + at["tva"].mode))


def needed_kva(power_w: Floats) -> Floats:
    """Power to subscribe [kVA], whole, for luminaires that draw `power_w` [W]: power factor and margin included."""
    return np.clip(np.ceil(np.asarray(power_w, np.float64) / 1000 / POWER_FACTOR * MARGIN), 1, None)


class Advice(msgspec.Struct, frozen=True):
    """The best contract of N cabinets: option (N,), kva (N,), saving_eur (N, 3) a year against the present one, NaN
    where it is not known; low and high are those of the prices taken together."""

    option: list[str]
    kva: Floats
    saving_eur: Floats


def advise(option: list[str], kva: Floats, power_w: Floats, kwh: Floats, day: dt.date) -> Advice:
    """Compare the present contract of N cabinets with the cheapest that covers their power.

    option: present one, anything outside OPTIONS is unknown; kva: subscribed, NaN unknown; power_w: high estimate of
    the power of each; kwh: energy of a year.
    """
    needed = needed_kva(power_w)
    costs = np.stack([yearly_cost(o, needed, kwh, day) for o in OPTIONS], axis=1)
    best = costs[:, :, 1].argmin(axis=1)
    rows = np.arange(len(needed))
    present = np.full((len(needed), 3), np.nan)
    for o in OPTIONS:
        mine = np.array([x == o for x in option], bool) & np.isfinite(kva)
        present[mine] = yearly_cost(o, kva[mine], kwh[mine], day)
    saving = present - costs[rows, best]
    return Advice([OPTIONS[b] for b in best], needed, np.sort(saving, axis=1))
