"""Streets drawn by hand, where all is known, and the Montpellier quarter where points and roads are real."""

import numpy as np
import pyarrow as pa
import pytest
import shapely

from jumeau.engines.lighting.streets import infer_streets, merge_streets, place_along
from jumeau.engines.tables import conform, texts
from jumeau.model.ids import keyed_ids


def lights(points: list[tuple[float, float]], **columns: list) -> pa.Table:
    n = len(points)
    table = {
        "id": keyed_ids("luminaire", "rue", range(n)),
        "commune": ["34172"] * n,
        "geometry": shapely.to_wkb(shapely.points(points)),
    }
    return conform({"luminaire": pa.table(table | columns)}, "luminaire")


def roads(*lines: list[tuple[float, float]], **columns: list) -> pa.Table:
    shapes = shapely.to_wkb(np.array([shapely.LineString(x) for x in lines], object))
    table = {
        "id": keyed_ids("troncon_route", "rue", range(len(lines))),
        "commune": ["34172"] * len(lines),
        "geometry": shapes,
    }
    return conform({"troncon_route": pa.table(table | columns)}, "troncon_route")


STREET = roads([(0, 0), (100, 0)], [(100, 0), (300, 0)], name=["RUE A", "RUE A"], width_m=[7.0, 7.0], importance=[5, 5])


def test_a_row_on_one_side_two_facing_staggered_and_central() -> None:
    one = [(x, 4.0) for x in range(10, 300, 30)]
    facing = one + [(x, -4.0) for x in range(10, 300, 30)]
    staggered = one + [(x + 15, -4.0) for x in range(10, 280, 30)]
    central = [(x, 0.2) for x in range(10, 300, 25)]
    for points, arrangement, spacing in (
        (one, "unilateral", 30), (facing, "bilateral", 30), (staggered, "quinconce", 30), (central, "axial", 25)
    ):  # fmt: skip
        found = infer_streets(lights(points), STREET)
        assert set(found["arrangement"].to_pylist()) == {arrangement}
        assert found["spacing_m"].to_pylist() == pytest.approx([spacing] * len(points))
        assert set(found["road_width_m"].to_pylist()) == {7.0}
        assert set(found["road_class"].to_pylist()) == {"M5"}
        assert set(found["arrangement__origin"].to_pylist()) == {"inferred"}
    assert infer_streets(lights(one), STREET)["overhang_m"].to_pylist() == pytest.approx([-0.5] * len(one))


def test_segments_of_a_street_are_one_line_and_a_gap_between_them_is_not_a_spacing() -> None:
    lines = np.array([shapely.LineString(x) for x in ([(0, 0), (50, 0)], [(50, 0), (100, 0)], [(0, 80), (50, 80)])], object)
    streets, of = merge_streets(lines, np.array(["a", "a", "a"], object))
    assert len(streets) == 2
    assert of[0] == of[1] != of[2]
    far = infer_streets(lights([(10, 4), (40, 4), (290, 4)]), STREET)
    assert far["spacing_m"].to_pylist() == [30, 30, None]
    assert far["arrangement"].to_pylist() == ["unilateral", "unilateral", None]


def test_what_is_said_stays_and_what_is_out_of_reach_stays_unknown() -> None:
    found = infer_streets(lights([(10, 4), (40, 4), (70, 60)], road_class=["M3", None, None]), STREET)
    assert found["road_class"].to_pylist() == ["M3", "M5", None]
    assert found["road_class__origin"].to_pylist() == ["declared", "inferred", None]
    bare = lights([(10, 4)])
    assert infer_streets(bare, roads([(0, 0), (9, 0)]).slice(0, 0)).equals(bare)
    nowhere = conform({"luminaire": pa.table({"id": ["a"], "commune": ["34172"]})}, "luminaire")
    assert infer_streets(nowhere, STREET).equals(nowhere)


def test_order_of_points_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    points = [(float(x), float(y)) for x, y in zip(rng.uniform(0, 300, 60), rng.choice([-4, 4], 60), strict=True)]
    found, back = infer_streets(lights(points), STREET), infer_streets(lights(points[::-1]), STREET)
    for name in ("spacing_m", "arrangement"):
        assert found[name].to_pylist() == back[name].to_pylist()[::-1]


