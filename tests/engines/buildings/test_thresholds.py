"""Thresholds of small dwellings and of altitude in the label of the stock, and the power that control looks at."""

from datetime import date
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.engines.buildings.conftest import table

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.choices import FIELD, LABELS, LAYER
from jumeau.engines.buildings.diagnose import diagnose, labels
from jumeau.engines.buildings.dpe.label import label
from jumeau.engines.buildings.energy import use_of
from jumeau.engines.buildings.envelope import envelope
from jumeau.engines.buildings.power import nominal_power
from jumeau.engines.buildings.stock import UNKNOWN_ALTITUDE, stock
from jumeau.engines.buildings.thresholds import bounds_of, home_size
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tally import Draws

CTX = Context(date=date(2026, 11, 1), seed=3, draws=32)
STEPS = (70.0, 290.0)


def bundle(rows: list[dict[str, Any]], commune: str = "34999") -> Bundle:
    return engine().inventory({LAYER: table(rows, commune)}, commune)


def block(name: str, homes: int | None, **more: Any) -> dict[str, Any]:
    """A block of 800 m² of dwellings."""
    return {"nom": name, "usage": "residentiel", "storeys": 4, "side": (20, 10), "floor_area_m2": 800.0, "dwellings": homes,
            "construction_year": 1965, "heating_energy": "gaz", **more}  # fmt: skip


@pytest.mark.parametrize(
    ("homes", "energy", "gas"),
    [
        (80, (124, 164, 329, 428, 533, 640), (10, 15, 40, 62, 84, 115)),
        (40, (88, 128, 230, 300, 385, 476), (8, 13, 34, 54, 74, 104)),
        (10, (70, 110, 180, 250, 330, 420), (6, 11, 30, 50, 70, 100)),
        (None, (70, 110, 180, 250, 330, 420), (6, 11, 30, 50, 70, 100)),
    ],
)
def test_the_mean_dwelling_gives_its_thresholds(homes: int | None, energy: tuple[int, ...], gas: tuple[int, ...]) -> None:
    """Arrêté du 25 mars 2024, dwellings of 10, 20 and 80 m²; the whole building where they are not counted."""
    part = stock(bundle([block("a", homes)])[LAYER])
    env = envelope(part, Draws(CTX, FIELD))
    found = bounds_of(part, env, Draws(CTX, FIELD))
    assert found.energy[0, 0].tolist() == list(energy)
    assert found.gas[0, 0].tolist() == list(gas)
    assert home_size(part, env)[0, 0] == pytest.approx(800 / (homes or 1))


@pytest.mark.parametrize("commune", ["63999", "10999", "34999"])
def test_altitude_moves_the_worst_thresholds_of_three_zones_only(commune: str) -> None:
    """Arrêté du 31 mars 2021: above 800 m in H1b, H1c and H2d, E below 390 and F below 500."""
    part = stock(bundle([block("haut", 8, altitude_m=950.0), block("bas", 8, altitude_m=300.0)], commune)[LAYER])
    draws = Draws(CTX, FIELD)
    found = bounds_of(part, envelope(part, draws), draws)
    wanted = [70, 110, 180, 250, 390, 500] if commune == "63999" else [70, 110, 180, 250, 330, 420]
    assert np.broadcast_to(found.energy, (2, 32, 6))[0, 0].tolist() == wanted
    assert np.broadcast_to(found.energy, (2, 32, 6))[1, 0].tolist() == [70, 110, 180, 250, 330, 420]


def test_an_unknown_altitude_is_that_around_else_drawn_where_the_land_is_high() -> None:
    unknown, low, high = block("x", 8), block("b", 8, altitude_m=300.0), block("h", 8, altitude_m=950.0)
    assert stock(bundle([unknown], "63999")[LAYER]).high.tolist() == [UNKNOWN_ALTITUDE]
    assert stock(bundle([unknown], "10999")[LAYER]).high.tolist() == [0]
    assert stock(bundle([unknown, low], "63999")[LAYER]).high.tolist() == [0, 0]
    assert stock(bundle([unknown, high], "63999")[LAYER]).high.tolist() == [1, 1]
    assert stock(bundle([unknown, low, high], "63999")[LAYER]).high.tolist() == [UNKNOWN_ALTITUDE, 0, 1]
    around = bundle([unknown, low], "63999")[LAYER]
    assert around["altitude_m__origin"].to_pylist()[0] == "inferred"


def test_the_label_of_the_stock_is_that_of_the_official_table_draw_by_draw() -> None:
    cases = [(8, "gaz", 300.0), (25, "electricite", 300.0), (40, "fioul", 950.0), (80, "gaz", 950.0), (None, "bois", 950.0)]
    rows = [block(f"b{k}", homes, heating_energy=fuel, altitude_m=high) for k, (homes, fuel, high) in enumerate(cases)]
    part, draws = stock(bundle(rows, "63999")[LAYER]), Draws(CTX, FIELD)
    env = envelope(part, draws)
    use = use_of(part, env, part.current, draws)
    ours = use.label(draws, bounds_of(part, env, draws))
    size, height = home_size(part, env).ravel(), np.repeat([1, 1, 3, 3, 3], CTX.draws)
    theirs = label(use.primary(draws).ravel(), use.gas(draws).ravel(), size, height, 3)
    assert np.array(LABELS)[ours].ravel().tolist() == theirs.tolist()
    assert len(set(theirs.tolist())) > 2


def test_a_declared_label_of_a_small_dwelling_speaks_of_more_energy() -> None:
    rows = [block("grand", 8, dpe_class="F"), block("petit", 80, dpe_class="F")]
    energy = diagnose(bundle(rows), CTX, hourly=False).assets["buildings_annual_energy_kwh"].to_pylist()
    assert energy[1] > 1.2 * energy[0]
    assert labels(bundle(rows), CTX)["buildings_label"].to_pylist() == ["F", "F"]


def school(name: str, **more: Any) -> dict[str, Any]:
    return {"nom": name, "usage": "bureau", "storeys": 3, "side": (40, 20), "floor_area_m2": 2400.0,
            "construction_year": 2015, "heating_energy": "gaz", **more}  # fmt: skip


def test_control_looks_at_heating_and_at_cooling_and_never_adds_them() -> None:
    """CCH R175-2: power of heating or of air conditioning."""
    rows = [
        school("chaud", heating_kw=60.0, cooled=False), school("froid", heating_kw=60.0, cooling_kw=120.0),
        school("deux", heating_kw=200.0, cooling_kw=200.0), school("simulé", heating_kw=60.0, cooled=True),
        school("on ne sait", heating_kw=60.0), school("grand", heating_kw=400.0),
        school("soufflé", heating_kw=60.0, cooled=False, ventilation_kw=15.0),
    ]  # fmt: skip
    found = nominal_power(bundle(rows), CTX, np.ones(7, bool), STEPS)
    assert found[:, 6].tolist() == [75] * 3
    assert found[:, :3].T.tolist() == [[60] * 3, [120] * 3, [200] * 3]
    assert 70 < found[0, 3] < 290
    assert found[1, 3] < found[0, 3] < found[2, 3]
    assert (found[0, 4], found[1, 4]) == (60, 60)
    assert found[2, 4] == pytest.approx(found[2, 3], rel=0.4)
    assert found[:, 5].tolist() == [400] * 3


def test_nobody_asked_of_no_building() -> None:
    found = nominal_power(bundle([school("a")]), msgspec.structs.replace(CTX, draws=8), np.zeros(1, bool), STEPS)
    assert np.isnan(found).all()
