"""The draft schéma directeur d'aménagement lumière of a commune, from what the twin holds."""

from collections import Counter
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.compute as pc

from jumeau.documents.context import Range
from jumeau.documents.lighting import LightingPlan, Numbers, lighting_plan
from jumeau.documents.render import print_pdf
from jumeau.documents.word import print_word
from jumeau.engines.groups import summary
from jumeau.engines.lighting.ageing import backlog
from jumeau.engines.lighting.cabinets import Sheets
from jumeau.engines.lighting.checks import oddities
from jumeau.engines.lighting.diagnose import COST, ENERGY, FADED, FAILURES
from jumeau.engines.lighting.law import law
from jumeau.engines.lighting.options import LOCAL
from jumeau.engines.lighting.whatif import Choice, try_calendar
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.tables import texts
from jumeau.model.territory import referential
from jumeau.rules.many import NO, UNKNOWN, YES
from jumeau.texts import t
from jumeau.twin.core import Twin
from jumeau.twin.lighting import FIELD, bundle_of, cabinets
from jumeau.twin.lighting_works import Work, works_of
from jumeau.twin.registry import engine

PLAN_DRAWS, SHOWN, STEP_Y = 128, 15, 5


def write_lighting_plan(twin: Twin, commune: str, folder: Path) -> dict[str, Path]:
    """Write the draft of a commune as PDF/UA and DOCX in `folder`; gives their paths by kind.

    Raises NotFoundError when the commune has no luminaire in this twin.
    """
    document = lighting_plan(plan_of(twin, commune))
    on = twin.context().date
    return {
        "pdf": print_pdf([document], folder / f"sdal-{commune}.pdf", on),
        "docx": print_word(document, folder / f"sdal-{commune}.docx", on),
    }


def plan_of(twin: Twin, commune: str) -> LightingPlan:
    """What the draft says."""
    bundle = bundle_of(twin.view, commune)
    ctx = msgspec.structs.replace(twin.context(), draws=PLAN_DRAWS)
    found, lights = engine(FIELD).diagnose(bundle, ctx), bundle["luminaire"]
    place, known = twin.territory(), referential()
    due = backlog(lights, ctx.date.year)
    (rules, needs), done = _law(bundle, ctx), works_of(bundle, ctx, found)
    return LightingPlan(
        place=known.commune(commune).nom if known.knows(commune) else commune, territory=str(place["name"]),
        synthetic=bool(place["synthetic"]), date=ctx.date, luminaires=lights.num_rows, kinds=_kinds(bundle),
        classes=tuple(sorted(Counter(str(x) for x in texts(lights, "road_class") if x).items())),
        energy=_range(found, ENERGY), cost=_range(found, COST), failures=_range(found, FAILURES),
        known=float(found.groups.shares[0, found.groups.names.index(ENERGY), :2].sum()),
        due=_due(due.years.tolist(), due.due.tolist()), ageless=due.unknown, oddities=tuple(x.text for x in oddities(bundle)),
        trials=_trials(bundle, ctx), cabinets=_stories(cabinets(twin.view, ctx, commune)),
        actions=_actions(done), verdicts=_verdicts(done), faded=_range(found, FADED), rules=rules, needs=needs,
    )  # fmt: skip


def _range(found: Diagnosis, name: str) -> Range:
    return Range(*summary(found.groups.draws[0, found.groups.names.index(name)]))


def _kinds(bundle: Bundle) -> tuple[tuple[str, int, int], ...]:
    lights = bundle["luminaire"]
    names = texts(lights, "lamp_technology").astype(str)
    powered = np.asarray(pc.or_(pc.is_valid(lights["lamp_power_w"]), pc.is_valid(lights["system_power_w"])))
    count = Counter(names.tolist())
    return tuple(
        (name.upper() if name else t("sdal.sans_technologie"), n, int(powered[names == name].sum()))
        for name, n in count.most_common()
    )


def _due(years: list[int], due: list[int]) -> tuple[tuple[str, int], ...]:
    out = [(t("sdal.en_retard"), due[0])]
    for first in range(1, len(years), STEP_Y):
        part = slice(first, first + STEP_Y)
        out.append((t("sdal.periode", first=years[part][0], last=years[part][-1]), sum(due[part])))
    return tuple((name, count) for name, count in out if count)


def _trials(bundle: Bundle, ctx: Context) -> Numbers:
    choices = {
        "coupure": Choice(off_from_h=23, off_to_h=5), "desserte": Choice(off_from_h=23, off_to_h=5, road_classes=LOCAL),
        "abaissement": Choice(off_from_h=23, off_to_h=5, ratio=0.5),
    }  # fmt: skip
    out = []
    for name, choice in choices.items():
        trial = try_calendar(bundle, choice, ctx)
        if trial.selected:
            out.append((t(f"sdal.calendrier_{name}"), Range(*trial.effect[ENERGY]), Range(*trial.effect[COST])))
    return tuple(out)


def _stories(found: Sheets) -> tuple[tuple[str, int], ...]:
    count = Counter(s.story for s in found.sheets if s.story)
    return tuple((t(f"eclairage.histoire_{name}"), n) for name, n in count.most_common())


def _law(bundle: Bundle, ctx: Context) -> tuple[tuple[tuple[str, int, int, int], ...], tuple[str, ...]]:
    """Each rule with the luminaires that meet it, do not, and cannot be judged; and what to measure first."""
    judged = law(bundle["luminaire"], ctx.date)
    met, broken, unknown = ((judged.states == state).sum(axis=0).tolist() for state in (YES, NO, UNKNOWN))
    rules = tuple(zip((p.title for p in judged.points), met, broken, unknown, strict=True))
    return tuple(row for row in rules if sum(row[1:])), tuple(need.title for need in judged.needs[:6])


def _actions(done: list[Work]) -> Numbers:
    """The actions that save most energy, each alone, then those without an effect of their own."""
    rows = []
    for work in done:
        a = work.action
        energy = Range(*work.effects[ENERGY]) if ENERGY in work.effects else None
        rows.append((a.title, Range(a.cost_eur, a.cost_eur_low, a.cost_eur_high), energy))

    def rank(row: tuple[str, Range, Range | None]) -> float:
        return 0.0 if row[2] is None or row[2].value is None else row[2].value

    return tuple(sorted(rows, key=rank)[:SHOWN])


def _verdicts(done: list[Work]) -> tuple[tuple[str, str, int], ...]:
    """What the photometric check says of the relampings: those of one state together, with the commonest reason, those that
    could be tried apart from those that could not."""
    out = []
    kinds = Counter((w.action.verdict, w.action.verdict_share is not None) for w in done if w.action.verdict)
    for (state, tried), count in kinds.most_common():
        mine = [w.action for w in done if (w.action.verdict, w.action.verdict_share is not None) == (state, tried)]
        why = Counter(a.verdict_why or "" for a in mine).most_common(1)[0][0]
        shares = [a.verdict_share or 0.0 for a in mine] if tried else []
        if len(set(shares)) > 1:
            low, high = (f"{100 * x:.0f}" for x in (min(shares), max(shares)))
            why = t("sdal.verdict_plage", low=low, high=high, why=why)
        out.append((t(f"eclairage.verdict_{state}"), why, count))
    return tuple(out)
