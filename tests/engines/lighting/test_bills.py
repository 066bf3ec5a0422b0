"""Bills as they come: overlapping, estimated, cut in pieces, backwards."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from jumeau.engines.lighting.bills import READINGS, read_bills
from jumeau.engines.lighting.contracts import LONG, SHORT, advise, break_even_h, needed_kva, prices, prices_on, yearly_cost
from jumeau.engines.tables import conform
from jumeau.errors import InputError


def bills(*rows: tuple) -> pa.Table:
    names = ("armoire", "period_start", "period_end", "energy_kwh", "reading")
    columns = {n: [r[i] if i < len(r) else None for r in rows] for i, n in enumerate(names)}
    for n in names[1:3]:
        columns[n] = pa.array([None if v is None else dt.date.fromisoformat(v) for v in columns[n]], pa.date32())
    columns["reading"] = pa.array(columns["reading"], pa.string())
    table = {"id": [str(i) for i in range(len(rows))], "commune": ["62119"] * len(rows)} | columns
    return conform({"facture_eclairage": pa.table(table)}, "facture_eclairage")


def test_a_reading_beats_the_estimate_of_the_same_days() -> None:
    found = read_bills(bills(
        ("A1", "2025-01-01", "2025-02-28", 900.0, "estime"), ("A1", "2025-01-01", "2025-02-28", 1000.0, "releve"),
        ("A1", "2025-03-01", "2025-04-30", 700.0, "releve"), ("A2", "2025-01-01", "2025-12-31", 5000.0),
        ("A2", "2025-06-01", "2025-06-30", 300.0),
    ))  # fmt: skip
    assert found.cabinet.tolist() == ["A1", "A1", "A2"]
    assert found.energy_kwh.tolist() == [1000, 700, 300]
    assert any("2 facture(s)" in n and "A1" in n for n in found.notes)
    assert READINGS[found.reading[0]] == "releve"
    assert found.days.tolist() == [59, 61, 30]


def test_a_chain_of_overlaps_ends_without_any() -> None:
    rng = np.random.default_rng(2)
    rows = []
    for _ in range(300):
        start = dt.date(2024, 1, 1) + dt.timedelta(int(rng.integers(0, 700)))
        end = start + dt.timedelta(int(rng.integers(10, 120)))
        kind = [None, "releve", "estime", "forfait"][rng.integers(4)]
        rows.append((f"A{rng.integers(6)}", str(start), str(end), float(rng.integers(100, 900)), kind))
    found = read_bills(bills(*rows))
    for name in set(found.cabinet):
        mine = found.cabinet == name
        assert (found.start[mine][1:] > found.end[mine][:-1]).all()


def test_pieces_at_one_rate_are_one_reading() -> None:
    found = read_bills(bills(
        ("A1", "2025-01-01", "2025-01-31", 310.0), ("A1", "2025-02-01", "2025-02-28", 280.0), ("A1", "2025-03-01",
        "2025-03-31", 200.0),
    ))  # fmt: skip
    assert found.energy_kwh.tolist() == [590, 200]
    assert found.joined.tolist() == [2, 1]
    assert any("rythme" in n for n in found.notes)


def test_what_cannot_be_used_is_named() -> None:
    found = read_bills(bills(
        ("A1", "2025-03-01", "2025-02-01", 10.0), ("A1", None, "2025-02-01", 10.0), (None, "2025-01-01", "2025-02-01", 10.0),
        ("A1", "2025-01-01", "2025-01-31", None),
    ))  # fmt: skip
    assert not len(found.cabinet)
    assert len(found.notes) == 2
    assert read_bills(bills()).notes == ()


DAY = dt.date(2026, 1, 15)


def test_every_day_since_2024_has_one_price_of_each_name_in_order() -> None:
    for day in (dt.date(2024, 6, 1), dt.date(2025, 3, 1), dt.date(2025, 7, 31), dt.date(2025, 8, 1), DAY):
        at = prices_on(day)
        assert set(at) == {p.name for p in prices()}
        for name in at:
            assert sum((p.valid_from or day) <= day <= (p.valid_to or day) for p in prices() if p.name == name) == 1
    for price in prices():
        assert price.low <= price.mode <= price.high
        assert price.source
        assert price.confidence in ("low", "medium", "high")


def test_the_long_option_suits_whole_nights_and_the_short_one_half_nights() -> None:
    assert 1500 < break_even_h(DAY) < 3000
    power = np.array([5000.0, 5000.0])
    kwh = power * [4100, 1300] / 1000
    found = advise(["courte_utilisation", "longue_utilisation"], np.array([18.0, 7.0]), power, kwh, DAY)
    assert found.option == [LONG, SHORT]
    assert found.kva.tolist() == [7, 7]
    assert (found.saving_eur[:, 1] > 0).all()
    assert np.isnan(advise(["?"], np.array([6.0]), power[:1], kwh[:1], DAY).saving_eur).all()
    assert needed_kva(np.array([10.0])).tolist() == [1]
    low, mode, high = yearly_cost(LONG, np.array([6.0]), np.array([20_000.0]), DAY)[0]
    assert low < mode < high
    assert 0.12 < mode / 20_000 < 0.25
    with pytest.raises(InputError, match="option"):
        yearly_cost("bleu", np.array([6.0]), np.array([1.0]), DAY)
