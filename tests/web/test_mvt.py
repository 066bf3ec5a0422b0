"""The encoder against a second implementation: what mapbox-vector-tile decodes is what was put in."""

import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from jumeau.errors import InputError
from jumeau.web.tiles import mvt, wire
from jumeau.web.tiles.grid import HALF_M, tile_bounds

UNIT = (0.0, 0.0, 4096.0, 4096.0)
Y_UP = {"y_coord_down": False}


def encoded(*shapes: object, bounds: tuple[float, float, float, float] = UNIT, **columns: object) -> bytes:
    return mvt.encode("c", np.array(shapes, dtype=object), {k: pa.array(v) for k, v in columns.items()}, bounds)


def decoded(tile: bytes) -> list[dict]:
    return mapbox_vector_tile.decode(tile, default_options=Y_UP)["c"]["features"] if tile else []


def back(tile: bytes) -> list[shapely.Geometry]:
    return [shape(f["geometry"]) for f in decoded(tile)]


def signed_areas(tile: bytes) -> list[float]:
    """Surveyor's formula on each ring as encoded, y downwards: positive for exterior rings (specification 4.3.4.4)."""
    out = []
    for feature in mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True})["c"]["features"]:
        polygons = feature["geometry"]["coordinates"]
        for rings in polygons if feature["geometry"]["type"] == "MultiPolygon" else [polygons]:
            for ring in rings:
                p = np.array(ring, dtype=float)
                q = np.roll(p, -1, axis=0)
                out.append(float((p[:, 0] * q[:, 1] - q[:, 0] * p[:, 1]).sum() / 2))
    return out


@pytest.mark.parametrize(
    ("geometry", "wire_hex"),
    [
        ("POINT (25 17)", "093222"),
        ("MULTIPOINT (5 7, 3 2)", "110a0e0309"),
        ("LINESTRING (2 2, 2 10, 10 10)", "0904041200101000"),
        ("MULTILINESTRING ((2 2, 2 10, 10 10), (1 1, 3 5))", "09040412001010000911110a0408"),
        ("POLYGON ((3 6, 8 12, 20 34, 3 6))", "09060c120a0c182c0f"),
    ],
)
def test_examples_of_the_specification(geometry: str, wire_hex: str) -> None:
    """Worked examples of the Vector Tile Specification 2.1, section 4.3.5, as packed varints; its y axis grows downwards."""
    flipped = shapely.transform(shapely.from_wkt(geometry), lambda xy: xy * [1, -1] + [0, 4096])
    packed = bytes.fromhex(wire_hex)
    tile = encoded(flipped)
    assert b"\x22" + bytes([len(packed)]) + packed in tile


def test_multipolygon_example_of_the_specification() -> None:
    """Section 4.3.5.6: two exteriors and one hole, with their winding and the pen that carries over."""
    example = [
        9,
        0,
        0,
        26,
        20,
        0,
        0,
        20,
        19,
        0,
        15,
        9,
        22,
        2,
        26,
        18,
        0,
        0,
        18,
        17,
        0,
        15,
        9,
        4,
        13,
        26,
        0,
        8,
        8,
        0,
        0,
        7,
        15,
    ]
    wkt = "MULTIPOLYGON (((0 0,10 0,10 10,0 10,0 0)),((11 11,20 11,20 20,11 20,11 11),(13 13,13 17,17 17,17 13,13 13)))"
    flipped = shapely.transform(shapely.from_wkt(wkt), lambda xy: xy * [1, -1] + [0, 4096])
    assert bytes(example) in encoded(flipped)


@given(st.lists(st.integers(0, 2**40), max_size=50))
def test_varints_are_those_of_protocol_buffers(values: list[int]) -> None:
    def one(value: int) -> bytes:
        out = b""
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])

    assert wire.varints(np.array(values, dtype=np.uint64)).tobytes() == b"".join(map(one, values))


def test_attributes_of_every_type_and_no_null() -> None:
    points = [shapely.Point(k, k) for k in range(4)]
    tile = encoded(
        *points,
        texte=["é", None, "é", ""],
        entier=[-3, 2**40, None, 0],
        nombre=[0.5, float("nan"), None, -1e9],
        vrai=[True, False, None, True],
        rien=pa.nulls(4, pa.string()),
    )
    assert [f["properties"] for f in decoded(tile)] == [
        {"texte": "é", "entier": -3, "nombre": 0.5, "vrai": True},
        {"entier": 2**40, "vrai": False},
        {"texte": "é"},
        {"texte": "", "entier": 0, "nombre": -1e9, "vrai": True},
    ]


def test_same_value_is_written_once() -> None:
    tile = encoded(*[shapely.Point(k, 0) for k in range(100)], a=["lanterne"] * 100, b=["lanterne"] * 100)
    assert tile.count(b"lanterne") == 1


def test_hole_stays_a_hole_and_rings_are_wound() -> None:
    square = shapely.Polygon(
        [(100, 100), (900, 100), (900, 900), (100, 900)], [[(300, 300), (300, 500), (500, 500), (500, 300)]]
    )
    for given_one in (square, shapely.Polygon(square.exterior.coords[::-1], [square.interiors[0].coords[::-1]])):
        tile = encoded(given_one)
        assert back(tile)[0].equals(square)
        exterior, hole = signed_areas(tile)
        assert exterior == 640_000
        assert hole == -40_000


