"""What can be done on the lighting of a commune, each with its verdict and its effects; and how worn its stock is."""

import msgspec
import numpy as np

from jumeau.engines.groups import UNKNOWN, Groups, summary
from jumeau.engines.lighting.ageing import ages, backlog
from jumeau.engines.lighting.diagnose import FADED, FAILURES, OVERDUE, worn
from jumeau.engines.protocol import Bundle, Context, Diagnosis, simulate
from jumeau.engines.tables import texts
from jumeau.model.action import Action, actions_list
from jumeau.sharing.view import View
from jumeau.store.port import NOW, Moment
from jumeau.twin.lighting import FIELD, bundle_of
from jumeau.twin.registry import engine

Triple = tuple[float | None, float | None, float | None]
NOTHING: Triple = (None, None, None)


class Work(msgspec.Struct, frozen=True):
    """An action and its effects of a year: indicator -> (mean, p5, p95), None where unknown; none when it touches nothing."""

    action: Action
    effects: dict[str, Triple]


def works(view: View, ctx: Context, commune: str, moment: Moment = NOW) -> list[Work]:
    """The actions of a commune, in the order of the engine. Raises NotFoundError for a commune without luminaire."""
    return works_of(bundle_of(view, commune, moment), ctx)


def works_of(bundle: Bundle, ctx: Context, diagnosis: Diagnosis | None = None) -> list[Work]:
    """The actions of a bundle and their effects. diagnosis: that of the bundle, when it is known."""
    made = engine(FIELD)
    table = made.propose(bundle, diagnosis or made.diagnose(bundle, ctx), ctx)
    found: dict[str, dict[str, Triple]] = {}
    for row in simulate(made, bundle, table, ctx).to_pylist():
        found.setdefault(row["action"], {})[row["indicator"]] = (row["value"], row["value_low"], row["value_high"])
    return [Work(action, found.get(action.id, {})) for action in actions_list(table)]


class Worn(msgspec.Struct, frozen=True):
    """One technology ("" unknown). luminaires; aged: of known age; age_y: median age; kept: share of the first flux left
    (mean, p5, p95) over those of known age; remaining_y: median years of service left; overdue: past their service life."""

    technology: str
    luminaires: int
    aged: int
    age_y: float | None
    kept: Triple
    remaining_y: float | None
    overdue: int


class Ageing(msgspec.Struct, frozen=True):
    """years, due: renewals by year, the first year holding the backlog; ageless: luminaires of unknown age; failures,
    overdue, faded: (mean, p5, p95) of the diagnosis; technologies: the most numerous first."""

    luminaires: int
    ageless: int
    years: list[int]
    due: list[int]
    failures: Triple
    overdue: Triple
    faded: Triple
    technologies: list[Worn]


def ageing(view: View, ctx: Context, commune: str, moment: Moment = NOW) -> Ageing:
    """How worn the lighting of a commune is. Raises NotFoundError for a commune without luminaire."""
    bundle = bundle_of(view, commune, moment)
    return ageing_of(bundle, engine(FIELD).diagnose(bundle, ctx).groups, ctx)


def ageing_of(bundle: Bundle, groups: Groups, ctx: Context) -> Ageing:
    """How worn the lighting of a bundle is. groups: those of its diagnosis, already cut to it."""
    lights = bundle["luminaire"]
    due, years = backlog(lights, ctx.date.year), ages(lights, ctx.date.year).age_y
    technology, found = texts(lights, "lamp_technology"), worn(lights, ctx)
    rows = []
    for name in np.unique(technology.astype(str)):
        mine = technology == name
        aged = mine & np.isfinite(due.remaining_y)
        told = mine & (found.faded_origin != UNKNOWN)
        count = np.bincount(found.place[told], minlength=len(found.faded))
        rows.append(
            Worn(
                str(name), int(mine.sum()), int(aged.sum()), float(np.median(years[aged])) if aged.any() else None,
                summary(1 - count @ found.faded / told.sum()) if told.any() else NOTHING,
                float(np.median(due.remaining_y[aged])) if aged.any() else None,
                int((due.remaining_y[aged] <= 0).sum()),
            )
        )  # fmt: skip
    rows.sort(key=lambda one: -one.luminaires)
    failures, overdue, lost = (_total(groups, name) for name in (FAILURES, OVERDUE, FADED))
    return Ageing(lights.num_rows, due.unknown, due.years.tolist(), due.due.tolist(), failures, overdue, lost, rows)


def _total(groups: Groups, name: str) -> Triple:
    at = groups.names.index(name) if name in groups.names else -1
    if at < 0 or not groups.known[:, at].any():
        return NOTHING
    return summary(np.nan_to_num(groups.draws[:, at]).sum(axis=0))
