"""Bills as they come: estimated readings, meter changes, overlaps, wrong units; named, and the rest goes on."""

from datetime import date
from pathlib import Path

import pytest

from jumeau.errors import InputError
from jumeau.sources.bills import read_bills, read_days

HEAD = "PDL;Date début;Date fin;Consommation kWh;Nature relevé\n"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


def test_estimated_readings_are_joined_to_the_next_real_one(tmp_path: Path) -> None:
    rows = "30001234;01/01/2024;01/02/2024;900;Réel\n30001234;01/02/2024;01/03/2024;500;Estimé\n"
    rows += "30001234;01/03/2024;01/04/2024;700,5;Réel\n30009999;01/01/2024;01/02/2024;100;Estimé\n"
    found = read_bills(write(tmp_path / "f.csv", HEAD + rows, "cp1252"))
    assert [(b.start, b.end, b.energy) for b in found.bills] == [
        (date(2024, 1, 1), date(2024, 2, 1), 900.0),
        (date(2024, 2, 1), date(2024, 4, 1), 1200.5),
    ]
    assert len(found.remarks) == 2
    assert "…1234" in found.remarks[0]
    assert "30001234" not in " ".join(found.remarks)


def test_what_contradicts_itself_is_left_out_and_named(tmp_path: Path) -> None:
    rows = "A1;2024-01-01;2024-02-01;900;R\nA1;2024-01-01;2024-02-01;900;R\nA1;2024-01-15;2024-03-01;500;R\n"
    rows += "A1;2024-03-01;2024-04-01;-120;R\nA1;2024-05-01;2024-04-01;10;R\nA1;2024-06-01;2024-07-01;9e12;R\nA1;x;y;z;R\n"
    found = read_bills(write(tmp_path / "f.csv", HEAD + rows))
    assert len(found.bills) == 1
    said = " ".join(found.remarks)
    for words in ("deux fois", "recouvre", "index qui recule", "précède", "unité", "illisibles"):
        assert words in said


def test_a_file_that_lacks_a_column_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="il manque"):
        read_bills(write(tmp_path / "f.csv", "pdl;debut;fin\n1;2;3\n"))
    with pytest.raises(InputError, match=r"absent\.csv"):
        read_bills(tmp_path / "absent.csv")


def test_daily_temperatures(tmp_path: Path) -> None:
    first, days = read_days(write(tmp_path / "t.csv", "date;temperature\n2024-01-01;3,5\n2024-01-04;6,5\n2024-01-02;4,5\n"))
    assert first == date(2024, 1, 1)
    assert days.tolist() == [3.5, 4.5, 5.5, 6.5]
    with pytest.raises(InputError, match="2024-01-02"):
        read_days(write(tmp_path / "u.csv", "date,temperature\n2024-01-01,3\n2024-02-01,4\n"))
    with pytest.raises(InputError, match="temperature"):
        read_days(write(tmp_path / "v.csv", "a,b\n1,2\n"))
