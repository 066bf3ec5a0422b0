"""The papers of a purchase: accessible PDF, editable Word on a letterhead, a bordereau that adds up by formulas."""

from datetime import date
from pathlib import Path

import msgspec
import pytest
from tests.funding.test_plan import aid
from tests.procurement.sample import bought, line

from jumeau.documents.blocks import Bullets, Document, Figures, Paragraph, Table
from jumeau.documents.pieces import (
    Dossier,
    PriceUsed,
    convention,
    deliberation,
    grant_request,
    note,
    plan,
    programme,
    reglement,
    write_bordereau,
)
from jumeau.documents.pieces.dossier import shown_quantity
from jumeau.documents.render import print_pdf
from jumeau.documents.word import print_word
from jumeau.errors import InputError
from jumeau.funding import Eligibility, plan_de_financement
from jumeau.model.need import needs
from jumeau.procurement import calendar, legal_forms, pooling
from jumeau.rules.evaluate import Reason
from jumeau.rules.loader import rule

DAY = date(2026, 11, 25)
FACTS = {"owner_type": "commune", "vat_regime": "fctva", "expense_kind": "immobilisation", "third_party_asset": False}


def dossier(**changes: object) -> Dossier:
    purchase = bought()["eclairage_public-2027"]
    together = pooling(purchase, DAY)
    money = {
        m.owner: plan_de_financement(m.cents, 0.2, [aid("detr", 100_000, 200_000, 300_000)], facts=FACTS, on=DAY)
        for m in purchase.members
    }
    fields: dict[str, object] = {
        "territory": "Hérault",
        "date": DAY,
        "actor": "Léa",
        "commit": 7,
        "synthetic": False,
        "purchase": purchase,
        "needs": needs(),
        "names": {m.owner: f"Commune n° {i}" for i, m in enumerate(purchase.members, 1)},
        "titles": {m.owner: ("Relanternage de la rue Basse (2027)",) for m in purchase.members},
        "pooling": together,
        "calendar": calendar(together.together, 3, date(2027, 9, 1), DAY),
        "forms": tuple(legal_forms(purchase, needs(), DAY)),
        "plans": money,
    }
    return Dossier(**(fields | changes))  # type: ignore[arg-type]


def text(document: Document) -> str:
    out = [document.title, document.subtitle]
    for block in document.blocks:
        if isinstance(block, Table):
            out += [block.caption, *(cell for row in block.rows for cell in row)]
        elif isinstance(block, Bullets):
            out += block.items
        elif isinstance(block, Figures):
            out += [f"{x.label} {x.value} {x.detail}" for x in block.items]
        elif isinstance(block, Paragraph):
            out.append(block.text)
    return " ".join(out).replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'")


def every(made: Dossier) -> list[Document]:
    owner = made.purchase.members[0].owner
    mine = [note(made, owner), deliberation(made, owner), plan(made, owner), grant_request(made, owner, "detr")]
    return [*mine, convention(made), programme(made), reglement(made)]


def test_every_paper_says_its_rules_its_data_and_what_to_decide() -> None:
    for made in every(dossier()):
        said = text(made)
        assert "état n° 7" in said
        assert "Vérifiée le" in said
        assert any("Ce qu" in b.text for b in made.blocks if hasattr(b, "text")), made.title
        assert "{" not in said


def test_a_fabricated_territory_is_said_on_every_paper() -> None:
    assert all("SYNTHÉTIQUES" in made.footer for made in every(dossier(synthetic=True)))


def test_the_note_says_what_pooling_costs_in_time() -> None:
    said = text(note(dossier(), "commune:34001"))
    assert "2 autres maîtres d'ouvrage" in said
    assert "4 à 7 mois de plus" in said
    assert "32 000" in said


def test_the_functional_programme_names_no_brand_and_asks_for_the_data() -> None:
    said = text(programme(dossier()))
    assert "3 000 K au plus" in said
    assert "EclExt" in said
    assert "34928530-2" in said


def test_the_plan_balances_to_the_cent() -> None:
    made = plan(dossier(), "commune:34001")
    table = next(b for b in made.blocks if isinstance(b, Table))
    assert table.rows[-1][-1].replace("\u202f", "").replace("\u00a0", "") == "38400,00€"


def test_a_key_of_sharing_goes_into_the_agreement() -> None:
    shares = {"commune:34001": 0.25, "commune:34002": 0.45, "commune:34003": 0.30}
    said = text(convention(dossier(shares=shares, share_rule="valeur de Shapley")))
    assert "valeur de Shapley" in said
    assert "45,00 %" in said
    assert "[coordonnateur à désigner]" in said


