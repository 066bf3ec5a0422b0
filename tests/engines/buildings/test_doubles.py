"""A building drawn twice counts once: its totals, its values, and land measured by the union of all outlines."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely

from jumeau.engines.buildings import engine
from jumeau.engines.buildings.doubles import doubles
from jumeau.engines.protocol import Context
from jumeau.engines.tables import conform
from jumeau.model.dictionary import builtin_layers
from jumeau.model.ids import asset_id
from jumeau.sources.importer import prepare

CTX = Context(date=date(2026, 11, 1), seed=3, draws=64)
ENERGY = "buildings_annual_energy_kwh"


def drawn(rows: list[tuple[str, Any, dict[str, Any]]], commune: str = "34999") -> pa.Table:
    names = sorted({k for _, _, values in rows for k in values})
    columns: dict[str, Any] = {n: [values.get(n) for _, _, values in rows] for n in names}
    columns["id"] = [asset_id("batiment", "test", key) for key, _, _ in rows]
    columns["code"] = [key for key, _, _ in rows]
    columns["commune"] = [commune] * len(rows)
    columns["geometry"] = pa.array(shapely.to_wkb([shape for _, shape, _ in rows]), pa.binary())
    return pa.table(columns)


SCHOOL, AGAIN = shapely.box(0, 0, 40, 20), shapely.box(0.3, 0, 40.2, 20.1)
LISTED = {"nom": "École", "public_owner": True, "heating_energy": "gaz", "public_owner__origin": "declared"}
SEEN = {"usage": "indifferencie", "height_m": 7.0, "storeys": 2}
GYM = ("gymnase", shapely.box(80, 0, 110, 30), {"usage": "sport", "height_m": 8.0})


def test_two_drawings_of_a_school_give_the_totals_of_one() -> None:
    twice = drawn([("ville", SCHOOL, LISTED), ("ign", AGAIN, SEEN), GYM])
    once = drawn([("ville", SCHOOL, LISTED | SEEN | {"usage": None}), GYM])
    found, expected = (engine().inventory({"batiment": t}, "34999") for t in (twice, once))
    kept = found["batiment"]
    assert kept["code"].to_pylist() == ["ville", "gymnase"]
    assert (kept["height_m"][0].as_py(), kept["storeys"][0].as_py(), kept["usage"][0].as_py()) == (7.0, 2, "enseignement")
    assert kept["height_m__origin"].to_pylist() == ["declared", "declared"]
    ours, theirs = (engine().diagnose(b, CTX) for b in (found, expected))
    np.testing.assert_array_equal(ours.groups.draws, theirs.groups.draws)
    actions = engine().propose(found, ours, CTX)
    assert {a for row in actions["assets"].to_pylist() for a in row} == {asset_id("batiment", "test", "ville")}


def test_which_drawing_counts() -> None:
    def counts(rows: list[tuple[str, Any, dict[str, Any]]]) -> list[str]:
        table = conform({"batiment": drawn(rows)}, "batiment")
        codes = table["code"].to_pylist()
        return [codes[i] for i in doubles(table).kept]

    assert counts([("a", SCHOOL, {}), ("b", AGAIN, LISTED)]) == ["b", "b"]  # the one of which most is known
    assert counts([("a", SCHOOL, {}), ("b", shapely.box(0, 0, 41, 20), {})]) == ["b", "b"]  # then the larger
    shed = shapely.box(2, 2, 8, 8)
    assert counts([("shed", shed, LISTED), ("hall", SCHOOL, {})]) == ["hall", "hall"]  # what holds the other
    halves = [("left", shapely.box(0, 0, 19, 20), {}), ("right", shapely.box(21, 0, 40, 20), {})]
    assert counts([*halves, ("hall", SCHOOL, {})]) == ["hall"] * 3
    third = ("c", shapely.box(0, 0.2, 40, 20.2), {"nom": "c"})
    assert counts([("a", SCHOOL, {}), ("b", AGAIN, LISTED), third]) == ["b"] * 3
    assert counts([("a", SCHOOL, {}), ("b", shapely.box(39, 0, 79, 20), {})]) == ["a", "b"]  # side by side
    elsewhere = drawn([("a", SCHOOL, {}), ("b", AGAIN, {})])
    communes = pa.array(["34999", "34998"])
    table = elsewhere.set_column(elsewhere.column_names.index("commune"), "commune", communes)
    assert doubles(conform({"batiment": table}, "batiment")).kept.tolist() == [0, 1]


def test_a_shed_inside_gives_nothing_to_what_holds_it_and_an_outline_moved_counts_again() -> None:
    shed = ("shed", shapely.box(2, 2, 8, 8), {"nom": "Remise", "construction_year": 1900, "height_m": 3.0})
    kept = engine().inventory({"batiment": drawn([("hall", SCHOOL, {"usage": "bureau"}), shed])}, "34999")["batiment"]
    assert (kept["code"].to_pylist(), kept["nom"].to_pylist(), kept["height_m"].to_pylist()) == (["hall"], [None], [None])
    moved = ("shed", shapely.box(202, 2, 208, 8), shed[2])
    both = engine().inventory({"batiment": drawn([("hall", SCHOOL, {"usage": "bureau"}), moved])}, "34999")["batiment"]
    assert both.num_rows == 2


@pytest.mark.data
def test_the_land_counted_in_a_city_is_the_land_covered(data_dir: Path) -> None:
    """Montpellier, the city's buildings and those of BD TOPO: footprints counted against the union of all outlines."""
    folder, layer = data_dir / "batiments", builtin_layers()["batiment"]
    city = prepare(folder / "montpellier-34/Batiments/VilleMTP_MTP_Batiments.zip", layer).table
    ign = prepare(folder / "montpellier-34-iris-bdtopo/batiments.geojson", layer).table
    shapes = [shapely.from_wkb(t["geometry"].to_numpy()) for t in (city, ign)]
    rows = [(f"{k}-{i}", s, {}) for k, some in enumerate(shapes) for i, s in enumerate(some)]
    table = conform({"batiment": drawn(rows, "34172")}, "batiment")
    found, every = doubles(table), np.concatenate(shapes)
    area, land = shapely.area(every), shapely.area(shapely.union_all(every))
    assert found.left_out.sum() == 111
    assert area.sum() / land - 1 > 0.015
    assert area[~found.left_out].sum() / land == pytest.approx(1, abs=0.001)
