"""The sheet of a commune: one page each, what, how much, who pays, what is left to pay, what is not known."""

import re
from datetime import date
from pathlib import Path

import msgspec
import pytest
from pypdf import PdfReader

from jumeau.documents.commune import ACTIONS, sheets
from jumeau.documents.context import (
    ActionLine,
    FundingLine,
    FundingSection,
    KnownLine,
    PlaceIndicator,
    PlacesContext,
    PlaceSheet,
    Range,
)  # fmt: skip
from jumeau.documents.render import print_html, print_pdf
from jumeau.errors import InputError

HOSTILE = '#panic(1) <script>alert(1)</script> $x$ =1+1 "q"'


def action(i: int, title: str = "Remplacer les lanternes par des LED") -> ActionLine:
    return ActionLine(
        year=2027 + i % 5, title=title, owner="Commune d'Olemps", place="Olemps", quantity=10.0 + i, unit="point",
        cost=Range(1000.0 * (i + 1), 800.0 * (i + 1), 1300.0 * (i + 1)), id=f"a{i:02d}", owner_id="commune:12174",
    )  # fmt: skip


def full(actions: int = 3, title: str = "Remplacer les lanternes par des LED") -> PlaceSheet:
    lines = (
        *(FundingLine(label=f"Aide {i}", payer="État", low=100.0, mid=200.0, high=300.0) for i in range(9)),
        FundingLine(label="Reste à la charge du maître d'ouvrage", payer="", low=6300.0, mid=5400.0, high=4500.0),
    )
    return PlaceSheet(
        code="12174",
        title="Olemps",
        detail="Commune 12174 · 3 322 habitants",
        actions=tuple(action(i, title) for i in range(actions)),
        cost=Range(6000.0, 5000.0, 7000.0),
        funding=FundingSection(
            before_tax=6000.0, tax=1200.0, lines=lines, own=Range(5400.0, 4500.0, 6300.0),
            to_confirm=("Dotation d'équipement des territoires ruraux",), hypotheses="Hypothèses : TVA à 20 %.",
        ),
        others=(("Rodez Agglomération", 12_000.0), ("SIEDA", None)),
        left_out=4,
        indicators=tuple(
            PlaceIndicator(title=f"Indicateur {i}", unit="kWh/an", decimals=0, today=Range(1e6, 8e5, 2e6),
                           effect=Range(-1e5, -2e5, -5e4)) for i in range(12)
        ),
        known=tuple(KnownLine(title=f"Couche {i}", count=9, shares={"declared": 0.5, "unknown": 0.5}) for i in range(8)),
        missing=tuple(f"Champ {i} : rien de connu. Proposé : inventaire." for i in range(4)),
        schematic=True,
    )  # fmt: skip


def context(*found: PlaceSheet, synthetic: bool = True) -> PlacesContext:
    return PlacesContext(
        title="Fiches par commune", territory="Aveyron (12)", date=date(2026, 11, 1), actor="Essai", sheets=found,
        synthetic=synthetic, commit=3, price_year=2026,
    )  # fmt: skip


def printed(found: PlacesContext, out: Path) -> Path:
    return print_pdf(sheets(found), out, found.date, dense=True)


def words(path: Path, page: int = 0) -> str:
    return re.sub(r"\s+", " ", PdfReader(path).pages[page].extract_text())


def test_the_fullest_sheet_is_one_page_and_an_empty_one_too(tmp_path: Path) -> None:
    empty = PlaceSheet(code="12175", title="Onet", detail="Commune 12175", missing=("Éclairage : aucun point connu.",))
    path = printed(context(full(60, "Un titre très long " * 12), empty), tmp_path / "fiches.pdf")
    assert len(PdfReader(path).pages) == 2
    assert "Olemps" in words(path, 0)
    assert "Ce que l’on ne sait pas" in words(path, 0)
    assert "Aucune action n’est retenue" in words(path, 1)
    assert "aucun point connu" in words(path, 1)


def test_the_sheet_says_what_how_much_who_pays_and_what_is_left(tmp_path: Path) -> None:
    text = words(printed(context(full()), tmp_path / "fiche.pdf"))
    for wanted in (
        "6 000 €", "de 5 000 à 7 000", "5 400 €", "de 4 500 à 6 300", "Coût toutes taxes comprises", "7 200",
        "Dotation d’équipement des territoires ruraux", "Rodez Agglomération", "Contour schématique", "Données synthétiques",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_rows_that_do_not_fit_are_summed_not_lost() -> None:
    document = sheets(context(full(20)))[0]
    table = next(b for b in document.blocks if getattr(b, "caption", "") == "Actions retenues")
    costs = [int(re.sub(r"\D", "", row[4])) for row in table.rows]  # type: ignore[union-attr]
    assert len(costs) == ACTIONS
    assert sum(costs) == sum(1000 * (i + 1) for i in range(20))


def test_without_a_plan_the_money_is_to_be_studied(tmp_path: Path) -> None:
    sheet = msgspec.structs.replace(full(), funding=None)
    assert "financement : à étudier" in words(printed(context(sheet), tmp_path / "fiche.pdf"))


def test_what_is_left_has_a_range_only_when_aid_varies(tmp_path: Path) -> None:
    fixed = msgspec.structs.replace(full().funding, own=Range(5400.0, 5400.0, 5400.0))
    text = words(printed(context(msgspec.structs.replace(full(), funding=fixed)), tmp_path / "fiche.pdf"))
    assert "avant les aides à confirmer" in text
    assert "de 5 400 à 5 400" not in text


def test_hostile_names_are_text_and_bytes_repeat(tmp_path: Path) -> None:
    sheet = msgspec.structs.replace(full(title=HOSTILE), title=HOSTILE)
    first = printed(context(sheet), tmp_path / "a.pdf")
    assert "panic(1)" in words(first)
    assert first.read_bytes() == printed(context(sheet), tmp_path / "b.pdf").read_bytes()
    page = print_html(sheets(context(sheet, full())), tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count("<h1>") == 2
    assert len(re.findall(r'id="([^"]+)"', page)) == len(set(re.findall(r'id="([^"]+)"', page)))


def test_no_sheet_is_said() -> None:
    with pytest.raises(InputError, match="Aucune fiche"):
        sheets(context())
