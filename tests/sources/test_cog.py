"""The embedded referential is what the official files give, and damaged files are named."""

import gzip
import json
from importlib.resources import files
from pathlib import Path

import pytest

from jumeau.errors import InputError
from jumeau.model.territory import referential
from jumeau.sources import cog


def _plain(name: str, data: bytes) -> bytes:
    return gzip.decompress(data) if name.endswith(".gz") else data


@pytest.mark.data
def test_rebuilt_tables_equal_the_embedded_ones(data_dir: Path) -> None:
    """Contents byte for byte; the gzip container may differ with the machine's zlib, but not between two calls."""
    built = cog.refresh(data_dir / "referentiel")
    folder = files("jumeau.model").joinpath("cog")
    for name, data in built.items():
        assert _plain(name, data) == _plain(name, folder.joinpath(name).read_bytes()), name
    assert cog.refresh(data_dir / "referentiel") == built


@pytest.mark.data
def test_rebuilt_centres_equal_the_embedded_ones(data_dir: Path) -> None:
    folder = data_dir / "referentiel" / "france-geojson-2018" / "departements"
    paths = sorted(folder.glob("*/communes-*.geojson"))
    codes = [f["properties"]["code"] for p in paths for f in json.loads(p.read_text(encoding="utf-8"))["features"]]
    built = cog.centres(paths, {code: referential().commune(code).code for code in codes})
    assert built == files("jumeau.model").joinpath("cog", "centres.csv").read_bytes()


COMMUNE = {"code": "34172", "nom": "Montpellier", "typeLiaison": 0, "type": "commune-actuelle", "siren": "213401722"}
DEPARTEMENT = {"code": "34", "nom": "Hérault", "typeLiaison": 5, "region": "76", "chefLieu": "34172", "zone": "metro"}
MOVES = "MOD,DATE_EFF,TYPECOM_AV,COM_AV,LIBELLE_AV,TYPECOM_AP,COM_AP,LIBELLE_AP\n"
EPCI = {"code": "243400017", "nom": "Métropole", "type": "METRO", "modeFinancement": "FPU", "membres": [{"code": "34172"}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, items in {
        "communes": [COMMUNE],
        "epci": [EPCI],
        "ept": [],
        "departements": [DEPARTEMENT],
        "regions": [DEPARTEMENT],
    }.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(items), encoding="utf-8")
    (tmp_path / "v_mvt_commune_2026.csv").write_text(MOVES, encoding="utf-8")
    return tmp_path


def test_a_small_vintage_is_built(folder: Path) -> None:
    tables = {name: _plain(name, data).decode().splitlines() for name, data in cog.refresh(folder).items()}
    assert tables["communes.csv.gz"][1:] == ["34172,Montpellier,0,,,243400017,,,,"]
    assert tables["departements.csv"][1:] == ["34,Hérault,5,76,34172,metro"]
    assert len(tables["mouvements.csv.gz"]) == 1


def test_missing_file_is_named(folder: Path) -> None:
    (folder / "v_mvt_commune_2026.csv").unlink()
    with pytest.raises(InputError, match=r"mouvements-communes\.csv.*v_mvt_commune"):
        cog.refresh(folder)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("communes.json", b"{", r"communes\.json"),
        ("communes.json", b"\xff\xfe", r"communes\.json"),
        ("communes.json", b'{"a": 1}', "code, nom"),
        ("regions.json", b'[{"code": "76", "nom": "Occitanie"}]', "typeLiaison"),
        ("v_mvt_commune_2026.csv", b"MOD,DATE_EFF\n", "TYPECOM_AV"),
        ("communes.json.gz", gzip.compress(b"[]", mtime=0)[:-9], r"communes\.json\.gz"),
        ("epci.json", json.dumps([EPCI | {"membres": [{"code": "34999"}]}]).encode(), "34999"),
    ],
)
def test_damaged_file_is_named(folder: Path, file: str, content: bytes, message: str) -> None:
    if file.endswith(".gz"):
        (folder / file[:-3]).unlink()
    (folder / file).write_bytes(content)
    with pytest.raises(InputError, match=message):
        cog.refresh(folder)
