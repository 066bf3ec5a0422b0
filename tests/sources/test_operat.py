"""Exports of OPERAT as people send them."""

from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook

from jumeau.errors import InputError
from jumeau.sources.operat import read_operat
from jumeau.twin.tertiary import follow, told
from jumeau.twin.tertiary_sites import sites_of

EXPORT = """Référence EFA;SIREN;Année;Surface de plancher (m²);Consommation d'énergie finale (kWh)
EFA-1;220000000;2012;3000;600 000
EFA-1;220000000;2019;3000;500 000
EFA-1;220000000;2024;3000;300 000
EFA-1;220000000;2024;3000;120 000
EFA-2;220000000;2015;1500;200000
EFA-2;220000000;2024;1500;90000
EFA-3;220000001;2024;2000;
;220000001;2024;2000;5
EFA-4;220000001;deux mille;2000;5
"""
TITLES = (
    "Référence de l'EFA", "Dénomination de l'EFA", "Statut de l'assujetti", "SIREN", "Catégorie d'activité",
    "Année de consommation", "Surface de plancher (m²)", "Consommation annuelle d'énergie finale (kWhEF)",
    "dont chauffage (kWhEF)", "DJU chauffage (°C.j)", "DJU chauffage moyen 2001-2020 (°C.j)",
    "Objectif Cabs 2030 (kWhEF/m²/an)", "Consommation ajustée (kWhEF)", "Code INSEE",
)  # fmt: skip
FERRY = ("EFA-34-00012", "École Jules Ferry", "Propriétaire occupant", "21340172200019", "Enseignement")
LINES = (
    (*FERRY, "2013", "2 000,00", "300 000", "200 000", "1 600,0", "2 000,0", "95", "", "34172"),
    (*FERRY, "2023", "2 000,00", "200 000", "120 000", "2 400,0", "2 000,0", "95", "", "34172"),
    (*FERRY, "2024", "2 000,00", "210 000", "", "", "", "95", "205 500", "34172"),
)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "operat.csv"
    path.write_text(EXPORT, encoding="utf-8")
    return path


def test_lines_of_one_entity_and_year_add_up_and_bad_ones_are_named(export: Path) -> None:
    found = read_operat(export)
    assert [line for line, _ in found.rejected] == [9, 10]
    assert "« deux mille »" in found.rejected[1][1]
    sites = sites_of(found.table)
    assert sites.entity == ["EFA-1", "EFA-2", "EFA-3"]
    assert sites.owner[0] == "220000000"
    assert sites.years.tolist() == [2012, 2015, 2019, 2024]
    assert sites.kwh[0, [0, 2, 3]].tolist() == [600_000, 500_000, 420_000]
    assert np.isnan(sites.kwh[0, 1])
    assert np.isnan(sites.kwh[2]).all()
    assert sites.area_m2.tolist() == [3000, 1500, 2000]


def test_follow_says_what_is_left_and_never_zero_for_the_unknown(export: Path) -> None:
    found = follow(export, 2026)
    assert found.step == 2030
    assert found.gap_kwh[:2].tolist() == pytest.approx([60_000, -30_000])
    assert np.isnan(found.gap_kwh[2])
    assert found.ahead_kwh[0] == pytest.approx(600_000 - 240_000 * 12 / 18 - 420_000)
    assert found.pools["220000000"].gap_kwh == pytest.approx(30_000)
    assert found.pools["220000000"].lent_kwh == pytest.approx(30_000)
    assert found.pools["220000001"].unknown == 1
    assert not found.pools["220000001"].met
    assert np.isnan(found.pools["220000001"].gap_kwh)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_is_followed_at_a_normal_weather(tmp_path: Path, form: str) -> None:
    """A mild reference year counts for more (200 MWh of heating at 1 600 degree-days are 250 at 2 000), OPERAT's own
    adjustment wins over ours, an absolute target by m² is that of the site, a SIRET is its collectivité."""
    path = tmp_path / f"operat.{form}"
    if form == "csv":
        path.write_text("\n".join(";".join(f'"{c}"' for c in line) for line in (TITLES, *LINES)), encoding="cp1252")
    else:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for line in (TITLES, *LINES):
            sheet.append(line)
        book.save(path)
    found = told(follow(path, 2026))
    one = found["entities"][0]
    assert (one["name"], one["owner"], one["owner_name"]) == ("École Jules Ferry", "commune:34172", "Commune de Montpellier")
    assert [(y["kwh"], y["declared_kwh"], y["adjusted_by"]) for y in one["years"]] == [
        (350_000, 300_000, "degree_days"), (180_000, 200_000, "degree_days"), (205_500, 210_000, "operat"),
    ]  # fmt: skip
    assert (one["reference_kwh"], one["last_kwh"]) == (350_000, 205_500)
    assert one["steps"]["2030"] == {"relative": 210_000, "absolute": 190_000, "allowed": 210_000}
    assert "ajustées par OPERAT : 1" in found["remarks"][0]
    assert "n'a pas pu être vérifiée" in found["remarks"][1]


def test_an_absolute_target_by_square_metre_is_never_taken_for_that_of_a_site(tmp_path: Path) -> None:
    path = tmp_path / "operat.csv"
    path.write_text("Référence EFA;Année;Surface;Consommation (kWh);Cabs 2030\nE;2024;2000;200000;95\n", encoding="utf-8")
    found = told(follow(path, 2026))
    assert found["entities"][0]["steps"]["2030"]["absolute"] is None
    assert any("95 kWh pour 2000 m²" in remark for remark in found["remarks"])


@pytest.mark.parametrize(("text", "said"), [("a;b\n1;2\n", "Entité"), ("Référence EFA;Année\nE;2024\n", "Énergie finale")])
def test_a_missing_column_is_named_with_a_header_that_says_it(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "autre.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_operat(path)
