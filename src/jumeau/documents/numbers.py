"""Numbers, ranges, money and dates as French print wants them."""

from datetime import date
from math import floor, isfinite, log10
from unicodedata import category

from jumeau.documents.context import Range
from jumeau.texts import t

THIN = "\u202f"
NBSP = "\u00a0"
MINUS = "\u2212"
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def number(value: float | None, decimals: int = 0) -> str:
    """A number with narrow no-break spaces and a decimal comma; the word for unknown when there is none.

    >>> number(1234567.891, 1).replace(THIN, " ")
    '1 234 567,9'
    """
    if value is None or not isfinite(value):
        return t("rapport.inconnu")
    text = f"{abs(value):,.{decimals}f}".replace(",", THIN).replace(".", ",")
    negative = value < 0 and any(c in "123456789" for c in text)
    return f"{MINUS}{text}" if negative else text


def interval(range_: Range, decimals: int = 0) -> str:
    """`de LOW à HIGH`, empty when the quantity is unknown."""
    if range_.value is None or range_.low is None or range_.high is None:
        return ""
    return t("rapport.intervalle", low=number(range_.low, decimals), high=number(range_.high, decimals))


def rounded(value: float | None, digits: int = 3) -> float | None:
    """`value` at `digits` significant digits."""
    return about(Range(value), digits).value


def about(range_: Range, digits: int = 3) -> Range:
    """The range at a few significant digits, those of its mean: what a person can say aloud."""
    if range_.value is None or not isfinite(range_.value) or range_.value == 0:
        return range_
    places = digits - 1 - floor(log10(abs(range_.value)))
    low, high = (None if x is None else round(x, places) for x in (range_.low, range_.high))
    return Range(round(range_.value, places), low, high)


def total(values: list[float | None]) -> float | None:
    """Sum of means; unknown as soon as one is."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def share(ratio: float | None) -> str:
    """A ratio as a percentage; a share that is neither none nor all never prints as 0 % or 100 %."""
    if ratio is None or not isfinite(ratio):
        return t("rapport.inconnu")
    whole = round(ratio * 100)
    if whole == 0 and ratio > 0:
        return f"<{NBSP}1{NBSP}%"
    if whole == 100 and ratio < 1:
        return f">{NBSP}99{NBSP}%"
    return f"{whole}{NBSP}%"


def precise_share(ratio: float) -> str:
    """A small ratio as a percentage with two decimals."""
    return f"{number(ratio * 100, 2)}{NBSP}%"


def day(when: date) -> str:
    """A date in full.

    >>> day(date(2026, 1, 1)).replace(NBSP, " ")
    '1er janvier 2026'
    """
    first = "1er" if when.day == 1 else str(when.day)
    return f"{first}{NBSP}{_MONTHS[when.month - 1]}{NBSP}{when.year}"


def month(when: date) -> str:
    """The month of a date, when the day would claim too much.

    >>> month(date(2028, 3, 26)).replace(NBSP, " ")
    'mars 2028'
    """
    return f"{_MONTHS[when.month - 1]}{NBSP}{when.year}"


def visible(text: str) -> str:
    """`text` with control and format characters, which XML refuses and eyes miss, turned into spaces."""
    if text.isprintable():
        return text
    return "".join(" " if category(c)[0] == "C" else c for c in text)


def plural(unit: str, quantity: float) -> str:
    """A unit that is a word, in the plural when there are several."""
    word = len(unit) > 2 and unit.isalpha() and unit.islower() and not unit.endswith("s")
    return f"{unit}s" if word and abs(quantity) >= 2 else unit


def with_unit(value: float | None, unit: str, decimals: int = 0) -> str:
    """A number and its unit, kept on one line; the word for unknown alone when there is no number."""
    text = number(value, decimals)
    return text if value is None or not isfinite(value) or not unit else f"{text}{NBSP}{plural(unit, value)}"
