"""Boilers and other burners: nominal power, losses at rest, efficiency over a season (3CL-DPE, parts 13.2 and 14.1)."""

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.tables import number, rows
from jumeau.model.dpe import F64, I64, Elements

LOADS = np.array([0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95])
WEIGHTS = np.array([0.1, 0.25, 0.2, 0.15, 0.1, 0.1, 0.05, 0.025, 0.025, 0.0])
# higher over lower heating value by energy code of the schema
_HEATING_VALUES = {2: 1.11, 3: 1.07, 4: 1.08, 5: 1.08, 6: 1.08, 7: 1.08, 9: 1.09, 10: 1.09, 11: 1.04, 13: 1.09}
_STEPS_KW = np.array([5.0, 10.0, 13.0, 18.0, 24.0, 28.0, 32.0, 40.0])
_FLAT_PART, _LEAST_BOILER_KW, _WATTS_KW = 0.5, 4.0, 0.2
_NO_STORE = 1
_SMALL_BURNERS = {"ch": (53, 54), "ecs": (58, 59, 60, 61, 62, 105, 106, 107, 108, 109)}
_RADIATOR, _HOT_AIR = (53, 54), (50, 51, 52)
_WOOD = (*range(48, 50), *range(55, 75), *range(120, 127), *range(140, 142), *range(152, 160), 115)
_CONDENSING = (83, 84, 94, 95, 96, 97, 136, 137, 138, 139, 148, 149, 150, 151, 160, 161)
_LOW_TEMPERATURE = (81, 82, 91, 92, 93, 133, 134, 135)


@lru_cache(maxsize=1)
def kinds() -> I64:
    """Part of the method by code of heating generator: 0 not a boiler, 1 standard, 2 low temperature, 3 condensing,
    4 wood, coal or hot air, 5 gas radiator."""
    out = np.zeros(200, dtype=np.int64)
    for row in burner_rows()[0]:
        for code in row["ch"]:
            out[code] = 1
    out[list(_WOOD)] = 4
    out[list(_HOT_AIR)] = 4
    out[list(_RADIATOR)] = 5
    out[list(_CONDENSING)] = 3
    out[list(_LOW_TEMPERATURE)] = 2
    out[[113, 114, 116, 119]] = 1
    return out


@lru_cache(maxsize=1)
def burner_rows() -> tuple[list[dict[str, list[int]]], F64]:
    """(codes of each row of the table of burners, its figures).

    Figures: bounds of Pn [kW], cap of Pn, Rpn = a + b log Pn [%], Rpint the same, Qp0 = Pn (c + d log Pn)/100 or
    e Pn^f [kW], whether c and d depend on the fan.
    """
    codes, figures = [], []
    for row in rows("generateur_combustion"):
        low, high = _bounds(str(row["critere_pn"] or ""))
        cap = number(row["pn"]) if row["pn"] is not None else np.inf
        qp0 = _rest(row["qp0_perc"])
        figures.append([low, high, cap if cap == cap else np.inf, *_slope(row["rpn"]), *_slope(row["rpint"]), *qp0])
        codes.append({name: _list(row[f"enum_type_generateur_{name}_id"]) for name in ("ch", "ecs")})
    return codes, np.array(figures, dtype=np.float64)


def _list(cell: object) -> list[int]:
    return [int(code) for code in str(cell).split("|")] if cell is not None else []


def _bounds(text: str) -> tuple[float, float]:
    found = [float(x) for x in re.findall(r"\d+", text)]
    if not found:
        return 0.0, np.inf
    if "<Pn" in text:
        return found[0], found[-1]
    return (found[0], np.inf) if ">" in text else (0.0, found[0])


def _slope(cell: object) -> tuple[float, float]:
    """a and b of `a + b*log10(Pn)`."""
    if cell is None:
        return np.nan, 0.0
    text = str(cell)
    base = float(text.split("+")[0])
    if "log" not in text:
        return base, 0.0
    factor = text.split("+")[1].split("log")[0].rstrip("*")
    return base, float(factor) if factor else 1.0


def _rest(cell: object) -> tuple[float, float, float, float, float]:
    """c, d, e, f and the fan flag of the losses at rest."""
    text = "" if cell is None else str(cell)
    if "E+F" in text:
        return 0.0, 0.0, 0.0, 0.0, 1.0
    if "1.75" in text:
        return 1.75, -0.55, 0.0, 0.0, 0.0
    if "^" in text:
        factor, power = re.findall(r"-?\d+\.?\d*", text)[0], re.findall(r"\^(-?\d+\.?\d*)", text)[0]
        return 0.0, 0.0, float(factor), 1.0 + float(power), 0.0
    if "%" in text:
        return float(text.rstrip("%")), 0.0, 0.0, 0.0, 0.0
    return (0.0, 0.0, float(text), 0.0, 0.0) if text else (1.5, 0.0, 0.0, 0.0, 0.0)


