"""Reads through the index on texts: the same rows as a look at every row."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from tests.contracts.store.samples import REGISTER, Factory, point, say

from jumeau.errors import InputError
from jumeau.model.claim import EXISTS
from jumeau.model.origin import Origin
from jumeau.model.query import And, Compare, Not, Or, Where
from jumeau.store.port import ClaimTable


def test_an_index_on_texts_answers_as_a_look_at_every_row(store_factory: Factory) -> None:
    """Equalities on texts go through an index, the rest through columns: the same rows, changed ones in their place."""
    store = store_factory()
    count = 300
    table = pa.table(
        {
            "id": [f"n{i:03}" for i in range(count)],
            "commune": pa.array([None if i % 11 == 0 else f"3400{i % 7}" for i in range(count)], pa.string()),
            "lamp_power_w": [float(i % 5 * 10) for i in range(count)],
            "geometry": pa.array(
                [point(770_000 + i * 37 % 900, 6_279_000 + i * 53 % 700) for i in range(count)], pa.binary()
            ),
        }
    )
    origins = dict.fromkeys(("commune", "lamp_power_w", "geometry"), Origin.DECLARED)
    change = ClaimTable(layer="luminaire", table=table, source=REGISTER, origins=origins)
    store.commit([change], author="a", message="x")
    box = (770_100.0, 6_279_000.0, 770_500.0, 6_279_400.0)
    one, some = Compare("commune", "=", "34003"), Compare("commune", "in", ("34001", "34006", "rien", None))
    strong = Compare("lamp_power_w", ">=", 20.0)
    asks: list[tuple[Where, Callable[[dict[str, Any]], bool]]] = [
        (one, lambda r: r["commune"] == "34003"),
        (some, lambda r: r["commune"] in ("34001", "34006")),
        (And((strong, one)), lambda r: r["commune"] == "34003" and (r["lamp_power_w"] or 0) >= 20),
        (And((one, some)), lambda r: False),
        (Or((one, strong)), lambda r: r["commune"] == "34003" or (r["lamp_power_w"] or 0) >= 20),
        (Not(one), lambda r: r["commune"] != "34003"),
        (Compare("commune", "=", None), lambda r: False),
    ]

    def same() -> None:
        rows = store.read("luminaire", columns=["commune", "lamp_power_w"]).to_pylist()
        near = set(store.read("luminaire", columns=[], bbox=box)["id"].to_pylist())
        assert 0 < len(near) < len(rows)
        for where, kept in asks:
            wanted = [r for r in rows if kept(r)]
            assert store.read("luminaire", columns=["commune", "lamp_power_w"], where=where).to_pylist() == wanted
            inside = store.read("luminaire", columns=[], where=where, bbox=box)["id"].to_pylist()
            assert inside == [r["id"] for r in wanted if r["id"] in near]
            few = ["n010", "n003", "n299", "absent"]
            named = store.read("luminaire", columns=[], where=where, ids=few)["id"].to_pylist()
            assert named == [r["id"] for r in wanted if r["id"] in few]
            pieces = store.batches("luminaire", columns=["commune", "lamp_power_w"], where=where, rows=7)
            assert [r for p in pieces for r in p.to_pylist()] == wanted

    same()
    changes = [say(f"n{i:03}", "commune", "34003") for i in range(0, count, 17)]
    changes += [say(f"n{i:03}", "geometry", point(770_300, 6_279_200)) for i in range(0, count, 23)]
    changes += [
        say("neuf", EXISTS, True),
        say("neuf", "commune", "34003"),
        say("neuf", "geometry", point(770_300, 6_279_200)),
    ]
    changes += [say(f"n{i:03}", EXISTS, False) for i in range(5, count, 29)]
    store.commit(changes, author="a", message="x")
    same()
    with pytest.raises(InputError):
        store.read("luminaire", where=Compare("commune", "=", 34003))
