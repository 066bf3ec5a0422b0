"""What is read, in which order, and where: the same for every adapter."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
import shapely
from tests.contracts.store.samples import REGISTER, SURVEY, A, B, Factory, imported, lamps, point, powers, say

from jumeau.errors import NotFoundError
from jumeau.model.origin import Origin
from jumeau.model.query import Compare
from jumeau.store.port import ClaimTable, Moment


def test_what_was_written_is_read_and_unknown_stays_null(store_factory: Factory) -> None:
    store = imported(store_factory)
    assert powers(store) == {"a": 100.0, "b": 70.0, "c": None}
    assert store.count("luminaire") == 3
    assert store.read("luminaire").schema.names[0] == "id"
    assert store.read("luminaire").schema.names[-1] == "geometry"


def test_a_read_on_a_branch_and_as_of_an_instant(store_factory: Factory) -> None:
    store = imported(store_factory)
    first = store.commits()[-1].instant
    store.create_branch("led", author="anne")
    store.commit([say("a", "lamp_power_w", 40.0)], author="anne", message="LED", branch="led")
    second = store.commit([say("b", "lamp_power_w", 60.0)], author="anne", message="correction").instant
    assert powers(store) == {"a": 100.0, "b": 60.0, "c": None}
    assert powers(store, Moment("led")) == {"a": 40.0, "b": 70.0, "c": None}
    assert powers(store, Moment(as_of=first)) == {"a": 100.0, "b": 70.0, "c": None}
    assert powers(store, Moment(as_of=second)) == powers(store)


def test_values_have_a_validity(store_factory: Factory) -> None:
    store = imported(store_factory)
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)
    store.commit([say("a", "lamp_power_w", 50.0, valid_from=start, valid_to=end)], author="anne", message="x")
    assert powers(store, Moment(at=start))["a"] == 50.0
    assert powers(store, Moment(at=end))["a"] == 100.0
    assert powers(store, Moment(at=datetime(2019, 1, 1, tzinfo=UTC)))["a"] == 100.0


def test_bbox_is_exact_and_closed(store_factory: Factory) -> None:
    store = imported(store_factory)
    box = (770_000.0, 6_279_000.0, 770_100.0, 6_279_000.0)
    assert set(store.read("luminaire", bbox=box)["id"].to_pylist()) == {"a", "b"}
    box = (770_000.001, 6_278_000.0, 770_100.0, 6_279_500.0)
    assert store.read("luminaire", bbox=box)["id"].to_pylist() == ["b"]
    assert store.read("luminaire", where=Compare("lamp_power_w", ">", 80), bbox=(0, 0, 1e7, 1e7)).num_rows == 1


def test_a_bbox_on_polygons_means_intersection_not_overlap_of_boxes(store_factory: Factory) -> None:
    store = store_factory()
    triangle = shapely.to_wkb(shapely.Polygon([(0, 0), (100, 0), (0, 100)]), byte_order=1)
    table = pa.table({"id": ["t"], "nom": ["Triangle"], "geometry": pa.array([triangle], pa.binary())})
    origins = {"nom": Origin.DECLARED, "geometry": Origin.DECLARED}
    store.commit([ClaimTable(layer="commune", table=table, source=REGISTER, origins=origins)], author="a", message="x")
    assert store.read("commune", bbox=(60, 60, 100, 100)).num_rows == 0
    assert store.read("commune", bbox=(50, 50, 100, 100)).num_rows == 1
    assert store.read("commune", bbox=(100, 0, 200, 0)).num_rows == 1
    assert store.read("commune", bbox=(10, 10, 10, 10)).num_rows == 1


def test_unknown_names_are_said(store_factory: Factory) -> None:
    store = imported(store_factory)
    with pytest.raises(NotFoundError, match="lampadaire"):
        store.read("lampadaire")
    with pytest.raises(NotFoundError, match="puissance"):
        store.read("luminaire", columns=["puissance"])
    with pytest.raises(NotFoundError, match="avenir"):
        store.read("luminaire", moment=Moment("avenir"))


def test_rows_come_in_hilbert_order_then_by_id_on_the_whole_and_in_parts(store_factory: Factory) -> None:
    store = store_factory()
    places = [(770_000 + 500 * (i % 7), 6_279_000 + 400 * (i % 5)) for i in range(60)]
    store.commit([lamps([(f"n{i:02}", 1.0 * i + 1, point(*p)) for i, p in enumerate(places)])], author="a", message="x")
    store.commit([say("n05", "geometry", point(770_000, 6_279_000)), say("zz", "code", "sans")], author="a", message="x")
    table = store.read("luminaire")
    order = []
    for asset, wkb in zip(table["id"].to_pylist(), table["geometry"].to_pylist(), strict=True):
        shape = shapely.from_wkb(wkb) if wkb else None
        order.append((slow_hilbert(shape.x, shape.y) if shape else 2**63, asset))
    assert order == sorted(order)
    assert order[-1][1] == "zz"
    parts = list(store.batches("luminaire", rows=7))
    assert [p.num_rows for p in parts] == [7] * 8 + [5]
    assert pa.concat_tables(parts).equals(table)
    some = store.read("luminaire", where=Compare("lamp_power_w", "<", 30))["id"].to_pylist()
    assert some == [a for _, a in order if a in set(some)]


def slow_hilbert(x: float, y: float) -> int:
    """Hilbert index one level at a time, after the description of the curve in Wikipedia, "Hilbert curve" (2024)."""
    size = 2**28
    cell = [int((v + 2**24) / 2**25 * size) for v in (x, y)]
    step, index = size // 2, 0
    while step:
        right, top = int(cell[0] & step > 0), int(cell[1] & step > 0)
        index += step * step * ((3 * right) ^ top)
        if not top:
            if right:
                cell = [size - 1 - v for v in cell]
            cell.reverse()
        step //= 2
    return index


def test_sources_that_disagree_are_named_with_both_values(store_factory: Factory) -> None:
    store = imported(store_factory)
    assert store.disagreements("luminaire") == []
    store.declare_source(SURVEY)
    said = [("c", 60.0, None), ("b", 75.0, B), ("a", 100.0, None)]
    before = store.commit([lamps(said, SURVEY)], author="bob", message="relevé")
    store.commit([say("a", "lamp_power_w", 20.0), say("b", "install_year", 1990)], author="anne", message="saisie")
    found = store.disagreements("luminaire")
    assert [(d.asset, d.attribute, d.value, d.source, d.other_value, d.other_source) for d in found] == [
        ("a", "lamp_power_w", 20.0, "saisie:anne", 100.0, "registre"),
        ("a", "lamp_power_w", 20.0, "saisie:anne", 100.0, "releve"),
        ("b", "lamp_power_w", 75.0, "releve", 70.0, "registre"),
    ]
    assert store.disagreements("luminaire", limit=2) == found[:2]
    assert store.disagreements("luminaire", attribute="install_year") == []
    past = store.disagreements("luminaire", attribute="lamp_power_w", moment=Moment(as_of=before.instant))
    assert [(d.asset, d.value, d.other_value) for d in past] == [("b", 75.0, 70.0)]
    with pytest.raises(NotFoundError):
        store.disagreements("luminaire", attribute="rien")


def test_a_long_read_sees_one_commit(store_factory: Factory) -> None:
    store = store_factory()
    store.commit([lamps([(f"n{i}", 10.0, A) for i in range(100)])], author="a", message="x")
    parts = store.batches("luminaire", columns=["lamp_power_w"], rows=10)
    first = next(parts)
    store.commit([say(f"n{i}", "lamp_power_w", 20.0) for i in range(100)], author="a", message="x")
    store.compact()
    values = {v for p in [first, *parts] for v in p["lamp_power_w"].to_pylist()}
    assert values == {10.0}
    assert set(powers(store).values()) == {20.0}