@lru_cache(maxsize=2)
def _by_code(use: str) -> I64:
    """Up to four rows of the table for each code of generator, -1 after the last."""
    out = np.full((200, 4), -1, dtype=np.int64)
    fill = np.zeros(200, dtype=np.int64)
    for place, row in enumerate(burner_rows()[0]):
        for code in row[use]:
            if fill[code] < 4:
                out[code, fill[code]] = place
                fill[code] += 1
    # systems without a table of their own are taken as the oldest of their kind
    for code, like in {"ch": {113: 85, 114: 75, 115: 55, 116: 120}, "ecs": {78: 45, 79: 35, 80: 15, 81: 85}}[use].items():
        out[code] = out[like]
    return out


def characteristics(use: str, code: I64, pn: F64, fan: F64) -> tuple[F64, F64, F64]:
    """(Rpn [-], Rpint [-], Qp0 [kW]) of each burner, lower heating value; NaN for what burns nothing.

    use: `ch` or `ecs`; code [-]: generator of the schema; pn [kW]; fan: 1 with a fan in the flue.
    """
    figures = burner_rows()[1]
    options = _by_code(use)[np.clip(code, 0, 199)]
    low, high = figures[options, 0], figures[options, 1]
    size = np.where(np.isnan(pn), 24.0, pn)[:, None]
    fits = (options >= 0) & ((size > low) | (low == 0)) & (size <= high)
    pick = np.where(fits.any(axis=1), options[np.arange(len(pn)), fits.argmax(axis=1)], options[:, 0])
    f = np.where((pick >= 0)[:, None], figures[np.maximum(pick, 0)], np.nan)
    power = np.minimum(np.where(np.isnan(pn), 24.0, pn), f[:, 2])
    log = np.log10(np.maximum(power, 1e-3))
    rpn, rpint = f[:, 3] + f[:, 4] * log, f[:, 5] + f[:, 6] * log
    c = np.where(f[:, 11] > 0, np.where(fan > 0, 1.75, 2.5), f[:, 7])
    d = np.where(f[:, 11] > 0, np.where(fan > 0, -0.55, -0.8), f[:, 8])
    # a share of Pn is of the whole of it: only the efficiencies stop at the cap
    qp0 = np.where(d == 0, pn, power) * (c + d * log) / 100 + np.where(f[:, 9] > 0, f[:, 9] * power ** f[:, 10], 0.0)
    return rpn / 100, rpint / 100, qp0


def in_kw(lost: F64, pn: F64) -> F64:
    """Losses at rest in kW: some software records watts."""
    return np.where(lost > 0.1 * np.maximum(pn, 0.5), lost / 1000, lost)


def rated(power: F64, old: F64) -> F64:
    """Nominal power of the range just above a need [kW]; old: wall-hung before 2006 or standing, never below 18 kW."""
    place = np.searchsorted(_STEPS_KW, np.nan_to_num(power) - 1e-9)
    stepped = np.where(
        place < len(_STEPS_KW), _STEPS_KW[np.minimum(place, len(_STEPS_KW) - 1)], (np.floor(power / 5) + 1) * 5
    )
    return np.where(old > 0, np.maximum(stepped, 18.0), stepped)


def water_power(volume: F64) -> F64:
    """Power that hot water asks of a boiler by volume of its store [l], in kW."""
    semi = np.where(volume <= 20, 21 - 0.8 * volume, 5 - 1.751 * (volume - 20) / 65)
    return np.where(volume <= 0, 21.0, np.where(volume <= 150, semi, (7.14 * volume + 428) / 1000))


def store_litres(source: Elements) -> F64:
    """Volume of the store of each generator of hot water [l]: none where it is said to make hot water as it is drawn."""
    instant = source.code("enum_type_stockage_ecs_id") == _NO_STORE
    return np.where(instant, 0.0, np.nan_to_num(source.get("volume_stockage")))


def heating_value(energy: I64) -> F64:
    """Higher over lower heating value of each energy of the schema [-]."""
    table = np.ones(32)
    for code, value in _HEATING_VALUES.items():
        table[code] = value
    return table[np.clip(energy, 0, 31)]