def test_degenerate_parts_disappear() -> None:
    speck = shapely.box(10.1, 10.1, 10.2, 10.2)
    flat = shapely.Polygon([(0, 0), (50, 0.1), (100, 0)])
    still = shapely.LineString([(5.1, 5.1), (5.2, 5.2)])
    kept = shapely.box(20, 20, 30, 30)
    holed = shapely.Polygon(kept.exterior.coords, [shapely.box(22.1, 22.1, 22.2, 22.2).exterior.coords])
    assert encoded(speck, flat, still, None, shapely.Point()) == b""
    tile = encoded(shapely.MultiPolygon([speck, kept]), holed, id=["a", "b"])
    assert [g.equals(kept) for g in back(tile)] == [True, True]
    assert [f["properties"]["id"] for f in decoded(tile)] == ["a", "b"]


def test_mixed_kinds_keep_their_attributes() -> None:
    shapes = [
        shapely.box(0, 0, 9, 9),
        shapely.Point(1, 1),
        None,
        shapely.LineString([(0, 0), (9, 9)]),
        shapely.Point(9999, 0),
    ]
    found = {f["properties"]["n"]: f["geometry"]["type"] for f in decoded(encoded(*shapes, n=[0, 1, 2, 3, 4]))}
    assert found == {0: "Polygon", 1: "Point", 3: "LineString"}


def test_clipping_keeps_a_buffer_and_the_hole() -> None:
    ring = shapely.box(-10_000, -10_000, 10_000, 10_000)
    tile = encoded(shapely.Polygon(ring.exterior.coords, [shapely.box(1000, 1000, 9000, 2000).exterior.coords]))
    expected = shapely.box(-64, -64, 4160, 4160).difference(shapely.box(1000, 1000, 9000, 2000))
    assert back(tile)[0].equals(expected)
    line = encoded(shapely.LineString([(-500, 100), (500, 100), (500, 9000), (600, 9000), (600, -9000)]))
    assert back(line)[0].equals(shapely.MultiLineString([[(-64, 100), (500, 100), (500, 4160)], [(600, 4160), (600, -64)]]))


coordinates = st.tuples(st.integers(-600, 5000), st.integers(-600, 5000))


@settings(max_examples=60, deadline=None)
@given(st.lists(coordinates, min_size=3, max_size=12, unique=True), st.integers(0, 3))
def test_polygons_come_back_with_the_area_they_had(points: list[tuple[int, int]], holes: int) -> None:
    hull = shapely.MultiPoint(points).convex_hull
    polygon = hull.buffer(3)
    centre = polygon.centroid
    for k in range(holes):
        hole = centre.buffer(2 + 3 * k)
        polygon = polygon.difference(hole) if polygon.contains(hole) else polygon
    expected = shapely.intersection(polygon, shapely.box(-64, -64, 4160, 4160))
    tile = encoded(polygon)
    areas = signed_areas(tile) if tile else []
    assert abs(sum(areas) - expected.area) <= expected.length * 0.75 + 4
    for geometry in back(tile):
        assert geometry.hausdorff_distance(expected) < 2


@settings(max_examples=60, deadline=None)
@given(st.lists(coordinates, min_size=2, max_size=20, unique=True))
def test_lines_come_back_where_they_were(points: list[tuple[int, int]]) -> None:
    line = shapely.LineString(points)
    expected = shapely.intersection(line, shapely.box(-64, -64, 4160, 4160))
    got = shapely.union_all(back(encoded(line)))
    long = [p for p in shapely.get_parts(expected) if p.length > 1.5]
    assert all(got.buffer(1.5).covers(part) for part in long)
    assert got.is_empty or expected.buffer(1.5).covers(got)


@settings(max_examples=40, deadline=None)
@given(st.lists(coordinates, min_size=1, max_size=40))
def test_points_come_back_exactly_or_lie_outside(points: list[tuple[int, int]]) -> None:
    tile = encoded(*[shapely.Point(p) for p in points], n=list(range(len(points))))
    got = {f["properties"]["n"]: tuple(f["geometry"]["coordinates"]) for f in decoded(tile)}
    assert got == {n: p for n, p in enumerate(points) if min(p) >= -64 and max(p) <= 4160}


def test_grid_is_that_of_web_mercator() -> None:
    """Cell sizes of WebMercatorQuad at levels 0 and 10, 256 cells a tile (OGC 17-083r4, annex D) [m]."""
    west, south, east, north = tile_bounds(10, 523, 373)
    assert tile_bounds(0, 0, 0)[2] * 2 == pytest.approx(256 * 156543.033928041)
    assert east - west == pytest.approx(256 * 152.874056570353)
    assert west == pytest.approx(523 * 256 * 152.874056570353 - HALF_M)
    assert north == pytest.approx(HALF_M - 373 * 256 * 152.874056570353)
    assert west < 431_000 < east
    assert south < 5_405_000 < north
    for z, x, y in ((3, 8, 0), (3, 0, -1), (23, 0, 0)):
        with pytest.raises(InputError):
            tile_bounds(z, x, y)
