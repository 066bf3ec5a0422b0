"""Records met with buildings: identifiers first, then addresses, then place; never where the floor cannot stand."""

import numpy as np
import shapely

from jumeau.engines.buildings.matching import SURE, Names, best_label, match

BOXES = np.array([shapely.box(0, 0, 10, 10), shapely.box(12, 0, 22, 10), shapely.box(200, 0, 260, 40)], object)
RNB = ["AAAA11112222", None, "BBBB11112222"]
HEIGHTS = np.array([6.0, 6.0, 12.0])


def records(**columns: list) -> dict[str, list]:
    n = max(len(v) for v in columns.values())
    return {k: columns.get(k, [None] * n) for k in ("rnb", "ban", "x", "y", "floor", "year")}


def test_identifier_then_address_then_place() -> None:
    rows = records(rnb=["BBBB11112222", None, None], ban=[None, "69_1", None], x=[5.0, 5.0, 230.0], y=[5.0, 5.0, 20.0])
    found = match(rows, BOXES, RNB, HEIGHTS, Names(addresses={"69_1": [1]}))
    assert found.row.tolist() == [2, 1, 2]
    assert found.how == ["identifiant", "adresse", "lieu"]
    assert found.confidence[0] > found.confidence[1] > found.confidence[2] > SURE


def test_between_two_buildings_the_match_is_not_sure_and_far_away_there_is_none() -> None:
    found = match(records(x=[11.0, 5.0, 900.0], y=[5.0, 5.0, 5.0]), BOXES, RNB, HEIGHTS, Names())
    assert found.confidence[0] < SURE
    assert found.confidence[1] < match(records(x=[230.0], y=[20.0]), BOXES, RNB, HEIGHTS, Names()).confidence[0]
    assert found.row[2] == -1
    assert found.confidence[2] == 0


def test_a_floor_that_cannot_stand_rules_a_building_out() -> None:
    found = match(records(x=[5.0], y=[5.0], floor=[5000.0]), BOXES, RNB, HEIGHTS, Names())
    assert found.row[0] == -1
    unknown = match(records(x=[5.0], y=[5.0], floor=[500.0]), BOXES, RNB, np.array([np.nan, 6.0, 12.0]), Names())
    assert unknown.row[0] == 0


def test_middle_label_by_area() -> None:
    assert best_label(["A", "G"], [10.0, 200.0]) == "G"
    assert best_label(["D", "C", "E"], [50.0, 50.0, 50.0]) == "D"
