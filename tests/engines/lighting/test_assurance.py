"""Many streets at once against one street after the other, and the verdict a relamping carries."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from jumeau.engines.lighting import engine
from jumeau.engines.lighting.photometry.assurance import FAILS, HOLDS, UNSURE
from jumeau.engines.lighting.photometry.batch import Streets, at_flux, judge, light_streets
from jumeau.engines.lighting.photometry.catalogue import LAYER, optics_of, packed, unpacked
from jumeau.engines.lighting.photometry.generic import generic
from jumeau.engines.lighting.photometry.performance import performance
from jumeau.engines.lighting.photometry.street import ARRANGEMENTS
from jumeau.engines.lighting.photometry.study import study
from jumeau.engines.protocol import Bundle, Context
from jumeau.model.action import Action, actions_list
from jumeau.model.lantern import cie_code
from jumeau.model.road_surface import BETAS_DEG, TANS, Surface, mean_coefficient

CTX = Context(date=date(2026, 11, 23))


def shiny() -> Surface:
    """A made-up r-table, no standard's: diffuse, with a lobe towards the observer."""
    tan, beta = np.meshgrid(TANS, BETAS_DEG, indexing="ij")
    cosine = 1 / np.sqrt(1 + tan**2)
    table = 1e4 * 0.06 * cosine**3 * (1 + 6 * np.exp(-((beta / 25) ** 2)) * tan / (1 + tan))
    return Surface(name="essai", source="test", q0=mean_coefficient(table), table=table)


STREETS = Streets(
    arrangement=np.array([ARRANGEMENTS.index(k) for k in ("unilateral", "bilateral", "quinconce", "axial")], np.int8),
    width_m=np.array([7.0, 10.5, 7.0, 3.5]), spacing_m=np.array([28.0, 34.0, 40.0, 25.0]),
    height_m=np.array([8.0, 9.0, 10.0, 6.0]), overhang_m=np.array([0.5, 1.0, -0.5, 0.0]),
    tilt_deg=np.array([0.0, 5.0, 10.0, 0.0]), maintenance=0.8,
)  # fmt: skip


def test_every_quantity_of_the_batch_is_that_of_the_single_street() -> None:
    lantern, surface = generic("moyenne", 40), shiny()
    found = light_streets(STREETS, lantern, surface, edges=True)
    for s in range(4):
        one = performance(STREETS.one(s), lantern, surface).values
        for name in ("illuminance", "least_illuminance", "luminance", "overall_uniformity", "longitudinal_uniformity",
                     "edge_ratio", "threshold_increment"):  # fmt: skip
            many = at_flux(name, found, lantern.flux_lm / 1000, 0.8)[s]
            assert many == pytest.approx(one[name], rel=1e-4), name


@pytest.mark.parametrize("name", ["M4", "M6", "C4", "P3", "P5"])
@pytest.mark.parametrize("power", [18, 40, 90])
def test_the_batch_judges_as_the_study_of_one_street_does(name: str, power: float) -> None:
    lantern = generic("large", power)
    for surface in (None, shiny()):
        lit = light_streets(STREETS, lantern, surface if name[0] == "M" else None, edges=name[0] == "M")
        kept, _ = judge(name, lit, lantern.flux_lm / 1000, 0.8)
        for s in range(4):
            assert kept[s] == (study(STREETS.one(s), lantern, surface, name).keeps == "conforme")


def test_a_table_comes_back_from_its_text() -> None:
    table = generic("etroite", 10).intensity
    back = unpacked(packed(table))
    assert back == pytest.approx(table, abs=table.max() / 60_000)
    with pytest.raises(ValueError, match="unpack"):
        unpacked("rien")


def park(n: int = 12, **columns: Any) -> Bundle:
    base: dict[str, Any] = {
        "road_class": "C4", "road_width_m": 7.0, "spacing_m": 28.0, "height_m": 8.0, "arrangement": "unilateral",
        "system_power_w": 170.0, "lamp_technology": "shp", "luminaire_type": "lanterne", "overhang_m": 0.0, "tilt_deg": 0.0,
    }  # fmt: skip
    origin = columns.pop("origin", None)
    catalogue = columns.pop("catalogue", None)
    base |= columns
    table: dict[str, Any] = {"id": [f"l{i}" for i in range(n)], "commune": ["34172"] * n}
    table |= {k: pa.array([v] * n) if v is not None else pa.nulls(n) for k, v in base.items()}
    for name in ("road_width_m", "spacing_m") if origin else ():
        table[f"{name}__origin"] = [origin] * n
    sources = {"luminaire": pa.table(table)} | ({LAYER: catalogue} if catalogue is not None else {})
    return engine().inventory(sources, "34172")


