"""Weather files as they come: 32 columns, hours missing, twice, out of order; what is not one is said so in French."""

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from jumeau.errors import InputError
from jumeau.model.weather import HOURS
from jumeau.sources.epw import MONTH_DAYS, read_epw

HEAD = ["LOCATION,Ville,XX,FRA,TEST,00000,45.7,4.9,1.0,198.0", *["COMMENTS"] * 7]


def lines(columns: int = 35) -> list[str]:
    out = []
    for month, days in enumerate(MONTH_DAYS, 1):
        for day in range(1, days + 1):
            for hour in range(1, 25):
                row = ["0"] * 35
                row[:6] = ["2004", str(month), str(day), str(hour), "60", "x"]
                row[6], row[7], row[12] = f"{10 + 0.5 * hour:.1f}", "5.0", "300"
                row[14], row[15], row[21] = ("400", "100", "3.0") if 8 <= hour <= 18 else ("0", "0", "3.0")
                out.append(",".join(row[:columns]))
    return out


def changed(column: int, change: Callable[[str], str], also: int | None = None) -> list[str]:
    """The lines with one column (or two) written in another way."""
    out = []
    for line in lines():
        cells = line.split(",")
        for at in (column, also):
            if at is not None:
                cells[at] = change(cells[at])
        out.append(",".join(cells))
    return out


def write(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join([*HEAD, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("columns", [32, 35])
def test_any_number_of_columns(tmp_path: Path, columns: int) -> None:
    found = read_epw(write(tmp_path / "a.epw", lines(columns)))
    assert (found.latitude, found.altitude, found.filled) == (45.7, 198.0, 0)
    assert found.outdoor[:3].tolist() == [10.5, 11.0, 11.5]
    assert len(found.direct) == HOURS


def test_missing_hours_are_rebuilt_and_counted(tmp_path: Path) -> None:
    rows = lines()
    kept = rows[:100] + rows[102:2000] + rows[2048:] + rows[5000:5003]
    found = read_epw(write(tmp_path / "a.epw", kept))
    whole = read_epw(write(tmp_path / "b.epw", rows))
    assert found.filled == 50
    assert np.abs(found.outdoor - whole.outdoor).max() < 0.1
    assert np.abs(found.direct - whole.direct).max() < 1e-9


def test_missing_values_and_leap_day(tmp_path: Path) -> None:
    rows = lines()
    rows[10] = rows[10].replace(",15.5,", ",99.9,")
    rows.insert(0, "2004,2,29,5,60,x" + ",0" * 29)
    found = read_epw(write(tmp_path / "a.epw", rows))
    assert found.filled == 1
    assert found.outdoor[10] == pytest.approx(15.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bonjour", "LOCATION"),
        ("\n".join(["LOCATION,a,b,c,d,e,nord,4.9,1,2", *["x"] * 8]), "latitude"),
        ("\n".join([*HEAD, "2004,1,1,1,60"]), "ligne 9 : 5 colonnes"),
        ("\n".join([*HEAD, "2004,1,1,midi" + ",0" * 31]), "ligne 9"),
        ("\n".join([*HEAD, *lines()[:5000]]), "3760 heures"),
        ("", "LOCATION"),
        ("\n".join([*HEAD, "x" * 300_000]), "LOCATION"),
        ("\n".join([*HEAD, *lines()]).replace(",x,", ',"x,', 1), "LOCATION"),
        ("\n".join([*HEAD, *lines()]).replace(",", ";"), "LOCATION"),
        ("\n".join([*HEAD, *changed(6, lambda v: v.replace(".", ","))]), "ligne 9 : 36 colonnes"),
        ("\n".join([*HEAD, *changed(6, lambda v: f"{float(v) + 273.15}")]), "8760 heures"),
        ("\n".join([*HEAD, *changed(6, lambda v: f"{float(v) * 1.8 + 15}")]), "44 °C"),
        ("\n".join([*HEAD, *changed(14, lambda v: "0.4", 15)]), "7 kWh/m²"),
        ("\n".join([*HEAD, *changed(3, lambda v: str(int(v) - 1))]), "ligne 9"),
        ("\n".join(["LOCATION,a,b,c,d,e,145.7,4.9,1,2", *HEAD[1:], *lines()]), "latitude"),
        ("\n".join(["LOCATION,a,b,c,d,e,nan,4.9,1,2", *HEAD[1:], *lines()]), "latitude"),
    ],
)
def test_what_is_not_a_year_of_weather(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "a.epw"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_epw(path)


def test_a_field_without_end_whatever_others_allow(tmp_path: Path) -> None:
    path = tmp_path / "a.epw"
    path.write_text("\n".join([*HEAD, *lines()]).replace(",x,", ',"x,', 1), encoding="utf-8")
    before = csv.field_size_limit(2**24)
    try:
        with pytest.raises(InputError, match="LOCATION"):
            read_epw(path)
    finally:
        csv.field_size_limit(before)


def test_a_gzip_that_swells_and_a_file_of_bytes(tmp_path: Path) -> None:
    bomb, archive = tmp_path / "a.epw.gz", tmp_path / "b.epw"
    bomb.write_bytes(gzip.compress(b"LOCATION," + b"0" * 40 * 2**20))
    archive.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 8)
    with pytest.raises(InputError, match="trop gros"):
        read_epw(bomb)
    with pytest.raises(InputError, match="LOCATION"):
        read_epw(archive)


def test_a_leap_year_whole_and_hours_written_twice(tmp_path: Path) -> None:
    rows = lines()
    day = [f"2004,2,29,{h},60,x" + ",9.0" * 29 for h in range(1, 25)]
    whole = read_epw(write(tmp_path / "a.epw", rows))
    for name, other in (("b.epw", [*rows[:1416], *day, *rows[1416:]]), ("c.epw", rows + rows)):
        found = read_epw(write(tmp_path / name, other))
        assert (found.filled, len(found.outdoor)) == (0, HOURS)
        assert np.array_equal(found.outdoor, whole.outdoor)


def test_cut_gzip(tmp_path: Path) -> None:
    path = tmp_path / "a.epw.gz"
    path.write_bytes(gzip.compress(b"LOCATION" * 1000)[:50])
    with pytest.raises(InputError, match=r"a\.epw\.gz"):
        read_epw(path)


@pytest.mark.data
def test_real_files_of_lyon(data_dir: Path) -> None:
    for path in sorted((data_dir / "climat" / "lyon-69-epw").glob("*.epw.gz")):
        found = read_epw(path)
        assert found.filled == 0
        assert 10 < found.outdoor.mean() < 14
        assert 1100 < (found.direct.sum() + found.diffuse.sum()) / 1000 < 2300
