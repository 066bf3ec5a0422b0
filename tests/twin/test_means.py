"""What owners can bear: accounts read from what they publish, facts drawn from them, and the plan beside them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import NotFoundError
from jumeau.twin import Twin, means

RUN = CliRunner()
OFGL = """exer;com_code;siren;type_de_budget;agregat;montant
2023;34057;213400575;Budget principal;Recettes de fonctionnement;1000000
2023;34057;213400575;Budget principal;Dépenses de fonctionnement;800000
2024;34057;213400575;Budget principal;Recettes de fonctionnement;1100000
2024;34057;213400575;Budget principal;Dépenses de fonctionnement;850000
2024;34057;213400575;Budget principal;Encours de dette;2000000
2024;34057;213400575;Budget principal;Remboursements d'emprunts hors GAD;150000
2024;34057;213400575;Budget annexe;Recettes de fonctionnement;9000000
2024;34129;213401290;Budget principal;Recettes de fonctionnement;500000
2024;34129;213401290;Budget principal;Dépenses de fonctionnement;520000
2024;34129;213401290;Budget principal;Encours de dette;100000
"""
CRITERIA = """Code INSEE;Exercice;Potentiel financier par habitant;Potentiel financier moyen de la strate;Zone FRR
34057;2024;900;1000;oui
34057;2025;800;1000;oui
34129;2025;1500;1000;non
"""


@pytest.fixture
def funded(lit: Twin, tmp_path: Path) -> Twin:
    """The small twin with a programme, accounts of two communes out of three, and the criteria of the State's grants."""
    (tmp_path / "ofgl.csv").write_text(OFGL, encoding="utf-8")
    (tmp_path / "criteres.csv").write_text(CRITERIA, encoding="utf-8")
    lit.import_file(tmp_path / "ofgl.csv", means.AGGREGATES)
    lit.import_file(tmp_path / "criteres.csv", means.CRITERIA)
    lit.diagnose("lighting")
    lit.plan(first_year=2027, years=3, budgets={f"commune:{code}": 20_000.0 for code in ("34172", "34057", "34129")})
    return lit


def test_accounts_are_the_main_budget_of_the_latest_year(funded: Twin) -> None:
    found = means.accounts(funded.view)
    assert [a.year for a in found["commune:34057"]] == [2023, 2024]
    last = found["commune:34057"][-1]
    assert (last.gross_saving_eur, last.net_saving_eur, last.debt_years) == (250_000, 100_000, 8.0)
    poor = found["commune:34129"][-1]
    assert (poor.gross_saving_eur, poor.debt_years) == (-20_000, None)


LABELS = """Exercice;Code Insee 2024 Région;Nom 2024 Région;Code Insee 2024 Commune;Nom 2024 Commune;Catégorie;\
Code Siren Collectivité;Code Insee Collectivité;Siret Budget;Libellé Budget;Type de budget;Nomenclature;Agrégat;Montant;\
Montant en millions;Population totale;Montant en € par habitant
2022;76;Occitanie;34057;Castelnau;Commune;213400575;34057;;;Budget principal;M57;Recettes de fonctionnement;700000;0,7;90;7
2022;76;Occitanie;34057;Castelnau;Commune;213499999;34057;;;Budget principal;M57;Recettes de fonctionnement;300000;0,3;30;3
2022;76;Occitanie;34057;Castelnau;Commune;213400575;34057;;;Budget principal;M57;Dépenses de fonctionnement;500000;0,5;90;5
2022;76;Occitanie;34057;Castelnau;Commune;213499999;34057;;;Budget principal;M57;Dépenses de fonctionnement;250000;0,25;30;2
"""
"""Header of the export of `ofgl-base-communes` with its labels, as public programs that read it name them: a commune
nouvelle has a row for each commune that made it."""
CONSOLIDATED = """exer;com_code;com_name;siren;agregat;montant_bp;montant_ba;montant_flux;montant;ptot
2021-01-01;34129;Lattes;213401290;Recettes de fonctionnement;600;400;100;900;10
2021-01-01;34129;Lattes;213401290;Dépenses de fonctionnement;500;300;100;700;10
"""
OFFICIAL_CRITERIA = """Informations générales - Code INSEE de la commune;Exercice;\
Potentiel fiscal et financier des communes - Potentiel financier par habitant final;\
Potentiel fiscal et financier des communes - Potentiel financier moyen par habitant de la strate;\
Dotation de solidarité rurale - Fraction bourg-centre - Commune située en ZRR
34172;2022;1200;1500;OUI
"""
"""Columns of the yearly file of the DGCL, as openfisca-france-dotations-locales reads them (2021 to 2024)."""


