"""What is known of each luminaire, as arrays, and the settings that luminaires share."""

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.groups import UNKNOWN
from jumeau.engines.lighting.night import off_share
from jumeau.engines.tables import codes, floats, origins, texts
from jumeau.model.origin import Origin

TECHNOLOGIES = ("shp", "sbp", "im", "vm", "fluo", "halogene", "led")
TYPES = ("lanterne", "luminaire_ambiance", "projecteur", "encastre", "borne", "applique", "boule")
REGIMES = ("permanent", "coupure", "abaissement", "detection")
LED = TECHNOLOGIES.index("led")
NO_TECHNOLOGY, NO_TYPE, NO_REGIME = len(TECHNOLOGIES), len(TYPES), len(REGIMES)
DISCHARGE, LED_CLASS, UNKNOWN_CLASS = 0, 1, 2

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]


class Settings(msgspec.Struct, frozen=True):
    """The K distinct ways luminaires are run and maintained.

    commune: names; regime: code in REGIMES; off: share of the burning hours inside the window [ratio], NaN unknown; dimming:
    power kept [ratio], NaN unknown; remote: remote management in service; lamp: DISCHARGE, LED_CLASS or UNKNOWN_CLASS.
    """

    commune: list[str]
    regime: Codes
    off: Floats
    dimming: Floats
    remote: NDArray[np.bool_]
    lamp: Codes


class Facts(msgspec.Struct, frozen=True):
    """Arrays (N,): powers [W], flux [lm], ulr [ratio], NaN unknown; codes; origins as ranks; rows of `settings`."""

    system_w: Floats
    lamp_w: Floats
    flux_lm: Floats
    ulr: Floats
    technology: Codes
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
    setting, settings = _settings(table, technology)
    regime = origins(table, "regime")
    return Facts(
        system_w=floats(table, "system_power_w"),
        lamp_w=floats(table, "lamp_power_w"),
        flux_lm=floats(table, "luminous_flux_lm"),
        ulr=floats(table, "ulr"),
        technology=technology,
        type=kind,
        power_origin=power_origin,
        flux_origin=origins(table, "luminous_flux_lm"),
        ulr_origin=origins(table, "ulr"),
        regime_origin=np.where(regime == UNKNOWN, Origin.INFERRED.rank, regime).astype(np.int8),
        setting=setting,
        settings=settings,
    )


def _settings(table: pa.Table, technology: Codes) -> tuple[NDArray[np.int64], Settings]:
    names, commune = np.unique(texts(table, "commune").astype(str), return_inverse=True)
    lamp = np.where(technology == LED, LED_CLASS, np.where(technology == NO_TECHNOLOGY, UNKNOWN_CLASS, DISCHARGE))
    off = off_share(floats(table, "off_from_h"), floats(table, "off_to_h"))
    remote = np.nan_to_num(floats(table, "remote_managed"))
    columns = [commune, codes(table, "regime", REGIMES), off, floats(table, "dimming_ratio"), remote, lamp]
    rows = np.stack([np.nan_to_num(np.asarray(c, np.float64), nan=-1.0) for c in columns], axis=1)
    distinct, setting = np.unique(rows, axis=0, return_inverse=True)
    known = np.where(distinct < 0, np.nan, distinct)
    return setting.ravel().astype(np.int64), Settings(
        commune=[str(names[int(c)]) for c in distinct[:, 0]],
        regime=distinct[:, 1].astype(np.int8),
        off=known[:, 2],
        dimming=known[:, 3],
        remote=distinct[:, 4] == 1,
        lamp=distinct[:, 5].astype(np.int8),
    )
