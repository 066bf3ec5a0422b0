"""What another calendar would do, at once: energy, money, burning hours by month, class held when dimmed, what the law asks.

The energy and the money are the ordinary diagnosis of the changed inventory on paired draws, as for any action.
"""

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.groups import summary
from jumeau.engines.lighting.calendars import Calendar, nightly, nights, window
from jumeau.engines.lighting.diagnose import COST, ENERGY, diagnose
from jumeau.engines.lighting.hours import cells_of
from jumeau.engines.lighting.law import law
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tables import assign, texts
from jumeau.errors import InputError
from jumeau.model.draws import parameters
from jumeau.model.road_classes import required

Triple = tuple[float | None, float | None, float | None]
Flags = NDArray[np.bool_]
MAIN_QUANTITIES = ("luminance", "illuminance")


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar to try. off_from_h, off_to_h: window by the clock [legal h]; ratio: share of the power kept in it (0 off);
    road_classes: only luminaires of these classes, all when empty; armoires: only those of these cabinets."""

    off_from_h: float
    off_to_h: float
    ratio: float = 0.0
    road_classes: tuple[str, ...] = ()
    armoires: tuple[str, ...] = ()


class Held(msgspec.Struct, frozen=True):
    """A road class of the selection, its luminaires, and the class whose level is still met inside the window ("" none)."""

    road_class: str
    luminaires: int
    inside: str


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What a choice does. before, after, effect: indicator -> (mean, p5, p95) over all luminaires; months_h: hours lit
    at full power in each month before (whole night) and with the choice (12, 2); held: by class; unknown_class: luminaires
    whose class is
    not known; law: (title, reference) of the rules not met by some of the selection, and their number of luminaires."""

    luminaires: int
    selected: int
    before: dict[str, Triple]
    after: dict[str, Triple]
    effect: dict[str, Triple]
    months_h: list[tuple[float, float]]
    held: list[Held]
    unknown_class: int
    law: list[tuple[str, str, int]]


def try_calendar(bundle: Bundle, choice: Choice, ctx: Context) -> Trial:
    """Try a calendar on the luminaires of a conformed bundle. Raises InputError for hours or a share that make no sense."""
    if not (0 <= choice.off_from_h <= 24 and 0 <= choice.off_to_h <= 24 and 0 <= choice.ratio <= 1):
        raise InputError("eclairage.calendrier_invalide", start=choice.off_from_h, end=choice.off_to_h, ratio=choice.ratio)
    lights = bundle["luminaire"]
    rows = _selected(lights, choice)
    regime = "coupure" if choice.ratio == 0 else "abaissement"
    values = {
        "regime": regime, "off_from_h": choice.off_from_h, "off_to_h": choice.off_to_h, "dimming_ratio": choice.ratio or None,
        "night_profile": None, "dimming_steps": None,
    }  # fmt: skip
    changed = dict(bundle) | {"luminaire": assign(lights, rows, values)}
    alone = msgspec.structs.replace(ctx, detail=False)
    draws = [_whole(b, alone) for b in (bundle, changed)]
    names, found = (ENERGY, COST), []
    for d in (draws[0], draws[1], {n: draws[1][n] - draws[0][n] for n in names}):
        found.append({n: summary(d[n]) for n in names})
    classes = texts(lights, "road_class").astype(str)[rows]
    held = [
        Held(str(name), int(count), lower_class(str(name), choice.ratio))
        for name, count in zip(*np.unique(classes[classes != ""], return_counts=True), strict=True)
    ]
    return Trial(
        luminaires=lights.num_rows, selected=int(rows.sum()), before=found[0], after=found[1], effect=found[2],
        months_h=_months(lights, choice), held=held, unknown_class=int((classes == "").sum()),
        law=_broken(changed["luminaire"].filter(pa.array(rows)), ctx),
    )  # fmt: skip


def _whole(bundle: Bundle, ctx: Context) -> dict[str, NDArray[np.float64]]:
    groups = diagnose(bundle, ctx).groups
    return {n: np.nan_to_num(groups.draws[:, groups.names.index(n)]).sum(axis=0) for n in (ENERGY, COST)}


def _selected(lights: pa.Table, choice: Choice) -> Flags:
    rows = np.ones(lights.num_rows, bool)
    for column, wanted in (("road_class", choice.road_classes), ("armoire", choice.armoires)):
        if wanted:
            rows &= np.isin(texts(lights, column).astype(str), wanted)
    return rows


def _months(lights: pa.Table, choice: Choice) -> list[tuple[float, float]]:
    """Hours at full power of each month of 2025 at the first commune: whole nights, and with the choice."""
    names, commune = np.unique(texts(lights, "commune").astype(str), return_inverse=True)
    if not len(names):
        return []
    cell = cells_of(names[:1], lights, commune)[0]
    below = np.array([parameters("lighting")["switch_below_deg"].mode])
    at = nights(np.array([cell.lat]), np.array([cell.lon]), 2025, below, cell.departement)
    chosen = window(choice.off_from_h, choice.off_to_h, choice.ratio)
    whole, kept = (np.bincount(at.month - 1, nightly(c, at)[0], 12) for c in (Calendar(), chosen))
    return [(round(float(a), 1), round(float(b), 1)) for a, b in zip(whole, kept, strict=True)]


def lower_class(name: str, ratio: float) -> str:
    """The class of the same family whose main level is still met at `ratio` of the light of class `name`, "" for none.

    Light is taken in proportion to power, which flatters a discharge lamp: dimmed, it gives less light than power. Unknown
    classes give "".
    """
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
