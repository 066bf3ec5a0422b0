"""A table of buildings as arrays."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.buildings.choices import (
    AS_BUILT,
    ATTICS,
    BASEMENTS,
    COLD_ZONES,
    CONTROLS,
    ELEMENTS,
    ENERGIES,
    HEAT_PUMP,
    HEATED_USES,
    LABELS,
    LAST_YEARS,
    LOW_DEPARTEMENTS,
    REFERENCE,
    RENOVATED,
    ZONE_OF,
    ZONES,
)
from jumeau.engines.buildings.horizon import AZIMUTHS, SECTORS
from jumeau.engines.tables import codes, floats, texts
from jumeau.kernels.draws import hash_ids

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]
UNKNOWN_PERIOD = len(LAST_YEARS) + 1
UNKNOWN_ENERGY = len(ENERGIES)
UNKNOWN_LABEL = len(LABELS)
UNKNOWN_ALTITUDE = 2
HIGH_M = 800.0
SYSTEMS = (HEAT_PUMP, "chaudiere", "effet_joule", "poele", "sous_station")


class State(msgspec.Struct, frozen=True):
    """What works can change (N,). wall, roof, floor, window: insulated since they were built; system: 0 for a heat pump,
    `len(SYSTEMS)` where unknown; solar: panels [kW], none where unknown; metered: by use, and followed; shaded: glazing
    protected from the sun, 0 no, 1 yes, 2 unknown."""

    wall: Flags
    roof: Flags
    floor: Flags
    window: Flags
    energy: Codes
    system: Codes
    control: Codes
    solar: Floats
    metered: Flags
    shaded: Codes

    def take(self, rows: NDArray[np.int64]) -> "State":
        """The state of some of the buildings."""
        return State(**{name: getattr(self, name)[rows] for name in self.__struct_fields__})

    @property
    def renovated(self) -> Flags:
        """Where walls, roof and windows were all done."""
        return self.wall & self.roof & self.window


class Told(msgspec.Struct, frozen=True):
    """What is declared of the envelope in the described state (N,). wall, roof, floor, window: U value [W/(m²·K)], NaN where
    it is not given; X_built: said to be as it was built; final: conventional final energy of its DPE [kWh/(m²·year)], NaN
    where there is none."""

    wall: Floats
    roof: Floats
    floor: Floats
    window: Floats
    wall_built: Flags
    roof_built: Flags
    floor_built: Flags
    window_built: Flags
    final: Floats

    def take(self, rows: NDArray[np.int64]) -> "Told":
        """What is declared of some of the buildings."""
        return Told(**{name: getattr(self, name)[rows] for name in self.__struct_fields__})


THERMAL_STATE = ("wall", "roof", "floor", "window", "energy", "system", "control")
"""Fields of a state that decide of the label."""


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """Buildings (N). use, period, energy, label: position in the lists of `choices`, their length where unknown; zone -1
    where there is none. Lengths [m], areas [m²], bill [kWh/year]; NaN where unknown. faces: share of the open walls that
    look south, east, north, west (N, 4); horizon: altitude of what stands before each, by direction (N, 4, 24) [°];
    dwellings: their number; year: of construction; altitude: of the ground [m]; high: above 800 m where that moves the
    thresholds of the label, 0 no, 1 yes, UNKNOWN_ALTITUDE; attic, basement: position in ATTICS and BASEMENTS, their length
    where unknown."""

    ids: NDArray[np.uint64]
    communes: NDArray[np.uint64]
    zone: Codes
    use: Codes
    footprint: Floats
    perimeter: Floats
    party: Floats
    height: Floats
    storeys: Floats
    floor: Floats
    year: Floats
    period: Codes
    bill: Floats
    label: Codes
    faces: Floats
    horizon: Floats
    dwellings: Floats
    altitude: Floats
    high: Codes
    attic: Codes
    basement: Codes
    current: State
    described: State
    told: Told

    def take(self, rows: NDArray[np.int64]) -> "Stock":
        """Some of the buildings."""
        changed: dict[str, Any] = {}
        for name in self.__struct_fields__:
            value = getattr(self, name)
            changed[name] = value.take(rows) if isinstance(value, State | Told) else value[rows]
        return Stock(**changed)

    @property
    def modelled(self) -> Flags:
        """Which buildings the seasonal method can speak of: heated use, climate zone, and a size."""
        sized = np.isfinite(self.footprint) | np.isfinite(self.floor)
        return (self.use < len(HEATED_USES)) & (self.zone >= 0) & sized


def stock(table: pa.Table) -> Stock:
    """Arrays of an inventory table."""
    year = floats(table, "construction_year")
    period = np.searchsorted(LAST_YEARS, np.nan_to_num(year), side="left")
    return Stock(
        ids=hash_ids(table["id"]),
        communes=hash_ids(texts(table, "commune").tolist()),
        zone=_zones(table),
        use=codes(table, "usage", HEATED_USES),
        footprint=floats(table, "_footprint_m2"),
        perimeter=floats(table, "_perimeter_m"),
        party=floats(table, "_party_m"),
        height=floats(table, "height_m"),
        storeys=floats(table, "storeys"),
        floor=floats(table, "floor_area_m2"),
        year=year,
        period=np.where(np.isfinite(year), period, UNKNOWN_PERIOD).astype(np.int8),
        bill=floats(table, "annual_energy_kwh"),
        label=codes(table, "dpe_class", LABELS),
        faces=_lists(table, "_faces"),
        horizon=_lists(table, "_horizon").reshape(-1, len(AZIMUTHS), SECTORS),
        dwellings=floats(table, "dwellings"),
        altitude=floats(table, "altitude_m"),
        high=_high(table),
        attic=codes(table, "attic", ATTICS),
        basement=codes(table, "basement", BASEMENTS),
        current=_state(table, ""),
        described=_state(table, "_ref_"),
        told=_told(table),
    )


def _named(table: pa.Table, prefix: str) -> dict[str, str]:
    return {name: f"{prefix}{name}" if f"{prefix}{name}" in table.column_names else name for name in REFERENCE}


def _state(table: pa.Table, prefix: str) -> State:
    names = _named(table, prefix)
    whole = codes(table, names["insulation"], (RENOVATED,)) == 0
    done = {element: codes(table, names[column], (RENOVATED,)) == 0 for element, column in ELEMENTS.items()}
    return State(
        **{element: flags | (whole if element != "floor" else False) for element, flags in done.items()},
        energy=codes(table, names["heating_energy"], ENERGIES),
        system=codes(table, names["heating_system"], SYSTEMS),
        control=codes(table, names["control_class"], CONTROLS[:-1]),
        solar=np.nan_to_num(floats(table, names["solar_kw"])),
        metered=floats(table, names["submetering"]) == 1,
        shaded=np.nan_to_num(floats(table, names["solar_protection"]), nan=2).astype(np.int8),
    )


def _told(table: pa.Table) -> Told:
    def built(column: str) -> Flags:
        found = f"_ref_{column}"
        return np.asarray(codes(table, found if found in table.column_names else column, (AS_BUILT,)) == 0)

    whole = built("insulation")
    found: dict[str, Any] = {"final": floats(table, "dpe_final_kwh_m2")}
    for element, column in ELEMENTS.items():
        found[element] = floats(table, f"{element}_u_w_m2k")
        found[f"{element}_built"] = built(column) | (whole if element != "floor" else False)
    return Told(**found)


def _lists(table: pa.Table, name: str) -> Floats:
    column = table[name].combine_chunks()
    return np.asarray(column.flatten(), np.float64).reshape(len(column), column.type.list_size)


def _zones(table: pa.Table) -> Codes:
    found = pc.dictionary_encode(pc.utf8_slice_codeunits(pc.fill_null(table["commune"], ""), 0, 2)).combine_chunks()
    zone = [ZONES.index(ZONE_OF[d]) if d in ZONE_OF else -1 for d in found.dictionary.to_pylist()]
    return np.array(zone, np.int8)[np.asarray(found.indices)] if len(found) else np.zeros(0, np.int8)


def _high(table: pa.Table) -> Codes:
    altitude, zone = floats(table, "altitude_m"), _zones(table)
    low = pc.is_in(pc.utf8_slice_codeunits(pc.fill_null(table["commune"], ""), 0, 2), value_set=pa.array(LOW_DEPARTEMENTS))
    matters = np.isin(zone, [ZONES.index(z) for z in COLD_ZONES]) & ~np.asarray(low)
    said = np.where(np.isnan(altitude), UNKNOWN_ALTITUDE, altitude > HIGH_M)
    return np.where(matters, said, 0).astype(np.int8)
