"""The modal kernel against the node equations solved each hour, and the compiled version against the readable one."""

import numpy as np
import pytest

from jumeau.kernels import build, load, modal
from jumeau.kernels.modal_trace import room_trace


def rooms(n: int, size: int = 14, massless: int = 3, seed: int = 2) -> modal.Rooms:
    """Random symmetric networks: air, a few massless surfaces, massive layers tied to the outside."""
    rng = np.random.default_rng(seed)
    links = np.triu(rng.uniform(1, 40, (n, size, size)) * (rng.random((size, size)) < 0.35), 1)
    links[:, 0, 1:] = rng.uniform(5, 40, (n, size - 1))
    links = links + np.swapaxes(links, 1, 2)
    outside = rng.uniform(0, 20, (n, size))
    k = -links
    k[:, np.arange(size), np.arange(size)] = links.sum(axis=2) + outside
    capacity = rng.uniform(1e5, 2e7, (n, size))
    capacity[:, 0] = 2e5
    capacity[:, 1 : 1 + massless] = 0.0
    f = np.stack([outside, *(rng.uniform(0, 1, (n, size)) for _ in range(4))], axis=2)
    weights = rng.dirichlet(np.ones(size), n)
    return modal.Rooms(
        conductance=k, capacity=capacity, inputs=f, felt=weights, extra=rng.uniform(0, 300, (n, 2)) * [0, 1],
        heat_max=np.where(rng.random(n) < 0.3, 3000.0, np.inf), cool_max=np.where(rng.random(n) < 0.3, 0.0, np.inf),
    )  # fmt: skip


def hours(count: int = 24 * 40) -> modal.RoomHours:
    rng, h = np.random.default_rng(3), np.arange(count)
    bright = np.maximum(0, np.sin((h % 24 - 6) / 12 * np.pi))[:, None] * rng.uniform(0, 900, (count, 3))
    outdoor = 8 + 10 * np.sin(h / 300) + 5 * np.sin(h / 24 * 2 * np.pi)
    return modal.RoomHours(
        inputs=np.column_stack([outdoor, rng.uniform(0, 500, count), bright]), sunny=3, lit=bright.sum(axis=1) > 0,
        outdoor=outdoor, heat_set=np.where(h % 24 < 8, 16.0, 20.0), cool_set=np.full(count, 26.0),
        watch=np.where(h % 24 < 8, np.inf, 25.0), level=(h % 24 > 20).astype(np.uint8), stop=np.array([count // 2, count]),
    )  # fmt: skip


def assert_same(one: modal.HourlyTotals, other: modal.HourlyTotals, rel: float) -> None:
    for name in modal.HourlyTotals.__struct_fields__:
        a, b = getattr(one, name), getattr(other, name)
        assert a.shape == b.shape
        assert np.isfinite(b).all()
        assert np.abs(a - b).max() <= rel * np.abs(b).max(), name


def test_all_modes_are_the_equations_solved_each_hour() -> None:
    these, shared = rooms(5), hours()
    assert_same(modal.loads_numpy(modal.modes_of(these), shared), modal.loads_every_hour(these, shared), 1e-9)


@pytest.mark.parametrize("n", [1, 8, 19])
def test_c_equals_the_readable_version(n: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    made = build.build(tmp_path_factory.mktemp("kernels"))
    if made is None:
        pytest.skip("no C compiler")
    modes, shared = modal.modes_of(rooms(n), 6), hours()
    assert_same(modal.loads_c(load(made), modes, shared), modal.loads_numpy(modes, shared), 1e-9)


def test_fewer_modes_are_near_and_nearer() -> None:
    these, shared = rooms(8), hours()
    exact = modal.loads_every_hour(these, shared).heat.sum()
    errors = [abs(modal.room_loads(modal.modes_of(these, m), shared).heat.sum() / exact - 1) for m in (2, 5, 8)]
    assert errors[2] < 0.01
    assert errors[2] < errors[0]


def test_too_many_modes_are_refused() -> None:
    with pytest.raises(ValueError, match="64"):
        modal.modes_of(rooms(1, size=80))


def test_the_trace_is_the_sums_hour_by_hour() -> None:
    these, shared = rooms(4), hours()
    power, nodes = room_trace(these, shared)
    whole = modal.loads_every_hour(these, shared)
    np.testing.assert_allclose(np.maximum(power, 0).sum(axis=0) / 1000, whole.heat.sum(axis=1), rtol=1e-9)
    np.testing.assert_allclose(-np.minimum(power, 0).sum(axis=0) / 1000, whole.cool.sum(axis=1), rtol=1e-9, atol=1e-9)
    assert nodes.shape == (len(shared.outdoor), *these.capacity.shape)
