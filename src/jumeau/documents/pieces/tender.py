"""Papers for companies: the functional programme drawn from the needs, and the skeleton of the règlement."""

from collections.abc import Iterator

from jumeau.documents.blocks import Block, Bullets, Document, Heading, Paragraph
from jumeau.documents.numbers import day, month, number, share, with_unit
from jumeau.documents.pieces.dossier import Dossier, document, grounds, needs_table, shown_unit
from jumeau.model.need import THEMES
from jumeau.procurement import Procedure
from jumeau.rules.evaluate import compute, dated
from jumeau.rules.loader import rule
from jumeau.texts import t

TENDER_RULES = (
    "seuils_procedure", "calcul_besoin", "allotissement", "accord_cadre", "critere_environnemental", "conditions_sociales",
    "delais_procedure", "chiffre_affaires_minimal", "avance", "profil_acheteur", "decp",
)  # fmt: skip


def programme(dossier: Dossier) -> Document:
    """What is asked, by its results: no brand, the same words for every buyer."""
    return document(dossier, t("pieces.programme_titre"), dossier.subject_title, _programme(dossier))


def _programme(dossier: Dossier) -> Iterator[Block]:
    yield Paragraph(t("pieces.programme_phrase"), lead=True)
    yield Paragraph(t("pieces.programme_normes"))
    yield needs_table(dossier)
    for name in dossier.purchase.needs:
        need = dossier.needs.get(name)
        if need is None:
            yield Heading(name)
            yield Paragraph(t("pieces.programme_inconnu"))
            continue
        yield Heading(need.title)
        yield Paragraph(t("pieces.programme_unite", unit=shown_unit(need.unit), cpv=need.cpv or t("rapport.inconnu")))
        for theme in THEMES:
            asked = tuple(dict.fromkeys(r.text for r in need.requirements if r.theme == theme))
            if asked:
                yield Heading(t(f"pieces.theme_{theme}"), 3)
                yield Bullets(asked)
    decisions = ("niveaux", "variantes", "essais")
    said = [t(f"pieces.decider_{d}") for d in decisions]
    yield from grounds(dossier, ("critere_environnemental",), said, prices=False)


def reglement(dossier: Dossier) -> Document:
    """The skeleton of the consultation rules, with its environmental criterion."""
    return document(dossier, t("pieces.reglement_titre"), dossier.subject_title, _reglement(dossier))


def _reglement(dossier: Dossier) -> Iterator[Block]:
    sections: list[tuple[str, list[Block]]] = [
        ("acheteur", _buyer(dossier)),
        ("procedure", _procedure(dossier)),
        ("lots", _lots(dossier)),
        ("accord", _framework(dossier)),
        ("dossier", [Bullets(tuple(t(f"pieces.reglement_dossier_{x}") for x in ("rc", "ccap", "cctp", "bpu", "acte")))]),
        ("criteres", _criteria()),
        ("delais", _delays(dossier)),
        ("candidats", [Paragraph(t("pieces.reglement_candidats")), Paragraph(t("pieces.reglement_remise"))]),
        ("execution", [Paragraph(t("pieces.reglement_execution")), Paragraph(_advance(dossier))]),
        ("donnees", [Paragraph(t("pieces.reglement_donnees"))]),
        ("recours", [Paragraph(t("pieces.reglement_recours"))]),
    ]
    for i, (name, blocks) in enumerate((one for one in sections if one[1]), 1):
        yield Heading(f"{i}. {t(f'pieces.reglement_{name}_titre')}")
        yield from blocks
    decisions = ("ponderation", "lots", "clauses", "remise", "negociation", "estimation")
    yield from grounds(dossier, TENDER_RULES, [t(f"pieces.decider_{d}") for d in decisions], prices=False)


def _buyer(dossier: Dossier) -> list[Block]:
    if not dossier.grouped:
        return [Paragraph(t("pieces.reglement_acheteur_seul", name=dossier.leader))]
    said = t("pieces.reglement_acheteur", leader=dossier.leader, count=number(len(dossier.purchase.members)))
    members = " ; ".join(dossier.names[m.owner] for m in dossier.purchase.members)
    return [Paragraph(said), Paragraph(t("pieces.reglement_membres", members=members))]


def _procedure(dossier: Dossier) -> list[Block]:
    asked = dossier.pooling.together
    kind = t(f"pieces.procedure_{asked.kind}") if asked.kind else t("rapport.inconnu")
    publicity = t(f"pieces.publicite_{asked.publicity}") if asked.publicity else t("rapport.inconnu")
    words = {"kind": kind, "publicity": publicity, "amount": with_unit(asked.amount_eur, "€")}
    compared = with_unit(asked.compared_eur, "€")
    key = "pieces.reglement_besoin_maximum" if dossier.framework else "pieces.reglement_besoin"
    out: list[Block] = [Paragraph(t(key, compared=compared, **words)), Paragraph(t("pieces.reglement_procedure", **words))]
    if not asked.sure:
        out.append(Paragraph(t("pieces.reglement_seuil")))
    return out


def _lots(dossier: Dossier) -> list[Block]:
    lots = []
    for i, name in enumerate(dossier.purchase.needs, 1):
        need = dossier.needs.get(name)
        title = need.title if need else name
        lots.append(t("pieces.reglement_lot", number=i, title=title, cpv=(need.cpv if need else "") or t("rapport.inconnu")))
    return [Bullets(tuple(lots)), Paragraph(t("pieces.reglement_lots"))]


def _framework(dossier: Dossier) -> list[Block]:
    if not dossier.framework:
        return []
    years = dossier.purchase.years
    most = dossier.euros(sum(m.high_cents for m in dossier.purchase.members))
    said = t("pieces.un_an") if years == 1 else t("pieces.ans", count=years)
    return [Paragraph(t("pieces.reglement_accord", years=said, most=most))]


def _criteria() -> list[Block]:
    yielded = tuple(t(f"pieces.critere_{c}") for c in ("cout", "technique", "environnement"))
    return [Bullets(yielded), Paragraph(t("pieces.reglement_criteres"))]


def _delays(dossier: Dossier) -> list[Block]:
    asked: Procedure = dossier.pooling.together
    out: list[Block] = []
    if asked.days is not None:
        key = f"pieces.reglement_delais_{asked.kind}"
        out.append(Paragraph(t(key, days=number(asked.days), standstill=number(asked.standstill_days))))
    if dossier.calendar is not None:
        found = dossier.calendar
        start = month(found.prudent) if found.from_today else day(found.works_on)
        out.append(Paragraph(t("pieces.reglement_travaux", start=start)))
    return out


def _advance(dossier: Dossier) -> str:
    law = rule("avance")
    amount, months = (dated(law, name, dossier.date) for name in ("amount", "months"))
    least = compute(law, "minimum_share", {"supplier_sme": False, "operating_expenditure_eur": 0.0}, dossier.date)
    if amount is None or months is None or least is None:
        return t("pieces.reglement_avance_inconnue")
    return t(
        "pieces.reglement_avance",
        amount=with_unit(amount.value, "€"),
        months=number(months.value),
        least=share(float(least)),
    )
