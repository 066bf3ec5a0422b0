"""Luminaires and their cabinets: numbers that match, that lie, and none at all."""

import numpy as np
import pyarrow as pa
import pytest
import shapely

from jumeau.engines.lighting.attach import HOWS, attach, with_cabinets
from jumeau.engines.lighting.checks import oddities
from jumeau.engines.tables import conform
from jumeau.model.ids import keyed_ids


def table(layer: str, points: list, **columns: list) -> pa.Table:
    n = len(points)
    shapes = [None if p is None else shapely.to_wkb(shapely.Point(p)) for p in points]
    base = {"id": keyed_ids(layer, "essai", range(n)), "commune": ["34172"] * n, "geometry": pa.array(shapes, pa.binary())}
    return conform({layer: pa.table(base | columns)}, layer)


CABINETS = table("armoire", [(0, 0), (1000, 0), (1010, 0)], code=["A1", "A2", "A2"])


def test_by_number_by_circuit_then_by_distance() -> None:
    lights = table(
        "luminaire", [(900, 0), (500, 10), (30, 0), None],
        armoire=["A1", None, None, "A1"], circuit=[None, "C7", None, None],
    )  # fmt: skip
    circuits = table("circuit", [None], code=["C7"], armoire=["A1"])
    found = attach(lights, CABINETS, circuits)
    assert found.cabinet.tolist() == [0, 0, 0, 0]
    assert [HOWS[h] for h in found.how] == ["numero", "circuit", "proche", "numero"]
    assert found.confidence[0] > found.confidence[1] > found.confidence[2] > 0.6
    assert found.distance_m[:3].tolist() == pytest.approx([900, 500.1, 30], abs=0.1)
    assert np.isnan(found.distance_m[3])


def test_two_cabinets_with_one_number_are_named_and_survived() -> None:
    lights = table("luminaire", [(1012, 3), (998, 3), None], armoire=["A2", "A2", "A2"], code=["1", "2", "3"])
    found = attach(lights, CABINETS)
    assert found.cabinet.tolist()[:2] == [2, 1]
    assert (found.confidence < 0.6).all()
    said = {x.kind: x for x in oddities({"luminaire": lights, "armoire": CABINETS})}
    assert said["armoire_double"].count == 2
    assert "A2" in said["armoire_double"].text
    assert said["sans_position"].count == 1


def test_halfway_between_two_cabinets_is_half_as_sure_as_beside_one() -> None:
    far = table("armoire", [(0, 0), (1000, 0)], code=["A1", "A2"])
    found = attach(table("luminaire", [(500, 0), (5, 0), (90_000, 0)]), far)
    assert found.confidence[0] < 0.6 * found.confidence[1]
    assert found.confidence[2] < 0.01


def test_a_number_that_is_in_no_inventory_gives_way_to_the_nearest() -> None:
    lights = table(
        "luminaire", [(10, 0)], armoire=["Z9"], lamp_power_w=[100.0], system_power_w=[60.0], dimming_steps=["23h-5h"]
    )
    filled = with_cabinets({"luminaire": lights, "armoire": CABINETS})["luminaire"]
    assert filled["armoire"].to_pylist() == ["A1"]
    assert filled["armoire__origin"].to_pylist() == ["inferred"]
    assert [x.kind for x in oddities({"luminaire": lights, "armoire": CABINETS})] == [
        "armoire_double", "armoire_absente", "puissance_incoherente", "profil_illisible",
    ]  # fmt: skip
    alone = {"luminaire": lights, "armoire": CABINETS.slice(0, 0)}
    assert with_cabinets(alone) is alone
    assert attach(lights, CABINETS.slice(0, 0)).cabinet.tolist() == [-1]
