"""Awarded contracts read from what buyers and the State really publish: official examples, real extracts, hostile files."""

import json
from pathlib import Path

import pytest

from jumeau.errors import HostileFileError, InputError
from jumeau.sources.decp import COLUMNS
from jumeau.sources.guard import Limits
from jumeau.sources.readers import read

FOLDER = "commande-publique/decp-exemples"


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "rows", "first"),
    [
        ("139bercy/exemples/json/marches_concessions.json", 2, ("21750001630066TEST2022", "575000", "2024-05-15")),
        ("139bercy/exemples/xml/Marche.xml", 2, ("21750001630040TEST2022", "575000", "2024-05-15")),
        ("decp-processing/tests/data/decp_test_2019.json", 2, ("215002221000122019_83935401", "77899.0", "2021-12-01")),
        ("decp-processing/tests/data/decp_test_2022.json", 5, ("219740222000192022VI2022.242", "137614.0", "2022-11-23")),
        ("eclaireur-public/tests/back/loaders/fixtures/reduced_decp_2019.json", 15,
         ("2491005950002720192_4YZf9j8Y00", "60000.0", "2019-09-02")),
    ],
)  # fmt: skip
def test_real_files_of_every_format(data_dir: Path, file: str, rows: int, first: tuple[str, ...]) -> None:
    raw = read(data_dir / FOLDER / file)
    assert raw.format == "decp"
    assert raw.columns.column_names == list(COLUMNS)
    one = raw.columns.slice(0, 1).to_pylist()[0]
    assert (raw.num_rows, one["uid"], one["montant"], one["dateNotification"]) == (rows, *first)
    assert all(value for value in raw.columns["acheteur"].to_pylist())


def written(tmp_path: Path, contract: dict[str, object]) -> Path:
    path = tmp_path / "marches.json"
    path.write_text(json.dumps({"marches": [contract]}), encoding="utf-8")
    return path


BASE = {"id": "1", "acheteur": {"id": "21340172201787"}, "objet": "x", "montant": 5}


def test_only_the_code_of_a_commune_is_one(tmp_path: Path) -> None:
    """A postal code looks like the INSEE code of another commune."""
    for kind, wanted in (("Code postal", None), ("Code commune", "34172"), ("CODE COMMUNE", "34172")):
        place = {"code": "34172", "typeCode": kind}
        raw = read(written(tmp_path, BASE | {"lieuExecution": place}))
        assert raw.columns["lieuExecution_code"].to_pylist() == [wanted]
    flat = BASE | {"lieuExecution": json.dumps({"code": "34172", "typeCode": "Code commune"})}
    assert read(written(tmp_path, flat)).columns["lieuExecution_code"].to_pylist() == ["34172"]


def test_winners_are_named_once_however_nested(tmp_path: Path) -> None:
    nested = [[[{"titulaire": {"denominationSociale": "A"}}]], {"titulaire": {"id": "2"}}, {"titulaire": {"id": "2"}}]
    assert read(written(tmp_path, BASE | {"titulaires": nested})).columns["titulaires"].to_pylist() == ["A ; 2"]


def test_a_concession_is_left_out_and_said(tmp_path: Path) -> None:
    raw = read(written(tmp_path, BASE | {"_type": "Contrat de concession"}))
    assert raw.num_rows == 0
    assert "1 concession" in raw.notes[0]


def test_damaged_and_hostile_files_are_refused(tmp_path: Path) -> None:
    cut = tmp_path / "coupe.json"
    cut.write_text('{"marches": [{"id": "1", "objet": ')
    with pytest.raises(InputError, match=r"coupe\.json"):
        read(cut)
    evil = tmp_path / "marches.xml"
    evil.write_text('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><marches><marche><id>&b;</id></marche></marches>')
    with pytest.raises(HostileFileError, match=r"marches\.xml"):
        read(evil)
    deep = tmp_path / "profond.json"
    deep.write_text('{"marches": [{"id": "1", "titulaires": ' + "[" * 100_000 + "]" * 100_000 + "}]}")
    with pytest.raises(InputError, match=r"profond\.json"):
        read(deep)
    with pytest.raises(HostileFileError):
        read(written(tmp_path, BASE), limits=Limits(xml_bytes=10))
