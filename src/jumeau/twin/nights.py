"""The law of the night over a territory: states by commune and rule, luminaires at fault, what to measure first."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.engines.lighting.law import STATES, Law, Need, Point, law
from jumeau.engines.lighting.streets import infer_streets
from jumeau.engines.tables import conform, texts
from jumeau.sharing.view import View
from jumeau.store.port import NOW, Moment

LIGHTS, ROADS = "luminaire", "troncon_route"
OVERALL = "ensemble"
MOST = 500
NEEDED = (
    "commune", "code", "luminaire_type", "installation_type", "built_up", "protected_zone", "install_year", "ulr", "tilt_deg",
    "cie_flux_code_3", "cct_k", "system_power_w", "luminous_flux_lm", "road_width_m", "spacing_m", "arrangement",
    "road_class", "regime", "off_from_h", "overhang_m",
)  # fmt: skip


class CommuneNight(msgspec.Struct, frozen=True):
    """Luminaires of one commune by rule (and OVERALL) and state."""

    code: str
    counts: dict[str, dict[str, int]]


class Night(msgspec.Struct, frozen=True):
    """on: day of the law; points: its rules; communes; needs: what to measure first; luminaires: how many were judged;
    guessed: whose use was inferred."""

    on: date
    points: list[Point]
    communes: list[CommuneNight]
    needs: list[Need]
    luminaires: int
    guessed: int


class Fault(msgspec.Struct, frozen=True):
    """A luminaire that does not keep some rules."""

    id: str
    code: str
    rules: list[str]


def inventory_of(view: View, moment: Moment = NOW) -> pa.Table:
    """Luminaires with what the roads say of their street, conformed; columns that the actor may not see are unknown."""
    shown = view.layers()
    if LIGHTS not in shown:
        return conform({}, LIGHTS)
    roads = ROADS in shown and view.count(ROADS, moment) > 0
    columns = [n for n in (*NEEDED, "geometry") if n in shown[LIGHTS].names or n == "geometry"]
    lights = conform({LIGHTS: view.read(LIGHTS, columns=columns if roads else columns[:-1], moment=moment)}, LIGHTS)
    return infer_streets(lights, conform({ROADS: view.read(ROADS, moment=moment)}, ROADS)) if roads else lights


def night(view: View, on: date, moment: Moment = NOW) -> Night:
    """Judge every luminaire the actor sees on a day."""
    table = inventory_of(view, moment)
    found = law(table, on)
    codes, at = np.unique(texts(table, "commune").astype(str), return_inverse=True)
    columns = {OVERALL: found.overall} | {p.id: found.states[:, i] for i, p in enumerate(found.points)}
    counts = {name: _counts(states, at, len(codes)) for name, states in columns.items()}
    communes = [
        CommuneNight(str(code), {name: dict(zip(STATES.values(), row[i], strict=True)) for name, row in counts.items()})
        for i, code in enumerate(codes)
    ]
    return Night(on, found.points, communes, found.needs, table.num_rows, found.guessed)


def _counts(states: Any, at: Any, communes: int) -> list[list[int]]:
    """Luminaires of each commune in each of STATES."""
    grid = np.zeros((communes, len(STATES)), np.int64)
    for column, state in enumerate(STATES):
        grid[:, column] = np.bincount(at, weights=states == state, minlength=communes)
    return [[int(n) for n in row] for row in grid]


def faults(view: View, on: date, commune: str, rules: Sequence[str] = (), moment: Moment = NOW) -> list[Fault]:
    """Luminaires of a commune that do not keep a rule (one of `rules` when given), the MOST at fault first."""
    table = inventory_of(view, moment)
    table = table.filter(pa.array(texts(table, "commune") == commune))
    found: Law = law(table, on)
    kept = [i for i, p in enumerate(found.points) if (p.id in rules if rules else not p.apart)]
    bad = found.states[:, kept] == 0
    order = np.argsort(-bad.sum(axis=1), kind="stable")
    ids, codes = texts(table, "id"), texts(table, "code")
    worst = [i for i in order[:MOST] if bad[i].any()]
    return [Fault(ids[i], codes[i], [found.points[kept[j]].id for j in np.flatnonzero(bad[i])]) for i in worst]