def seasonal(
    kind: I64, pn: F64, rpn: F64, rpint: F64, qp0: F64, pilot: F64, hot: F64, mild: F64, ratio: F64, size: F64
) -> F64:
    """Efficiency over a heating season of each boiler, lower heating value [-].

    kind [-]: see `kinds`; pn, qp0, pilot [kW]; rpn, rpint [-]; hot, mild: mean water temperature at full load and at
    30 % [degC]; ratio: higher over lower heating value [-]; size: power installed over power needed [-].
    """
    full, part, rest, light = 100 * rpn / ratio, 100 * rpint / ratio, qp0 * ratio, pilot * ratio
    at_full = full + np.where(kind <= 3, 0.1 * (70 - hot), 0.0)
    slope = np.select([kind == 3, kind == 2, kind == 1], [0.2 * (33 - mild), 0.1 * (40 - mild), 0.1 * (50 - mild)], 0.0)
    at_part = part + slope
    break_at = np.where(kind >= 4, 0.5, 0.3)
    with np.errstate(divide="ignore", invalid="ignore"):
        lost_part = break_at * pn * (100 - at_part) / at_part
        lost_full = pn * (100 - at_full) / at_full
    dimension = np.maximum(size, 1e-6)[:, None]
    load = np.minimum(LOADS / dimension, 1.0)
    load[:, -1] = LOADS[-1]
    x = load
    p0, p30, p100 = 0.15 * rest[:, None], lost_part[:, None], lost_full[:, None]
    knee = break_at[:, None]
    above = p30 + (p100 - p30) * (x - knee) / (1 - knee)
    below = p0 + (p30 - p0) * x / knee
    p15 = p30 / 2
    soft = np.where(x <= 0.15, p0 + (p15 - p0) * x / 0.15, p15 + (p30 - p15) * (x - 0.15) / 0.15)
    lost = np.where(x > knee, above, np.where(((kind == 2) | (kind == 3))[:, None], soft, below))
    gas = 1.04 * (100 - full[:, None]) / full[:, None] * pn[:, None] * x
    lost = np.where((kind == 5)[:, None], gas, lost)
    given = (pn[:, None] * x * WEIGHTS).sum(axis=1)
    burnt = ((pn[:, None] * x + lost) * WEIGHTS).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate: F64 = ratio * given / (burnt + np.where(kind == 5, 0.0, 0.45 * rest) + light)
    return rate


def water(rpn: F64, qp0: F64, pilot: F64, store_wh: F64, need_wh: F64, accumulator: F64, alone: F64) -> F64:
    """Efficiency of hot water made by burning, store included, lower heating value [-].

    qp0, pilot [kW]; store_wh: yearly losses of the store [Wh]; need_wh: yearly need it serves [Wh]; accumulator: 1 for a
    gas storage heater; alone: 1 where it makes nothing but hot water.
    """
    hours = np.where(accumulator > 0, 8592.0, 1790.0)
    light = np.where((accumulator > 0) | (alone > 0), 1.0, 0.5)
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 / (1 / rpn + (hours * qp0 * 1000 + store_wh) / need_wh + 6970 * light * pilot * 1000 / need_wh)


def burner_values(
    source: Elements,
    use: str,
    code: I64,
    way: I64,
    sized: F64,
    part: F64,
    trust: bool,
    no_table: tuple[int, ...],
    told_w: F64 | None = None,
) -> tuple[F64, F64, F64, F64, F64]:
    """(Pn [kW], Rpn [-], Rpint [-], Qp0 [kW], pilot [kW]): a flat on a shared boiler has its part of the power, and the
    efficiency of the whole boiler. told_w [W]: recorded power, where it is not only that of the row."""
    declared = (source.get("di.pn") if told_w is None else told_w) / 1000
    # some software records the power of the whole boiler for each flat that it heats (Open3CL issue 124)
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = (use == "ch") & (part < _FLAT_PART) & (declared >= 0.5 * sized / part)
    declared = np.where(whole, declared * part, declared)
    # no boiler of a dwelling is so small: 24 W is 24 kW, and 2 400 W is 24 000 less its last zero (Open3CL issue 118)
    own_boiler = (part == 1) & ~np.isin(code, _SMALL_BURNERS[use]) & (declared < _LEAST_BOILER_KW)
    declared = np.where(own_boiler, np.where(declared < _WATTS_KW, 1000, 10) * declared, declared)
    given = np.isin(way, (2, 3, 4, 5)) | trust | np.isin(code, no_table)
    pn = np.where(given & (declared > 0), declared, sized)
    fan = source.get("presence_ventouse", 0.0)
    rpn, rpint, qp0 = characteristics(use, code, pn / part, fan)
    qp0 = qp0 * part
    typed = np.isin(way, (3, 4, 5)) | np.isin(code, no_table)
    rpn, rpint = _ratio(typed, source.get("di.rpn"), rpn), _ratio(typed, source.get("di.rpint"), rpint)
    lost = in_kw(source.get("di.qp0"), pn)
    qp0 = np.where((np.isin(way, (4, 5)) | np.isin(code, no_table)) & (lost >= 0), lost, qp0)
    return pn, rpn, rpint, qp0, np.nan_to_num(source.get("di.pveilleuse"))


def _ratio(typed: NDArray[np.bool_], declared: F64, value: F64) -> F64:
    declared = np.where(declared > 2, declared / 100, declared)
    return np.where(typed & (declared > 0), declared, value)
