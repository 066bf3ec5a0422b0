"""Calendars against a minute-by-minute year, and the words of the France Data Réseau schema."""

import json
import re

import numpy as np
import pytest

from jumeau.engines.lighting.calendars import Calendar, Instant, Step, nightly, nights, window, yearly
from jumeau.engines.lighting.profiles import read_profile

AT = nights(np.array([46.6]), np.array([2.5]), 2025, np.array([-3.3]))
EXAMPLE = "A/F/%/30/-240MN/-120MN*A/F/%/70/-120MN/+120MN*A/F/%/30/+120MN/+240MN"


def test_the_year_of_burning_hours_is_the_usual_one() -> None:
    # 4 100 h a year is the figure used for French street lighting (ADEME; range 3 500 to 4 300 h).
    assert AT.lengths.sum() == pytest.approx(4100, rel=0.01)
    bounds = nights(np.array([46.6] * 2), np.array([2.5] * 2), 2025, np.array([-6.0, -0.8])).lengths.sum(axis=1)
    assert 3850 < bounds[0] < 3900
    assert 4280 < bounds[1] < 4310


def test_a_switch_off_from_23_to_5_leaves_what_practice_says() -> None:
    # Usual remaining hours with a switch-off from 23:00 to 5:00 or 6:00: 1 900 to 2 200 h of 4 100.
    assert 1850 < yearly([window(23, 5)], AT)[0, 0] < 2200


@pytest.mark.parametrize(("start", "stop"), [(23.0, 5.0), (0.0, 6.0), (22.5, 4.25), (1.0, 8.0), (12.0, 13.0), (18.0, 23.9)])
def test_against_a_minute_by_minute_year(start: float, stop: float) -> None:
    minute = 12 + (np.arange(24 * 60) + 0.5) / 60
    lit = (minute[None] >= AT.dusk[0][:, None]) & (minute[None] < AT.dawn[0][:, None])
    hour = minute % 24
    inside = (hour >= start) & (hour < stop) if start <= stop else (hour >= start) | (hour < stop)
    expected = (lit & ~inside[None]).sum() / 60 + 0.25 * (lit & inside[None]).sum() / 60
    assert yearly([window(start, stop, 0.25)], AT)[0, 0] == pytest.approx(expected, abs=2)


def test_steps_follow_days_seasons_and_the_middle_of_the_night() -> None:
    weekend = Calendar((Step(start=Instant(23.0), end=Instant(5.0), ratio=0.0, weekdays=(4, 5)),))
    saved = AT.lengths - nightly(weekend, AT)
    assert set(np.flatnonzero(saved[0] > 0) % 7) == {2, 3}
    winter = Calendar((Step(start=Instant(23.0), end=Instant(5.0), ratio=0.0, season=((11, 1), (2, 28))),))
    assert (AT.lengths - nightly(winter, AT)).sum() == pytest.approx(120 * 6)
    middle = Calendar((Step(start=Instant(-2, "milieu_nuit"), end=Instant(3, "milieu_nuit"), ratio=0.4),))
    assert (AT.lengths - nightly(middle, AT)).sum() == pytest.approx(365 * 5 * 0.6)
    late = Calendar((Step(start=Instant(1.0), end=Instant(0.5, "lever"), ratio=0.0),))
    assert nightly(late, AT)[0, 355] == pytest.approx(25 - AT.dusk[0, 355])


def test_of_two_steps_that_overlap_the_last_wins_and_nothing_is_counted_twice() -> None:
    both = Calendar((*window(22, 6, 0.5).steps, *window(0, 4, 0.0).steps))
    apart = Calendar((*window(22, 0, 0.5).steps, *window(0, 4, 0.0).steps, *window(4, 6, 0.5).steps))
    assert nightly(both, AT) == pytest.approx(nightly(apart, AT))


def test_the_examples_of_the_national_schema_are_read() -> None:
    steps = read_profile(None, EXAMPLE)
    saved = AT.lengths - nightly(steps, AT)
    long = AT.lengths[0] > 8.5
    assert saved[0, long] == pytest.approx(2 * 0.7 + 4 * 0.3 + 2 * 0.7)
    fixed = read_profile("E/21:00HL/07:00HL*H/18:00HL/08:00HL", None)
    hours = nightly(fixed, AT)
    assert sorted(set(np.round(hours[0], 6))) == [10, 14]
    assert (hours == 10).sum() == AT.summer.sum() == 210
    off = read_profile(None, "AS12345/X///23:30HL/05:00HL")
    assert nightly(off, AT)[0, np.isin(AT.weekday, [5, 6])] == pytest.approx(AT.lengths[0, np.isin(AT.weekday, [5, 6])])
    assert (AT.lengths - nightly(off, AT))[0, AT.weekday == 2].max() == pytest.approx(5.5)


@pytest.mark.parametrize(
    "bad", ["23h-5h", "A/F/%/130/23:00HL/05:00HL", "A/F/V/200/23:00HL/05:00HL", "Z" * 5000, "A/F/%//1:00HL/2:00HL"]
)
def test_a_profile_that_is_not_understood_is_unknown(bad: str) -> None:
    assert read_profile(None, bad) is None
    assert read_profile(bad, None) is None
    assert read_profile(None, None) is None


@pytest.mark.data
def test_the_published_patterns_and_examples_agree_with_ours(data_dir) -> None:
    path = data_dir / "standards/tableschema/fdr-eclairagepublic/tableschemas/eclairagepublic_pointslumineux_tableschema.json"
    fields = {f["name"]: f for f in json.loads(path.read_text(encoding="utf-8"))["fields"]}
    night, steps = fields["profil_nocturne"], fields["plages_variation"]
    assert read_profile(night["example"], None) is not None
    assert read_profile(None, steps["example"]) is not None
    for text in ("A/X///23:00HL/05:00HL", "0401-0930S67/F/%/50/22:00HL/-60LS", EXAMPLE):
        assert re.match(steps["constraints"]["pattern"], text)
        assert read_profile(None, text) is not None
