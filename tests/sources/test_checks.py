"""Where points are and what repeats, against second implementations."""

import geopandas
import numpy as np
import pandas
import pyarrow as pa
import pytest
import shapely

from jumeau.sources.checks import Communes, locate, main_commune, ranks, repeats, resolve_codes


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_locate_is_the_spatial_join_of_geopandas(seed: int) -> None:
    """Voronoi cells with a hole in the middle, points inside, outside, nowhere and exactly on corners."""
    rng = np.random.default_rng(seed)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(rng.uniform(0, 50_000, (80, 2)))))
    cells = shapely.difference(cells, shapely.Point(25_000, 25_000).buffer(4_000))
    cells = cells[~shapely.is_empty(cells)]
    communes = Communes(tuple(str(i) for i in range(len(cells))), cells)
    corners = shapely.get_coordinates(cells)[:200]
    xy = np.vstack([rng.uniform(-20_000, 70_000, (20_000, 2)), corners, [[np.nan, np.nan]]])
    found = locate(xy, communes)
    peer = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(*xy[:-1].T)).sjoin(
        geopandas.GeoDataFrame({"rank": range(len(cells))}, geometry=cells), predicate="intersects", how="left"
    )
    touched = peer.groupby(peer.index)["rank"].agg(lambda ranks: set(ranks.dropna().astype(int)))
    assert found[-1] == -1
    for row, seen in enumerate(touched):
        assert found[row] in seen if seen else found[row] == -1


def test_main_commune_needs_nearly_all_rows() -> None:
    assert main_commune(np.array([3] * 96 + [1] * 4)) == 3
    assert main_commune(np.array([3] * 90 + [1] * 10)) == -1
    assert main_commune(np.array([-1, -1])) == -1


def test_repeats_are_those_of_pandas() -> None:
    rng = np.random.default_rng(5)
    values = [None if v == 0 else str(v) for v in rng.integers(0, 40, 300)]
    series = pandas.Series(values, dtype=object)
    wanted = (series.duplicated() & series.notna()).to_numpy()
    assert (repeats(pa.array(values, pa.string())) == wanted).all()
    codes = rng.integers(0, 9, 500)
    assert (ranks(codes) == pandas.Series(codes).groupby(codes).cumcount().to_numpy()).all()
    assert len(ranks(np.zeros(0, dtype=np.int64))) == 0


def test_codes_of_communes() -> None:
    cells = pa.array(["34172", " 2a004 ", "1001", "340172", "34172.0", "34", "Montpellier", None])
    values, bad = resolve_codes(cells, None)
    assert values.to_pylist() == ["34172", "2A004", "01001", "34172", "34172", None, None, None]
    assert bad.tolist() == [False, False, False, False, False, True, True, False]


def test_codes_of_old_communes_are_brought_to_today() -> None:
    """34093 merged into 34144 (Entre-Vignes), as the official movements say."""
    from jumeau.model.territory import referential

    values, bad = resolve_codes(pa.array(["34093", "34144", "99999"]), referential().resolve_array)
    assert values.to_pylist() == ["34144", "34144", None]
    assert bad.tolist() == [False, False, True]
