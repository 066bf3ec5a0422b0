"""What comes next for lighting: end of service, months ahead, and bills cut in months."""

import csv
import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from jumeau.engines.groups import Groups
from jumeau.engines.lighting.bills import READ, Bills
from jumeau.engines.lighting.diagnose import ENERGY
from jumeau.engines.lighting.hours import Cell
from jumeau.engines.protocol import Context
from jumeau.engines.tables import conform
from jumeau.twin.lighting_future import billed, future, monthly

CTX = Context(date=dt.date(2026, 6, 15))
EPOCH = dt.date(1970, 1, 1)


def bills(rows: list[tuple[str, dt.date, dt.date, float]]) -> Bills:
    start, end = (np.array([(row[k] - EPOCH).days for row in rows], np.int64) for k in (1, 2))
    return Bills(
        np.array([row[0] for row in rows]), start, end, np.array([row[3] for row in rows]),
        np.full(len(rows), READINGS_READ, np.int8), np.ones(len(rows), np.int64), (),
    )  # fmt: skip


READINGS_READ = 0
assert READ == "releve"


def lights(**columns: list[Any]) -> dict[str, pa.Table]:
    n = len(next(iter(columns.values())))
    table = pa.table({"id": [f"l{k}" for k in range(n)], "commune": ["34172"] * n} | columns)
    return {"luminaire": conform({"luminaire": table}, "luminaire")}


def test_what_is_due_is_counted_once_and_unknown_ages_stay_apart() -> None:
    found = future(
        lights(install_year=[1980, 2020, 2010, None], lamp_technology=["shp", "led", "shp", "led"]), None, None, CTX, "34172"
    )
    old = found.ageing
    assert (old.luminaires, old.ageless, sum(old.due), old.due[0], old.years[0]) == (4, 1, 3, 1, 2026)
    by_name = {row.technology: row for row in old.technologies}
    assert (by_name["shp"].overdue, by_name["led"].aged) == (1, 1)
    assert found.service_y["discharge"][0] < found.service_y["discharge"][1]
    assert old.failures == (None, None, None)
    assert (found.yearly, found.months, found.billed) == ({}, [], None)


def test_the_months_ahead_sum_to_the_year_and_follow_the_nights() -> None:
    draws = np.random.default_rng(1).normal(1e5, 1e4, (1, 1, 256))
    one = np.ones((1, 1), np.int64)
    groups = Groups(("34172",), (ENERGY,), draws, np.zeros((1, 1, 5)), one, one)
    found = future(lights(regime=["permanent", "permanent"]), None, groups, CTX, "34172")
    assert len(found.months) == 12
    assert found.months[0].month == "2026-07"
    assert sum(m.value for m in found.months) == pytest.approx(draws.mean(), rel=1e-3)
    values = {m.month[5:]: m.value for m in found.months}
    assert values["12"] > 1.5 * values["06"]
    assert all(m.low < m.value < m.high for m in found.months)


def test_a_bill_of_two_months_gives_each_its_days_and_a_hole_stays_unknown() -> None:
    rows = [("A", dt.date(2024, m, 1), dt.date(2024, m + 1, 28 if m == 1 else 30), 590.0) for m in (1, 3, 5, 7, 9, 11)]
    rows = [
        (a, b, dt.date(2024, b.month + 2, 1) - dt.timedelta(1) if b.month < 11 else dt.date(2024, 12, 31), e)
        for a, b, _, e in rows
    ]
    holed = [("B", b, c, e) for _, b, c, e in rows if b.month != 5]
    energy, first = monthly(bills(rows + holed))
    assert first == dt.date(2024, 1, 1)
    assert energy[0].sum() == pytest.approx(6 * 590)
    assert energy[0, 0] == pytest.approx(590 * 31 / 60)
    assert np.flatnonzero(np.isnan(energy[1])).tolist() == [4, 5]


@pytest.mark.data
def test_bethune_2018_is_foretold_from_2017(data_dir: Any) -> None:
    path = data_dir / "eclairage/bethune-62-conso-armoires/eclairage-public-2017-2018.csv"
    with path.open(encoding="utf-8") as file:
        raw = [(r["BatimentOuRue"], dt.date.fromisoformat(r["Date"]), float(r["Consommation"])) for r in csv.DictReader(file)]
    rows = [
        (n, d.replace(day=1), (d.replace(day=28) + dt.timedelta(4)).replace(day=1) - dt.timedelta(1), e) for n, d, e in raw
    ]
    found = billed(bills([r for r in rows if r[1].year == 2017]), Cell(50.5, 2.6, "62"))
    assert found is not None
    assert found.cabinets > 100
    assert found.lag == 1
    assert [m.month for m in found.months] == [f"2018-{k:02d}" for k in range(1, 13)]
    known = {r[0] for r in rows if r[1].year == 2017}
    whole = {n for n in known if sum(r[0] == n for r in rows) >= 24}
    again = billed(bills([r for r in rows if r[1].year == 2017 and r[0] in whole]), Cell(50.5, 2.6, "62"))
    assert again is not None
    truth = sum(r[3] for r in rows if r[1].year == 2018 and r[0] in whole)
    assert sum(m.value for m in again.months) == pytest.approx(truth, rel=0.1)
    inside = [
        m.low <= sum(r[3] for r in rows if r[0] in whole and f"{r[1]:%Y-%m}" == m.month) <= m.high for m in again.months
    ]
    assert sum(inside) >= 11
