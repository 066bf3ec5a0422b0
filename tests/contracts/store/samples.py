"""Lamps, claims and histories the store contract is told with."""

from collections.abc import Callable

import pyarrow as pa
import shapely

from jumeau.model.claim import Claim
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.store.port import ClaimTable, Moment, Store

REGISTER = Source(id="registre", title="Registre communal", rank=0)
SURVEY = Source(id="releve", title="Relevé de terrain", rank=5)
Factory = Callable[..., Store]


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


A, B, C = point(770_000, 6_279_000), point(770_100, 6_279_000), point(771_000, 6_280_000)
START = [("a", 100.0, A), ("b", 70.0, B), ("c", None, C)]


def imported(factory: Factory, **options: object) -> Store:
    store = factory(**options)
    store.commit([lamps(START)], author="anne", message="import")
    return store


def forked(factory: Factory) -> Store:
    """Both branches edit `a`; the scenario alone edits `b`."""
    store = imported(factory)
    store.create_branch("led", author="a")
    scenario = [say("a", "lamp_power_w", 40.0, "saisie:bob"), say("b", "lamp_power_w", 30.0, "saisie:bob")]
    store.commit(scenario, author="bob", message="LED", branch="led")
    store.commit([say("a", "lamp_power_w", 90.0)], author="anne", message="correction")
    return store