def test_every_paper_prints_as_an_accessible_pdf(tmp_path: Path) -> None:
    """The compiler refuses what PDF/UA forbids: a level skipped, a table without heading."""
    for i, made in enumerate(every(dossier())):
        assert print_pdf([made], tmp_path / f"{i}.pdf", DAY).stat().st_size > 5000


def doubtful(name: str, missing: tuple[str, ...]) -> Eligibility:
    law = rule(name)
    reasons = (Reason(law.conditions[-2].id, law.conditions[-2].title, "unknown", missing),)
    known = {"kind": law.kind, "payer": law.authority, "reference": law.reference, "confidence": law.confidence}
    amounts = {"low_eur": None, "central_eur": None, "high_eur": None}
    about = {"last_checked_on": DAY, "stale": False, "not_with": (), "notes": ()}
    return Eligibility(rule=name, title=law.title, decision="unknown", reasons=reasons, **known, **amounts, **about)  # type: ignore[arg-type]


def test_what_is_not_established_is_never_asked_for_as_if_it_were() -> None:
    made = dossier()
    unsure = doubtful("dsil", ("dsil_theme",))
    plans = {owner: msgspec.structs.replace(p, to_confirm=(unsure,)) for owner, p in made.plans.items()}
    made = dossier(plans=plans)
    said = text(deliberation(made, "commune:34001"))
    assert f"[à garder ou à rayer après vérification : {unsure.title}]" in said
    sheet = text(grant_request(made, "commune:34001", "dsil"))
    assert "à établir : thème de la DSIL" in sheet
    assert "engagement à prendre" in sheet
    assert "Fixer le montant" not in sheet, "no range, no amount to choose in it"
    counted = text(grant_request(made, "commune:34001", "detr"))
    assert "Fixer le montant demandé, dans la fourchette" in counted


def test_each_price_has_its_unit_its_year_and_its_source() -> None:
    price = PriceUsed(
        owner="commune:34001", need="lanterne_led", unit="point", quantity=40.0, low_cents=2_400_000, cents=3_200_000,
        high_cents=4_000_000, year=2025, source="marché n° 12, 10 à 25 €/m2",
    )  # fmt: skip
    other = msgspec.structs.replace(price, owner="commune:34002", source="ailleurs")
    made = dossier(prices=(price, other))
    said = text(note(made, "commune:34001"))
    assert "800 €/point de 600 à 1 000 2025 marché n° 12, 10 à 25 €/m²" in said
    assert "ailleurs" not in said, "a member is told its own prices"
    for paper in (programme(made), reglement(made)):
        assert "Prix retenus" not in text(paper), "companies do not read what the buyer expects to pay"


def test_a_member_is_told_its_own_years_and_whole_quantities() -> None:
    made = dossier()
    assert "(2027)" in text(deliberation(made, "commune:34001")), "the purchase goes on in 2028 for others"
    assert "40 point" in text(note(dossier(titles={"commune:34001": ("x",) * 20}), "commune:34001"))
    assert [shown_quantity(x) for x in (9.0, 2.4, 12.6)] == ["9", "2,4", "13"], "no decimal that a count does not have"


def test_an_agreement_without_rebate_promises_none() -> None:
    shares = {m.owner: 1 / 3 for m in dossier().purchase.members}
    payments = dict.fromkeys(shares, (100.0, 100.0))
    said = text(convention(dossier(shares=shares, payments=payments, share_rule="proportionnelle", share_notes=("rien",))))
    assert "aucune remise de volume" in said
    assert "règle « proportionnelle »" in said
    assert "33,33 %" in said
    assert "0,00 €" not in said, "no column of gains that are none"


def test_one_buyer_alone_is_never_told_of_a_group() -> None:
    whole = dossier()
    owner = whole.purchase.members[0].owner
    mine = tuple(x for x in whole.purchase.items if x.owner == owner)
    alone = msgspec.structs.replace(whole.purchase, members=whole.purchase.members[:1], items=mine)
    made = dossier(purchase=alone, pooling=pooling(alone, DAY))
    for paper in (note(made, owner), deliberation(made, owner), reglement(made)):
        said = text(paper)
        assert "groupement de commandes" not in said.lower()
        assert "coordonnateur" not in said
        assert "Achat groupé" not in paper.eyebrow
    assert "signer le ou les marchés" in text(deliberation(made, owner))


def test_the_law_cited_is_that_of_the_assembly() -> None:
    purchase = bought()["eclairage_public-2027"]
    member, item = purchase.members[0], purchase.items[0]
    for owner, article in (("commune:34001", "L2122-21-1"), ("epci:243400017", "L5211-2"), ("departement:34", "L3211-1")):
        mine = msgspec.structs.replace(
            purchase,
            members=(msgspec.structs.replace(member, owner=owner),),
            items=(msgspec.structs.replace(item, owner=owner),),
        )
        made = dossier(purchase=mine, pooling=pooling(mine, DAY), names={owner: "X"}, titles={}, plans={})
        assert article in text(deliberation(made, owner))


