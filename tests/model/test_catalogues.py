"""Parameters, indicators, needs and estimates: the catalogues of the model hold together."""

import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from jumeau.kernels.draws import check_law
from jumeau.model.dictionary import indicators
from jumeau.model.draws import LAWS, parameters
from jumeau.model.estimate import Estimate, triple
from jumeau.model.need import OFFLINE, THEMES, needs
from jumeau.texts import catalogue

FIELDS = sorted(f.name[:-4] for f in files("jumeau.model").joinpath("parameters").iterdir() if f.name.endswith(".csv"))


@pytest.mark.parametrize("field", FIELDS)
def test_every_parameter_can_be_drawn_and_says_where_it_comes_from(field: str) -> None:
    found = parameters(field)
    assert found
    for name, law in found.items():
        check_law(law)
        assert law.name == name
        assert law.law in LAWS
        assert law.scope in ("asset", "commune", "territory")
        assert law.low <= law.mode <= law.high, name
        assert law.unit, name
        assert law.source, name
        assert law.confidence, name


def test_the_confidence_of_every_parameter_has_a_text() -> None:
    texts = catalogue("moteurs")
    for field in ("lighting", "water", "risks", "buildings"):
        assert {f"confiance_{law.confidence}" for law in parameters(field).values()} <= set(texts)


def test_every_indicator_has_a_unit_a_source_and_a_total_that_can_be_made() -> None:
    for name, about in indicators().items():
        assert about.unit
        assert about.source
        assert about.title
        assert about.better in ("lower", "higher")
        above, slash, below = about.total.partition("/")
        assert {above, below} <= set(indicators()) if slash else above in ("sum", "mean"), name


def test_every_need_has_a_unit_and_functional_requirements() -> None:
    for name, need in needs().items():
        assert need.id == name
        assert need.unit, name
        assert need.title, name
        assert need.requirements, name
        assert {r.theme for r in need.requirements} <= set(THEMES), name
        assert need.contract, name
        assert need.family, name
    texts = [r.text for r in needs()["lanterne_led"].requirements]
    assert any("3 000 K au plus" in text for text in texts)


def test_what_is_digital_asks_for_its_data_its_safety_and_its_repair() -> None:
    wanted = {"retour_donnees", "cybersecurite", "reparabilite", "hebergement"}
    digital = [need for need in needs().values() if need.digital and need.id not in OFFLINE]
    assert len(digital) >= 6
    assert all(wanted <= {r.theme for r in need.requirements} for need in digital)


def test_a_requirement_can_be_checked_and_favours_nobody() -> None:
    """Each need asks for a number, a proof or a norm; no text names a maker; open words stay out."""
    proof = re.compile(r"\d|mesur|vérifi|justifi|contrôl|essa[iy]|démontr|attest|remis|certificat|dit[es]? dans|comparé")
    vague = re.compile(r"\b(?:bonne?|performante?|de qualité|optimal|facilement|si possible|adéquate?)\b")
    makers = re.compile(
        r"(?i)\b(?:philips|signify|schreder|comatelec|lacroix|citelum|itron|sensus|diehl|siemens|schneider)\b"
    )
    for name, need in needs().items():
        mine = [r.text for r in need.requirements if r.theme == "performance"]
        assert mine, name
        assert any(proof.search(text) for text in mine), name
        for requirement in need.requirements:
            assert not vague.search(requirement.text), requirement.text
            assert not makers.search(requirement.text), requirement.text


@pytest.mark.data
def test_cpv_codes_are_those_of_the_official_list(data_dir: Path) -> None:
    """Codes and check digits against the vocabulary of regulation (EC) 213/2008."""
    import xlrd

    book = xlrd.open_workbook(data_dir / "commande-publique/decp-exemples/eclaireur-public/back/data/cpv_labels/cpv_2008.xls")
    known = {str(value).strip() for value in book.sheet_by_index(0).col_values(0)}
    assert len(known) > 9000
    assert sorted({need.cpv for need in needs().values()} - known) == []


def test_an_estimate_knows_when_it_knows_nothing() -> None:
    assert not Estimate(None, None, None, "kWh").known
    assert Estimate(0.0, 0.0, 0.0, "kWh").known
    assert triple("x") == ("x", "x_low", "x_high")
    assert np.all([x.startswith("x") for x in triple("x")])
