"""What is known of each luminaire, as arrays, and the settings that luminaires share."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.groups import UNKNOWN
from jumeau.engines.lighting.hours import GRID_DEG, Cell, calendar_hours, cells_of, lit_hours, stacked, window_hours
from jumeau.engines.lighting.presence import HOURS, UNKNOWN_ROAD, roads
from jumeau.engines.lighting.profiles import read_profile
from jumeau.engines.tables import codes, flat, floats, origins, texts
from jumeau.model.origin import Origin

TECHNOLOGIES = ("shp", "sbp", "im", "vm", "fluo", "halogene", "led")
TYPES = ("lanterne", "luminaire_ambiance", "projecteur", "encastre", "borne", "applique", "boule")
CLOCKS = ("horloge_astronomique", "cellule")
REGIMES = ("permanent", "coupure", "abaissement", "detection")
LED, DETECTION = TECHNOLOGIES.index("led"), REGIMES.index("detection")
NO_TECHNOLOGY, NO_TYPE, NO_REGIME = len(TECHNOLOGIES), len(TYPES), len(REGIMES)
YEAR_NIGHTS = 365.0
DISCHARGE, LED_CLASS, UNKNOWN_CLASS, REMOVED_CLASS = 0, 1, 2, 3

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]


class Settings(msgspec.Struct, frozen=True):
    """The K distinct ways luminaires are run and maintained.

    commune: names; regime: code in REGIMES; lit, off: hours of a year [h] the night lasts and the window takes, at each
    height of GRID_DEG (K, E), `off` NaN where the window is unknown; run: hours at full power of the declared calendar
    (K, E), NaN without one; window: its ends [legal h] (K, 2), NaN unknown; dimming: power kept [ratio], NaN unknown;
    remote: remote management in service; lamp: one of the _CLASS codes; clock: code in CLOCKS; road: place in `ROADS`,
    and by_hour: hours of the night in each hour of the clock (K, 24), looked for where presence is detected; lux: threshold
    of the cell [lx], NaN unknown; longer_h: hours of a year that delays measured add [h], NaN where none was.
    """

    commune: list[str]
    regime: Codes
    lit: Floats
    off: Floats
    run: Floats
    window: Floats
    dimming: Floats
    remote: NDArray[np.bool_]
    lamp: Codes
    clock: Codes
    road: Codes
    by_hour: Floats
    lux: Floats
    longer_h: Floats


class Facts(msgspec.Struct, frozen=True):
    """Arrays (N,): powers [W], flux [lm], ulr [ratio], NaN unknown; codes; origins as ranks; rows of `settings`.

    removed: luminaires out of service, which draw nothing.
    """

    system_w: Floats
    lamp_w: Floats
    flux_lm: Floats
    ulr: Floats
    technology: Codes
    removed: NDArray[np.bool_]
    type: Codes
    power_origin: Codes
    flux_origin: Codes
    ulr_origin: Codes
    regime_origin: Codes
    setting: NDArray[np.int64]
    settings: Settings


def read_facts(table: pa.Table) -> Facts:
    """Facts of a conformed `luminaire` table.

    A power that is not known rests on `inferred` when the type or the technology is, on `default` when neither is. An
    unknown technology, type or regime and the value `autre` say the same: nothing.
    """
    technology, kind = codes(table, "lamp_technology", TECHNOLOGIES), codes(table, "luminaire_type", TYPES)
    system, lamp = origins(table, "system_power_w"), origins(table, "lamp_power_w")
    blind = (technology == NO_TECHNOLOGY) & (kind == NO_TYPE)
    guess = np.where(blind, Origin.DEFAULT.rank, Origin.INFERRED.rank)
    power_origin = np.where(system != UNKNOWN, system, np.where(lamp != UNKNOWN, lamp, guess)).astype(np.int8)
    setting, settings, scheduled = _settings(table, technology)
    regime = origins(table, "regime")
    regime = np.where(scheduled, np.int8(Origin.DECLARED.rank), regime)
    return Facts(
        system_w=floats(table, "system_power_w"),
        lamp_w=floats(table, "lamp_power_w"),
        flux_lm=floats(table, "luminous_flux_lm"),
        ulr=floats(table, "ulr"),
        technology=technology,
        removed=floats(table, "in_service") == 0,
        type=kind,
        power_origin=power_origin,
        flux_origin=origins(table, "luminous_flux_lm"),
        ulr_origin=origins(table, "ulr"),
        regime_origin=np.where(regime == UNKNOWN, Origin.INFERRED.rank, regime).astype(np.int8),
        setting=setting,
        settings=settings,
    )


def _settings(table: pa.Table, technology: Codes) -> tuple[NDArray[np.int64], Settings, NDArray[np.bool_]]:
    """Row in the settings of each luminaire (N,), the settings, and which luminaires have a declared calendar (N,)."""
    names, commune = np.unique(texts(table, "commune").astype(str), return_inverse=True)
    lamp = np.where(technology == LED, LED_CLASS, np.where(technology == NO_TECHNOLOGY, UNKNOWN_CLASS, DISCHARGE))
    lamp = np.where(floats(table, "in_service") == 0, REMOVED_CLASS, lamp)
    written, profile = _profiles(table)
    ends = floats(table, "off_from_h"), floats(table, "off_to_h")
    regime = codes(table, "regime", REGIMES)
    road = np.where(regime == DETECTION, roads(table), UNKNOWN_ROAD).astype(np.int8)
    columns = [
        commune, regime, *ends, floats(table, "dimming_ratio"),
        np.nan_to_num(floats(table, "remote_managed")), lamp, codes(table, "clock_type", CLOCKS), profile,
        floats(table, "switch_lux"), floats(table, "on_delay_min"), floats(table, "off_delay_min"), road,
    ]  # fmt: skip
    first, setting = _distinct(columns)
    chosen = [np.asarray(c)[first] for c in columns]
    cells = cells_of(names, table, commune)
    at = [cells[c] for c in chosen[0]]
    calendars = [read_profile(*written[p]) if p else None for p in chosen[8]]
    kept = Settings(
        commune=[str(names[c]) for c in chosen[0]],
        regime=chosen[1].astype(np.int8),
        lit=stacked(lit_hours(cell) for cell in at),
        off=stacked(window_hours(cell, float(a), float(b)) for cell, a, b in zip(at, chosen[2], chosen[3], strict=True)),
        run=stacked(calendar_hours(cell, c) for cell, c in zip(at, calendars, strict=True)),
        window=np.stack([chosen[2], chosen[3]], axis=1),
        dimming=chosen[4],
        remote=chosen[5] == 1,
        lamp=chosen[6].astype(np.int8),
        clock=chosen[7].astype(np.int8),
        road=chosen[12].astype(np.int8),
        by_hour=np.array([_by_hour(cell) if r == DETECTION else _NOWHERE for cell, r in zip(at, chosen[1], strict=True)]),
        lux=chosen[9],
        longer_h=_longer(chosen[10], chosen[11]),
    )
    return setting, kept, np.array([c is not None for c in calendars], bool)[setting]


_NOWHERE = (0.0,) * HOURS


def _by_hour(cell: Cell) -> tuple[float, ...]:
    """Hours of the night of a year in each hour of the clock (24,), at the middle threshold."""
    middle = len(GRID_DEG) // 2
    return tuple(window_hours(cell, float(hour), float((hour + 1) % HOURS))[middle] for hour in range(HOURS))


def _longer(on_min: Floats, off_min: Floats) -> Floats:
    """Hours of a year that delays of switching on and off [min] add (K,); NaN where neither was measured."""
    added = np.nan_to_num(off_min) - np.nan_to_num(on_min)
    return np.where(np.isnan(on_min) & np.isnan(off_min), np.nan, added / 60 * YEAR_NIGHTS)


def _profiles(table: pa.Table) -> tuple[list[tuple[str | None, str | None]], NDArray[np.int64]]:
    """Distinct pairs (night profile, dimming steps) as written, the first one empty, and the pair of each row (N,)."""
    pairs: list[tuple[str | None, str | None]] = [(None, None)]
    night, steps = table["night_profile"], table["dimming_steps"]
    if night.null_count == steps.null_count == table.num_rows:
        return pairs, np.zeros(table.num_rows, np.int64)
    joined = pc.binary_join_element_wise(pc.fill_null(night, ""), pc.fill_null(steps, ""), "\x1f")
    coded = flat(pc.dictionary_encode(joined))
    place: dict[str, int] = {"\x1f": 0}
    for text in coded.dictionary.to_pylist():
        if text not in place:
            place[text] = len(pairs)
            first, _, second = text.partition("\x1f")
            pairs.append((first or None, second or None))
    rank = np.array([place[x] for x in coded.dictionary.to_pylist()], np.int64)
    return pairs, rank[np.asarray(coded.indices)]


def _distinct(columns: list[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A row of each distinct combination of the columns (N,), and the combination of each row (N,)."""
    code = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values = np.asarray(column)
        if len(values) and (values == values[0]).all():
            continue
        seen, mine = np.unique(values, return_inverse=True)
        _, code = np.unique(code * (len(seen) + 1) + mine.ravel(), return_inverse=True)
    _, first, back = np.unique(code, return_index=True, return_inverse=True)
    return first, back.ravel().astype(np.int64)
