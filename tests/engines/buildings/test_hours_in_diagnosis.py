"""What the diagnosis takes of the hours, and the typical years it rests on where no weather file was given."""

from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from tests.engines.buildings.conftest import ROWS, table

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.choices import ZONES
from jumeau.engines.buildings.diagnose import diagnose
from jumeau.engines.buildings.dpe.tables import climate
from jumeau.engines.buildings.hourly.outside import WEATHER, weather_of_table, weather_table
from jumeau.engines.buildings.hourly.sun import sunshine
from jumeau.engines.buildings.hourly.typical import FULL_MONTH_H, MONTH, typical_year
from jumeau.engines.protocol import Bundle, Context, simulate
from jumeau.sources.epw import read_epw

CTX = Context(date=date(2026, 11, 1), seed=3, draws=32)
PEAK, COOL, HOT = engine().indicators[-3:]


@pytest.mark.parametrize("zone", ["H1b", "H3"])
def test_a_typical_year_gives_the_monthly_figures_of_the_law(zone: str) -> None:
    """Arrêté du 31 mars 2021 (3CL-DPE 2021), climate tables below 400 m."""
    year, place = typical_year(zone), ZONES.index(zone)
    full = climate("nref19")[0, 0, place] > FULL_MONTH_H
    for name, base, near in (("dh19", 19, 0.02), ("dh14", 14, 0.05)):
        ours = np.bincount(MONTH, np.maximum(base - year.outdoor, 0))[full]
        assert ours.sum() == pytest.approx(climate(name)[0, 0, place][full].sum(), rel=near)
    hot = np.maximum(year.outdoor - 26, 0).sum()
    assert hot == pytest.approx(climate("dh26")[0, place].sum(), rel=0.15)
    plane, wall = (sunshine(year, np.array([180.0]), np.array([tilt])).total[:, 0] for tilt in (30.0, 90.0))
    months = np.bincount(MONTH, plane) / climate("e_pv")[place]
    assert months == pytest.approx(months.mean(), rel=0.15)
    assert 750 < months.mean() < 1000
    assert np.bincount(MONTH, wall)[full].sum() / 1000 == pytest.approx(climate("e")[0, 0, place][full].sum(), rel=0.25)
    assert "synthétique" in year.source


@pytest.mark.data
def test_the_sun_of_a_typical_year_is_near_that_of_a_measured_one(data_dir: Path) -> None:
    """Zone H1c (Mâcon) against Lyon-Bron, years 2004 to 2018 (climate.onebuilding.org)."""
    lyon = read_epw(data_dir / "climat" / "lyon-69-epw" / "FRA_AR_Lyon-Bron.AP.074800_TMYx.2004-2018.epw.gz")
    ours, theirs = (sunshine(w).total.sum(axis=0) for w in (typical_year("H1c"), lyon))
    assert ours == pytest.approx(theirs, rel=0.15)
    cold = [np.maximum(19 - w.outdoor, 0).sum() for w in (typical_year("H1c"), lyon)]
    assert cold[0] == pytest.approx(cold[1], rel=0.2)


def _from_day_to_day(outdoor: np.ndarray) -> tuple[float, float]:
    """Of December to February: deviation of the change from a day to the next [K], correlation of days two apart [-]."""
    days = np.roll(outdoor.reshape(-1, 24).mean(axis=1), 31)[:90]
    apart = days - np.poly1d(np.polyfit(np.arange(90), days, 2))(np.arange(90))
    return float(np.diff(days).std()), float(np.corrcoef(apart[:-2], apart[2:])[0, 1])


@pytest.mark.data
@pytest.mark.parametrize("zone", ZONES)
def test_days_follow_each_other_as_measured_ones_do(data_dir: Path, zone: str) -> None:
    """Lyon, TMYx of 2004 to 2018 and IWEC: 2.8 and 2.7 K from a day to the next. No mild day is inside a coldest week."""
    folder = data_dir / "climat" / "lyon-69-epw"
    names = ("FRA_AR_Lyon-Bron.AP.074800_TMYx.2004-2018.epw.gz", "FRA_Lyon.074810_IWEC.epw.gz")
    year = typical_year(zone).outdoor
    change, again = _from_day_to_day(year)
    measured = [_from_day_to_day(read_epw(folder / name).outdoor) for name in names]
    assert change == pytest.approx(np.mean([m[0] for m in measured]), rel=0.2)
    assert again == pytest.approx(np.mean([m[1] for m in measured]), abs=0.15)
    weeks = np.convolve(year, np.ones(168) / 168, mode="valid")[::24]
    first = int(weeks.argmin())
    assert year[first * 24 : first * 24 + 168].reshape(7, 24).mean(axis=1).max() < weeks.min() + 5


