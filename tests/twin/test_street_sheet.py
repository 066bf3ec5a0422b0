"""The lit streets of a commune and the sheet of one: known, inferred and supposed told apart."""

import numpy as np
import pyarrow as pa
import pytest
import shapely

from jumeau.engines.lighting.streets import with_streets
from jumeau.engines.tables import conform
from jumeau.errors import NotFoundError
from jumeau.model.draws import parameters
from jumeau.twin.street_sheet import GUESSED_WIDTH_M, lit_streets, street_sheet, streets

N = 12


def bundle(**more: list[object]) -> dict[str, pa.Table]:
    """A street of twelve lanterns 25 m apart on the south side of a road of 8 m, and one lantern in a field."""
    x = np.r_[10 + 25.0 * np.arange(N), 5000.0]
    columns = {
        "id": [f"l{k}" for k in range(N + 1)], "commune": ["34172"] * (N + 1), "code": [f"P{k}" for k in range(N + 1)],
        "geometry": shapely.to_wkb(shapely.points(x, np.full(N + 1, -5.0))),
    }  # fmt: skip
    road = {
        "id": ["r1"], "commune": ["34172"], "name": ["Rue des Essais"], "nature": ["Route à 1 chaussée"], "importance": [5],
        "width_m": [8.0], "geometry": [shapely.to_wkb(shapely.LineString([(0, 0), (400, 0)]))],
    }  # fmt: skip
    made = {
        "luminaire": conform({"luminaire": pa.table(columns | more)}, "luminaire"),
        "troncon_route": conform({"troncon_route": pa.table(road)}, "troncon_route"),
    }
    return dict(with_streets(made))


def told(sheet: object) -> dict[str, tuple[object, str]]:
    return {fact.name: (fact.value, fact.origin) for fact in sheet.facts}  # type: ignore[attr-defined]


def test_streets_are_listed_with_what_stands_along_them() -> None:
    power = [70.0, 100.0, *[None] * (N - 1)]
    found, apart = streets(lit_streets(bundle(lamp_power_w=power, lamp_technology=["shp"] * 3 + [None] * (N - 2))))
    (street,) = found
    assert apart == 1
    assert (street.name, street.luminaires, street.width_m, street.spacing_m) == ("Rue des Essais", N, 8.0, 25.0)
    assert (street.road_class, street.arrangement) == ("M5", "unilateral")
    assert street.technologies == {"": N - 3, "shp": 3}
    assert street.power_kw == pytest.approx(0.17)


def test_a_sheet_tells_known_inferred_and_supposed_apart() -> None:
    height = [7.5, *[None] * N]
    lit = lit_streets(bundle(height_m=height))
    own, neighbour = street_sheet(lit, "l0"), street_sheet(lit, "l5")
    assert told(own)["height_m"] == (7.5, "declared")
    assert told(neighbour)["height_m"] == (7.5, "inferred")
    assert told(own)["spacing_m"] == (25.0, "inferred")
    assert told(own)["tilt_deg"] == (0.0, "default")
    assert [lamp.id for lamp in own.lamps] == [f"l{k}" for k in range(N)]
    assert own.name == "Rue des Essais"


def test_two_lanterns_of_one_mast_do_not_give_the_spacing_of_the_street() -> None:
    twins = bundle()
    lights = twins["luminaire"]
    x = np.r_[10 + 25.0 * np.arange(N), 5000.0]
    x[4] = x[3] + 6
    at = lights.schema.get_field_index("geometry")
    moved = lights.set_column(at, "geometry", pa.array(shapely.to_wkb(shapely.points(x, np.full(N + 1, -5.0))), pa.binary()))
    empty = conform({"luminaire": moved.select(["id", "commune", "code", "geometry"])}, "luminaire")
    again = with_streets(twins | {"luminaire": empty})
    assert told(street_sheet(lit_streets(again), "l3"))["spacing_m"][0] == pytest.approx(25.0, abs=1)


def test_a_lantern_far_from_any_road_is_still_told_and_supposed() -> None:
    alone = street_sheet(lit_streets(bundle()), f"l{N}")
    assert alone.name == ""
    assert told(alone)["width_m"] == (GUESSED_WIDTH_M, "default")
    assert told(alone)["road_class"] == (None, "unknown")
    assert len(alone.lamps) == 1


def test_the_lantern_in_place_takes_its_flux_else_its_lamp_else_says_it_is_a_guess() -> None:
    flux = [9000.0, *[None] * N]
    power = [100.0, 100.0, *[None] * (N - 1)]
    lamp = ["shp", "shp", *[None] * (N - 1)]
    lit = lit_streets(
        bundle(lamp_power_w=power, lamp_technology=lamp, luminous_flux_lm=flux, luminaire_type=["lanterne"] * (N + 1))
    )
    known, lamped, blind = (street_sheet(lit, f"l{k}").lantern for k in (0, 1, 2))
    assert known.power_w * known.efficacy_lm_per_w == pytest.approx(9000)
    law = parameters("lighting")
    assert lamped.efficacy_lm_per_w == law["efficacy_lm_per_w.shp"].mode
    assert (blind.power_w, blind.origin) == (law["power_w.lanterne"].mode, "default")
    assert "inconnue" in blind.why


def test_a_luminaire_of_elsewhere_is_refused_in_words() -> None:
    with pytest.raises(NotFoundError, match="n'est pas dans ce jumeau"):
        street_sheet(lit_streets(bundle()), "autre")
