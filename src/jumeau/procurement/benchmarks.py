"""Unit costs seen in public records: texts sorted into needs, quantities read in them, outliers shown."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np

NUMBER = r"(\d{1,3}(?:[ \u00a0\u202f.]\d{3})+|\d+)"
BESIDE = r"(?:(?:nouveaux?|nouvelles?|anciens?|anciennes?|vieux|vieilles|autres|premiers?) )*"
"""Words that may stand between a number and its noun."""
OUTLIER = 3.5
"""Modified z-score of the logarithm beyond which a unit cost is called an outlier [1].

[1] B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers, ASQC Quality Press, 1993.
"""
SERVICES = re.compile(
    r"\b(?:maitrise d'?oeuvre|moe|missions?|amo|assistance|schema directeur|controle technique|maintenance|exploitation"
    r"|entretien|location|audits?|etudes?(?! et travaux))\b"
)
"""Words of what is not the purchase of works or goods: its amount is no unit cost of a need."""
SERVICE_CPV = ("09", "50", "64", "65", "66", "70", "71", "72", "73", "75", "79", "80", "85", "90", "98")
"""Divisions of the common procurement vocabulary that are services, or energy: a contract of theirs is no works either."""
LEAST = 8
"""Unit costs needed to say a median and deciles."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """How a need is recognised, on plain text: what says it, what excludes it (None: nothing), a number and its noun."""

    need: str
    wanted: re.Pattern[str]
    without: re.Pattern[str] | None
    counted: re.Pattern[str]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A public record classified. unit_eur: None where the text gives no quantity; outlier: far from the others."""

    record: str
    need: str
    text: str
    amount_eur: float
    quantity: float | None
    unit_eur: float | None
    outlier: bool = False


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """What a need cost in public records: deciles and median of whole records [€] and of unit costs [€/unit], outliers left
    out, None where there are too few. Most texts give no quantity: a whole record tells the size of projects, not a price.
    """

    need: str
    records: int
    with_quantity: int
    outliers: int
    amount_low_eur: float | None
    amount_median_eur: float | None
    amount_high_eur: float | None
    low_eur: float | None
    median_eur: float | None
    high_eur: float | None


@cache
def kinds() -> tuple[Kind, ...]:
    """The words of each need, from `procurement/words.csv`, the most particular first."""
    text = files("jumeau.procurement").joinpath("words.csv").read_text(encoding="utf-8")
    return tuple(
        Kind(
            need=row["need"],
            wanted=re.compile(rf"\b(?:{row['wanted']})"),
            without=re.compile(rf"\b(?:{row['without']})") if row["without"] else None,
            counted=re.compile(
                rf"\b{NUMBER} ?(?:x |unites? de )?{BESIDE}(?:{row['nouns']})\b|\b(?:{row['nouns']}) ?(?:x|:) ?{NUMBER}\b"
            ),
        )
        for row in csv.DictReader(text.splitlines())
    )


