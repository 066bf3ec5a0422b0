"""Addresses on real files: a BAN sample, and a thousand raw addresses that ADEME geocoded with the national service."""

import csv
import gzip
from pathlib import Path

import pyarrow as pa
import pytest
import shapely
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import InputError
from jumeau.twin import open_twin
from jumeau.twin.addresses import Index, locate, match, parse

pytestmark = pytest.mark.data


def test_a_ban_file_is_imported_and_searched(data_dir: Path, tmp_path: Path) -> None:
    file = data_dir / "batiments" / "rnb-echantillons" / "batid" / "fixtures" / "ban_import_test_data.csv"
    with open_twin(tmp_path / "jumeau", create=True) as twin:
        twin.load_communes("04")
        assert locate(twin.view, "2 impasse de la Treille") == []
        twin.import_file(file, "adresse")
        found = locate(twin.view, "2, Imp. de la TREILLE, 04510 Aiglun")[0]
        assert (found.commune, found.exact) == ("04001", True)
        assert found.score > 0.7
        point = shapely.from_wkb(found.point)
        assert shapely.distance(point, shapely.Point(951098.29, 6335095.07)) < 1
        near = locate(twin.view, "4 impasse de la treille aiglun")
        assert (near[0].exact, near[0].score < found.score) == (False, True)
        assert locate(twin.view, "boulevard Haussmann Paris") == []
        with pytest.raises(InputError):
            locate(twin.view, "12")
    told = CliRunner().invoke(app, ["locate", "2", "impasse", "de", "la", "treille", "--twin", str(tmp_path / "jumeau")])
    assert "951098.29,6335095.07" in told.output


def test_raw_addresses_meet_the_address_the_national_service_found(data_dir: Path) -> None:
    """Source: ADEME, DPE logements existants, Lyon 1er: raw address and the BAN identifier the national geocoder gave."""
    path = data_dir / "batiments" / "dpe-69-rhone" / "dpe-existants-lyon1-sample.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [
            r
            for r in csv.DictReader(file, delimiter=";")
            if r["Identifiant__BAN"] and r["Nom__rue_(BAN)"] and r["Adresse_brute"]
        ]
    known = {r["Identifiant__BAN"]: r for r in rows}
    numbers = [r["N°_voie_(BAN)"] for r in known.values()]
    x, y = (f"Coordonnée_cartographique_{a}_(BAN)" for a in "XY")
    table = pa.table(
        {
            "id": list(known),
            "commune": [r["Code_INSEE_(BAN)"] for r in known.values()],
            "numero": pa.array([int("".join(c for c in n if c.isdigit()) or -1) for n in numbers], pa.int32()),
            "repetition": [n.lstrip("0123456789").strip() or None for n in numbers],
            "type_voie": pa.nulls(len(known), pa.string()),
            "voie": [r["Nom__rue_(BAN)"] for r in known.values()],
            "lieu_dit": pa.nulls(len(known), pa.string()),
            "code_postal": [r["Code_postal_(BAN)"] for r in known.values()],
            "nom_commune": [r["Nom__commune_(BAN)"] for r in known.values()],
            "geometry": [shapely.to_wkb(shapely.Point(float(r[x]), float(r[y]))) for r in known.values()],
        }
    )
    index = Index(table)
    found = [match(index, parse(f"{r['Adresse_brute']} {r['Code_postal_(brut)']}"), 1) for r in rows]
    right = sum(bool(f) and f[0].asset == r["Identifiant__BAN"] for f, r in zip(found, rows, strict=True))
    assert len(rows) > 900
    assert right / len(rows) > 0.95
    wrong = [f[0] for f, r in zip(found, rows, strict=True) if f and f[0].asset != r["Identifiant__BAN"]]
    sure = [one for one in wrong if one.score > 0.975 and one.exact]
    assert len(sure) <= 10
