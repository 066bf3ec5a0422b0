"""A small store in memory, resolved by the port's stated precedence, and a twin with open and closed sources."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pytest
import shapely

from jumeau.errors import ConflictError
from jumeau.model.claim import GEOMETRY, MAIN, Branch, Claim, Commit
from jumeau.model.dictionary import Layer, builtin_layers
from jumeau.model.origin import Origin
from jumeau.model.provenance import HAND_RANK, Source
from jumeau.sharing.conditions import holds, within
from jumeau.store.port import NOW, ClaimTable, Difference, Moment

OPEN = Source(id="ouverte", title="Source ouverte", public=True)
CLOSED = Source(id="fermee", title="Source fermée")
START = datetime(2026, 1, 1, tzinfo=UTC)


class MemoryStore:
    """Enough of the port for one branch."""

    def __init__(self) -> None:
        self.all: list[Claim] = []
        self.done: list[Commit] = []
        self.known: dict[str, Source] = {}
        self.kept: dict[str, dict[str, pa.Table]] = {}

    def layers(self) -> dict[str, Layer]:
        return {name: builtin_layers()[name] for name in ("commune", "luminaire", "armoire", "budget")}

    def sources(self) -> dict[str, Source]:
        return dict(self.known)

    def declare_source(self, source: Source) -> None:
        self.known[source.id] = source

    def commit(
        self,
        changes: Sequence[Any],
        *,
        author: str,
        message: str,
        branch: str = MAIN,
        expect: int | None = None,
        kind: str = "edit",
    ) -> Commit:
        if expect is not None and expect != len(self.done):
            raise ConflictError("partage.jumeau_vide")
        number = len(self.done) + 1
        for change in changes:
            if isinstance(change, ClaimTable):
                self.known.setdefault(change.source.id, change.source)
                for row in change.table.to_pylist():
                    for name in (n for n in row if n != "id" and row[n] is not None):
                        self._add(change, row, name, number)
            else:
                self.all.append(msgspec.structs.replace(change, commit=number))
        layers = tuple(sorted({c.layer for c in changes}))
        self.done.append(
            Commit(
                id=number, parents=(), branch=branch, author=author, message=message,
                instant=START + timedelta(hours=number), kind=kind, layers=layers,
            )
        )  # fmt: skip
        return self.done[-1]

    def _add(self, change: ClaimTable, row: dict[str, Any], name: str, number: int) -> None:
        self.all.append(
            Claim(
                layer=change.layer, asset=row["id"], attribute=name, value=row[name], source=change.source.id,
                origin=change.origins.get(name, Origin.DECLARED), commit=number,
            )
        )  # fmt: skip

    def _rank(self, claim: Claim) -> tuple[int, int, int]:
        source = self.known.get(claim.source)
        rank = source.rank if source else HAND_RANK
        return -rank, claim.origin.rank, -claim.commit

    def _visible(self, layer: str, moment: Moment) -> list[Claim]:
        last = {c.id for c in self.done if moment.as_of is None or c.instant <= moment.as_of}
        return sorted((c for c in self.all if c.layer == layer and c.commit in last), key=self._rank)

    def claims(self, layer: str, asset: str, attribute: str | None = None, moment: Moment = NOW) -> list[Claim]:
        found = [c for c in self._visible(layer, moment) if c.asset == asset]
        return [c for c in found if attribute in (None, c.attribute)]

    def read(
        self, layer: str, *, columns: Any = None, bbox: Any = None, where: Any = None, ids: Any = None,
        provenance: bool = False, moment: Moment = NOW,
    ) -> pa.Table:  # fmt: skip
        rows: dict[str, dict[str, Any]] = {}
        for claim in self._visible(layer, moment):
            row = rows.setdefault(claim.asset, {"id": claim.asset})
            if claim.attribute not in row:
                row |= {claim.attribute: claim.value, f"{claim.attribute}__origin": claim.origin.value}
                row[f"{claim.attribute}__source"] = claim.source
        schema = self.layers()[layer].schema
        for name in schema.names[1:]:
            schema = schema.append(pa.field(f"{name}__origin", pa.string())).append(pa.field(f"{name}__source", pa.string()))
        table = pa.Table.from_pylist([rows[k] for k in sorted(rows)], schema=schema)
        if ids is not None:
            table = table.filter(pa.array([i in set(ids) for i in table["id"].to_pylist()], pa.bool_()))
        if bbox is not None:
            table = table.filter(within(table[GEOMETRY], bbox))
        if where is not None:
            table = table.filter(holds(table, where))
        kept = [n for n in columns or self.layers()[layer].names if n != GEOMETRY]
        kept += [GEOMETRY] if GEOMETRY in schema.names else []
        if provenance:
            kept += [f"{n}__{w}" for n in kept for w in ("origin", "source")]
        return table.select(["id", *kept])

    def batches(self, layer: str, *, rows: int = 65_536, **asked: Any) -> Iterator[pa.Table]:
        table = self.read(layer, **asked)
        for start in range(0, table.num_rows, rows):
            yield table.slice(start, rows)

    def count(self, layer: str, moment: Moment = NOW) -> int:
        return int(self.read(layer, moment=moment).num_rows)

    def commits(self, *, branch: str | None = None, after: int = 0) -> list[Commit]:
        return [c for c in self.done if c.id > after]

    def branches(self) -> list[Branch]:
        return [Branch(MAIN, len(self.done))]

    def diff(self, before: Moment, after: Moment, layer: str | None = None) -> list[Difference]:
        out = []
        for name in (n for n in self.layers() if layer in (None, n)):
            old = {r["id"]: r for r in self.read(name, moment=before).to_pylist()}
            new = {r["id"]: r for r in self.read(name, moment=after).to_pylist()}
            for asset in sorted(old.keys() | new.keys()):
                one, two = old.get(asset, {}), new.get(asset, {})
                out += [
                    Difference(layer=name, asset=asset, attribute=a, before=one.get(a), after=two.get(a))
                    for a in sorted((one.keys() | two.keys()) - {"id"})
                    if one.get(a) != two.get(a)
                ]
        return out

    def revert(self, commit: int, *, author: str, branch: str = MAIN) -> Commit:
        return self.commit([], author=author, message=f"retour {commit}", kind="revert")

    def results(self, run: str) -> list[str]:
        return sorted(self.kept.get(run, {}))

    def get_result(self, run: str, part: str) -> pa.Table:
        return self.kept[run][part]

    def put_result(self, run: str, part: str, table: pa.Table) -> None:
        self.kept.setdefault(run, {})[part] = table

    def drop_results(self, run: str) -> None:
        self.kept.pop(run, None)


def lights(source: Source, **columns: list[Any]) -> ClaimTable:
    """Claims of one source on lights."""
    return ClaimTable(
        layer="luminaire", table=pa.table(columns), source=source, origins=dict.fromkeys(columns, Origin.DECLARED)
    )


@pytest.fixture
def store() -> MemoryStore:
    """Three lights: A and B placed by the open source, C known to the closed one only; power comes from the closed one."""
    store = MemoryStore()
    points = [shapely.to_wkb(shapely.Point(x, 6_280_000)) for x in (770_000.0, 770_010.0, 770_020.0)]
    opened = lights(
        OPEN, id=["A", "B"], commune=["34172", "34172"], geometry=points[:2], lamp_technology=["led", "shp"],
        install_year=pa.array([2015, 1990], pa.int32()),
    )  # fmt: skip
    store.commit([opened], author="import", message="ouvert", kind="import")
    closed = lights(
        CLOSED, id=["B", "C"], commune=[None, "34057"], geometry=[None, points[2]], lamp_power_w=[150.0, 250.0],
        lamp_technology=[None, "vm"],
    )  # fmt: skip
    store.commit([closed], author="import", message="fermé", kind="import")
    secret = Source(id="enquete", title="Enquête fermée", rank=5)
    store.commit([lights(secret, id=["B"], lamp_technology=["im"])], author="import", message="enquête", kind="import")
    return store
