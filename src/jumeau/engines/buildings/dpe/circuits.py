"""Temperature of the water that boilers send to their circuits (3CL-DPE, part 13.2)."""

from functools import lru_cache

import numpy as np

from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.tables import recorded, rows
from jumeau.model.dpe import F64, I64, DpeBatch, Elements

_RADIATORS = tuple(range(24, 40))
_HOT_WATER = (11, 13, 15, 17, *range(24, 40, 2), 46, 48)
_AIR = (5, 42)
_MILD_WATER = (12, 14, 16, 18, *range(25, 40, 2), 47, 49)


def water_temperatures(batch: DpeBatch, home: Dwelling, code: I64, trust: bool) -> tuple[F64, F64]:
    """Mean water temperature of each boiler at full load and at 30 % [degC]: the hottest of its circuits.

    Radiators of before 1981 never ran on low temperature: some files say that they did.
    """
    plant, source, out = batch.of("installation_chauffage"), batch.of("generateur_chauffage"), batch.of("emetteur_chauffage")
    period = out.code("enum_periode_installation_emetteur_id")
    built = np.where(home.period <= 3, 1, np.where(home.period <= 6, 2, 3))[out.owner]
    age = np.clip(np.where(period > 0, period, built), 1, 3)
    level = level_of(out)
    level = np.where(
        (level == 2) & np.isin(out.code("enum_type_emission_distribution_id"), _RADIATORS) & (age == 1), 3, level
    )
    full, third = _water_tables()
    size = max(plant.size, 1)
    place = np.maximum(out.parent, 0)
    hot = np.full(size, -np.inf)
    np.maximum.at(hot, place, np.nan_to_num(full[np.clip(level, 0, 4), age], nan=-np.inf))
    up = np.maximum(source.parent, 0)
    group = _third_group()[np.clip(code, 0, 199)]
    mild = np.full((size, 5), -np.inf)
    for kind in range(1, 5):
        np.maximum.at(mild[:, kind], place, np.nan_to_num(third[kind, np.clip(level, 0, 4), age], nan=-np.inf))
    at_full, at_third = hot[up], mild[up, group]
    at_full = np.where(np.isfinite(at_full), at_full, 70.0)
    at_third = np.where(np.isfinite(at_third), at_third, 50.0)
    if trust:
        row = recorded("temp_fonc_100", "temp_fonc_100", source.get("tv_temp_fonc_100_id"), source.get("di.temp_fonc_100"))
        at_full = np.where(np.isnan(row), at_full, row)
        row = recorded("temp_fonc_30", "temp_fonc_30", source.get("tv_temp_fonc_30_id"), source.get("di.temp_fonc_30"))
        at_third = np.where(np.isnan(row), at_third, row)
    typed = source.code("enum_methode_saisie_carac_sys_id", 1) == 5
    at_full = np.where(typed & (source.get("di.temp_fonc_100") > 0), source.get("di.temp_fonc_100"), at_full)
    return at_full, np.where(typed & (source.get("di.temp_fonc_30") > 0), source.get("di.temp_fonc_30"), at_third)


def level_of(out: Elements) -> I64:
    """Level of temperature of the water of each emitter, as declared, else by its name: 2 low, 3 medium, 4 high."""
    level, kind = out.code("enum_temp_distribution_ch_id", 4), out.code("enum_type_emission_distribution_id")
    named = np.where(np.isin(kind, _MILD_WATER), 3, 4)
    wet = np.isin(kind, (*_HOT_WATER, *_MILD_WATER, *_AIR))
    return np.where((level <= 1) & wet, named, level)


@lru_cache(maxsize=1)
def _third_group() -> I64:
    """Family of boiler in the table of temperatures at 30 %: 1 condensing, 2 low temperature, 3 and 4 standard."""
    out = np.ones(200, dtype=np.int64) * 4
    families: dict[str, int] = {}
    for row in rows("temp_fonc_30"):
        codes = str(row["enum_type_generateur_ch_id"])
        family = families.setdefault(codes, len(families) + 1)
        out[[int(code) for code in codes.split("|")]] = family
    # systems without a table of their own are taken as the oldest of their kind
    out[[113, 114]] = out[85]
    return out


@lru_cache(maxsize=1)
def _water_tables() -> tuple[F64, F64]:
    full, third = np.full((5, 4), np.nan), np.full((5, 5, 4), np.nan)
    for row in rows("temp_fonc_100"):
        full[int(row["enum_temp_distribution_ch_id"]), _age(row["periode_emetteurs"])] = row["temp_fonc_100"]
    families: dict[str, int] = {}
    for row in rows("temp_fonc_30"):
        family = families.setdefault(str(row["enum_type_generateur_ch_id"]), len(families) + 1)
        third[family, int(row["enum_temp_distribution_ch_id"]), _age(row["periode_emetteurs"])] = row["temp_fonc_30"]
    return full, third


def _age(text: str) -> int:
    return 1 if text.startswith("Avant") else 3 if text.startswith("Apr") else 2
