"""Papers for companies: the functional programme drawn from the needs, and the skeleton of the règlement."""

from collections.abc import Iterator

from jumeau.documents.blocks import Block, Bullets, Document, Heading, Paragraph
from jumeau.documents.numbers import day, number, with_unit
from jumeau.documents.pieces.dossier import Dossier, document, grounds, needs_table
from jumeau.model.need import THEMES
from jumeau.texts import t

TENDER_RULES = (
    "seuils_procedure", "allotissement", "critere_environnemental", "conditions_sociales", "delais_procedure",
    "chiffre_affaires_minimal", "avance", "profil_acheteur", "decp",
)  # fmt: skip


def programme(dossier: Dossier) -> Document:
    """What is asked, by its results: no brand, the same words for every buyer."""
    return document(dossier, t("pieces.programme_titre"), dossier.subject, _programme(dossier))


def _programme(dossier: Dossier) -> Iterator[Block]:
    yield Paragraph(t("pieces.programme_phrase"), lead=True)
    yield needs_table(dossier)
    for name in dossier.purchase.needs:
        need = dossier.needs.get(name)
        if need is None:
            yield Heading(name)
            yield Paragraph(t("pieces.programme_inconnu"))
            continue
        yield Heading(need.title)
        yield Paragraph(t("pieces.programme_unite", unit=need.unit, cpv=need.cpv or t("rapport.inconnu")))
        for theme in THEMES:
            asked = tuple(dict.fromkeys(r.text for r in need.requirements if r.theme == theme))
            if asked:
                yield Heading(t(f"pieces.theme_{theme}"), 3)
                yield Bullets(asked)
    decisions = ("niveaux", "variantes", "essais")
    yield from grounds(dossier, ("critere_environnemental",), [t(f"pieces.decider_{d}") for d in decisions])


def reglement(dossier: Dossier) -> Document:
    """The skeleton of the consultation rules, with its environmental criterion."""
    return document(dossier, t("pieces.reglement_titre"), dossier.subject, _reglement(dossier))


def _reglement(dossier: Dossier) -> Iterator[Block]:
    asked = dossier.pooling.together
    kind = t(f"pieces.procedure_{asked.kind}") if asked.kind else t("rapport.inconnu")
    publicity = t(f"pieces.publicite_{asked.publicity}") if asked.publicity else t("rapport.inconnu")
    yield Heading(t("pieces.reglement_acheteur_titre"))
    yield Paragraph(t("pieces.reglement_acheteur", leader=dossier.leader, count=len(dossier.purchase.members)))
    yield Heading(t("pieces.reglement_procedure_titre"))
    yield Paragraph(t("pieces.reglement_procedure", kind=kind, publicity=publicity, amount=with_unit(asked.amount_eur, "€")))
    if not asked.sure:
        yield Paragraph(t("pieces.reglement_seuil"))
    yield Heading(t("pieces.reglement_lots_titre"))
    yield Bullets(tuple(t("pieces.reglement_lot", number=i, title=x) for i, x in enumerate(dossier.need_titles, 1)))
    yield Paragraph(t("pieces.reglement_lots"))
    if dossier.purchase.years > 1 or len(dossier.purchase.members) > 1:
        most = sum(m.high_cents for m in dossier.purchase.members)
        yield Heading(t("pieces.reglement_accord_titre"))
        yield Paragraph(t("pieces.reglement_accord", years=number(dossier.purchase.years), most=dossier.euros(most)))
    yield Heading(t("pieces.reglement_criteres_titre"))
    yield Bullets(tuple(t(f"pieces.critere_{c}") for c in ("cout", "technique", "environnement")))
    yield Heading(t("pieces.reglement_delais_titre"))
    if asked.days is not None:
        yield Paragraph(t("pieces.reglement_delais", days=number(asked.days), standstill=number(asked.standstill_days)))
    if dossier.calendar is not None:
        yield Paragraph(t("pieces.reglement_travaux", day=day(dossier.calendar.works_on)))
    for name in ("candidats", "execution", "donnees"):
        yield Heading(t(f"pieces.reglement_{name}_titre"))
        yield Paragraph(t(f"pieces.reglement_{name}"))
    decisions = ("ponderation", "lots", "clauses", "remise")
    yield from grounds(dossier, TENDER_RULES, [t(f"pieces.decider_{d}") for d in decisions])
