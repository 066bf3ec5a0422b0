"""Verbs of the lighting field beyond the common ones: cabinets and their bills, calendars to try, watches, what is odd."""

import datetime as dt
from collections.abc import Mapping

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.lighting.attach import with_cabinets
from jumeau.engines.lighting.cabinets import Sheets, cabinet_sheets, calendar_of
from jumeau.engines.lighting.calendars import chosen, lit_ends, nights, step_ends
from jumeau.engines.lighting.checks import Oddity, oddities
from jumeau.engines.lighting.facts import read_facts
from jumeau.engines.lighting.hours import cells_of
from jumeau.engines.lighting.whatif import Choice, Trial, try_calendar
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tables import texts
from jumeau.errors import NotFoundError
from jumeau.live.lighting import Alert, Measures, alerts, power_of
from jumeau.model.draws import parameters
from jumeau.model.query import Compare
from jumeau.sharing.view import View
from jumeau.store.port import NOW, Moment
from jumeau.twin.registry import engine
from jumeau.twin.runs import inputs_of

Floats = NDArray[np.float64]
FIELD = "lighting"
BILLS = "facture_eclairage"
WATCH_DAYS = 60


def bundle_of(view: View, commune: str, moment: Moment = NOW) -> Bundle:
    """The lighting of a commune as its engine sees it: its streets described, each luminaire with its cabinet.

    Raises NotFoundError when the commune has no luminaire in this twin, or none that the actor sees.
    """
    sources = inputs_of(view, FIELD, commune, moment)
    if "luminaire" not in sources or not sources["luminaire"].num_rows:
        raise NotFoundError("eclairage.commune_sans_luminaire", commune=commune)
    return with_cabinets(dict(engine(FIELD).inventory(sources, commune)))


def cabinets(view: View, ctx: Context, commune: str, moment: Moment = NOW) -> Sheets:
    """The sheet of each cabinet of a commune, measured against modelled."""
    return cabinet_sheets(bundle_of(view, commune, moment), bills_of(view, commune, moment), ctx)


def bills_of(view: View, commune: str, moment: Moment = NOW) -> pa.Table | None:
    """The bills of the cabinets of a commune; None without their layer."""
    if BILLS not in view.layers():
        return None
    return view.read(BILLS, where=Compare("commune", "=", commune), moment=moment)


def calendar(view: View, ctx: Context, commune: str, choice: Choice, moment: Moment = NOW) -> Trial:
    """What another calendar would do in a commune."""
    return try_calendar(bundle_of(view, commune, moment), choice, ctx)


def checks(view: View, commune: str, moment: Moment = NOW) -> list[Oddity]:
    """What is odd in the lighting inventory of a commune."""
    return oddities(bundle_of(view, commune, moment))


def today() -> Context:
    """The context of a question asked today."""
    return Context(date=dt.date.today())


def cabinets_named(view: View, commune: str, names: set[str], moment: Moment = NOW) -> None:
    """Raises NotFoundError for a cabinet that is not in the inventory of the commune."""
    known = {str(x) for x in texts(bundle_of(view, commune, moment)["armoire"], "code")}
    missing = sorted(names - known)
    if missing:
        raise NotFoundError("eclairage.armoire_inconnue", cabinet=missing[0], known=", ".join(sorted(known)[:10]) or "-")


class Watched(msgspec.Struct, frozen=True):
    """One series watched: the cabinet it speaks of, measures, last instant, expected and measured energy [kWh], alerts."""

    series: str
    cabinet: str
    measures: int
    last: dt.datetime | None
    expected_kwh: float
    measured_kwh: float
    alerts: list[Alert]


def watch(
    view: View, ctx: Context, commune: str, series: Mapping[str, str], until: dt.datetime, moment: Moment = NOW
) -> list[Watched]:  # fmt: skip
    """Watch cabinets of a commune. series: name of an observed series -> number of its cabinet.

    until: instant from which silence is judged; the WATCH_DAYS days before it are looked at. Raises NotFoundError for a
    cabinet that is not in the inventory.
    """
    bundle = bundle_of(view, commune, moment)
    sheets = {s.code: s for s in cabinet_sheets(bundle, None, ctx).sheets}
    out = []
    for name, code in series.items():
        if code not in sheets:
            raise NotFoundError("eclairage.armoire_inconnue", cabinet=code, known=", ".join(sorted(sheets)[:10]) or "-")
        seen = view.observations(name, until - dt.timedelta(days=WATCH_DAYS), until)
        out.append(_watched(name, code, seen, bundle, sheets[code].power_w[0], until))
    return out


def _watched(name: str, code: str, seen: pa.Table, bundle: Bundle, power_w: float, until: dt.datetime) -> Watched:
    when = np.array([x.timestamp() for x in seen["instant"].to_pylist()])
    unit = next(iter(seen["unit"].to_pylist()), "W")
    at, measured = power_of(when, np.array(seen["value"].to_pylist(), float), unit)
    share, lit = _expected(at, code, bundle)
    made = Measures(at, measured, power_w * share, lit)
    hours = np.clip(np.diff(at, prepend=at[:1]), 0, 4 * 3600) / 3.6e6
    return Watched(
        name, code, len(at), dt.datetime.fromtimestamp(at[-1], dt.UTC) if len(at) else None,
        round(float((made.expected_w * hours).sum()), 1), round(float(np.nansum(measured * hours)), 1),
        alerts(made, until.timestamp()),
    )  # fmt: skip


def _expected(at: Floats, code: str, bundle: Bundle) -> tuple[Floats, NDArray[np.bool_]]:
    """Share of the power expected at each instant (M,), and whether the night is on."""
    lights = bundle["luminaire"]
    mine = np.flatnonzero(texts(lights, "armoire").astype(str) == code)
    share, lit = np.zeros(len(at)), np.zeros(len(at), bool)
    if not len(at) or not len(mine):
        return share, lit
    facts = read_facts(lights.take(pa.array(mine)))
    written = {i: (texts(lights, "night_profile")[r], texts(lights, "dimming_steps")[r]) for i, r in enumerate(mine)}
    names = texts(lights, "commune")[mine[:1]].astype(str)
    cell = cells_of(names, lights, np.zeros(lights.num_rows, np.int64))[0]
    below = np.array([parameters(FIELD)["switch_below_deg"].mode])
    day = np.floor((at - 43_200) / 86_400).astype(np.int64)
    for year in np.unique(1970 + day // 365.2425).astype(int):
        made = nights(np.array([cell.lat]), np.array([cell.lon]), int(year), below, cell.departement)
        first = (dt.date(int(year), 1, 1) - dt.date(1970, 1, 1)).days
        offset = np.where(made.summer, 2.0, 1.0)
        inside = (day >= first) & (day < first + len(made.weekday))
        row = np.clip(day - first, 0, len(made.weekday) - 1)
        hour = (at - day * 86_400.0) / 3600 + offset[row]
        for i in range(len(mine)):
            calendar = calendar_of(facts, int(facts.setting[i]), written[i])
            on, off = lit_ends(calendar, made)
            now = inside & (hour >= on[0][row]) & (hour < off[0][row])
            lit |= now
            kept = np.ones(len(at))
            for step in calendar.steps:
                a, b = step_ends(step, made)
                kept = np.where((hour >= a[0][row]) & (hour < b[0][row]) & chosen(step, made)[row], step.ratio, kept)
            share += np.where(now, kept, 0.0) / len(mine)
    return share, lit
