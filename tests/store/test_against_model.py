"""Random histories on the adapter and on the brute-force model give the same rows, whatever the branch and the instants."""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from jumeau.model.claim import MAIN, Claim
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.store.embedded import EmbeddedStore
from jumeau.store.hilbert import bounds, centre_keys
from jumeau.store.port import ClaimTable, Moment
from model import Said, Twin

DAY0 = datetime(2020, 1, 1, tzinfo=UTC)
SOURCES = {"registre": 0, "releve": 5, "autre": 0}
ATTRIBUTES = ("lamp_power_w", "code", "remote_managed", "geometry")
assets = st.sampled_from([f"a{i}" for i in range(6)])
sources = st.sampled_from(sorted(SOURCES))
origins = st.sampled_from(["measured", "declared", "inferred", "default"])
days = st.one_of(st.none(), st.integers(0, 5))


def value_of(attribute: str) -> st.SearchStrategy[Any]:
    return {
        "lamp_power_w": st.sampled_from([35.0, 70.0, 100.5]),
        "code": st.sampled_from(["x", "y", "é"]),
        "remote_managed": st.booleans(),
        "_exists": st.booleans(),
        "geometry": st.tuples(st.integers(0, 3), st.integers(0, 3)).map(
            lambda xy: bytes(shapely.to_wkb(shapely.Point(700_000 + xy[0] * 900, 6_600_000 + xy[1] * 700), byte_order=1))
        ),
    }[attribute]


@st.composite
def singles(draw: st.DrawFn) -> Said:
    attribute = draw(st.sampled_from([*ATTRIBUTES, "_exists"]))
    value = draw(value_of(attribute) if attribute == "_exists" else st.one_of(value_of(attribute), st.none()))
    start = draw(days)
    end = None if start is None else draw(st.one_of(st.none(), st.integers(start + 1, 6)))
    return Said(draw(assets), attribute, value, draw(sources), draw(origins), start, end)


@st.composite
def bulks(draw: st.DrawFn) -> tuple[str, int | None, list[dict[str, Any]]]:
    rows = []
    for asset in sorted(draw(st.sets(assets, min_size=1, max_size=4))):
        row: dict[str, Any] = {"id": asset}
        for attribute in ATTRIBUTES:
            row[attribute] = draw(st.one_of(st.none(), value_of(attribute)))
        row["code__origin"] = draw(st.one_of(st.none(), origins))
        rows.append(row)
    return draw(sources), draw(days), rows


def instant(day: int | None) -> datetime | None:
    return None if day is None else DAY0 + timedelta(days=day)


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = EmbeddedStore(self.folder / "twin", create=True)
        self.twin = Twin(dict(SOURCES))
        self.instants: list[datetime] = []
        for name, rank in SOURCES.items():
            self.store.declare_source(Source(id=name, title=name, rank=rank))

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def branch(self, index: int) -> str:
        return sorted(self.twin.heads)[index % len(self.twin.heads)]

    @rule(claims=st.lists(singles(), min_size=1, max_size=4), on=st.integers(0, 3))
    def edit(self, claims: list[Said], on: int) -> None:
        changes = [
            Claim(
                layer="luminaire", asset=c.asset, attribute=c.attribute, value=c.value, source=c.source,
                origin=Origin(c.origin), valid_from=instant(c.start), valid_to=instant(c.end),
            )
            for c in claims
        ]  # fmt: skip
        done = self.store.commit(changes, author="a", message="m", branch=self.branch(on))
        self.twin.commit(done.id, self.branch(on), claims)
        self.instants.append(done.instant)

    @rule(bulk=bulks(), on=st.integers(0, 3))
    def load(self, bulk: tuple[str, int | None, list[dict[str, Any]]], on: int) -> None:
        source, start, rows = bulk
        kinds = {"lamp_power_w": pa.float64(), "remote_managed": pa.bool_(), "geometry": pa.binary()}
        schema = pa.schema([(n, kinds.get(n, pa.string())) for n in rows[0]])
        change = ClaimTable(
            layer="luminaire", table=pa.Table.from_pylist(rows, schema=schema), valid_from=instant(start),
            source=Source(id=source, title=source), origins=dict.fromkeys(ATTRIBUTES, Origin.INFERRED),
        )  # fmt: skip
        done = self.store.commit([change], author="a", message="m", branch=self.branch(on))
        claims = []
        for row in rows:
            claims.append(Said(row["id"], "_exists", True, source, "declared", start, None))
            for a in ATTRIBUTES:
                origin = (row["code__origin"] if a == "code" else None) or "inferred"
                if row[a] is not None:
                    claims.append(Said(row["id"], a, row[a], source, origin, start, None))
        for claim in claims:
            claim.place = 1
        self.twin.commit(done.id, self.branch(on), claims)
        self.instants.append(done.instant)

    @rule(on=st.integers(0, 3))
    def fork(self, on: int) -> None:
        if len(self.twin.heads) < 3:
            name = f"b{len(self.twin.heads)}"
            self.store.create_branch(name, source=self.branch(on), author="a")
            self.twin.heads[name] = self.twin.heads[self.branch(on)]

    @rule(on=st.integers(0, 3), which=st.integers(0, 30))
    def revert(self, on: int, which: int) -> None:
        seen = self.twin.ancestors(self.twin.heads[self.branch(on)])
        ready = sorted(seen - self.twin.dead(seen))
        ready = [n for n in ready if len(self.twin.parents[n]) < 2]
        if ready:
            number = ready[which % len(ready)]
            done = self.store.revert(number, author="a", branch=self.branch(on))
            self.twin.commit(done.id, self.branch(on), [], {number})
            self.instants.append(done.instant)

    @rule(one=st.integers(0, 3), other=st.integers(0, 3))
    def merge(self, one: int, other: int) -> None:
        source, target = self.branch(one), self.branch(other)
        heads = self.twin.heads
        if self.store.conflicts(source, target) or not self.twin.ancestors(heads[source]) - self.twin.ancestors(
            heads[target]
        ):
            return
        done = self.store.merge(source, target=target, author="a", message="m")
        self.twin.commit(done.id, target, [], set(), heads[source])
        self.instants.append(done.instant)

    @rule()
    def compact(self) -> None:
        self.store.compact()

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = EmbeddedStore(self.folder / "twin")

    @invariant()
    def same_rows(self) -> None:
        for branch, head in self.twin.heads.items():
            for day in (0, 3, 9):
                self.compare(head, day, Moment(branch, at=instant(day)))
        if self.twin.past:
            middle = len(self.twin.past) // 2
            moment = Moment(MAIN, at=instant(4), as_of=self.instants[middle])
            self.compare(self.twin.past[middle][MAIN], 4, moment)

    def compare(self, head: int, day: int, moment: Moment) -> None:
        table = self.store.read("luminaire", columns=ATTRIBUTES[:3], provenance=True, moment=moment)
        read = {}
        for row in table.to_pylist():
            read[row["id"]] = {
                a: (row[a], row[a + "__origin"], row[a + "__source"]) for a in ATTRIBUTES if row[a] is not None
            }
        assert read == self.twin.rows(head, day)
        assert self.store.count("luminaire", moment) == len(read)
        keys = centre_keys(bounds(table["geometry"].combine_chunks())).tolist()
        order = list(zip(keys, table["id"].to_pylist(), strict=True))
        assert order == sorted(order)


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=25, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
)
