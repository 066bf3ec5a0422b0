"""Calendars as France Data Réseau writes them: `profil_nocturne` and `plages_variation` of its table of light points.

Reference: [1] France Data Réseau, Table Schema points lumineux 0.2 (patterns and examples of both columns).
"""

import re
from collections.abc import Callable

from jumeau.engines.lighting.calendars import DAWN, DUSK, LEGAL, MIDNIGHT, WEEKDAYS, Calendar, Instant, Step

_INSTANT = r"(?:[0-9]{1,2}:[0-9]{2}(?:HL|TU)|[+-]?[0-9]{1,4}(?:MN|CS|LS))"
_PERIOD = r"(?:(?P<period>(?:[0-9]{4}-[0-9]{4})|[AEH])(?:S(?P<days>[1-9]+))?/)?"
_NIGHT = re.compile(rf"^{_PERIOD}(?P<start>{_INSTANT})/(?P<end>{_INSTANT})$")
_RANGE = re.compile(
    rf"^{_PERIOD}(?P<kind>[PFTX])/(?P<measure>[%V])?/(?P<value>[-0-9]+)?/(?P<start>{_INSTANT})/(?P<end>{_INSTANT})$"
)
_FRAMES = {"MN": MIDNIGHT, "CS": DUSK, "LS": DAWN}
_SEASONS = {"A": "", "E": "ete", "H": "hiver"}
MAX_LENGTH = 2000
OFF = "X"


def read_profile(night: str | None, steps: str | None) -> Calendar | None:
    """The calendar of `profil_nocturne` and `plages_variation`; None when either cannot be read as a whole.

    A step in percent keeps that share of the power; a step in volts, or one whose value is missing, is not understood. `X`
    switches off. A legal hour marked TU is one hour later by the winter clock.
    """
    lit = _all(night, _night_step)
    found = _all(steps, _range_step)
    return None if lit is None or found is None or not (lit or found) else Calendar(tuple(found), tuple(lit))


def _all(text: str | None, read: Callable[[str], Step | None]) -> list[Step] | None:
    if not text or not text.strip():
        return []
    if len(text) > MAX_LENGTH:
        return None
    parts = [read(part) for part in text.strip().upper().strip("*").split("*")]
    known = [p for p in parts if p is not None]
    return known if len(known) == len(parts) else None


def _night_step(part: str) -> Step | None:
    found = _NIGHT.match(part)
    return _step(found, 1.0) if found else None


def _range_step(part: str) -> Step | None:
    found = _RANGE.match(part)
    if found is None:
        return None
    if found["kind"] == OFF:
        return _step(found, 0.0)
    if found["measure"] != "%" or found["value"] is None:
        return None
    try:
        share = int(found["value"]) / 100
    except ValueError:
        return None
    return _step(found, share) if 0 <= share <= 1 else None


def _step(found: re.Match[str], ratio: float) -> Step | None:
    start, end = _instant(found["start"]), _instant(found["end"])
    days = tuple(int(d) - 1 for d in found["days"] or "" if int(d) <= 7) or WEEKDAYS
    period = found["period"] or "A"
    if start is None or end is None:
        return None
    if period in _SEASONS:
        return Step(start=start, end=end, ratio=ratio, weekdays=days, season=_SEASONS[period])
    first, last = ((int(x[:2]), int(x[2:])) for x in period.split("-"))
    if not all(1 <= m <= 12 and 1 <= d <= 31 for m, d in (first, last)):
        return None
    return Step(start=start, end=end, ratio=ratio, weekdays=days, season=(first, last))


def _instant(text: str) -> Instant | None:
    if ":" in text:
        hour, minute = int(text[:-2].split(":")[0]), int(text[:-2].split(":")[1])
        if hour > 24 or minute > 59:
            return None
        return Instant(hour + minute / 60 + (1.0 if text.endswith("TU") else 0.0), LEGAL)
    return Instant(int(text[:-2]) / 60, _FRAMES[text[-2:]])
