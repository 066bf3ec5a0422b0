"""A small twin: three communes of the Hérault and a few dozen luminaires read from a CSV."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from jumeau.model.provenance import Source
from jumeau.model.territory import centres
from jumeau.twin import Twin, open_twin

PLACES = ("34172", "34057", "34129")


def write_lights(path: Path, rows: int = 60) -> Path:
    """A CSV of luminaires: some powers known, some unknown, one row that lies nowhere."""
    codes, points = centres("34")
    where = dict(zip(codes, points, strict=True))
    draw = random.Random(34)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["num_pl", "insee", "x", "y", "type_lante", "puissance", "lampe"])
        for i in range(rows):
            commune = PLACES[i % len(PLACES)]
            x, y = where[commune] + [draw.uniform(-300, 300), draw.uniform(-300, 300)]
            power = str(draw.choice([70, 100, 150])) if i % 3 else ""
            writer.writerow([f"PL{i:04d}", commune, f"{x:.2f}", f"{y:.2f}", "LANTERNE", power, "SHP" if power else ""])
        writer.writerow(["PL9999", "", "", "", "LANTERNE", "70", "SHP"])
    return path


@pytest.fixture
def lights(tmp_path: Path) -> Path:
    """The CSV of luminaires."""
    return write_lights(tmp_path / "eclairage.csv")


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[Twin]:
    """An empty twin with the communes of the Hérault."""
    with open_twin(tmp_path / "jumeau", create=True) as opened:
        opened.load_communes("34")
        yield opened


@pytest.fixture(params=["embedded", pytest.param("postgis", marks=pytest.mark.postgis)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a twin of either adapter can be made."""
    if request.param == "embedded":
        return str(tmp_path / "jumeau")
    return f"{request.getfixturevalue('postgis_server')}#t{uuid4().hex[:10]}"


@pytest.fixture
def lit(place: str, lights: Path) -> Iterator[Twin]:
    """Twelve lights of three communes, in either adapter; the communes have schematic cells."""
    write_lights(lights, 12)
    with open_twin(place, create=True) as opened:
        opened.load_communes("34")
        opened.import_file(lights, "luminaire", source=Source(id="gestionnaire", title="Fichier du gestionnaire"))
        yield opened


def ids_of(twin: Twin) -> dict[str, str]:
    """Asset id of each light, by its number."""
    table = twin.view.read("luminaire", columns=["code"])
    return dict(zip(table["code"].to_pylist(), table["id"].to_pylist(), strict=True))
