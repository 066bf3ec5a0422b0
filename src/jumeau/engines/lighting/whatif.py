"""What another calendar would do, at once: energy, money, burning hours by month, class held when dimmed, what the law asks.

The energy and the money are those of the ordinary diagnosis of the changed inventory, on paired draws, as for any action.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.groups import summary
from jumeau.engines.lighting.calendars import Calendar, Nights, nightly, nights, window
from jumeau.engines.lighting.diagnose import COST, ENERGY
from jumeau.engines.lighting.facts import TECHNOLOGIES
from jumeau.engines.lighting.hours import cells_of
from jumeau.engines.lighting.law import law
from jumeau.engines.lighting.levels import Level, flux_at, levels
from jumeau.engines.lighting.photometry.catalogue import LAYER, optics_of
from jumeau.engines.lighting.stock import Stock, stock_of, totals
from jumeau.engines.lighting.streets import place_along
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tables import assign, codes, texts
from jumeau.errors import InputError
from jumeau.model.draws import parameters
from jumeau.model.road_classes import required

Triple = tuple[float | None, float | None, float | None]
Flags = NDArray[np.bool_]
MAIN_QUANTITIES = ("luminance", "illuminance")


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar to try. off_from_h, off_to_h: window by the clock [legal h]; ratio: share of the power kept in it (0 off);
    more: other windows (from, to, ratio), the last one wins where they overlap; road_classes: only luminaires of these
    classes, all when empty; armoires: only those of these cabinets; street: only those of the street of this one (id)."""

    off_from_h: float
    off_to_h: float
    ratio: float = 0.0
    more: tuple[tuple[float, float, float], ...] = ()
    road_classes: tuple[str, ...] = ()
    armoires: tuple[str, ...] = ()
    street: str = ""

    @property
    def windows(self) -> tuple[tuple[float, float, float], ...]:
        """Every window: from, to [legal h], share of the power kept."""
        return ((self.off_from_h, self.off_to_h, self.ratio), *self.more)