def _sums(bundle: Bundle, ctx: Context = CTX) -> dict[str, np.ndarray]:
    found = diagnose(bundle, ctx).assets
    return {name: found[name].to_numpy(zero_copy_only=False) for name in (PEAK, COOL, HOT)}


def test_a_warmer_climate_asks_for_more_cold_and_less_power(small: Bundle) -> None:
    today, later = (_sums(small, msgspec.structs.replace(CTX, climate=c)) for c in ("actuel", "tracc_2100"))
    known = np.isfinite(today[PEAK])
    assert known.tolist() == [True, True, True, True, False, True, False]
    assert (later[PEAK] < today[PEAK])[known].all()
    assert (later[COOL] > today[COOL])[known].all()
    assert (later[HOT] >= today[HOT])[known].all()
    north = _sums(engine().inventory({"batiment": table(ROWS, "67999")}, "67999"))
    assert (north[PEAK] > today[PEAK])[known].all()
    assert (north[COOL] < today[COOL])[known].all()


def test_peaks_are_near_the_loss_on_a_cold_day(small: Bundle) -> None:
    """Peak of the hours against the sizing of the programme: loss times the difference on the day of reference."""
    from jumeau.engines.buildings.choices import FIELD
    from jumeau.engines.buildings.energy import peak_load
    from jumeau.engines.buildings.envelope import envelope
    from jumeau.engines.buildings.stock import stock
    from jumeau.engines.tally import Draws

    whole, draws = stock(small["batiment"]), Draws(CTX, FIELD)
    part = whole.take(np.flatnonzero(whole.modelled))
    env = envelope(part, draws)
    sized = peak_load(part, env, part.current, draws).mean(axis=1)
    ours = _sums(small)[PEAK]
    assert (np.abs(np.log(ours[np.isfinite(ours)] / sized)) < np.log(1.5)).all()


def test_insulation_takes_power_off_and_a_bill_says_nothing_of_it(small: Bundle) -> None:
    actions = engine().propose(small, engine().diagnose(small, CTX), CTX)
    rows = simulate(engine(), small, actions, CTX).to_pylist()
    gains = {(r["action"].partition("/")[0], r["indicator"]): r["value"] for r in rows}
    assert gains["isolation_toiture", PEAK] < 0
    assert gains["gestion_technique", PEAK] == 0
    bare = table([{k: v for k, v in row.items() if not k.startswith("annual_energy")} for row in ROWS])
    billed, unbilled = _sums(small), _sums(engine().inventory({"batiment": bare}, "34999"))
    for name in (PEAK, COOL, HOT):
        np.testing.assert_array_equal(billed[name], unbilled[name])


def test_a_weather_of_the_twin_is_used_in_its_place(small: Bundle) -> None:
    mild = msgspec.structs.replace(typical_year("H1b"), source="essai")
    kept = weather_table(mild, "abc")
    assert weather_of_table(kept).source == "essai"
    north = engine().inventory({"batiment": table(ROWS, "67999")}, "67999")
    moved = _sums(engine().inventory({"batiment": table(ROWS), WEATHER: kept}, "34999"))
    np.testing.assert_allclose(moved[COOL], _sums(north)[COOL], rtol=0.03)  # U values by default differ a little by zone
    assert not np.allclose(moved[COOL], _sums(small)[COOL], equal_nan=True)


def test_hours_can_be_left_out(small: Bundle) -> None:
    found = diagnose(small, CTX, hourly=False)
    assert found.groups.known[0, -3:].tolist() == [0, 0, 0]
    assert pa.compute.is_null(found.assets[PEAK]).to_pylist() == [True] * 7


def test_a_protection_outside_is_an_action_that_counts(small: Bundle) -> None:
    """The same buildings, said bare, then given the protection as works would: less cold, less area too hot."""
    at = small["batiment"].column_names.index("solar_protection")

    def said(state: bool) -> dict[str, np.ndarray]:
        column = pa.array([state] * small["batiment"].num_rows, pa.bool_())
        return _sums(dict(small) | {"batiment": small["batiment"].set_column(at, "solar_protection", column)})

    bare, shut = said(False), said(True)
    known = np.isfinite(bare[COOL])
    assert (shut[COOL] < bare[COOL])[known].all()
    assert (shut[HOT] <= bare[HOT])[known].all()
    np.testing.assert_allclose(shut[PEAK], bare[PEAK], rtol=0.01)
