"""Sensor values, the audit and runs: the same for every adapter."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas
import pyarrow as pa
import pytest

from jumeau.errors import InputError, NotFoundError
from jumeau.model.claim import Observation, Reception, Series
from jumeau.model.measure import converter
from jumeau.store.port import Store

Factory = Callable[..., Store]
START = datetime(2026, 1, 1, tzinfo=UTC)


def seen(hours: float, value: float, **more: Any) -> Observation:
    return Observation(**{"series": "p1", "instant": START + timedelta(hours=hours), "value": value, "unit": "kWh"} | more)


def test_values_come_in_another_unit_of_the_quantity_and_no_other(store_factory: Factory) -> None:
    store = store_factory()
    store.declare_series(Series(id="p1", unit="kWh", title="Compteur", layer="armoire", asset="a1"))
    found = store.receive([seen(0, 1500.0, unit="Wh"), seen(1, 3.6, unit="MJ"), seen(2, 2.0)])
    assert found == Reception(added=3, converted=2)
    assert store.observations("p1")["value"].to_pylist() == pytest.approx([1.5, 1.0, 2.0])
    assert set(store.observations("p1")["unit"].to_pylist()) == {"kWh"}
    with pytest.raises(InputError, match=r"p1.*kW.*kWh"):
        store.receive([seen(3, 1.0), seen(4, 1.0, unit="kW")])
    assert store.observations("p1").num_rows == 3
    with pytest.raises(InputError, match="kWh"):
        store.declare_series(Series(id="p1", unit="W"))
    store.declare_series(Series(id="p1", unit="kWh", title="Compteur 2", raw_days=None))
    assert store.series()["p1"].title == "Compteur 2"
    with pytest.raises(InputError, match="1 jour"):
        store.declare_series(Series(id="p2", unit="W", raw_days=0))


def test_units_agree_with_their_definitions() -> None:
    # BIPM, SI brochure, 9th edition: kWh = 3.6 MJ; t/°C = T/K - 273.15; NIST SP 811: 32 °F = 0 °C, 1 bar = 100 kPa.
    def turned(value: float, unit: str, wanted: str) -> float:
        factor, offset = converter(unit, wanted) or (np.nan, np.nan)
        return value * factor + offset

    assert turned(1, "kWh", "MJ") == pytest.approx(3.6)
    assert turned(20, "°C", "K") == pytest.approx(293.15)
    assert turned(212, "°F", "°C") == pytest.approx(100)
    assert turned(1, "bar", "kPa") == pytest.approx(100)
    assert turned(1, "L/s", "m3/h") == pytest.approx(3.6)
    assert turned(50, "%", "1") == pytest.approx(0.5)
    assert converter("kW", "kWh") is None


def test_retention_keeps_hours_and_days_and_agrees_with_pandas(store_factory: Factory) -> None:
    rng = random.Random(4)
    now = START + timedelta(days=40)
    store = store_factory(clock=lambda: now)
    store.declare_series(Series(id="p1", unit="kWh", raw_days=10, hourly_days=20))
    given = [seen(i * 0.25, rng.uniform(0, 9), quality="bad" if i % 17 == 0 else "good") for i in range(40 * 96)]
    rng.shuffle(given)
    for first in range(0, len(given), 700):
        store.receive(given[first : first + 700])
    frame = pandas.DataFrame({"value": [o.value for o in given if o.quality != "bad"]})
    frame.index = pandas.DatetimeIndex([o.instant for o in given if o.quality != "bad"])
    expected = {step: frame["value"].sort_index().resample(rule) for step, rule in (("hour", "1h"), ("day", "1D"))}
    before = {step: store.summary("p1", step) for step in ("hour", "day")}
    for step, table in before.items():
        for name in ("count", "mean", "min", "max"):
            assert table[name].to_pylist() == pytest.approx(getattr(expected[step], name)().to_list())
    assert sum(before["day"]["bad"].to_pylist()) == sum(o.quality == "bad" for o in given)
    store.compact()
    raw = store.observations("p1")
    assert raw["instant"][0].as_py() == now - timedelta(days=10)
    assert raw.num_rows == 10 * 96
    days, hours = store.summary("p1", "day"), store.summary("p1", "hour")
    assert days.drop_columns("mean").equals(before["day"].drop_columns("mean"))
    assert days["mean"].to_pylist() == pytest.approx(before["day"]["mean"].to_pylist())
    assert hours["start"][0].as_py() == now - timedelta(days=20)
    assert hours.num_rows == 20 * 24
    store.compact()
    assert store.summary("p1", "day").equals(days)
    late = store.receive([seen(5, 1.0), seen(40 * 24 - 1, 1.0), seen(40 * 24, 1.0)])
    assert late == Reception(added=1, repeated=1, late=1)
    since = START + timedelta(days=1)
    assert store.summary("p1", "day", since, since + timedelta(days=2)).num_rows == 2
    assert store.check() == []
    with pytest.raises(NotFoundError, match="p9"):
        store.summary("p9", "day")
    with pytest.raises(InputError, match="hour"):
        store.summary("p1", "week")


def test_a_series_all_summed_up_keeps_its_latest_value(store_factory: Factory) -> None:
    now = [START]
    store = store_factory(clock=lambda: now[0])
    store.receive([seen(0, 4.0), seen(-1, 3.0)])
    now[0] = START + timedelta(days=3000)
    store.compact()
    assert store.observations("p1").num_rows == 0
    assert store.latest("p1") == seen(0, 4.0)
    assert store.summary("p1", "day")["mean"].to_pylist() == [3.0, 4.0]
    assert store.summary("p1", "hour").num_rows == 0
    assert store.check(repair=True) == []
    assert store.latest("p1") == seen(0, 4.0)


def test_the_latest_value_is_one_row_found_by_its_key(store_factory: Factory) -> None:
    """The work does not grow with the series: counted in steps of the machine or in pages read, not in seconds."""
    store = store_factory()

    def work() -> int:
        if hasattr(store, "folder"):
            steps = [0]
            db = store._db.connection  # type: ignore[attr-defined]
            db.set_progress_handler(lambda: steps.__setitem__(0, steps[0] + 1), 1)
            assert store.latest("p1") is not None
            db.set_progress_handler(None, 1)
            return steps[0]
        query = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT instant, value, unit, quality FROM latest WHERE series = 'p1'"
        store._db.execute("SET enable_seqscan = off")  # type: ignore[attr-defined]
        plan = store._db.one(query)[0][0]["Plan"]  # type: ignore[attr-defined]
        assert plan["Index Cond"]
        return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])

    store.receive([seen(0, 1.0)])
    few = work()
    store.receive([seen(i, float(i)) for i in range(1, 5000)])
    store.receive([seen(i, 1.0, series=f"q{i}") for i in range(200)])
    assert work() <= few + 6
    assert store.latest("p1") == seen(4999, 4999.0)


def test_the_audit_only_grows_and_runs_are_listed(store_factory: Factory) -> None:
    store = store_factory()
    store.note("anne", "publish", "luminaire", "done")
    store.note("bruno", "edit", "luminaire", "refused")
    notes = store.notes()
    assert [(n.id, n.actor, n.outcome) for n in notes] == [(1, "anne", "done"), (2, "bruno", "refused")]
    assert notes[0].instant < notes[1].instant
    assert store.notes(after=1) == notes[1:]
    assert store.runs() == []
    for part in ("a", "b"):
        store.put_result("essai", part, pa.table({"n": [1]}))
    (run,) = store.runs()
    assert (run.name, run.parts, run.started is not None) == ("essai", 2, True)
    store.drop_results("essai")
    assert store.runs() == []


def test_observations_come_out_of_order_and_twice(store_factory: Factory) -> None:
    store = store_factory()

    def seen(hour: int, value: float, quality: str = "good") -> Observation:
        instant = datetime(2026, 1, 1, hour, tzinfo=UTC)
        return Observation(series="p1", instant=instant, value=value, unit="kWh", quality=quality)

    assert store.latest("p1") is None
    assert store.observe([seen(5, 1.0), seen(3, 2.0), seen(5, 9.0)]) == 2
    assert store.observe([seen(4, 3.0, "bad"), seen(3, 7.0)]) == 1
    assert store.latest("p1") == seen(5, 1.0)
    table = store.observations("p1", since=datetime(2026, 1, 1, 4, tzinfo=UTC), until=datetime(2026, 1, 1, 5, tzinfo=UTC))
    assert table["value"].to_pylist() == [3.0]
    assert store.observations("p1")["value"].to_pylist() == [2.0, 3.0, 1.0]
    with pytest.raises(InputError, match="p1"):
        store.observe([seen(6, float("nan"))])
