"""The report on paper and on screen: same bytes, same words, nothing read as markup."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader
from tests.documents.sample import sample

from jumeau.documents.context import (
    AttributeLine,
    IndicatorGroup,
    IndicatorSection,
    LayerLine,
    Range,
    ReportContext,
    SourceLine,
)
from jumeau.documents.numbers import number
from jumeau.documents.render import render_html, render_pdf
from jumeau.documents.typography import drawable, typeset_text

HOSTILE = '#panic(1) $x^2$ <script>alert(1)</script> & *gras* _bas_ @ref \\ [a](b) "q" `code` </svg>'


def pdf_text(path: Path) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(path).pages)
    return re.sub(r"\s+", " ", text)


def html_text(path: Path) -> str:
    """Text a reader sees, by the standard library's own parser."""
    found: list[str] = []

    class Reader(HTMLParser):
        skip = False

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.skip = tag == "style"

        def handle_data(self, data: str) -> None:
            if not self.skip:
                found.append(data)

    Reader().feed(path.read_text(encoding="utf-8"))
    return " ".join(found)


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_pdf(sample(), tmp_path_factory.mktemp("pdf") / "rapport.pdf")


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_html(sample(), tmp_path_factory.mktemp("html") / "rapport.html")


def test_same_context_same_bytes(tmp_path: Path, pdf: Path, html: Path) -> None:
    assert render_pdf(sample(), tmp_path / "autre.pdf").read_bytes() == pdf.read_bytes()
    assert render_html(sample(), tmp_path / "autre.html").read_bytes() == html.read_bytes()
    assert [p.name for p in tmp_path.iterdir() if p.suffix not in (".pdf", ".html")] == []


def test_pdf_is_tagged_french_and_titled(pdf: Path) -> None:
    reader = PdfReader(pdf)
    assert reader.trailer["/Root"]["/Lang"] == "fr-FR"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.metadata is not None
    assert reader.metadata.title == typeset_text(sample().title)
    assert b"pdfuaid:part" in pdf.read_bytes()


def test_pdf_embeds_all_its_fonts(pdf: Path) -> None:
    names = set()
    for page in PdfReader(pdf).pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"].get_object())
            names.add(str(descendant["/BaseFont"]))
    assert any("Libertinus" in name for name in names)


@pytest.mark.parametrize("wanted", [
    "Hérault", "29 969", "12 345 678", "de 8 641 975 à 17 283 949", "Licence Ouverte 1.0", "de 380 000 à 512 000",
    "0,37 %", "hypothèse", "−1 234 567", "Saint-Guilhem-le-Désert", "40 points",
    "600 000", "Arrêté du 27 décembre 2018", "inconnu", "kWh/an",
])  # fmt: skip
def test_both_forms_say_it(pdf: Path, html: Path, wanted: str) -> None:
    def squeeze(text: str) -> str:
        return re.sub(r"\s+", "", text)

    assert squeeze(wanted) in squeeze(pdf_text(pdf))
    assert squeeze(wanted) in squeeze(html_text(html))


def test_html_is_well_formed_and_stands_alone(html: Path) -> None:
    text = html.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>\n"))
    assert root.get("lang") == "fr"
    assert [e.tag for e in root.iter("h1")] == ["h1"]
    levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch(r"h\d", str(e.tag))]
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert all(th.get("scope") in ("row", "col") for th in root.iter("th"))
    assert all(table.find("caption") is not None for table in root.iter("table"))
    drawings = list(root.iter("{http://www.w3.org/2000/svg}svg"))
    assert drawings
    assert all(d.get("role") == "img" and d.get("aria-label") for d in drawings)
    addresses = re.findall(r'(?:src|href|url)\s*[=(]|https?://[^"\s]+', text)
    assert set(addresses) == {"http://www.w3.org/2000/svg"}


def hostile() -> ReportContext:
    group = IndicatorGroup(label=HOSTILE, range=Range(10.0, 5.0, 20.0), known=1)
    other = IndicatorGroup(label="Agde", range=Range(5.0, 5.0, 5.0), known=1)
    section = IndicatorSection(title=HOSTILE, unit="lm", decimals=0, total=group, communes=(group, other), source=HOSTILE)
    return sample(
        title=HOSTILE,
        territory=HOSTILE,
        actor=HOSTILE,
        layers=(LayerLine(title=HOSTILE, count=1),),
        indicators=(section,),
        sources=(SourceLine(title=HOSTILE, licence=HOSTILE, vintage=HOSTILE),),
        notes=(HOSTILE, "a\x00b\u202ec\ud7ff"),
    )


