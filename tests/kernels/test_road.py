"""The road kernel: compiled and readable versions, and one light by hand."""

import numpy as np
import pytest

from jumeau.kernels import library
from jumeau.kernels.road import BETAS_DEG, TANS, Tables, Tasks, light, light_c, light_numpy, reduced


def some_tasks(seed: int, surfaces: int) -> tuple[Tasks, Tables]:
    """Random roads with one to four rows, none to two observers either way, and grids of many sizes."""
    rng = np.random.default_rng(seed)
    n = 30
    rows_of, eyes_of = rng.integers(1, 5, n), rng.integers(0, 3, n)
    r, k = rows_of.sum(), eyes_of.sum()
    turn, tilt = rng.uniform(0, 2 * np.pi, r), np.radians(rng.uniform(-10, 20, r))
    rows = [rng.uniform(-3, 12, r), rng.uniform(0, 20, r), rng.uniform(3, 12, r), np.cos(turn), np.sin(turn), np.cos(tilt),
            np.sin(tilt), rng.uniform(1, 9, r)]  # fmt: skip
    grid = np.stack([rng.uniform(0, 2, n), rng.uniform(1, 3, n), rng.uniform(0, 1, n), rng.uniform(0.5, 1.5, n)], axis=1)
    eyes = np.stack([rng.uniform(-70, -60, k), rng.uniform(0, 7, k), rng.choice([-1, 1], k)], axis=1)
    tasks = Tasks(
        grid=grid.astype(np.float32),
        shape=rng.integers(1, 14, (n, 2)).astype(np.int32),
        spacing=rng.uniform(15, 40, n).astype(np.float32),
        rows=np.stack(rows, axis=1).astype(np.float32),
        row_lantern=rng.integers(0, 3, r).astype(np.int32),
        row_start=np.concatenate([[0], np.cumsum(rows_of)]).astype(np.int32),
        eyes=eyes.astype(np.float32),
        eye_start=np.concatenate([[0], np.cumsum(eyes_of)]).astype(np.int32),
        surface=(rng.integers(-1, surfaces, n) if surfaces else np.full(n, -1)).astype(np.int32),
        diffuse=rng.uniform(0.05, 0.1, n).astype(np.float32),
    )
    lanterns = tuple(rng.uniform(50, 400, shape) for shape in ((1, 19), (24, 37), (72, 73)))
    tables = tuple(rng.uniform(10, 900, (len(TANS), len(BETAS_DEG))) for _ in range(surfaces))
    return tasks, Tables(lanterns, tables)


@pytest.mark.parametrize("surfaces", [0, 2])
@pytest.mark.parametrize("threads", [1, 2])
def test_both_versions_agree(surfaces: int, threads: int) -> None:
    lib = library()
    if lib is None:
        pytest.skip("no compiler on this machine")
    tasks, tables = some_tasks(surfaces + 10, surfaces)
    fast, slow = light_c(lib, tasks, tables, threads), light_numpy(tasks, tables)
    # A point at exactly 5 or 12 heights may fall on either side in single precision: one light out of many, at most.
    for ours, theirs in ((fast.illuminance, slow.illuminance), (fast.luminance, slow.luminance)):
        assert ours.shape == theirs.shape
        assert np.mean(np.abs(ours - theirs) <= 2e-5 * np.abs(theirs) + 1e-6) > 0.995
        assert np.abs(ours - theirs).max() <= 0.02 * np.abs(theirs).max()


def test_one_light_over_one_point_by_hand() -> None:
    lantern = np.full((4, 7), 100.0)
    tasks = Tasks(
        grid=np.array([[3.0, 1.0, 4.0, 1.0]], np.float32),
        shape=np.array([[1, 1]], np.int32),
        spacing=np.array([1e4], np.float32),
        rows=np.array([[0, 0, 10, 1, 0, 1, 0, 2.0]], np.float32),
        row_lantern=np.zeros(1, np.int32),
        row_start=np.array([0, 1], np.int32),
        eyes=np.array([[-60, 4, 1]], np.float32),
        eye_start=np.array([0, 1], np.int32),
        surface=np.array([-1], np.int32),
        diffuse=np.array([0.07], np.float32),
    )
    lit = light(tasks, Tables((lantern,)))
    lux = 200 * 10 / 125**1.5
    assert lit.illuminance == pytest.approx([lux], rel=1e-5)
    assert lit.luminance == pytest.approx([0.07 * lux], rel=1e-5)


def test_r_is_read_at_its_nodes_and_ends_at_twelve() -> None:
    table = np.random.default_rng(1).uniform(1, 900, (len(TANS), len(BETAS_DEG)))
    t, b = np.meshgrid(TANS, BETAS_DEG, indexing="ij")
    assert reduced(table, t, b) == pytest.approx(table)
    middle = reduced(table, np.array([2.25]), np.array([52.5]))
    assert middle == pytest.approx(table[8:10, 10:12].mean())
    assert reduced(table, np.array([12.01]), np.array([0.0])) == 0
