"""Costs seen in public records, from the file that is imported to what the page and the command say."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import InputError
from jumeau.twin import Twin, observed, own

RUN = CliRunner()


def contracts(path: Path) -> Path:
    """Twelve lighting contracts at about 700 € a point, one a hundred times dearer, one of maintenance."""

    def one(number: int, text: str, amount: float, cpv: str) -> dict[str, object]:
        return {"id": f"M{number}", "acheteur": {"id": "21340172201787"}, "objet": text, "codeCPV": cpv, "montant": amount,
                "dateNotification": "2025-05-02", "titulaires": []}  # fmt: skip

    marches = [one(i, f"Remplacement de {20 + i} luminaires", (20 + i) * (690 + i), "34928510-6") for i in range(12)]
    marches += [one(90, "Remplacement de 10 luminaires", 700_000, "34928510-6")]
    marches += [
        one(91, "Entretien de 500 luminaires", 5_000, "50232100-1"),
        one(92, "Pose de 500 luminaires", 5_000, "50232100"),
    ]
    path.write_text(json.dumps({"marches": {"marche": marches}}), encoding="utf-8")
    return path


def test_contracts_become_unit_costs_with_their_outliers(twin: Twin, tmp_path: Path) -> None:
    twin.import_file(contracts(tmp_path / "decp.json"), "marche_attribue")
    found = observed.observed(twin.view)
    assert len(found) == 13
    assert [one.record for one in found if one.outlier] == ["21340172201787M90"]
    (one,) = observed.compared_costs(twin)
    assert (one.benchmark.records, one.benchmark.outliers) == (13, 1)
    assert one.benchmark.median_eur == pytest.approx(695.5)


def test_the_command_shows_the_records_of_a_need(twin: Twin, tmp_path: Path) -> None:
    place = str(tmp_path / "jumeau")
    assert "Aucun projet" in RUN.invoke(app, ["buy", "costs", "-t", place]).output
    twin.import_file(contracts(tmp_path / "decp.json"), "marche_attribue")
    said = RUN.invoke(app, ["buy", "costs", "-t", place, "--need", "lanterne_led"])
    assert said.exit_code == 0
    assert said.output.count("écarté") == 1
    assert len(said.output.splitlines()) >= 13
    wrong = RUN.invoke(app, ["buy", "costs", "-t", place, "--need", "lanternes"])
    assert wrong.exit_code != 0


@pytest.mark.parametrize(
    ("price", "said"), [("-5", r"prix\.csv, ligne 2, champ price_eur"), ("", "obligatoire"), ("cher", "price_eur")]
)
def test_a_price_that_cannot_be_is_named_with_its_row(twin: Twin, tmp_path: Path, price: str, said: str) -> None:
    path = tmp_path / "prix.csv"
    path.write_text(f"need;unit;price_eur;price_year;contract\nlanterne_led;point;{price};2026;AC\n", encoding="utf-8")
    with pytest.raises(InputError, match=said):
        own.add_prices(twin.view, path)
    assert own.own_prices(twin.view) == []
