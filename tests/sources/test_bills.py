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


def test_a_replaced_meter_goes_on_under_its_delivery_point(tmp_path: Path) -> None:
    """Another device from February: its index starts again, the energy of each period is still the difference."""
    head = "PDL;Matricule;Date début;Date fin;Index début;Index fin\n"
    rows = (
        "A1;S1;01/01/2024;01/02/2024;98 000;99 000\nA1;S2;01/02/2024;01/03/2024;0;800\nA1;S2;01/03/2024;01/04/2024;800;200\n"
    )
    found = read_bills(write(tmp_path / "f.csv", head + rows))
    assert [b.energy for b in found.bills] == [1000.0, 800.0]
    said = " ".join(found.remarks)
    assert "appareil remplacé à la période qui commence le 2024-02-01" in said
    assert "Ligne 4, compteur A1 : l'index repart de plus bas" in said.replace("…", "")


def test_units_of_the_header_of_the_cell_and_of_nobody(tmp_path: Path) -> None:
    mwh = read_bills(write(tmp_path / "m.csv", "pdl;debut;fin;Consommation (MWh)\nA1;2024-01-01;2024-02-01;1,5\n"))
    assert mwh.bills[0].energy == 1500.0
    rows = "A1;2024-01-01;2024-02-01;1500;Wh\nA1;2024-02-01;2024-03-01;2;MWh\nA1;2024-03-01;2024-04-01;90;m3\n"
    cell = read_bills(write(tmp_path / "c.csv", "pdl;debut;fin;consommation;unite\n" + rows))
    assert [b.energy for b in cell.bills] == [1.5, 2000.0]
    assert "« m3 »" in cell.remarks[0]
    months = [f"A1;2024-{m:02d}-01;2024-{m + 1:02d}-01;{900 + m}\n" for m in range(1, 8)] + [
        "A1;2024-08-01;2024-09-01;905000\n"
    ]
    odd = read_bills(write(tmp_path / "o.csv", "pdl;debut;fin;kwh\n" + "".join(months)))
    assert len(odd.bills) == 7
    assert "unité sans doute fausse" in odd.remarks[0]


def test_an_index_that_says_something_else_is_named(tmp_path: Path) -> None:
    head = "pdl;debut;fin;kwh;index_debut;index_fin\n"
    found = read_bills(write(tmp_path / "f.csv", head + "A1;2024-01-01;2024-02-01;900;100;190\n"))
    assert found.bills[0].energy == 900.0
    assert "n'est pas la différence" in found.remarks[0]


def test_the_last_day_may_be_counted_in(tmp_path: Path) -> None:
    """Periods that end on the 31st and begin on the 1st: the estimate still goes with the reading that follows."""
    rows = "A1;01/01/2024;31/01/2024;500;Estimé\nA1;01/02/2024;29/02/2024;700;Réel\n"
    found = read_bills(write(tmp_path / "f.csv", HEAD + rows))
    assert [(b.start, b.energy) for b in found.bills] == [(date(2024, 1, 1), 1200.0)]


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
