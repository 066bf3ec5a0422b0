"""Load curves as operators export them: what runs when nobody is there, and what cannot be read."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from jumeau.errors import InputError
from jumeau.sources.load_curves import read_load_curves
from jumeau.twin.load_curves import load_curves

START, DAYS = datetime(2024, 1, 1), 120
OUTDOOR = 10 - 8 * np.cos(np.arange(DAYS) / 58)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two offices by half hours, in W: one heats day and night, the other when people are there."""
    rows = ["Identifiant PRM;Unité;Horodate;Valeur"]
    for day in range(DAYS):
        need = max(15 - OUTDOOR[day], 0)
        for half in range(48):
            when = START + timedelta(days=day, minutes=30 * half)
            there = when.weekday() < 5 and 7 <= when.hour < 19
            for meter, kw in (("001", 5 + need), ("002", (5 + need) * there + 0.3)):
                rows.append(f"{meter};W;{when.isoformat()};{1000 * kw:.0f}")
    curve, days = tmp_path / "courbes.csv", tmp_path / "jours.csv"
    curve.write_text("\n".join([*rows, "001;W;hier;5", "001;W;2024-01-01T00:00:00;-4"]), encoding="utf-8")
    said = [f"{(START + timedelta(days=d)).date()};{OUTDOOR[d]:.2f}" for d in range(DAYS)]
    days.write_text("\n".join(["date;temperature", *said]), encoding="utf-8")
    return curve, days


def test_heating_an_empty_office_is_an_alert(files: tuple[Path, Path]) -> None:
    rows, remarks = load_curves(*files, "bureau")
    always, present = rows
    assert always.hours == present.hours == DAYS * 24
    assert always.night_heating is not None
    assert always.night_heating > 0.55
    assert always.alerts == ("night_setback", "high_floor")
    assert present.night_heating == pytest.approx(0, abs=0.05)
    assert present.alerts == ()
    assert present.drift is None
    assert "2 lignes" in remarks[0]


def test_what_cannot_be_used_is_said(files: tuple[Path, Path], tmp_path: Path) -> None:
    curve, days = files
    with pytest.raises(InputError, match="église"):
        load_curves(curve, days, "église")
    short = tmp_path / "court.csv"
    short.write_text("\n".join(days.read_text("utf-8").split("\n")[:50]), encoding="utf-8")
    with pytest.raises(InputError, match="températures"):
        load_curves(curve, short, "bureau")
    other = tmp_path / "autre.csv"
    other.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(InputError, match="horodate"):
        read_load_curves(other)