def test_the_works_that_cannot_be_in_time_are_given_a_date_that_can() -> None:
    whole = dossier()
    late = calendar(whole.pooling.together, 3, date(2027, 1, 1), DAY)
    assert late is not None
    assert late.late
    assert DAY < late.soonest < late.prudent
    said = text(note(dossier(calendar=late), "commune:34001"))
    assert "ne sont plus possibles" in said
    assert "2027 au plus tôt, en janvier 2028" in said
    assert "25 novembre 2026" in said, "the calendar to follow begins today"
    assert "ne débutent qu'en janvier 2028" in said, "the years of spending are to be decided again"


def test_pdf_is_accessible_and_word_can_be_edited(tmp_path: Path) -> None:
    import docx
    from pypdf import PdfReader

    made = reglement(dossier())
    pdf = print_pdf([made], tmp_path / "r.pdf", DAY)
    assert PdfReader(pdf).trailer["/Root"]["/MarkInfo"]["/Marked"]
    word = print_word(made, tmp_path / "r.docx", DAY)
    page = docx.Document(str(word))
    assert any("Règlement" in p.text for p in page.paragraphs)
    assert page.tables
    assert page.sections[0].page_width.mm == pytest.approx(210, abs=0.1)
    assert {"PAGE", "NUMPAGES"} <= set(page.sections[0].footer._element.xpath(".//w:fldSimple/@w:instr"))
    again = print_word(made, tmp_path / "s.docx", DAY)
    assert word.read_bytes() == again.read_bytes()


def test_word_tables_keep_the_widths_and_the_sides_of_the_page(tmp_path: Path) -> None:
    import docx

    made = plan(dossier(), "commune:34001")
    grid = docx.Document(str(print_word(made, tmp_path / "p.docx", DAY))).tables[1]
    first, last = grid.rows[1].cells[0], grid.rows[1].cells[4]
    assert first.width > last.width
    assert sum(cell.width.mm for cell in grid.rows[1].cells) == pytest.approx(170, abs=1)
    assert (first.paragraphs[0].alignment, int(last.paragraphs[0].alignment)) == (None, 2)


def test_a_letterhead_is_kept_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    import docx

    head = docx.Document()
    head.sections[0].header.paragraphs[0].text = "Mairie de Lunel"
    head.save(str(tmp_path / "tete.docx"))
    made = deliberation(dossier(), "commune:34001")
    word = print_word(made, tmp_path / "d.docx", DAY, tmp_path / "tete.docx")
    assert docx.Document(str(word)).sections[0].header.paragraphs[0].text == "Mairie de Lunel"
    (tmp_path / "faux.docx").write_text("pas un document")
    with pytest.raises(InputError, match=r"faux\.docx"):
        print_word(made, tmp_path / "e.docx", DAY, tmp_path / "faux.docx")


def test_the_bordereau_adds_up_by_formulas(tmp_path: Path) -> None:
    """The amounts are those LibreOffice or Excel would compute: the formulas are followed here by hand."""
    from openpyxl import load_workbook

    purchase = bought(
        [line("commune:34001", "lanterne_led", 2027, 40, 32_000), line("commune:34002", "lanterne_led", 2027, 60, 48_000)]
    )
    made = dossier(
        purchase=purchase["eclairage_public-2027"],
        names={"commune:34001": "=HYPERLINK(1)", "commune:34002": "Lunel"},
    )
    book = load_workbook(write_bordereau(made, tmp_path / "b.xlsx"))
    prices, lines = book.worksheets
    assert [c.value for c in prices[2]][:4] == ["P01", "Lanterne LED sur support existant", "point", None]
    assert not prices["D2"].protection.locked
    assert lines["B2"].value == "'=HYPERLINK(1)"
    assert [lines[f"E{r}"].value for r in (2, 3)] == [40, 60]
    assert lines["F2"].value == "='Bordereau des prix'!D2"
    assert (lines.page_setup.fitToWidth, lines.print_title_rows) == (1, "$1:$1"), (
        "a page as wide as the table, its head on each"
    )
    assert lines["G3"].value == "=ROUND(E3*F3,2)"
    assert lines["G4"].value == "=SUM(G2:G3)"
    assert (lines["F5"].value, lines["G5"].value, lines["G6"].value) == (0.2, "=ROUND(G4*F5,2)", "=G4+G5")
