"""The rules of the store port, the same for every adapter."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
import shapely

from jumeau.errors import ConflictError, InputError, NotFoundError
from jumeau.model.claim import EXISTS, Claim
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.model.query import Compare
from jumeau.store.embedded import EmbeddedStore
from jumeau.store.port import ClaimTable, Moment, Store

REGISTER = Source(id="registre", title="Registre communal", rank=0)
SURVEY = Source(id="releve", title="Relevé de terrain", rank=5)
Factory = Callable[..., Store]


@pytest.fixture(params=["embedded"])
def store_factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Factory]:
    """Opens stores of the adapter under test, each in its own place; `name` opens the same place again."""
    opened: list[Store] = []

    def make(name: str = "twin", **options: object) -> Store:
        assert request.param == "embedded"
        store: Store = EmbeddedStore(tmp_path / name, create=True, **options)  # type: ignore[arg-type]
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


def point(x: float, y: float) -> bytes:
    return bytes(shapely.to_wkb(shapely.Point(x, y), byte_order=1))


def lamps(rows: list[tuple[str, float | None, bytes | None]], source: Source = REGISTER, **options: object) -> ClaimTable:
    """A bulk change on lamp powers [W]."""
    table = pa.table(
        {
            "id": [r[0] for r in rows],
            "lamp_power_w": pa.array([r[1] for r in rows], pa.float64()),
            "geometry": pa.array([r[2] for r in rows], pa.binary()),
        }
    )
    origins = {"lamp_power_w": Origin.DECLARED, "geometry": Origin.DECLARED}
    return ClaimTable(layer="luminaire", table=table, source=source, origins=origins, **options)  # type: ignore[arg-type]


def say(asset: str, attribute: str, value: object, source: str = "saisie:anne", **options: object) -> Claim:
    options = {"origin": Origin.DECLARED} | options
    return Claim(layer="luminaire", asset=asset, attribute=attribute, value=value, source=source, **options)  # type: ignore[arg-type]


def powers(store: Store, moment: Moment = Moment()) -> dict[str, float | None]:
    table = store.read("luminaire", columns=["lamp_power_w"], moment=moment)
    return dict(zip(table["id"].to_pylist(), table["lamp_power_w"].to_pylist(), strict=True))


START = [
    ("a", 100.0, point(770_000, 6_279_000)),
    ("b", 70.0, point(770_100, 6_279_000)),
    ("c", None, point(771_000, 6_280_000)),
]


def imported(factory: Factory, **options: object) -> Store:
    store = factory(**options)
    store.commit([lamps(START)], author="anne", message="import")
    return store


def test_what_was_written_is_read_and_unknown_stays_null(store_factory: Factory) -> None:
    store = imported(store_factory)
    assert powers(store) == {"a": 100.0, "b": 70.0, "c": None}
    assert store.count("luminaire") == 3
    assert store.read("luminaire").schema.names[0] == "id"
    assert store.read("luminaire").schema.names[-1] == "geometry"


def test_values_are_stored_at_the_decimals_of_the_dictionary(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.commit([say("a", "lamp_power_w", 70.26), lamps([("b", 35.249, None)])], author="anne", message="x")
    assert powers(store) == {"a": 70.3, "b": 35.2, "c": None}


def test_two_sources_in_conflict_on_one_value_both_stay(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.declare_source(SURVEY)
    store.commit([lamps([("a", 150.0, None)], SURVEY)], author="bob", message="relevé")
    store.commit([lamps([("a", 99.0, None)])], author="anne", message="registre")
    found = store.claims("luminaire", "a", "lamp_power_w")
    assert [(c.value, c.source) for c in found] == [(150.0, "releve"), (99.0, "registre"), (100.0, "registre")]
    row = store.read("luminaire", columns=["lamp_power_w"], ids=["a"], provenance=True).to_pylist()[0]
    assert (row["lamp_power_w"], row["lamp_power_w__origin"], row["lamp_power_w__source"]) == (150.0, "declared", "releve")


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


def test_what_the_dictionary_refuses_is_said_and_nothing_is_written(store_factory: Factory) -> None:
    store = imported(store_factory)
    for wrong in (say("a", "puissance", 3.0), say("a", "lamp_power_w", "cent"), say("a", "geometry", b"xx")):
        with pytest.raises(InputError, match="luminaire"):
            store.commit([say("b", "lamp_power_w", 1.0), wrong], author="anne", message="x")
    assert powers(store)["b"] == 70.0
    assert len(store.commits()) == 1


def test_a_removed_asset_is_gone_and_can_come_back(store_factory: Factory) -> None:
    store = imported(store_factory)
    store.commit([say("a", EXISTS, False)], author="anne", message="déposé")
    assert sorted(powers(store)) == ["b", "c"]
    assert store.count("luminaire") == 2
    store.commit([say("a", EXISTS, True)], author="anne", message="erreur")
    assert powers(store)["a"] == 100.0


def test_bbox_is_exact_and_closed(store_factory: Factory) -> None:
    store = imported(store_factory)
    box = (770_000.0, 6_279_000.0, 770_100.0, 6_279_000.0)
    assert set(store.read("luminaire", bbox=box)["id"].to_pylist()) == {"a", "b"}
    box = (770_000.001, 6_278_000.0, 770_100.0, 6_279_500.0)
    assert store.read("luminaire", bbox=box)["id"].to_pylist() == ["b"]
    assert store.read("luminaire", where=Compare("lamp_power_w", ">", 80), bbox=(0, 0, 1e7, 1e7)).num_rows == 1


def test_a_writer_who_looked_at_an_older_head_is_told(store_factory: Factory) -> None:
    store = imported(store_factory)
    head = store.branches()[0].head
    store.commit([say("a", "lamp_power_w", 1.0)], author="anne", message="x", expect=head)
    with pytest.raises(ConflictError):
        store.commit([say("a", "lamp_power_w", 2.0)], author="bob", message="x", expect=head)


def test_unknown_names_are_said(store_factory: Factory) -> None:
    store = imported(store_factory)
    with pytest.raises(NotFoundError, match="lampadaire"):
        store.read("lampadaire")
    with pytest.raises(NotFoundError, match="puissance"):
        store.read("luminaire", columns=["puissance"])
    with pytest.raises(NotFoundError, match="avenir"):
        store.read("luminaire", moment=Moment("avenir"))
