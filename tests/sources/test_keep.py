"""Rows of other territories are left aside and counted; accounts in the TOTEM XML are read."""

import gzip
from pathlib import Path

import pytest

from jumeau.errors import HostileFileError, InputError, MappingError
from jumeau.model.dictionary import builtin_layers
from jumeau.sources.importer import prepare
from jumeau.sources.mapping import ColumnMap, Mapping
from jumeau.sources.readers import read

LAYERS = builtin_layers()
PROJECTS = "code;dep;dotation;cout\nA;34;DETR;1 234,50\nB;12;DSIL;10\nC; 34 ;DSIL;0\nD;34;autre chose;5\n"
ACCOUNT = """<?xml version="1.0" encoding="ISO-8859-1"?>
<DocumentBudgetaire xmlns="http://www.minefi.gouv.fr/cp/demat/docbudgetaire">
<Budget><EnTeteBudget><LibelleEtab V="VILLE DE SÈTE"/></EnTeteBudget><BlocBudget><Exer V="2018"/></BlocBudget>
<LigneBudget><Nature V="21534"/><Fonction V="512"/><CodRD V="D"/><CredOuv V="1500.50"/><MtReal V="-20.00"/></LigneBudget>
<LigneBudget><Nature V="74"/><CodRD V="R"/><MtReal V="10.00"/></LigneBudget></Budget></DocumentBudgetaire>
"""


def _mapping(**keep: tuple[str, ...]) -> Mapping:
    columns = tuple(
        ColumnMap(column=c, field=f) for c, f in {"code": "code", "dotation": "dotation", "cout": "total_cost_eur"}.items()
    )
    return Mapping(columns=columns, keep=dict(keep))


def test_rows_of_elsewhere_are_counted_apart_from_rejects(tmp_path: Path) -> None:
    path = tmp_path / "projets.csv"
    path.write_text(PROJECTS, encoding="utf-8")
    found = prepare(path, LAYERS["projet_subventionne"], mapping=_mapping(dep=("34",)))
    assert found.counts["read"] == 4
    assert found.counts["elsewhere"] == 1
    assert found.counts["kept"] == 3
    assert found.counts["rejected"] == found.counts["merged"] == 0
    assert found.table["code"].to_pylist() == ["A", "C", "D"]
    assert found.table["total_cost_eur"].to_pylist() == [1234.5, None, 5.0]
    assert 4 in found.rejects["row"].to_pylist(), "row numbers are those of the file, not those of the rows kept"


def test_keep_is_part_of_how_a_file_is_read() -> None:
    assert _mapping(dep=("34",)).key != _mapping(dep=("12",)).key != _mapping().key


def test_keep_that_keeps_nothing_or_names_no_column_is_said(tmp_path: Path) -> None:
    path = tmp_path / "projets.csv"
    path.write_text(PROJECTS, encoding="utf-8")
    with pytest.raises(InputError, match=r"projets\.csv.*dep = 99"):
        prepare(path, LAYERS["projet_subventionne"], mapping=_mapping(dep=("99",)))
    with pytest.raises(MappingError, match="departement"):
        prepare(path, LAYERS["projet_subventionne"], mapping=_mapping(departement=("34",)))


def test_an_account_is_one_row_a_line_with_its_year(tmp_path: Path) -> None:
    path = tmp_path / "CA.xml.gz"
    path.write_bytes(gzip.compress(ACCOUNT.encode("latin-1")))
    raw = read(path)
    assert raw.format == "totem"
    assert raw.columns["Etablissement"].to_pylist() == ["VILLE DE SÈTE"] * 2
    found = prepare(path, LAYERS["compte"], mapping=Mapping(constants={"owner": "commune:34301"}))
    rows = found.table.select(["year", "nature", "sens", "voted_eur", "realised_eur"]).to_pylist()
    assert rows[0] == {"year": 2018, "nature": "21534", "sens": "depense", "voted_eur": 1500.5, "realised_eur": -20.0}
    assert rows[1]["voted_eur"] is None, "an absent amount is unknown, not zero"


@pytest.mark.parametrize("damage", ["cut", "entity", "other"])
def test_a_damaged_account_is_an_error_that_names_the_file(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "CA.xml"
    text = {
        "cut": ACCOUNT[:300],
        "entity": ACCOUNT.replace("<Document", '<!DOCTYPE x [<!ENTITY a "b">]><Document', 1),
        "other": ACCOUNT.replace("DocumentBudgetaire", "Autre"),
    }[damage]
    path.write_text(text, encoding="latin-1")
    with pytest.raises(HostileFileError if damage == "entity" else InputError, match=r"CA\.xml"):
        read(path)
