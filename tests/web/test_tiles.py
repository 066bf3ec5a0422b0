"""Tiles of a twin: where things are, what an actor may see, what changes with a commit, and how heavy they get."""

import math
from typing import Any

import httpx
import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import pytest
import shapely

from jumeau.model.dictionary import builtin_layers
from jumeau.web.tiles import service
from jumeau.web.tiles.grid import tile_bounds

LIGHTS = builtin_layers()["luminaire"]


def tile_of(longitude: float, latitude: float, z: int) -> tuple[int, int]:
    """Slippy map tile names: https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames."""
    x = int((longitude + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * 2**z)
    return x, y


def place(client: httpx.Client, z: int) -> tuple[int, int]:
    point = client.get("/api/couches/luminaire/actifs/PL-000").json()["geometry"]["coordinates"]
    return tile_of(point[0], point[1], z)


def features(answer: httpx.Response, layer: str) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    found: list[dict[str, Any]] = mapbox_vector_tile.decode(answer.content)[layer]["features"]
    return found


def test_a_light_is_drawn_where_it_stands(client: httpx.Client) -> None:
    """The tile and the sheet go through two different projections: both must point to the same place."""
    longitude, latitude = client.get("/api/couches/luminaire/actifs/PL-000").json()["geometry"]["coordinates"]
    z = 16
    x, y = tile_of(longitude, latitude, z)
    found = features(client.get(f"/tuiles/luminaire/{z}/{x}/{y}.mvt"), "luminaire")
    drawn = next(f for f in found if f["properties"]["id"] == "PL-000")
    assert drawn["properties"] == {"id": "PL-000", "label": "Éclairage 0", "commune": "34001", "lamp_technology": "shp"}
    px, py = drawn["geometry"]["coordinates"]
    assert (x + px / 4096) / 2**z * 360 - 180 == pytest.approx(longitude, abs=2e-6)
    north = math.pi * (1 - 2 * (y + (4096 - py) / 4096) / 2**z)
    assert math.degrees(math.atan(math.sinh(north))) == pytest.approx(latitude, abs=2e-6)


@pytest.mark.parametrize("z", [0, 5, 9, 12])
def test_every_light_is_in_the_tiles_of_a_zoom(client: httpx.Client, z: int) -> None:
    x, y = place(client, z)
    seen = set()
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            if 0 <= x + dx < 2**z and 0 <= y + dy < 2**z:
                answer = client.get(f"/tuiles/luminaire/{z}/{x + dx}/{y + dy}.mvt")
                if answer.status_code == 200:
                    seen |= {f["properties"]["id"] for f in features(answer, "luminaire")}
    assert len(seen) == 100


def test_lines_and_polygons_are_cut_at_the_tile(client: httpx.Client) -> None:
    x, y = place(client, 15)
    line = features(client.get(f"/tuiles/chemin/15/{x}/{y}.mvt"), "chemin")
    assert [f["properties"] for f in line] == [{"id": "ch-1", "label": "GR 7"}]
    town = features(client.get(f"/tuiles/commune/15/{x}/{y}.mvt"), "commune")
    assert {f["properties"]["label"] for f in town} == {"Aubais"}
    for feature in line + town:
        extent = shapely.geometry.shape(feature["geometry"]).bounds
        assert min(extent) >= -64
        assert max(extent) <= 4160


def test_tag_changes_with_a_commit_and_only_then(client: httpx.Client) -> None:
    x, y = place(client, 14)
    address = f"/tuiles/luminaire/14/{x}/{y}.mvt"
    first = client.get(address)
    assert client.get(address, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    edit = {"changes": {"lamp_technology": "led"}, "origin": "measured", "expect": 4}
    assert client.patch("/api/couches/luminaire/actifs/PL-000", json=edit).status_code == 200
    second = client.get(address, headers={"if-none-match": first.headers["etag"]})
    assert second.headers["etag"] != first.headers["etag"]
    edited = next(f for f in features(second, "luminaire") if f["properties"]["id"] == "PL-000")
    assert edited["properties"]["lamp_technology"] == "led"


def test_anonymous_tiles_hide_attributes_and_writes(client: httpx.Client, anonymous: httpx.Client) -> None:
    x, y = place(client, 14)
    address = f"/tuiles/luminaire/14/{x}/{y}.mvt"
    before = anonymous.get(address)
    names = {name for f in features(before, "luminaire") for name in f["properties"]}
    assert names == {"id", "label", "commune"}
    edit = {"changes": {"lamp_technology": "led"}, "origin": "measured", "expect": 4}
    assert client.patch("/api/couches/luminaire/actifs/PL-000", json=edit).status_code == 200
    after = anonymous.get(address, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 304, "a hidden write must not show in the entity tag"


def test_empty_and_impossible_tiles(client: httpx.Client) -> None:
    assert client.get("/tuiles/luminaire/10/0/0.mvt").status_code == 204
    assert client.get("/tuiles/luminaire/14/8000/6000.mvt").status_code == 204
    assert client.get("/tuiles/luminaire/3/8/0.mvt").status_code == 422
    assert client.get("/tuiles/luminaire/30/0/0.mvt").status_code == 422
    assert client.get("/tuiles/luminaire/3/-1/0.mvt").status_code == 422
    assert client.get("/tuiles/budget/3/0/0.mvt").status_code == 404
    assert client.get("/tuiles/absente/3/0/0.mvt").status_code == 404


class Rows:
    """A view that answers a fixed table."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def read(self, layer: str, *, columns: list[str], bbox: Any) -> pa.Table:
        missing = [name for name in columns if name not in self.table.column_names]
        table = self.table
        for name in missing:
            table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
        return table


def rows(shapes: Any) -> Rows:
    ids = [f"00000000-0000-0000-0000-{k:012d}" for k in range(len(shapes))]
    columns = {"commune": ["34172"] * len(ids), "code": ids}
    return Rows(pa.table({"id": ids} | columns | {"geometry": shapely.to_wkb(shapes)}))


def test_crowded_points_are_thinned_and_counted() -> None:
    draw = np.random.default_rng(1)
    bounds = tile_bounds(9, *tile_of(3.87, 43.61, 9))
    box = service.to_lambert(bounds)
    assert box is not None
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    crowd = shapely.points(draw.normal(x, 1500, 60_000), draw.normal(y, 1500, 60_000))
    tile = service.build(rows(crowd), LIGHTS, bounds)  # type: ignore[arg-type]
    found = mapbox_vector_tile.decode(tile)["luminaire"]["features"]
    assert len(tile) <= service.LIMIT_BYTES
    assert 500 < len(found) <= service.MAX_POINTS
    assert sum(f["properties"]["n"] for f in found) == 60_000
    assert tile == service.build(rows(crowd), LIGHTS, bounds)  # type: ignore[arg-type]


def test_heavy_polygons_are_simplified_under_the_limit() -> None:
    draw = np.random.default_rng(2)
    centres = shapely.points(draw.uniform(768_000, 772_000, 3_000), draw.uniform(6_278_000, 6_282_000, 3_000))
    blobs = shapely.buffer(centres, draw.uniform(5, 60, 3_000), quad_segs=32)
    layer = builtin_layers()["batiment"]
    bounds = tile_bounds(12, *tile_of(3.87, 43.61, 12))
    tile = service.build(rows(blobs), layer, bounds)  # type: ignore[arg-type]
    assert 0 < len(tile) <= service.LIMIT_BYTES
    assert len(mapbox_vector_tile.decode(tile)["batiment"]["features"]) > 1_000
