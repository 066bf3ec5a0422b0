"""A twin with open and closed sources, in the embedded store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import shapely

from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.store.embedded import EmbeddedStore
from jumeau.store.port import ClaimTable

OPEN = Source(id="ouverte", title="Source ouverte", public=True)
CLOSED = Source(id="fermee", title="Source fermée")
SECRET = Source(id="enquete", title="Enquête fermée", rank=5)


def lights(source: Source, **columns: list[Any]) -> ClaimTable:
    """Claims of one source on lights."""
    table = pa.table(columns)
    return ClaimTable(
        layer="luminaire", table=table, source=source, origins=dict.fromkeys(columns.keys() - {"id"}, Origin.DECLARED)
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """Three lights: A and B placed by the open source, C known to the closed one only; power comes from the closed one."""
    store = EmbeddedStore(tmp_path / "jumeau", create=True)
    points = [shapely.to_wkb(shapely.Point(x, 6_280_000)) for x in (770_000.0, 770_010.0, 770_020.0)]
    years = pa.array([2015, 1990], pa.int32())
    opened = lights(
        OPEN, id=["A", "B"], commune=["34172"] * 2, geometry=points[:2], lamp_technology=["led", "shp"], install_year=years
    )
    closed = lights(
        CLOSED,
        id=["B", "C"],
        commune=[None, "34057"],
        geometry=[None, points[2]],
        lamp_power_w=[150.0, 250.0],
        lamp_technology=[None, "vm"],
    )
    for change, message in (
        (opened, "ouvert"),
        (closed, "fermé"),
        (lights(SECRET, id=["B"], lamp_technology=["im"]), "enquête"),
    ):
        store.commit([change], author="import", message=message, kind="import")
    yield store
    store.close()
