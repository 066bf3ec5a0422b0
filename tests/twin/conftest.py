"""A small twin: three communes of the Hérault and a few dozen luminaires read from a CSV."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

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