class Held(msgspec.Struct, frozen=True):
    """A road class of the selection, its luminaires, and the class still met in the darkest window ("" none): that of most
    of the streets computed, else taking that the class is just kept at full light."""

    road_class: str
    luminaires: int
    inside: str


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a choice does. before, after, effect: indicator -> (mean, p5, p95) over all luminaires; months_h: hours lit
    at full power in each month before (whole night) and with the choice (12, 2); held: by class; unknown_class: luminaires
    whose class is
    not known; law: (title, reference) of the rules not met by some of the selection, and their number of luminaires; levels:
    light and class of each road class at full light, then in each window."""

    luminaires: int
    selected: int
    before: dict[str, Triple]
    after: dict[str, Triple]
    effect: dict[str, Triple]
    months_h: list[tuple[float, float]]
    held: list[Held]
    unknown_class: int
    law: list[tuple[str, str, int]]
    levels: list[Level]


def try_calendar(bundle: Bundle, choice: Choice, ctx: Context, stock: Stock | None = None) -> Trial:
    """Try a calendar on the luminaires of a conformed bundle. Raises InputError for hours or a share that make no sense.

    stock: that of the luminaires `selected` by the choice, when another calendar was tried on them.
    """
    for start, end, ratio in choice.windows:
        if not (0 <= start <= 24 and 0 <= end <= 24 and 0 <= ratio <= 1):
            raise InputError("eclairage.calendrier_invalide", start=start, end=end, ratio=ratio)
    lights = bundle["luminaire"]
    rows = selected(bundle, choice)
    values = _written(choice)
    changed = dict(bundle) | {"luminaire": assign(lights, rows, values)}
    mine = stock or stock_of(lights, rows, ctx)
    draws = [totals(b["luminaire"], mine, ctx) for b in (bundle, changed)]
    names, found = (ENERGY, COST), []
    for d in (draws[0], draws[1], {n: draws[1][n] - draws[0][n] for n in names}):
        found.append({n: summary(d[n]) for n in names})
    classes = texts(lights, "road_class").astype(str)[rows]
    chosen = lights.filter(pa.array(rows))
    darkest = min(ratio for _, _, ratio in choice.windows)
    technology = codes(chosen, "lamp_technology", TECHNOLOGIES)
    kept = float(np.nanmean(flux)) if np.isfinite(flux := flux_at(technology, darkest)).any() else darkest
    lit = levels(chosen, _hours(lights, choice), optics_of(bundle.get(LAYER)))
    computed = {x.road_class: max(x.classes, key=lambda c: x.classes[c]) for x in lit
                if x.classes and x.power_ratio == darkest}  # fmt: skip
    held = [
        Held(str(name), int(count), computed.get(str(name), lower_class(str(name), kept)))
        for name, count in zip(*np.unique(classes[classes != ""], return_counts=True), strict=True)
    ]
    return Trial(
        luminaires=lights.num_rows, selected=int(rows.sum()), before=found[0], after=found[1], effect=found[2],
        months_h=_months(lights, choice), held=held, unknown_class=int((classes == "").sum()),
        law=_broken(changed["luminaire"].filter(pa.array(rows)), ctx),
        levels=lit,
    )  # fmt: skip


def selected(bundle: Bundle, choice: Choice) -> Flags:
    """Luminaires the choice is about (N,)."""
    lights = bundle["luminaire"]
    rows = np.ones(lights.num_rows, bool)
    for column, wanted in (("road_class", choice.road_classes), ("armoire", choice.armoires)):
        if wanted:
            rows &= np.isin(texts(lights, column).astype(str), wanted)
    return rows & street_of(bundle, choice.street) if choice.street else rows


def street_of(bundle: Bundle, light: str) -> Flags:
    """Luminaires of the street of one of them (N,). Raises InputError when it is not there, or on no street."""
    lights, roads = bundle["luminaire"], bundle.get("troncon_route")
    mine = np.flatnonzero(texts(lights, "id") == light)
    street = place_along(lights, roads).street if roads is not None and roads.num_rows else np.full(lights.num_rows, -1)
    if not len(mine) or street[mine[0]] < 0:
        raise InputError("eclairage.rue_inconnue", light=light[:60])
    return np.asarray(street == street[mine[0]])


def read_steps(written: Iterable[str]) -> tuple[tuple[float, float, float], ...]:
    """Windows written `22-23:0.7` (from, to, share kept). Raises InputError with the one that cannot be read."""
    out = []
    for text in written:
        hours, _, ratio = text.replace(",", ".").partition(":")
        start, _, end = hours.partition("-")
        try:
            out.append((float(start), float(end), float(ratio)))
        except ValueError as error:
            raise InputError("eclairage.palier_illisible", text=text[:60]) from error
    return tuple(out)


def _written(choice: Choice) -> dict[str, Any]:
    """The columns of a luminaire on the calendar: a window by itself, several as steps of its profile."""
    steps = None
    if choice.more:
        steps = "*".join(_step(*window) for window in choice.windows)
    ratio = choice.ratio
    return {
        "regime": "coupure" if ratio == 0 and not choice.more else "abaissement", "off_from_h": choice.off_from_h,
        "off_to_h": choice.off_to_h, "dimming_ratio": ratio or None, "night_profile": None, "dimming_steps": steps,
    }  # fmt: skip


def _step(start: float, end: float, ratio: float) -> str:
    kind = "X//" if ratio == 0 else f"P/%/{round(100 * ratio)}"
    return f"A/{kind}/{_clock(start)}/{_clock(end)}"


def _clock(hour: float) -> str:
    minutes = round(hour * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}HL"


def _calendar(windows: tuple[tuple[float, float, float], ...]) -> Calendar:
    return Calendar(tuple(step for a, b, ratio in windows for step in window(a, b, ratio).steps))


def _nights(lights: pa.Table) -> Nights | None:
    """Nights of 2025 at the first commune."""
    names, commune = np.unique(texts(lights, "commune").astype(str), return_inverse=True)
    if not len(names):
        return None
    cell = cells_of(names[:1], lights, commune)[0]
    below = np.array([parameters("lighting")["switch_below_deg"].mode])
    return nights(np.array([cell.lat]), np.array([cell.lon]), 2025, below, cell.departement)


def _months(lights: pa.Table, choice: Choice) -> list[tuple[float, float]]:
    """Hours at full power of each month of 2025 at the first commune: whole nights, and with the choice."""
    at = _nights(lights)
    if at is None:
        return []
    whole, kept = (np.bincount(at.month - 1, nightly(c, at)[0], 12) for c in (Calendar(), _calendar(choice.windows)))
    return [(round(float(a), 1), round(float(b), 1)) for a, b in zip(whole, kept, strict=True)]


def _hours(lights: pa.Table, choice: Choice) -> list[tuple[float, float]]:
    """(share of the power, hours of a year) of the full light, then of each window less those that come after it."""
    at = _nights(lights)
    if at is None:
        return []
    left = [float(nightly(_calendar(tuple((a, b, 0.0) for a, b, _ in choice.windows[i:])), at).sum())
            for i in range(len(choice.windows))]  # fmt: skip
    after = [*left[1:], float(at.lengths.sum())]
    steps = [(ratio, after[i] - left[i]) for i, (_, _, ratio) in enumerate(choice.windows)]
    return [(1.0, left[0]), *steps]


def lower_class(name: str, ratio: float) -> str:
    """The class of the same family whose main level is still met at `ratio` of the light of class `name`, "" for none or for
    an unknown class."""
    if ratio <= 0:
        return ""
    try:
        level = _level(name) * ratio
        family = [f"{name[0]}{i}" for i in range(0 if name[0] == "C" else 1, 7)]
        levels = {c: _level(c) for c in family if c >= name and not (name[0] == "C" and c == "C6")}
    except InputError:
        return ""
    return next((c for c, wanted in levels.items() if wanted <= level * 1.0001), "")


def _level(name: str) -> float:
    found = [r.value for r in required(name) if r.sense == "min" and r.quantity in MAIN_QUANTITIES]
    if not found:
        raise InputError("voirie.classe_inconnue", name=name, known="")
    return max(found)


def _broken(lights: pa.Table, ctx: Context) -> list[tuple[str, str, int]]:
    """Rules of the arrêté that some of the luminaires do not meet, the most broken first."""
    if not lights.num_rows:
        return []
    from jumeau.rules.many import NO

    judged = law(lights, ctx.date)
    counts = (judged.states == NO).sum(axis=0)
    found = [(p.title, p.reference, int(n)) for p, n in zip(judged.points, counts, strict=True) if n]
    return sorted(found, key=lambda row: -row[2])
