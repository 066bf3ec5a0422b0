"""The draft schéma directeur d'aménagement lumière of a commune, from what the twin holds."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow.compute as pc

from jumeau.documents.context import Range
from jumeau.documents.lighting import lighting_plan
from jumeau.documents.lighting_context import LightingPlan, MoneyLine, NeedLine, RuleLine, Trials, WorkLine, YearLine
from jumeau.documents.render import print_html, print_pdf
from jumeau.documents.word import print_word
from jumeau.engines.groups import summary
from jumeau.engines.lighting.ageing import backlog
from jumeau.engines.lighting.cabinets import Sheets
from jumeau.engines.lighting.checks import oddities
from jumeau.engines.lighting.diagnose import COST, ENERGY, FADED, FAILURES, UPWARD
from jumeau.engines.lighting.law import law
from jumeau.engines.lighting.levels import Level
from jumeau.engines.lighting.options import LOCAL
from jumeau.engines.lighting.whatif import Choice, try_calendar
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.tables import texts
from jumeau.funding import Financing
from jumeau.invest.programme import Programme
from jumeau.model.territory import referential
from jumeau.rules.many import NO, UNKNOWN, YES
from jumeau.sharing.view import View
from jumeau.texts import t
from jumeau.twin.financing import section
from jumeau.twin.light_points import places
from jumeau.twin.lighting import FIELD, bundle_of, cabinets
from jumeau.twin.lighting_works import Work, works_of
from jumeau.twin.registry import engine
from jumeau.twin.skies import alone

SHOWN, STEP_Y, NEEDS = 15, 5, 12
DOTS, TALLEST = 3000, 0.5


class Holder(Protocol):
    """What a draft needs of a twin."""

    @property
    def view(self) -> View:
        """What the actor may see."""

    def context(self) -> Context:
        """The context of a computation."""

    def territory(self) -> dict[str, Any]:
        """Its name, and whether it is synthetic."""

    def programme(self) -> Programme | None:
        """The latest programme."""

    def financing(self) -> Financing | None:
        """Who pays for it."""


def write_lighting_plan(twin: Holder, commune: str, folder: Path) -> dict[str, Path]:
    """Write the draft of a commune as PDF/UA, HTML and DOCX in `folder`; gives their paths by kind.

    Raises NotFoundError when the commune has no luminaire in this twin.
    """
    document = lighting_plan(plan_of(twin, commune))
    on = twin.context().date
    return {
        "pdf": print_pdf([document], folder / f"sdal-{commune}.pdf", on),
        "html": print_html([document], folder / f"sdal-{commune}.html"),
        "docx": print_word(document, folder / f"sdal-{commune}.docx", on),
    }


def plan_of(twin: Holder, commune: str) -> LightingPlan:
    """What the draft says."""
    bundle = bundle_of(twin.view, commune)
    ctx = twin.context()
    found, lights = engine(FIELD).diagnose(bundle, ctx), bundle["luminaire"]
    place, known = twin.territory(), referential()
    due, sheets = backlog(lights, ctx.date.year), cabinets(twin.view, ctx, commune)
    rules, needs = _law(bundle, ctx)
    years, money = _programme(twin, commune)
    done = works_of(bundle, ctx, found)
    return LightingPlan(
        place=known.commune(commune).nom if known.knows(commune) else commune, territory=str(place["name"]),
        synthetic=bool(place["synthetic"]), date=ctx.date, luminaires=lights.num_rows, kinds=_kinds(bundle),
        classes=tuple(sorted(Counter(str(x) for x in texts(lights, "road_class") if x).items())),
        energy=_range(found, ENERGY), cost=_range(found, COST), failures=_range(found, FAILURES),
        upward=_range(found, UPWARD), alone=int(alone(places(lights)).sum()),
        known=float(found.groups.shares[0, found.groups.names.index(ENERGY), :2].sum()),
        due=_due(due.years.tolist(), due.due.tolist()), ageless=due.unknown, oddities=tuple(x.text for x in oddities(bundle)),
        trials=_trials(bundle, ctx), cabinets=_stories(sheets), contract=_contracts(sheets),
        works=_works(done), verdicts=_verdicts(done), faded=_range(found, FADED),
        years=years, money=money, rules=rules, needs=needs,
        sources=_sources(twin), dots=_dots(bundle),
    )  # fmt: skip


def _range(found: Diagnosis, name: str) -> Range:
    return Range(*summary(found.groups.draws[0, found.groups.names.index(name)]))


def _kinds(bundle: Bundle) -> tuple[tuple[str, int, int], ...]:
    lights = bundle["luminaire"]
    names = texts(lights, "lamp_technology").astype(str)
    powered = np.asarray(pc.or_(pc.is_valid(lights["lamp_power_w"]), pc.is_valid(lights["system_power_w"])))
    count = Counter(names.tolist())
    return tuple(
        (t(f"sdal.lampe_{name or 'inconnue'}"), n, int(powered[names == name].sum())) for name, n in count.most_common()
    )


def _dots(bundle: Bundle) -> tuple[tuple[float, float, int], ...]:
    """At most DOTS luminaires on a plane one wide, spread over the list, with the rank of their technology."""
    lights = bundle["luminaire"]
    xy, names = places(lights), texts(lights, "lamp_technology").astype(str)
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if len(known) < 2:
        return ()
    low, high = (np.quantile(xy[known], q, axis=0) for q in (0.002, 0.998))
    side = float(max(high[0] - low[0], (high[1] - low[1]) / TALLEST, 1.0))
    near = known[((xy[known] >= low) & (xy[known] <= high)).all(axis=1)]
    rank = {name: k for k, (name, _) in enumerate(Counter(names.tolist()).most_common())}
    kept = near[:: -(-len(near) // DOTS)] if len(near) else near
    plane = ((xy[kept] - low) / side).round(4).tolist()
    return tuple((x, y, rank[n]) for (x, y), n in zip(plane, names[kept], strict=True))


def _due(years: list[int], due: list[int]) -> tuple[tuple[str, int], ...]:
    out = [(t("sdal.en_retard"), due[0])]
    for first in range(1, len(years), STEP_Y):
        part = slice(first, first + STEP_Y)
        out.append((t("sdal.periode", first=years[part][0], last=years[part][-1]), sum(due[part])))
    return tuple((name, count) for name, count in out if count)


def _trials(bundle: Bundle, ctx: Context) -> Trials:
    choices = {
        "coupure": Choice(off_from_h=23, off_to_h=5), "desserte": Choice(off_from_h=23, off_to_h=5, road_classes=LOCAL),
        "abaissement": Choice(off_from_h=23, off_to_h=5, ratio=0.5),
    }  # fmt: skip
    out = []
    for name, choice in choices.items():
        trial = try_calendar(bundle, choice, ctx)
        if trial.selected:
            light = _light(trial.levels, choice.ratio)
            out.append((t(f"sdal.calendrier_{name}"), Range(*trial.effect[ENERGY]), Range(*trial.effect[COST]), light))
    return tuple(out)


def _light(levels: list[Level], ratio: float) -> str:
    """The classes of the darkest step, in words."""
    if ratio == 0:
        return t("sdal.lumiere_eteinte")
    held: Counter[str] = Counter()
    for level in levels:
        if level.power_ratio == ratio:
            held.update({f"{level.road_class} → {name or t('sdal.lumiere_aucune')}": n for name, n in level.classes.items()})
    if not held:
        return t("sdal.lumiere_inconnue")
    return ", ".join(f"{name} ({count})" for name, count in held.most_common(4))


def _stories(found: Sheets) -> tuple[tuple[str, int, Range], ...]:
    count = Counter(s.story for s in found.sheets if s.story)
    waste: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for sheet in found.sheets:
        for k, value in enumerate(sheet.waste_kwh or ()):
            waste[sheet.story][k] += value
    return tuple((t(f"eclairage.histoire_{name}"), n, Range(*waste[name]) if name in waste else Range()) for name, n in
                 count.most_common())  # fmt: skip


def _contracts(found: Sheets) -> tuple[int, int, Range]:
    """Contracts that are known, those that another would better, and what changing them would save a year [€]."""
    known = [s for s in found.sheets if s.saving_eur is not None]
    unlike = [s for s in known if (s.option, s.subscribed_kva) != (s.advised_option, s.advised_kva)]
    low, mid, high = (sum(s.saving_eur[k] for s in unlike if s.saving_eur) for k in range(3))
    return len(known), len(unlike), Range(mid, low, high)


def _law(bundle: Bundle, ctx: Context) -> tuple[tuple[RuleLine, ...], tuple[NeedLine, ...]]:
    """Each rule with the luminaires that meet it, do not, and cannot be judged; and what to measure first."""
    judged = law(bundle["luminaire"], ctx.date)
    met, broken, unknown = ((judged.states == state).sum(axis=0).tolist() for state in (YES, NO, UNKNOWN))
    rows = zip(judged.points, met, broken, unknown, strict=True)
    rules = tuple(RuleLine(p.title, a, b, c, p.reference, p.apart) for p, a, b, c in rows if a + b + c)
    return rules, tuple(NeedLine(n.title, n.alone, n.involved) for n in judged.needs[:NEEDS])


def _works(found: list[Work]) -> tuple[WorkLine, ...]:
    """The works by kind, those that save most energy first. Parts of one kind touch different luminaires: they add up; their
    intervals are added too, which is wide rather than narrow."""
    kinds: dict[str, list[Work]] = defaultdict(list)
    for work in found:
        kinds[work.action.kind].append(work)
    rows = []
    for kind, works in kinds.items():
        rows.append(
            WorkLine(
                _title(kind, works), len(works), sum(w.action.quantity for w in works), works[0].action.unit,
                _sum((w.action.cost_eur, w.action.cost_eur_low, w.action.cost_eur_high) for w in works),
                *(_sum(w.effects[n] for w in works) if all(n in w.effects for w in works) else None for n in (ENERGY, COST)),
            )
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: 0.0 if row.energy is None else row.energy.value or 0.0)[:SHOWN])


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


def _title(kind: str, works: list[Work]) -> str:
    """The title of a kind: that of its only action, else its name in words."""
    return works[0].action.title if len(works) == 1 else t(f"sdal.travaux_{kind}")


def _sum(triples: Iterable[tuple[float | None, float | None, float | None]]) -> Range:
    """Sum of ranges, bounds with bounds; unknown as soon as one is."""
    low: float | None
    columns = list(zip(*triples, strict=True))
    mid, low, high = (None if any(x is None for x in c) else float(sum(x for x in c if x is not None)) for c in columns)
    return Range(mid, low, high)


def _programme(twin: Holder, commune: str) -> tuple[tuple[YearLine, ...], tuple[MoneyLine, ...]]:
    """The works of the commune in the latest programme, year by year, and who pays for them; nothing without one."""
    programme, financing = twin.programme(), twin.financing()
    owner = f"commune:{commune}"
    if programme is None:
        return (), ()
    years: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in programme.chosen.to_pylist():
        if row["field"] == FIELD and row["owner"] == owner:
            years[int(row["year"])].append(row)
    lines = tuple(
        YearLine(year, _said(rows), _sum((r["cost_eur"], r["cost_eur_low"], r["cost_eur_high"]) for r in rows))
        for year, rows in sorted(years.items())
    )
    plans = [] if financing is None else [x.plan for x in financing.actions if x.field == FIELD and x.owner == owner]
    paid = section(plans, [FIELD])
    return lines, () if paid is None else tuple(MoneyLine(x.label, x.payer, x.low, x.mid, x.high) for x in paid.lines)


def _said(rows: list[dict[str, Any]]) -> str:
    """The works of a year in words, several of one kind together."""
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        kinds[str(row["kind"])].append(row)
    return " ; ".join(
        str(mine[0]["title"]) if len(mine) == 1
        else t("sdal.travaux_plusieurs", title=t(f"sdal.travaux_{kind}"), count=len(mine),
               quantity=f"{sum(r['quantity'] for r in mine):.0f}", unit=mine[0]["unit"])
        for kind, mine in kinds.items()
    )  # fmt: skip


def _sources(twin: Holder) -> tuple[tuple[str, str, str], ...]:
    """Sources of the layers of the lighting: title, licence, vintage."""
    view, known = twin.view, twin.view.sources()
    layers = [layer for layer in engine(FIELD).reads if layer in view.layers()]
    wanted = {
        name for c in view.commits() for layer in layers if layer in c.layers for name in view.layer_sources(layer, c.id)
    }
    return tuple((s.title, s.licence, s.vintage) for name, s in sorted(known.items()) if name in wanted)
