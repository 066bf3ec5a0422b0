"""Papers for councils: a note to the elected officials, a délibération."""

from collections.abc import Iterator

from jumeau.documents.blocks import Block, Bullets, Document, Figure, Figures, Heading, Paragraph, Table
from jumeau.documents.context import Range
from jumeau.documents.numbers import day, month, number, with_unit
from jumeau.documents.pieces.dossier import Dossier, between, document, grounds, needs_table
from jumeau.documents.pieces.money import resources_table
from jumeau.documents.programme import table_columns
from jumeau.funding import PlanDeFinancement, share_of
from jumeau.texts import t

RULES = ("seuils_procedure", "critere_environnemental", "participation_minimale", "fctva")
TOGETHER = "groupement_commandes"
LISTED = 12
"""Titles of actions a note lists; beyond, the quantities say more."""
ASSEMBLIES = ("commune", "epci", "syndicat", "departement")


def _rules(dossier: Dossier) -> tuple[str, ...]:
    return (*RULES[:1], TOGETHER, *RULES[1:]) if dossier.grouped else RULES


def note(dossier: Dossier, owner: str) -> Document:
    """One page for the elected officials of a member: what, how much, what is left to pay, why now."""
    name = dossier.names[owner]
    return document(dossier, t("pieces.note_titre"), f"{name} : {dossier.subject}", _note(dossier, owner))


def _note(dossier: Dossier, owner: str) -> Iterator[Block]:
    yield _figures(dossier, owner)
    yield Heading(t("pieces.note_quoi"))
    titles = dossier.titles.get(owner, ())
    if len(titles) <= LISTED:
        yield Bullets(titles)
    else:
        yield Paragraph(t("pieces.note_nombre", count=number(len(titles)), years=dossier.years(owner)))
        yield needs_table(dossier, owner)
    effects = dossier.effects.get(owner, ())
    if effects:
        yield Heading(t("pieces.note_effets"))
        yield Bullets(tuple(f"{x.title} : {with_unit(x.value, x.unit, x.decimals)}" for x in effects))
        yield Paragraph(t("pieces.note_effets_note"))
    yield from _ahead(dossier, owner)
    yield Heading(t("pieces.note_pourquoi" if dossier.grouped else "pieces.note_pourquoi_seul"))
    yield Paragraph(_why(dossier, owner))
    if dossier.calendar is not None:
        yield _calendar(dossier)
    decisions = ["participer"] if dossier.grouped else ["lancer"]
    yield from grounds(dossier, _rules(dossier), [t(f"pieces.decider_{d}") for d in (*decisions, "budget", "dates")], owner)


def _figures(dossier: Dossier, owner: str) -> Figures:
    member = dossier.member(owner)
    cost = Range(member.cents / 100, member.low_cents / 100, member.high_cents / 100)
    figures = [Figure(t("pieces.cout"), dossier.euros(member.cents), between(cost))]
    plan = dossier.plans.get(owner)
    if plan is not None:
        low, mid, high = share_of(plan, "own", "loan")
        left = Range(mid / 100, min(low, mid, high) / 100, max(low, mid, high) / 100)
        detail = between(left) if left.low != left.high else t("sorties.fiche_reste_seul")
        figures.append(Figure(t("pieces.reste"), dossier.euros(mid), detail))
    return Figures((*figures, Figure(t("pieces.actions"), number(member.actions), dossier.years(owner))))


def _ahead(dossier: Dossier, owner: str) -> Iterator[Block]:
    """The most the owner is out of pocket, when grants or tax come back later."""
    years = dossier.cash.get(owner, ())
    worst = max(years, key=lambda one: one.treasury, default=None)
    if worst is not None and worst.treasury > years[-1].treasury:
        yield Paragraph(t("pieces.note_avance", most=dossier.euros(worst.treasury), year=worst.year))


def _why(dossier: Dossier, owner: str) -> str:
    others = len(dossier.purchase.members) - 1
    together = dossier.pooling.together.kind
    said = [t("pieces.note_ensemble", count=others) if others else t("pieces.note_seul")]
    if others:
        saved = sum(dossier.payments.get(owner, (0.0, 0.0))[i] * (1, -1)[i] for i in (0, 1))
        said.append(t("pieces.note_gain", saved=with_unit(saved, "€")) if saved >= 1 else t("pieces.note_sans_gain"))
    if owner in dossier.pooling.heavier and together:
        alone = dossier.pooling.alone[owner].kind
        said.append(
            t(
                "pieces.note_procedure",
                alone=t(f"pieces.procedure_{alone}"),
                together=t(f"pieces.procedure_{together}"),
                low=number(dossier.pooling.months_low),
                high=number(dossier.pooling.months_high),
            )
        )
    found = dossier.calendar
    if found is not None:
        key = "retard" if found.late else "presse" if found.from_today else "debut"
        days = {"day": found.starts_on, "latest": found.at_latest, "works": found.works_on}
        months = {"soonest": month(found.soonest), "prudent": month(found.prudent)}
        said.append(t(f"pieces.note_{key}", **{name: day(when) for name, when in days.items()}, **months))
    return " ".join(said)