@pytest.mark.data
def test_the_real_quarter_gives_streets_an_engineer_would_recognise(data_dir, tmp_path) -> None:
    import geopandas

    from jumeau.model.dictionary import builtin_layers
    from jumeau.sources.importer import prepare

    layers = builtin_layers()
    points = prepare(data_dir / "eclairage/montpellier-34/VilleMTP_MTP_EclairagePublic.zip", layers["luminaire"]).table
    lines = prepare(data_dir / "batiments/montpellier-34-iris-bdtopo/routes.parquet", layers["troncon_route"]).table
    bounds = geopandas.read_parquet(data_dir / "batiments/montpellier-34-iris-bdtopo/routes.parquet").total_bounds
    xy = shapely.get_coordinates(shapely.from_wkb(points["geometry"].to_numpy()))
    inside = (xy[:, 0] > bounds[0]) & (xy[:, 0] < bounds[2]) & (xy[:, 1] > bounds[1]) & (xy[:, 1] < bounds[3])
    park = conform({"luminaire": points.filter(pa.array(inside))}, "luminaire")
    road = conform({"troncon_route": lines}, "troncon_route")
    found = infer_streets(park, road)
    near = place_along(park, road).street >= 0
    assert near.mean() > 0.8
    spacing = found["spacing_m"].drop_null().to_numpy()
    assert 15 < np.median(spacing) < 40
    widths = found["road_width_m"].drop_null().to_numpy()
    assert 3 <= np.median(widths) <= 9
    kinds = texts(found, "arrangement")
    assert {"unilateral"} <= set(kinds[kinds != ""])
    assert (kinds[near] != "").mean() > 0.6


@pytest.mark.data
def test_lamps_set_along_the_real_roads_of_olemps_give_back_how_they_were_set(data_dir) -> None:
    """BD TOPO v3 of Olemps (lines without attributes): lamps placed every 28 m, 4 m aside, on both sides or on one."""
    from jumeau.model.dictionary import builtin_layers
    from jumeau.sources.importer import prepare

    path = data_dir / "batiments/aveyron-12174-bdtopo/v3/sample_12174/TRONCON_DE_ROUTE.shp"
    lines = prepare(path, builtin_layers()["troncon_route"]).table
    road = conform({"troncon_route": lines}, "troncon_route")
    shapes = shapely.force_2d(shapely.from_wkb(road["geometry"].combine_chunks().to_numpy(zero_copy_only=False)))
    shapes = np.array([x if x.geom_type == "LineString" else shapely.line_merge(x) for x in shapes], object)
    apart = shapely.STRtree(shapes).query(shapely.buffer(shapes, 30), predicate="intersects")
    crowd = np.bincount(apart[0], minlength=len(shapes))
    points, both = [], []
    for rank in np.flatnonzero((shapely.length(shapes) > 150) & (crowd <= 4)):
        line, sides = shapes[rank], (4.0, -4.0) if rank % 2 else (4.0,)
        for side in sides:
            beside = shapely.offset_curve(line, side)
            for along in np.arange(20, beside.length - 20, 28.0):
                points.append(shapely.line_interpolate_point(beside, along))
                both.append(len(sides) == 2)
    assert len(points) > 300
    found = infer_streets(lights([(p.x, p.y) for p in points]), road)
    spacing, kinds = np.asarray(found["spacing_m"].to_numpy(), float), texts(found, "arrangement")
    assert np.isfinite(spacing).mean() > 0.9
    assert np.median(spacing[np.isfinite(spacing)]) == pytest.approx(28, abs=0.5)
    assert np.mean(np.abs(spacing[np.isfinite(spacing)] - 28) < 3) > 0.8
    two = np.array(both)
    told = kinds != ""
    assert np.isin(kinds[two & told], ["bilateral", "quinconce"]).mean() > 0.8
    assert (kinds[~two & told] == "unilateral").mean() > 0.8
    # Nothing says how wide or how important these roads are: it stays unknown.
    assert found["road_width_m"].null_count == found["road_class"].null_count == found.num_rows
