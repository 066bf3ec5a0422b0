"""Modes found in C on the links of networks, against the readable version on their matrices and every hour solved."""

import ctypes

import numpy as np
import pytest
from tests.kernels.test_modal import assert_same, hours

from jumeau.kernels import build, load, modal, modes

RATES = 1e-9


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    made = build.build(tmp_path_factory.mktemp("kernels"))
    found = None if made is None else load(made)
    if found is None:
        pytest.skip("no C compiler")
    return found


def networks(n: int, size: int = 14, massless: int = 4, seed: int = 6) -> modes.Networks:
    """Random networks: air, nodes without mass tied to each other and to it, layers from thin to heavy."""
    rng = np.random.default_rng(seed)
    links = [(a, b) for a in range(size) for b in range(a, size) if a in (0, b) or b == a + 1 or rng.random() < 0.2]
    heats = [(k, 0) for k in range(size)] + [
        (int(k), int(u)) for k, u in zip(rng.integers(0, size, 20), rng.integers(1, 5, 20), strict=True)
    ]
    capacity = 10 ** rng.uniform(4.3, 7.3, (size, n))
    capacity[0], capacity[1 : 1 + massless] = 2e5, 0.0
    return modes.Networks(
        links=np.array(links), link=rng.uniform(1, 40, (len(links), n)), capacity=capacity, heats=np.array(heats),
        heat=rng.uniform(0, 5, (len(heats), n)), inputs=5, felt=rng.dirichlet(np.ones(size)),
        extra=rng.uniform(0, 300, (n, 2)) * [0, 1], heat_max=np.where(rng.random(n) < 0.3, 3000.0, np.inf),
        cool_max=np.where(rng.random(n) < 0.3, 0.0, np.inf),
    )  # fmt: skip


@pytest.mark.parametrize("n", [1, 8, 19])
def test_c_finds_the_modes_of_the_readable_version(compiled: ctypes.CDLL, n: int) -> None:
    net, shared = networks(n), hours()
    ours = modal.packed_loads(compiled, modes.decomposed(compiled, net, 5), shared)
    assert_same(ours, modal.loads_numpy(modal.modes_of(net.matrices(), 5), shared), 1e-8)


def test_all_modes_in_c_are_the_equations_solved_each_hour(compiled: ctypes.CDLL) -> None:
    net, shared = networks(6), hours()
    found = modes.decomposed(compiled, net, 64)
    assert found.mode.shape[1] == 10
    assert_same(modal.packed_loads(compiled, found, shared), modal.loads_every_hour(net.matrices(), shared), 1e-9)


def test_rates_are_those_of_lapack(compiled: ctypes.CDLL) -> None:
    """Decay of each mode against numpy.linalg.eigh, from layers of a minute to walls of a month."""
    net = networks(8, size=40, massless=6)
    ours = np.sort(modes.decomposed(compiled, net, 64).mode[:, :, 0].reshape(-1, 8).T, axis=1)
    np.testing.assert_allclose(ours, np.sort(modal.modes_of(net.matrices()).decay, axis=1), rtol=RATES)


def test_rooms_of_a_chunk_and_of_the_next_are_theirs() -> None:
    """More rooms than a chunk give what each gives alone, under both of two years."""
    net, shared = networks(modes.CHUNK + 9), hours(48)
    whole = modes.network_loads(net, (shared, hours(24)), 4)
    rows = np.array([0, modes.CHUNK - 1, modes.CHUNK, modes.CHUNK + 8])
    for one, alone in zip(whole, modes.network_loads(net.take(rows), (shared, hours(24)), 4), strict=True):
        np.testing.assert_allclose(one.heat[rows], alone.heat, rtol=1e-9, atol=1e-9)
    none = modes.network_loads(net.take(slice(0, 0)), (shared,), 4)[0]
    assert none.heat.shape == (0, 2)


def test_what_is_too_large_is_refused(compiled: ctypes.CDLL) -> None:
    with pytest.raises(ValueError, match="64"):
        modes.decomposed(compiled, networks(1, size=80), 65)
    with pytest.raises(ValueError, match="120 nodes"):
        modes.decomposed(compiled, networks(1, size=120), 8)
