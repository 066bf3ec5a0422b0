"""Lamp names in every spelling: `SHP 100W`, `2x36 fluo`, `Iod. Mét. 150`, `LED 38 W 3000K` -> technology and power.

Each distinct text is read once, whatever the number of rows.
"""

import csv
import re
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.sources.names import fold, is_unknown

SURE, LIKELY, DOUBTFUL = 0.95, 0.8, 0.5
_MIN_W, _MAX_W = 1.0, 2000.0
_NOT_POWER = re.compile(
    r"\b\d[\d .,]*\s*(?:k|kelvin|°k|lm|lumens?|ma|v|volts?|kv|hz|m|mm|cm|h|ans?|lm/w|cd|leds?)\b|\b[ef]\s?-?\s?(?:27|40)\b"
    r"|\bg(?:12|24|23|x24|u10)[a-z]?-?\d?\b|\bip\s?\d\d\b|\bik\s?\d\d\b|\b(?:19|20)\d\d\b"
)
_PRODUCT = re.compile(r"(?P<count>\b[2-6])\s?[x*]\s?(?P<power>\d{1,4}(?:[.,]\d+)?)\s?(?P<unit>kw|w(?:atts?)?)?(?![a-z0-9])")
_WATTS = re.compile(r"(?<![\d.,])(?P<power>\d{1,4}(?:[.,]\d+)?)\s?(?P<unit>kw|w(?:atts?|tt)?)(?![a-z0-9])")
_TWO = re.compile(r"\b\d{1,4}\s?w?\s?/\s?\d{1,4}\s?w?\b")
_BARE = re.compile(r"(?<![\d.,])(?P<power>\d{2,4})(?![\d.,])")
_LETTERS = re.compile(r"[a-z]+")
_GLUED = re.compile(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])")


class Lamp(msgspec.Struct, frozen=True):
    """What a text says of a lamp. technology: choice of the dictionary or None; power_w: nominal power [W] of all its lamps,
    or None; confidence: [0-1] of each, 0 where nothing is said."""

    technology: str | None
    power_w: float | None
    technology_confidence: float
    power_confidence: float


class Lamps(msgspec.Struct, frozen=True):
    """The same for N rows: technology (N,) text; power_w, confidences (N,) [W, 0-1], NaN and 0 where nothing is said."""

    technology: pa.Array
    power_w: NDArray[np.float64]
    technology_confidence: NDArray[np.float64]
    power_confidence: NDArray[np.float64]


def read_lamps(column: pa.Array) -> Lamps:
    """Read a column of lamp names (N,), each distinct text once."""
    encoded = column.cast(pa.string()).dictionary_encode()
    words = [read_lamp(word) for word in encoded.dictionary.to_pylist()] + [Lamp(None, None, 0.0, 0.0)]
    codes = encoded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
    power = np.array([np.nan if x.power_w is None else x.power_w for x in words])
    return Lamps(
        pa.array([x.technology for x in words], pa.string()).take(pa.array(codes)),
        power[codes],
        np.array([x.technology_confidence for x in words])[codes],
        np.array([x.power_confidence for x in words])[codes],
    )


def read_lamp(text: str) -> Lamp:
    """Read one lamp name. A power that could be two things (`70/100 W`, two numbers) is left unknown."""
    if is_unknown(text) or len(text) > 200:
        return Lamp(None, None, 0.0, 0.0)
    plain = fold(text)
    technology, sure = _technology(plain)
    power, known = _power(plain, technology is not None)
    return Lamp(technology, power, sure, known)


def _technology(plain: str) -> tuple[str | None, float]:
    spaced = " ".join(_LETTERS.findall(_GLUED.sub(" ", plain)))
    padded, tight = f" {spaced} ", spaced.replace(" ", "")
    hits: dict[str, tuple[int, float]] = {}
    for spelling, choice, kind in spellings():
        if kind == "word" and f" {spelling} " in padded:
            hits[choice] = max(hits.get(choice, (0, 0.0)), (len(spelling), SURE))
        elif kind == "stem" and spelling.replace(" ", "") in tight:
            hits[choice] = max(hits.get(choice, (0, 0.0)), (len(spelling), LIKELY))
    if not hits:
        return None, 0.0
    ranked = sorted(hits.items(), key=lambda item: item[1], reverse=True)
    if len(ranked) > 1 and ranked[0][1][0] == ranked[1][1][0]:
        return None, 0.0
    choice, (_, confidence) = ranked[0]
    return choice, confidence if len(ranked) == 1 else min(confidence, LIKELY)


def _power(plain: str, lamp: bool) -> tuple[float | None, float]:
    product = _PRODUCT.search(plain)
    if product:
        return _bounded(
            int(product["count"]) * _watts(product["power"], product["unit"]), SURE if product["unit"] else LIKELY
        )
    if _TWO.search(plain):
        return None, 0.0
    found = {_watts(x["power"], x["unit"]) for x in _WATTS.finditer(plain)}
    if found:
        return _bounded(found.pop(), SURE) if len(found) == 1 else (None, 0.0)
    bare = {float(x["power"]) for x in _BARE.finditer(_GLUED.sub(" ", _NOT_POWER.sub(" ", plain)))}
    if len(bare) != 1:
        return None, 0.0
    return _bounded(bare.pop(), LIKELY if lamp else DOUBTFUL)


def _watts(number: str, unit: str | None) -> float:
    return float(number.replace(",", ".")) * (1000 if unit == "kw" else 1)


def _bounded(power: float, confidence: float) -> tuple[float | None, float]:
    return (power, confidence) if _MIN_W <= power <= _MAX_W else (None, 0.0)


@cache
def spellings() -> tuple[tuple[str, str, str], ...]:
    """(folded spelling, choice, `word` or `stem`) of `model/lamps.csv`, longest first."""
    text = files("jumeau.model").joinpath("lamps.csv").read_text(encoding="utf-8")
    rows = [
        (spelling, row["choice"], row["kind"])
        for row in csv.DictReader(text.splitlines())
        for spelling in row["spellings"].split("|")
    ]
    return tuple(sorted(rows, key=lambda row: -len(row[0])))