def test_the_official_headers_are_recognised(lit: Twin, tmp_path: Path) -> None:
    for name, text, layer in (
        ("labels.csv", LABELS, means.AGGREGATES),
        ("consolidee.csv", CONSOLIDATED, means.AGGREGATES),
        ("dgcl.csv", OFFICIAL_CRITERIA, means.CRITERIA),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        lit.import_file(tmp_path / name, layer)
    found = means.accounts(lit.view)
    (nouvelle,) = found["commune:34057"]
    assert (nouvelle.year, nouvelle.income_eur, nouvelle.spending_eur) == (2022, 1_000_000, 750_000)
    (main,) = found["commune:34129"]
    assert (main.year, main.income_eur, main.spending_eur) == (2021, 600, 500)
    facts = {(one.owner, one.fact): one.value for one in means.given(lit.view)}
    assert facts["commune:34172", "potentiel_financier_ratio"] == 0.8
    assert ("commune:34172", "frr") not in facts, "the former zones (ZRR) are not those of today (FRR)"


def test_a_loan_on_the_accounts_and_the_plan_beside(funded: Twin) -> None:
    (one,) = means.standings(funded, ["commune:34057"], means.Loan(amount_eur=1_200_000, rate=0.03, years=20))
    assert one.burden is not None
    assert one.burden.after.debt_eur == 3_200_000
    assert one.saved_eur is not None
    assert one.saved_eur > 0
    expected = 250_000 - 36_000 + one.saved_eur
    assert one.burden.after.gross_saving_eur == pytest.approx(expected)
    assert one.burden.verdict.decision == ("no" if 3_200_000 / expected > 12 else "yes")
    money = funded.financing()
    assert money is not None
    own = money.owners()["commune:34057"].mid.cents("own") / 100
    assert sum(one.own_eur.values()) == pytest.approx(own)


def test_an_owner_without_saving_or_without_accounts_is_said(funded: Twin, place: str) -> None:
    by_owner = {one.owner: one for one in means.standings(funded)}
    poor = by_owner["commune:34129"].burden
    assert poor is not None
    assert poor.verdict.decision == "no"
    assert by_owner["commune:34172"].accounts is None
    if "://" in place:
        return
    said = RUN.invoke(app, ["accounts", "-t", place]).output
    assert "commune:34172 : aucun compte importé" in said
    assert "pas d'épargne brute" in said
    detail = RUN.invoke(app, ["accounts", "-t", place, "--owner", "commune:34057", "--loan", "100000"]).output
    assert "Emprunt de 100\u202f000 €" in detail
    assert "à remplacer par celui de votre banque" in detail
    made = json.loads(RUN.invoke(app, ["accounts", "-t", place, "--owner", "commune:34057", "--json"]).output)
    assert made[0]["accounts"]["year"] == 2024
    with pytest.raises(NotFoundError, match="commune:34999"):
        means.standings(funded, ["commune:34999"])


def test_public_figures_become_facts_and_a_person_wins(funded: Twin, tmp_path: Path) -> None:
    facts = {(one.owner, one.fact): one.value for one in means.given(funded.view)}
    assert facts["commune:34057", "potentiel_financier_ratio"] == 0.8
    assert facts["commune:34129", "potentiel_financier_ratio"] == 1.5
    assert facts["commune:34057", "frr"] is True
    assert facts["commune:34057", "operating_expenditure_eur"] == 850_000
    before = funded.financing()
    assert before is not None
    assert any("critères de répartition des dotations 2025" in words for words in before.facts)
    missing = {name for one in before.to_confirm("commune:34057") if one.rule == "detr" for name in one.missing}
    assert "potentiel_financier_ratio" not in missing
    given = "proprietaire;fait;valeur;source;date\ncommune:34057;potentiel_financier_ratio;1,1;Préfecture;2024-01-01\n"
    (tmp_path / "faits.csv").write_text(given, encoding="utf-8")
    funded.import_file(tmp_path / "faits.csv", "fait_financement")
    funded.plan(first_year=2027, years=3)
    after = funded.financing()
    assert after is not None
    assert any("1.1" in words and "Préfecture" in words for words in after.facts)


LINES = """Exercice;Nature;CodRD;MtReal;TypeBudget;Nomenclature;Etablissement;insee
2024;6011;D;100;principal;M57;COMMUNE;34057
2024;70;R;160;principal;M57;COMMUNE;34057
2024;6061;D;40;annexe;M49;SERVICE DES EAUX;34057
2024;70111;R;90;annexe;M49;SERVICE DES EAUX;34057
2024;1641;D;20;annexe;M49;SERVICE DES EAUX;34057
2024;6061;D;7;annexe;M49;ASSAINISSEMENT COLLECTIF;34057
2024;70611;R;9;annexe;M49;ASSAINISSEMENT COLLECTIF;34057
2024;70;R;5000;annexe;M57;LOTISSEMENT;34057
"""


def test_the_accounts_of_water_and_sewers_are_theirs(lit: Twin, tmp_path: Path) -> None:
    (tmp_path / "comptes.csv").write_text(LINES, encoding="utf-8")
    lit.import_file(tmp_path / "comptes.csv", means.LINES)
    found = {purse: years[-1] for purse, years in means.accounts(lit.view).items()}
    assert {purse: a.gross_saving_eur for purse, a in found.items()} == {
        "commune:34057": 60.0, "commune:34057/eau": 50.0, "commune:34057/assainissement": 2.0
    }  # fmt: skip
    assert found["commune:34057/eau"].net_saving_eur == 30.0
    assert {given.owner for given in means.given(lit.view)} == {"commune:34057"}