def _calendar(dossier: Dossier) -> Table:
    assert dossier.calendar is not None
    rows = tuple(
        (t(f"pieces.etape_{s.name}"), day(s.starts_on), day(s.ends_on), t("pieces.mois", count=number(s.months)))
        for s in dossier.calendar.steps
    )
    columns = table_columns("pieces.calendrier_colonnes", (2.6, 1.4, 1.4, 0.8), "lllr")
    if dossier.calendar.from_today:
        title = t("pieces.calendrier_aujourdhui", day=day(dossier.date), month=month(dossier.calendar.prudent))
    else:
        title = t("pieces.calendrier", day=day(dossier.calendar.works_on))
    return Table(title, columns, rows, t("pieces.calendrier_note"))


def deliberation(dossier: Dossier, owner: str) -> Document:
    """The draft of a council's decision to join and to pay."""
    subtitle = f"{dossier.names[owner]} : {dossier.subject}"
    return document(dossier, t("pieces.deliberation_titre"), subtitle, _deliberation(dossier, owner))


def _deliberation(dossier: Dossier, owner: str) -> Iterator[Block]:
    yield Paragraph(t("pieces.deliberation_seance"))
    for key in _seen(dossier, owner):
        yield Paragraph(t(key, date=day(dossier.date), commit=dossier.commit))
    considered = {"subject": dossier.subject, "cost": dossier.euros(dossier.member(owner).cents)}
    yield Paragraph(t("pieces.considerant_besoin", **considered))
    if dossier.grouped:
        yield Paragraph(t("pieces.considerant_groupement", count=len(dossier.purchase.members)))
    yield Paragraph(t("pieces.decide"), lead=True)
    for i, text in enumerate(_articles(dossier, owner), 1):
        yield Paragraph(t("pieces.article", number=i, text=text))
    yield needs_table(dossier, owner)
    plan = dossier.plans.get(owner)
    if plan is not None:
        yield resources_table(plan, dossier.names[owner])
    for key in ("vote", "executoire", "recours"):
        yield Paragraph(t(f"pieces.deliberation_{key}"))
    decisions = ["assemblee", "articles", "signataire", "credits", "scenario"]
    if plan is not None and _asked(plan)[1]:
        decisions.append("aides")
    yield from grounds(dossier, _rules(dossier), [t(f"pieces.decider_{d}") for d in decisions], owner)


def _seen(dossier: Dossier, owner: str) -> Iterator[str]:
    kind = owner.partition(":")[0]
    yield f"pieces.vu_cgct_{kind if kind in ASSEMBLIES else 'autre'}"
    procedure = dossier.pooling.together.kind
    yield f"pieces.vu_ccp_{procedure}" if procedure else "pieces.vu_ccp"
    if dossier.framework:
        yield "pieces.vu_accord_cadre"
    if dossier.grouped:
        yield "pieces.vu_groupement"
    yield "pieces.vu_diagnostic"


def _articles(dossier: Dossier, owner: str) -> Iterator[str]:
    cost = dossier.euros(dossier.member(owner).cents)
    if dossier.grouped:
        yield t("pieces.article_groupement", leader=dossier.leader)
    yield t("pieces.article_programme", cost=cost, years=dossier.years(owner))
    procedure = dossier.pooling.together.kind
    if procedure and not dossier.grouped:
        yield t("pieces.article_consultation", kind=t(f"pieces.procedure_{procedure}"))
    plan = dossier.plans.get(owner)
    if plan is not None:
        low, mid, high = share_of(plan, "own", "loan")
        most = max(low, mid, high)
        key = "pieces.article_financement" if most != mid else "pieces.article_financement_seul"
        yield t(key, own=dossier.euros(mid), most=dossier.euros(most))
        counted, unsure = _asked(plan)
        if counted or unsure:
            doubtful = [t("pieces.article_aides_a_verifier", aids=" ; ".join(unsure))] if unsure else []
            yield t("pieces.article_aides", aids=" ; ".join([*counted, *doubtful]))
    yield t("pieces.article_signature" if dossier.grouped else "pieces.article_signature_seul")
    yield t("pieces.article_donnees")


def _asked(plan: PlanDeFinancement) -> tuple[list[str], list[str]]:
    """Names of the aids a council asks for: those counted, and those that a person keeps or strikes out."""
    counted = list(dict.fromkeys(line.label for line in plan.mid.lines if line.kind in ("aid", "certificate")))
    unsure = dict.fromkeys(e.title for e in plan.to_confirm if e.kind != "refund" and e.title not in counted)
    return counted, list(unsure)