def test_hostile_text_is_printed_as_it_is(tmp_path: Path) -> None:
    html = render_html(hostile(), tmp_path / "h.html")
    assert html_text(html).count(HOSTILE) >= 8
    assert "<script" not in html.read_text(encoding="utf-8")
    ElementTree.fromstring(html.read_text(encoding="utf-8").removeprefix("<!DOCTYPE html>\n"))
    said = pdf_text(render_pdf(hostile(), tmp_path / "h.pdf"))
    for piece in ("#panic(1)", "$x^2$", "<script>alert(1)</script>", "*gras*", "@ref", "`code`"):
        assert piece in said


def test_synthetic_is_said_on_every_page(tmp_path: Path) -> None:
    reader = PdfReader(render_pdf(sample(synthetic=True), tmp_path / "s.pdf"))
    assert all("SYNTHÉTIQUES" in page.extract_text() for page in reader.pages)
    assert "SYNTHÉTIQUES" not in pdf_text(render_pdf(sample(), tmp_path / "r.pdf"))


def test_nothing_known_is_a_report_too(tmp_path: Path) -> None:
    empty = sample(layers=(), indicators=(), programme=None, sources=(), notes=(), rules=(), communes=0)
    said = pdf_text(render_pdf(empty, tmp_path / "vide.pdf"))
    assert "Aucun diagnostic" in said
    assert "Aucun programme" in said
    assert said.count("Aucune source") == 1


def test_unknown_total_is_never_zero(tmp_path: Path) -> None:
    nothing = IndicatorGroup(label="Ensemble", range=Range(), unknown=40)
    section = IndicatorSection(title="Énergie", unit="kWh/an", decimals=0, total=nothing, communes=(nothing,))
    said = html_text(render_html(sample(indicators=(section,), programme=None), tmp_path / "i.html"))
    assert "inconnu, faute de données" in said.replace("\u00a0", " ")
    assert f"{number(0)}\u00a0kWh/an" not in said


def test_a_whole_departement_stays_readable(tmp_path: Path) -> None:
    groups = tuple(IndicatorGroup(label=f"Commune {i}", range=Range(i, i / 2, i * 2.0), known=i) for i in range(341))
    section = IndicatorSection(title="Énergie", unit="kWh/an", decimals=0, total=groups[-1], communes=groups)
    reader = PdfReader(render_pdf(sample(indicators=(section,) * 3), tmp_path / "grand.pdf"))
    assert len(reader.pages) < 40
    assert sum("Commune 340" in page.extract_text() for page in reader.pages) >= 2


def test_every_character_let_through_can_be_drawn(tmp_path: Path) -> None:
    letters = [chr(i) for i in range(0x20, 0x2C00) if drawable(chr(i)) == chr(i)]
    rows = tuple("".join(letters[i : i + 40]) for i in range(0, len(letters), 40))
    said = pdf_text(render_pdf(sample(notes=rows), tmp_path / "lettres.pdf"))
    assert len(letters) > 400
    assert all(c in said for c in "éœŒÿ€≥Ωж")


def test_names_no_font_can_draw_do_not_cost_the_report(tmp_path: Path) -> None:
    said = pdf_text(render_pdf(sample(territory="日本 😀\x00\u202e العربية"), tmp_path / "noms.pdf"))
    assert "?? ?" in said


def test_what_nobody_knows_is_named_and_not_drawn(tmp_path: Path) -> None:
    unknown = AttributeLine(title="Température de couleur", shares={"unknown": 1.0})
    layer = LayerLine(title="Luminaires", count=3, attributes=(unknown,))
    html = render_html(sample(layers=(layer,), indicators=()), tmp_path / "rien.html")
    assert "Rien n’est connu, pour aucun équipement, de\u00a0: Température de couleur." in html_text(html)
    assert "<svg" not in html.read_text(encoding="utf-8")
