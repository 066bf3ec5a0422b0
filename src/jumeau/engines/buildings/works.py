"""What each kind of works changes in a building, what it needs, and what to look at before."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.buildings.choices import CONTROLS, ENERGIES, FOSSIL_FUELS, HEAT_PUMP, PERIODS, RENOVATED
from jumeau.engines.buildings.stock import SYSTEMS, Flags, State, Stock
from jumeau.engines.tables import floats

ROOF, FLOOR, WINDOWS, WALLS = "isolation_toiture", "isolation_plancher", "menuiseries", "isolation_murs"
PUMP, CONTROL, CONTROL_A = "pompe_chaleur", "gestion_technique", "gestion_technique_a"
METERS, SOLAR, SHADE, STEP = "sous_comptage", "solaire_toiture", "protection_solaire", "etape"
ENVELOPE = (ROOF, FLOOR, WINDOWS, WALLS)
CHAIN = (*ENVELOPE, CONTROL, PUMP)
"""Works that steps are made of: the generator last, sized after the rest."""

CHANGES: dict[str, dict[str, Any]] = {
    ROOF: {"roof_insulation": RENOVATED},
    FLOOR: {"floor_insulation": RENOVATED},
    WINDOWS: {"windows_renewed": RENOVATED},
    WALLS: {"wall_insulation": RENOVATED},
    CONTROL: {"control_class": "B"},
    CONTROL_A: {"control_class": "A"},
    PUMP: {"heating_energy": "electricite", "heating_system": HEAT_PUMP},
    METERS: {"submetering": True},
    SHADE: {"solar_protection": True},
}
"""Columns that each kind sets. Panels add their power; a step sets what its kinds set."""

LIFETIME_Y = {
    ROOF: 30,
    FLOOR: 30,
    WINDOWS: 30,
    WALLS: 30,
    PUMP: 17,
    CONTROL: 15,
    CONTROL_A: 15,
    METERS: 10,
    SOLAR: 25,
    SHADE: 20,
}
NEEDS = {
    ROOF: (ROOF, "m2"), FLOOR: (FLOOR, "m2"), WINDOWS: (WINDOWS, "m2"), WALLS: (WALLS, "m2"),
    PUMP: ("pompe_chaleur_batiment", "kW"), CONTROL: ("gestion_technique_batiment", "m2"), CONTROL_A: (CONTROL_A, "m2"),
    METERS: (METERS, "compteur"), SOLAR: (SOLAR, "kW"), SHADE: (SHADE, "m2"), STEP: ("renovation_etape", "m2"),
}  # fmt: skip
PRICES = {
    ROOF: ("price_roof_insulation",), FLOOR: ("price_floor_insulation",), WINDOWS: ("price_window",),
    WALLS: ("price_wall_insulation",), PUMP: ("price_heat_pump_kw",), CONTROL: ("price_control",),
    CONTROL_A: ("price_control_upgrade",), METERS: ("price_submeter",), SOLAR: ("price_solar_kw",),
    SHADE: ("price_solar_protection",),
}  # fmt: skip

RECENT = PERIODS.index("2012")
"""First period whose envelope is left alone (2006 and after)."""
OLD_WALLS, MONUMENT_M = 1948, 500.0
"""Walls built before are of stone or earth; protected surroundings of a monument (code du patrimoine, L621-30)."""
OUTSIDE = (ROOF, WINDOWS, WALLS, PUMP, SOLAR, SHADE)
"""Works seen from outside."""


def changed_by(state: State, kind: str, rows: Flags) -> State:
    """The state once works of a kind of `CHAIN` are done on `rows` (N,)."""
    if kind == PUMP:
        electric = np.where(rows, ENERGIES.index("electricite"), state.energy).astype(np.int8)
        return msgspec.structs.replace(state, energy=electric, system=np.where(rows, 0, state.system).astype(np.int8))
    if kind == CONTROL:
        return msgspec.structs.replace(state, control=np.where(rows, CONTROLS.index("B"), state.control).astype(np.int8))
    name = {ROOF: "roof", FLOOR: "floor", WINDOWS: "window", WALLS: "wall"}[kind]
    return msgspec.structs.replace(state, **{name: getattr(state, name) | rows})


def left_to_do(part: Stock, kind: str) -> Flags:
    """Where works of a kind have not been done yet (N,)."""
    state = part.current
    if kind in ENVELOPE:
        done = getattr(state, {ROOF: "roof", FLOOR: "floor", WINDOWS: "window", WALLS: "wall"}[kind])
    elif kind == PUMP:
        done = state.system == 0
    elif kind == CONTROL:
        done = state.control <= CONTROLS.index("B")
    elif kind == CONTROL_A:
        done = state.control == CONTROLS.index("A")
    else:
        done = {METERS: state.metered, SOLAR: state.solar > 0, SHADE: state.shaded == 1}[kind]
    return np.asarray(~done)


def burns_fossil(part: Stock) -> Flags:
    """Where the boiler is known to burn gas, oil or LPG (N,)."""
    known = np.isin(part.current.energy, [ENERGIES.index(e) for e in FOSSIL_FUELS])
    return np.asarray(known & (part.current.system != 0))


def unknown_heating(part: Stock) -> Flags:
    """Where nothing says what heats the building (N,): its energy is drawn over the national shares of its kind of use."""
    return np.asarray((part.current.energy == len(ENERGIES)) & (part.current.system == len(SYSTEMS)))


def cautions(table: pa.Table, rows: NDArray[np.int64], kind: str) -> list[tuple[str, ...]]:
    """Keys of texts `batiments.prudence_KEY`: moisture of old walls, heritage, air once windows are tight, size of a
    generator, what it would replace where that is unknown, weight on a roof."""
    year, distance = floats(table, "construction_year")[rows], floats(table, "monument_distance_m")[rows]
    listed = floats(table, "protected")[rows] == 1
    near = distance < MONUMENT_M
    unheard = np.asarray(pc.and_(pc.is_null(table["heating_energy"]), pc.is_null(table["heating_system"])))[rows]
    out = []
    for i in range(len(rows)):
        mine = []
        if kind == WALLS and not year[i] >= OLD_WALLS:
            mine.append("murs_anciens")
        if kind == FLOOR and not year[i] >= OLD_WALLS:
            mine.append("sol_ancien")
        if kind in OUTSIDE and listed[i]:
            mine.append("protege")
        elif kind in OUTSIDE and near[i]:
            mine.append("abords")
        if kind == PUMP and unheard[i]:
            mine.append("chauffage_inconnu")
        out.append((*mine, *({WINDOWS: ("ventilation",), PUMP: ("taille",), SOLAR: ("charpente",)}.get(kind, ()))))
    return out