def relamp(inventory: Bundle) -> Action:
    table = engine().propose(inventory, engine().diagnose(inventory, CTX), CTX)
    return next(a for a in actions_list(table) if a.kind == "relamp_led")


def test_a_street_known_to_the_last_metre_holds_its_class() -> None:
    found = relamp(park())
    assert (found.verdict, found.verdict_share) == (HOLDS, 1.0)
    assert "génériques" in (found.verdict_why or "")


def test_a_led_that_would_be_too_weak_fails_and_says_what_is_missing() -> None:
    found = relamp(park(system_power_w=30.0))
    assert (found.verdict, found.verdict_share) == (FAILS, 0.0)
    assert "Éclairement moyen" in (found.verdict_why or "")


def test_an_inferred_geometry_gives_a_share_and_is_said() -> None:
    found = relamp(park(origin="inferred"))
    assert 0.2 < (found.verdict_share or 0) < 0.98
    assert "déduite" in (found.verdict_why or "")
    blind = relamp(park(height_m=None, spacing_m=None, arrangement=None, system_power_w=None))
    assert blind.verdict in (UNSURE, FAILS)
    assert 0 < (blind.verdict_share or 0) < 1
    assert "rue usuelle" in (blind.verdict_why or "")


def test_without_a_class_nothing_is_said_to_hold() -> None:
    found = relamp(park(road_class=None))
    assert (found.verdict, found.verdict_share) == (UNSURE, None)


def test_a_luminance_class_says_what_the_missing_table_leaves_unchecked() -> None:
    assert "table r" in (relamp(park(road_class="M5")).verdict_why or "")
    assert "table r" not in (relamp(park(road_class="P3")).verdict_why or "")


def row(name: str, beam: str, power: float, **more: Any) -> dict[str, Any]:
    lantern = generic(beam, power)
    return {"id": name, "code": name, "kind": "luminaire", "power_w": power, "luminous_flux_lm": lantern.flux_lm,
            "cct_k": 2700, "table": packed(lantern.intensity), "filename": f"{name}.ldt"} | more  # fmt: skip


def test_the_catalogue_of_the_twin_is_what_relampings_choose_among() -> None:
    surface = shiny()
    assert surface.table is not None
    catalogue = pa.Table.from_pylist(
        [
            row("fort", "large", 90.0), row("juste", "large", 60.0), row("faible", "large", 10.0),
            row("muet", "large", 5.0) | {"power_w": None},
            {"id": "s", "code": "enrobé", "kind": "revetement", "q0": 0.08, "table": packed(surface.table)},
        ],
    )  # fmt: skip
    inventory = park(road_class="M5", catalogue=catalogue)
    optics = optics_of(inventory[LAYER])
    assert [x.name for x in optics.lanterns] == ["faible", "fort", "juste"]
    assert optics.surface is not None
    assert optics.surface.name == "enrobé"
    found = relamp(inventory)
    assert "table r" not in (found.verdict_why or "")
    actions = engine().propose(inventory, engine().diagnose(inventory, CTX), CTX)
    after = engine().apply(inventory, actions.filter(pc.equal(actions["kind"], "relamp_led")))["luminaire"]
    chosen = next(x for x in optics.lanterns if x.power_w == after["system_power_w"][0].as_py())
    assert chosen.name in ("juste", "fort")
    assert set(after["cct_k"].to_pylist()) == {2700}
    assert after["cie_flux_code_3"][0].as_py() == pytest.approx(cie_code(chosen)[2], abs=1e-3)
    assert chosen.name in (found.verdict_why or "")


def test_the_verdict_is_the_same_whatever_the_order_and_the_neighbours() -> None:
    inventory = park(origin="inferred")
    lights = inventory["luminaire"]
    back = dict(inventory) | {"luminaire": lights.take(pa.array(np.arange(lights.num_rows)[::-1]))}
    assert relamp(inventory).verdict_share == pytest.approx(relamp(back).verdict_share, abs=0.01)
