"""What is known of a building and from where, in words: the same on its sheet and in its note."""

from typing import Any

import msgspec
import numpy as np

from jumeau.documents.context import Range
from jumeau.documents.numbers import about, interval, number
from jumeau.engines.buildings.choices import LAYER
from jumeau.sharing.view import View
from jumeau.texts import t
from jumeau.twin.building_commune import CommuneStock

SAID = (
    "usage", "floor_area_m2", "construction_year", "height_m", "storeys", "dwellings", "occupancy_status", "heating_energy",
    "heating_system", "annual_energy_kwh", "dpe_class", "insulation", "control_class",
)  # fmt: skip
CODED = ("usage", "heating_energy", "heating_system", "insulation", "occupancy_status")
NAMED = "usage"
"""A field that the inventory may infer from the name."""
OF_HOMES = ("dwellings", "occupancy_status")
HOME = "residentiel"


class Known(msgspec.Struct, frozen=True):
    """One thing: what, its value with its unit, and where from (empty where it is unknown)."""

    what: str
    value: str
    origin: str


def known_of(view: View, row: dict[str, Any], alone: CommuneStock) -> list[Known]:
    """What is said of a building, field by field, then what the computation takes for its size. row: the building with its
    provenance; alone: the stock that holds it only."""
    read = alone.table["usage"][0].as_py()
    names = [name for name in SAID if name not in OF_HOMES or read == HOME]
    return [*(_known(view, row, alone, name) for name in names), *_used(alone, floor_range(alone))]


def _known(view: View, row: dict[str, Any], alone: CommuneStock, name: str) -> Known:
    value, origin = row[name], row.get(f"{name}__origin")
    source = view.sources().get(row.get(f"{name}__source") or "")
    how = t(f"etudes.origine_{origin}") if origin else ""
    if source is not None and how:
        how = t("etudes.origine_source", origin=how, source=source.title)
    read = alone.table[name][0].as_py()
    if name == NAMED and read != value and read is not None:
        value, how = read, t("etudes.origine_nom")
    title = t(f"etudes.quoi_{name}")
    if value is None:
        return Known(title, t("rapport.inconnu"), "")
    return Known(title, _shown(view, name, value), how)


def _shown(view: View, name: str, value: Any) -> str:
    """A value as it is read, with its unit."""
    if name in CODED:
        return t(f"etudes.{'usage' if name == NAMED else 'valeur'}_{value}")
    if name == "construction_year":
        return str(value)
    unit = view.layer(LAYER)[name].unit
    if not isinstance(value, int | float):
        return str(value)
    shown = number(value, 0 if float(value).is_integer() or abs(value) >= 100 else 1)
    return f"{shown} {unit}" if unit in ("m", "m²", "kWh") else shown


def _used(alone: CommuneStock, floor: Range) -> list[Known]:
    """What the computation takes for the size of the building."""
    out, ground = [], alone.table["_footprint_m2"][0].as_py()
    if ground is not None and np.isfinite(ground):
        out.append(Known(t("etudes.emprise"), f"{number(about(Range(ground)).value)} m²", t("etudes.emprise_origine")))
    if floor.value is not None and floor.low != floor.high:
        said = about(floor, 2)
        shown = f"{number(said.value)} m² ({interval(said)})"
        out.append(Known(t("etudes.surface_calcul"), shown, t("etudes.surface_deduite")))
    return out


def floor_range(alone: CommuneStock) -> Range:
    """Heated floor of the only building of a stock [m²], with its interval."""
    from jumeau.engines.groups import summaries

    draws = floor_draws(alone)
    return Range() if draws is None else Range(*(float(x[0]) for x in summaries(draws)))


def floor_draws(alone: CommuneStock) -> Any:
    """The same on draws (1, D), None where it cannot be said."""
    from jumeau.engines.buildings.envelope import envelope
    from jumeau.engines.buildings.stock import stock
    from jumeau.engines.tally import Draws
    from jumeau.twin.buildings import FIELD

    part = stock(alone.table)
    return envelope(part, Draws(alone.ctx, FIELD)).floor if part.modelled.all() else None
