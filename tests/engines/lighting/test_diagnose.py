"""Lighting diagnosis: by hand where all is known, against national totals where nothing is."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from jumeau.engines.groups import summaries, summary
from jumeau.engines.lighting import engine
from jumeau.engines.lighting.calendars import nights
from jumeau.engines.lighting.diagnose import COST, ENERGY, UPWARD
from jumeau.engines.lighting.sun import threshold_elevation
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.errors import InputError
from jumeau.model.ids import keyed_ids

SURE = {
    "electricity_price_eur_per_kwh": (0.2, 0.2, 0.2),
    "switch_below_deg": (-3.5, -3.5, -3.5),
    "burning_hours_factor.inconnu": (1.0, 1.0, 1.0),
    "maintenance_eur.discharge": (20.0, 20.0, 20.0),
    "power_anchor_bias": (1.0, 1.0, 1.0),
    "power_anchor_bias_commune": (1.0, 1.0, 1.0),
}
DAY = date(2026, 11, 23)
HOURS = nights(np.array([43.6]), np.array([3.9]), 2025, np.array([-3.5])).lengths.sum()
KH = HOURS / 1000


def bundle(n: int = 1, **columns: object) -> Bundle:
    """`n` luminaires of one commune, alike."""
    table = {"id": keyed_ids("luminaire", "essai", range(n)), "commune": ["34172"] * n}
    table |= {k: v if isinstance(v, list) else [v] * n for k, v in columns.items()}
    return engine().inventory({"luminaire": pa.table(table)}, "34172")


def diagnose(inventory: Bundle, **ctx: object) -> Diagnosis:
    return engine().diagnose(inventory, Context(date=DAY, **{"prices": SURE} | ctx))


def total(found: Diagnosis, name: str) -> tuple[float, float, float]:
    value, low, high = summary(found.groups.draws[0, found.groups.names.index(name)])
    assert value is not None
    return value, low, high


def test_a_luminaire_fully_known_is_arithmetic() -> None:
    known = {"system_power_w": 115.0, "lamp_technology": "shp", "luminous_flux_lm": 10_000.0, "ulr": 0.03}
    found = diagnose(bundle(regime="permanent", **known))
    assert total(found, ENERGY) == pytest.approx((115 * KH,) * 3)
    assert total(found, COST) == pytest.approx((115 * KH * 0.2 + 20,) * 3)
    assert total(found, UPWARD) == pytest.approx((300.0,) * 3)
    assert found.assets[f"{ENERGY}__origin"].to_pylist() == ["declared"]
    half = diagnose(bundle(regime="abaissement", dimming_ratio=0.5, off_from_h=23.0, off_to_h=5.0, **known))
    cut = diagnose(bundle(regime="coupure", off_from_h=23.0, off_to_h=5.0, **known))
    assert total(half, ENERGY)[0] == pytest.approx((115 * KH + total(cut, ENERGY)[0]) / 2)


@pytest.mark.parametrize(
    ("lamp", "technology", "system"), [(80, "vm", 90), (100, "shp", 115), (250, "shp", 278), (70, "im", 82)]
)
def test_ballasts_span_the_published_system_powers(lamp: float, technology: str, system: float) -> None:
    # Usual lamp -> system powers of the French stock, as gathered in the policy reference (4.1, energy model).
    found = diagnose(bundle(400, lamp_power_w=float(lamp), lamp_technology=technology, regime="permanent"))
    power = found.assets[ENERGY].to_numpy() / KH
    low, high = (found.assets[f"{ENERGY}{x}"].to_numpy() / KH for x in ("_low", "_high"))
    assert power.mean() == pytest.approx(system, rel=0.06)
    assert (low <= system * 1.03).all()
    assert (high >= system * 0.97).all()


def test_the_national_stock_is_reproduced_where_only_types_are_known() -> None:
    # ADEME, AFE, SNEEEP: 1 260 MW for 9 M lamps (140 W a point); 9.5 to 11 M points; 5.6 TWh, then 4.7 TWh in 2022.
    # The mix of types is that of the 29 969 lights of Montpellier (open data, 2013).
    counts = {"lanterne": 22_594, "luminaire_ambiance": 3_888, "projecteur": 1_689, "encastre": 1_017, "borne": 750}
    kinds = [k for k, n in counts.items() for _ in range(n // 10)]
    table = pa.table(
        {
            "id": keyed_ids("luminaire", "france", range(len(kinds))),
            "commune": [f"{i % 300:05d}" for i in range(len(kinds))],
            "luminaire_type": kinds,
        }
    )
    inventory = engine().inventory({"luminaire": table}, "France")
    found = engine().diagnose(inventory, Context(date=DAY))
    energy = found.groups.draws[:, 0].sum(axis=0) * 10.25e6 / len(kinds)
    value, low, high = summary(energy / 1e9)
    assert 4.4 < value < 5.6
    assert low < 4.7
    assert high > 5.6
    lit = engine().diagnose(inventory, Context(date=DAY, prices=SURE | {"regime_unknown_factor": (1.0, 1.0, 1.0)}))
    assert lit.groups.draws[:, 0].sum(axis=0).mean() / 4.1 / len(kinds) == pytest.approx(140, rel=0.05)
    assert set(found.assets[f"{ENERGY}__origin"].to_pylist()) == {"inferred"}


def test_a_large_stock_is_not_better_known_than_its_anchor() -> None:
    small, large = (total(diagnose(bundle(n, luminaire_type="lanterne"), prices={}), ENERGY) for n in (40, 4000))
    widths = [(high - low) / value for value, low, high in (small, large)]
    assert widths[1] > 0.75 * widths[0]
    assert widths[1] > 0.5


def test_nothing_known_rests_on_the_whole_stock_and_says_nothing_of_the_sky() -> None:
    found = diagnose(bundle(3, luminaire_type=["autre", None, None], lamp_technology=["autre", None, "shp"]))
    assert found.assets[f"{ENERGY}__origin"].to_pylist() == ["default", "default", "inferred"]
    assert found.assets[UPWARD].to_pylist() == [None] * 3
    assert np.isnan(found.groups.draws[0, 2]).all()
    assert found.groups.shares[0, 2, 4] == 1
    typed = diagnose(bundle(2, luminaire_type=["boule", None], ulr=[None, 0.3]))
    assert typed.assets[f"{UPWARD}__origin"].to_pylist() == ["inferred", "default"]


def test_shares_by_origin_are_shares_of_the_energy() -> None:
    origins = ["measured", "declared", None]
    found = diagnose(
        bundle(3, system_power_w=[300.0, 100.0, None], system_power_w__origin=origins, lamp_technology="shp",
               regime="permanent", regime__origin="measured")
    )  # fmt: skip
    mean = found.assets[ENERGY].to_numpy()
    assert found.groups.shares[0, 0, :4] == pytest.approx([*(mean / mean.sum()), 0], rel=1e-3)


def test_a_led_of_unknown_power_is_the_same_luminaire_for_less() -> None:
    before = diagnose(bundle(50, luminaire_type="lanterne", regime="permanent"))
    after = diagnose(bundle(50, luminaire_type="lanterne", lamp_technology="led", regime="permanent"))
    ratio = after.groups.draws[0, 0] / before.groups.draws[0, 0]
    assert ratio.min() >= 0.3
    assert ratio.max() <= 0.5


def test_a_price_of_the_context_replaces_the_parameter_and_must_make_sense() -> None:
    known = {"system_power_w": 100.0, "regime": "permanent", "lamp_technology": "shp"}
    dear = diagnose(bundle(**known), prices=SURE | {"electricity_price_eur_per_kwh": (0.4, 0.4, 0.4)})
    assert total(dear, COST)[0] == pytest.approx(100 * KH * 0.4 + 20)
    with pytest.raises(InputError, match="electricity_price_eur_per_kwh"):
        diagnose(bundle(**known), prices={"electricity_price_eur_per_kwh": (0.4, 0.3, 0.5)})


def test_shared_and_own_draws_make_the_interval_of_a_total() -> None:
    """The price is one draw everywhere, each unknown power its own: neither bounds added nor draws all independent."""
    n, draws = 400, 4096
    sure = SURE | {"maintenance_eur.inconnue": (0.0, 0.0, 0.0)}
    del sure["electricity_price_eur_per_kwh"]
    found = diagnose(bundle(n, luminaire_type="lanterne", regime="permanent"), prices=sure, draws=draws)
    cost = found.groups.draws[0, 1]

    rng = np.random.default_rng(99)
    spread = np.log(285 / 65) / (2 * 1.6448536269514722)
    own = rng.lognormal(np.log(65 * 285) / 2, spread, (20_000, n)).sum(axis=1) * KH
    independent = own * rng.triangular(0.15, 0.17, 0.20, 20_000)
    assert summary(cost) == pytest.approx(summary(independent), rel=0.01)

    # Product of two independent variables: var(XY) = E[X²]E[Y²] - (E[X]E[Y])².
    mean, low, mode, high = np.sqrt(65 * 285) * np.exp(spread**2 / 2) * n * KH, 0.15, 0.17, 0.20
    price = (low + mode + high) / 3
    price_variance = (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18
    own_variance = mean**2 * np.expm1(spread**2) / n
    variance = (price_variance + price**2) * (own_variance + mean**2) - (price * mean) ** 2
    assert cost.mean() == pytest.approx(price * mean, rel=0.005)
    assert cost.std() == pytest.approx(np.sqrt(variance), rel=0.04)

    _, lows, highs = summaries(cost[None])
    added = found.assets[f"{COST}_high"].to_numpy().sum() - found.assets[f"{COST}_low"].to_numpy().sum()
    apart = np.sqrt(n * ((price_variance + price**2) * (own_variance / n + (mean / n) ** 2) - (price * mean / n) ** 2))
    width = float(highs[0] - lows[0])
    assert added > 5 * width
    assert width > 1.5 * 3.29 * apart


def test_memory_does_not_grow_with_assets_times_draws() -> None:
    import tracemalloc

    peaks = []
    for n in (8_000, 24_000):
        inventory = bundle(n, luminaire_type="lanterne")
        tracemalloc.start()
        diagnose(inventory, draws=128)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 0.5 * 16_000 * 128 * 8


def hours_of(**columns: object) -> float:
    """Hours at full power a year of one luminaire of 1 kW on the whole night, on average."""
    table = {
        "id": ["h"],
        "commune": ["34172"],
        "regime": ["permanent"],
        "system_power_w": [1000.0],
        "lamp_technology": ["led"],
    }
    bundle = engine().inventory({"luminaire": pa.table(table | {k: [v] for k, v in columns.items()})}, "34172")
    groups = engine().diagnose(bundle, Context(date=DAY)).groups
    return float(groups.draws[0, groups.names.index("lighting_annual_energy_kwh")].mean())


def test_the_threshold_of_the_cell_is_in_the_hours() -> None:
    dark, usual, bright = (hours_of(switch_lux=lux) for lux in (5.0, 30.0, 150.0))
    assert dark < usual < bright
    place = np.array([43.61]), np.array([3.88])
    for lux, found in ((5.0, dark), (30.0, usual)):
        bounds = [
            nights(*place, 2025, np.atleast_1d(threshold_elevation(lux, sky)), "34").lengths.sum() for sky in (1.0, 0.25)
        ]
        assert bounds[0] - 60 < found < bounds[1] + 60


def test_measured_delays_add_their_hours_and_a_late_clock_none() -> None:
    right = hours_of(on_delay_min=0.0, off_delay_min=0.0)
    assert hours_of(on_delay_min=-10.0, off_delay_min=10.0) == pytest.approx(right + 365 * 20 / 60, abs=1)
    assert hours_of(on_delay_min=15.0, off_delay_min=15.0) == pytest.approx(right, abs=1)
    assert hours_of(off_delay_min=30.0) == pytest.approx(right + 365 / 2, abs=1)
