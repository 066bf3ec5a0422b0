"""Load curves as they come: both layouts of Enedis, energies and powers, doubled instants, units nobody knows, bombs."""

import gzip
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from jumeau.errors import HostileFileError, InputError
from jumeau.sources.load_curves import read_load_curves

START = datetime(2024, 2, 28)


def written(path: Path, rows: list[str], head: str = "prm;horodate;unite;valeur", encoding: str = "utf-8") -> Path:
    path.write_text("\n".join([head, *rows]) + "\n", encoding=encoding)
    return path


def halves(meter: str, unit: str, value: str, days: int = 2) -> list[str]:
    return [f"{meter};{(START + timedelta(minutes=30 * k)).isoformat()};{unit};{value}" for k in range(48 * days)]


def test_an_energy_is_that_of_its_step(tmp_path: Path) -> None:
    """4 kW for half an hour is 2 kWh, or 2 000 Wh: the three files say the same."""
    found = [
        read_load_curves(written(tmp_path / f"{unit}.csv", halves("a", unit, value)))
        for unit, value in (("kW", "4"), ("kWh", "2"), ("Wh", "2000"))
    ]
    for read in found:
        assert np.allclose(read.kw, 4.0)
        assert read.kw.shape == (1, 48)
        assert read.remarks == ()


def test_the_unit_said_once_above_the_rows(tmp_path: Path) -> None:
    """The layout Enedis gives a customer: who and in what unit on one line, then `Horodate;Valeur`."""
    rows = [f"{(START + timedelta(minutes=30 * k)).isoformat()}+01:00;1500" for k in range(96)]
    above = ["24115012345678;Courbe de charge;Consommation;W", "Horodate;Valeur"]
    file = written(tmp_path / "enedis.csv", above + rows, "Identifiant PRM;Type de donnees;Grandeur metier;Unite")
    read = read_load_curves(file)
    assert read.meters == ("24115012345678",)
    assert read.first == START
    assert np.allclose(read.kw, 1.5)


def test_french_dates_windows_letters_and_gzip_are_read(tmp_path: Path) -> None:
    rows = [f"a;{START + timedelta(hours=k):%d/%m/%Y %H:%M};kW;1,5" for k in range(24)]
    plain = written(tmp_path / "excel.csv", rows, "Compteur;Horodate;Unité;Valeur", "cp1252")
    packed = tmp_path / "excel.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for file in (plain, packed):
        assert np.allclose(read_load_curves(file).kw, 1.5)


def test_what_is_wrong_is_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    day = START.isoformat()
    wrong = [
        "a;2024-02-31T10:00:00;kW;4",  # a day that does not exist
        f"a;{day};kW;9",  # an instant given again, otherwise
        "a;1924-01-01T00:00:00;kW;4",  # a century too early
        "a;1994-01-01T00:00:00;kW;4",  # thirty years from the rest
        f"a;{day};kVA;4",
        f"a;{day};kW;-3",
        f"a;{day};kW;deux",
        f";{day};kW;4",
    ]
    read = read_load_curves(written(tmp_path / "c.csv", [*halves("a", "kW", "4"), *wrong]))
    assert read.meters == ("a",)
    assert np.allclose(read.kw, 4.0)
    said = " ".join(read.remarks)
    assert "5 lignes illisibles ou impossibles" in said
    assert "« kva »" in said
    assert "1 lignes à plus de la moitié de 5 ans" in said
    assert "1 instants donnés deux fois" in said
    assert "1 disaient une autre valeur" in said


def test_the_hour_lived_twice_in_october_is_one_hour(tmp_path: Path) -> None:
    """On 27 October 2024 half past two comes twice, with two offsets: the mean of both."""
    rows = ["a;2024-10-27T02:00:00+02:00;kW;2", "a;2024-10-27T02:00:00+01:00;kW;4", "a;2024-10-27T03:00:00+01:00;kW;5"]
    read = read_load_curves(written(tmp_path / "c.csv", rows))
    assert read.kw[0, 2] == 3.0
    assert read.remarks == ()


def test_files_that_cannot_be_used_say_what_to_do(tmp_path: Path) -> None:
    none = written(tmp_path / "sans.csv", [r.replace(";kW", "") for r in halves("a", "kW", "4")], "prm;horodate;valeur")
    with pytest.raises(InputError, match="ne dit pas son unité"):
        read_load_curves(none)
    with pytest.raises(InputError, match="aucune ligne lisible"):
        read_load_curves(written(tmp_path / "vide.csv", ["a;hier;kW;4"]))
    bomb = tmp_path / "bombe.csv.gz"
    with gzip.open(bomb, "wb") as out:
        out.write(b"prm;horodate;unite;valeur\n" + b"a" * 30_000_000)
    with pytest.raises(HostileFileError):
        read_load_curves(bomb)
