"""The sun against two libraries nobody here wrote, and twilight against published light levels."""

import datetime as dt

import numpy as np
import pytest

from jumeau.engines.lighting.sun import crossings, elevation, illuminance_lx, summer_time, threshold_elevation, utc_offset_h

PLACES = {"Lille": (50.63, 3.06), "Montpellier": (43.61, 3.87), "Brest": (48.39, -4.49), "Saint-Denis": (-20.88, 55.45)}


def test_the_height_of_the_sun_is_that_of_pvlib() -> None:
    import pandas as pd
    from pvlib.solarposition import spa_python

    times = pd.date_range("2026-01-01", "2026-12-31 23:00", freq="137min", tz="UTC")
    stamps = np.array([t.timestamp() for t in times])
    for lat, lon in PLACES.values():
        ours = elevation(np.array(lat), np.array(lon), stamps)
        theirs = spa_python(times, lat, lon)["elevation"].to_numpy()
        assert np.abs(ours - theirs).max() < 0.02


@pytest.mark.parametrize("below", [-0.833, -6.0])
@pytest.mark.parametrize("place", PLACES)
def test_evenings_and_mornings_are_those_of_astral(place: str, below: float) -> None:
    from astral import Observer
    from astral.sun import dawn, dusk, sunrise, sunset

    lat, lon = PLACES[place]
    on, off = crossings(np.array([lat]), np.array([lon]), 2026, np.array([below]))
    who = Observer(lat, lon, 0.0)
    for day in range(0, 364, 13):
        date = dt.date(2026, 1, 1) + dt.timedelta(days=day)
        after = date + dt.timedelta(days=1)
        if below == -6.0:
            evening, morning = dusk(who, date, depression=6), dawn(who, after, depression=6)
        else:
            evening, morning = sunset(who, date), sunrise(who, after)
        gaps = []
        for ours, theirs in ((on[0, day], evening), (off[0, day], morning)):
            gap = (ours - theirs.timestamp() + 43_200) % 86_400 - 43_200
            gaps.append(abs(gap))
        assert max(gaps) < 90


def test_twilight_is_as_light_as_published() -> None:
    # Civil twilight ends at 3.4 lx under a clear sky, nautical near 0.008 lx (USNO Circular 171).
    assert illuminance_lx(np.array([-6.0, -12.0])) == pytest.approx([3.41, 0.008], rel=0.06)
    assert 400 < illuminance_lx(np.array([-0.833]))[0] < 500
    joints = np.array([20.0, 5.0, -0.8, -5.0, -12.0])
    assert illuminance_lx(joints - 1e-6) == pytest.approx(illuminance_lx(joints), rel=0.07)
    assert threshold_elevation(np.array([3.41]))[0] == pytest.approx(-6, abs=0.05)
    assert threshold_elevation(np.array([20.0]), 0.3)[0] > threshold_elevation(np.array([20.0]))[0]


def test_where_the_sun_stays_up_there_is_no_crossing() -> None:
    on, off = crossings(np.array([70.0]), np.array([20.0]), 2026, np.array([-6.0]))
    assert np.isnan(on[0, 172])
    assert np.isnan(off[0, 172])
    assert np.isfinite(on[0, 80])


def test_legal_time_is_that_of_the_zone_database() -> None:
    from zoneinfo import ZoneInfo

    stamps = np.arange(1_700_000_000, 1_800_000_000, 86_400 * 3 + 7_200, dtype=np.float64)
    for departement, zone in (("34", "Europe/Paris"), ("974", "Indian/Reunion"), ("972", "America/Martinique")):
        theirs = [dt.datetime.fromtimestamp(s, ZoneInfo(zone)).utcoffset().total_seconds() / 3600 for s in stamps]
        assert utc_offset_h(departement, stamps).tolist() == theirs
    assert summer_time(2026) == (1774746000.0, 1792890000.0)