def plain(text: str) -> str:
    """Lower case, without accents, spaces folded."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", bare.lower().replace("’", "'").replace("œ", "oe")).strip()


def need_of(text: str) -> str | None:
    """The need a text speaks of, None when it speaks of none, of several trades at once, or of services (a study...)."""
    said = plain(text)
    if SERVICES.search(said):
        return None
    for kind in kinds():
        if kind.wanted.search(said) and not (kind.without and kind.without.search(said)):
            return kind.need
    return None


UNITS = {
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11,
    "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "un": 1, "une": 1,
}  # fmt: skip
TENS = {"vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}
_SPELLED = re.compile(rf"\b(?:(?:{'|'.join([*UNITS, *TENS, 'cents?', 'mille'])})(?:[ -](?:et[ -])?)?)+\b")


def numbered(said: str) -> str:
    """A plain text whose numbers in words are written in digits; `un` and `une` alone are articles and stay.

    >>> numbered("quatre-vingt-dix-sept points et vingt et un luminaires, une lampe")
    '97 points et 21 luminaires, une lampe'
    """
    return _SPELLED.sub(_digits, said)


def _digits(found: re.Match[str]) -> str:
    words = [w for w in re.split(r"[ -]", found[0]) if w and w != "et"]
    if words in (["un"], ["une"]):
        return found[0]
    total, group = 0, 0
    for word in words:
        if word == "mille":
            total, group = total + max(group, 1) * 1000, 0
        elif word.startswith("cent"):
            group = max(group, 1) * 100
        elif word in TENS and group % 100 == 4 and word.startswith("vingt"):
            group += 76
        else:
            group += TENS.get(word, UNITS.get(word, 0))
    tail = found[0][len(found[0].rstrip(" -")) :]
    return f"{total + group}{tail}"


def is_service(cpv: str | None) -> bool:
    """True for the code of a service or of energy, False for works, goods, or no code."""
    return (cpv or "").startswith(SERVICE_CPV)


def quantity_of(text: str, need: str) -> float | None:
    """The one number that stands before a noun of the need; None when there is none, or several that differ."""
    counted = next(kind.counted for kind in kinds() if kind.need == need)
    found = {float(re.sub(r"\D", "", m[1] or m[2])) for m in counted.finditer(numbered(plain(text)))}
    found.discard(0.0)
    return found.pop() if len(found) == 1 else None


def seen(records: Iterable[tuple[str, str, float | None]]) -> list[Seen]:
    """Records given as (id, text, amount before tax [€]) that speak of a need, with their unit cost where it can be had."""
    out = []
    for record, text, amount in records:
        need = need_of(text)
        if need is None or amount is None or not amount > 0:
            continue
        quantity = quantity_of(text, need)
        unit = amount / quantity if quantity else None
        out.append(Seen(record=record, need=need, text=text, amount_eur=amount, quantity=quantity, unit_eur=unit))
    return _marked(out)


def _marked(found: Sequence[Seen]) -> list[Seen]:
    """The outliers of each need, on the logarithm of unit costs."""
    by_need: dict[str, list[float]] = {}
    for one in found:
        if one.unit_eur is not None:
            by_need.setdefault(one.need, []).append(np.log(one.unit_eur))
    scale = {}
    for need, logs in by_need.items():
        middle = float(np.median(logs))
        spread = float(np.median(np.abs(np.array(logs) - middle)))
        scale[need] = (middle, spread)
    out = []
    for one in found:
        if one.unit_eur is not None and len(by_need[one.need]) >= LEAST:
            middle, spread = scale[one.need]
            far = spread > 0 and 0.6745 * abs(float(np.log(one.unit_eur)) - middle) / spread > OUTLIER
            one = msgspec.structs.replace(one, outlier=bool(far))
        out.append(one)
    return out


def benchmarks(found: Iterable[Seen]) -> dict[str, Benchmark]:
    """Unit costs by need."""
    groups: dict[str, list[Seen]] = {}
    for one in found:
        groups.setdefault(one.need, []).append(one)
    return {need: _benchmark(need, group) for need, group in sorted(groups.items())}


def _benchmark(need: str, group: Sequence[Seen]) -> Benchmark:
    unit = _deciles([one.unit_eur for one in group if one.unit_eur is not None and not one.outlier])
    amount = _deciles([one.amount_eur for one in group])
    return Benchmark(
        need=need,
        records=len(group),
        with_quantity=sum(one.unit_eur is not None for one in group),
        outliers=sum(one.outlier for one in group),
        amount_low_eur=amount[0],
        amount_median_eur=amount[1],
        amount_high_eur=amount[2],
        low_eur=unit[0],
        median_eur=unit[1],
        high_eur=unit[2],
    )


def _deciles(values: Sequence[float]) -> tuple[float, float, float] | tuple[None, None, None]:
    if len(values) < LEAST:
        return None, None, None
    low, median, high = (float(x) for x in np.quantile(values, [0.1, 0.5, 0.9]))
    return low, median, high


def compared(found: Mapping[str, Benchmark], catalogue: Mapping[str, tuple[float, float]]) -> list[tuple[Benchmark, str]]:
    """Each benchmark against the catalogue's unit cost (low, high): `inside`, `below`, `above` or `unknown`."""
    out = []
    for need, one in found.items():
        known = catalogue.get(need)
        if known is None or one.median_eur is None:
            word = "unknown"
        else:
            word = "below" if one.median_eur < known[0] else "above" if one.median_eur > known[1] else "inside"
        out.append((one, word))
    return out
