"""The annealing kernel: C and Python make the same moves; limits are kept at each; sums are what the choice says."""

import msgspec
import numpy as np
import pytest

from jumeau.kernels import library
from jumeau.kernels.anneal import State, anneal_c, anneal_numpy, recount


def small(seed: int) -> State:
    """Twelve items of three blocks and three years, two rows a block and year, two lots of two levels."""
    rng = np.random.default_rng(seed)
    items, years = 12, 3
    count = items * years
    block = np.repeat(np.arange(3), 4)
    year = np.tile(np.arange(years), items)
    slot = np.repeat(block, years) * years + year
    lot = np.where(np.repeat(rng.random(items) < 0.7, years), year % 2, -1)
    cost = np.repeat(rng.uniform(0.2, 1.0, items), years)
    after = np.arange(items + 1)
    return State(
        start=np.arange(items + 1) * years, block=block, first=np.arange(4) * 4, members=np.arange(items), years=years,
        need_start=after, need=np.maximum(after[:-1] - 1, 0), user_start=np.minimum(after + 1, items),
        user=np.minimum(after[1:], items - 1), slot=slot,
        gain=rng.uniform(-1, 5, count), row_start=np.arange(count + 1), row=slot.copy(), value=cost, upper=np.full(9, 1.1),
        lot=lot, volume=np.ones(count), money=cost, opens=np.tile([2.0, 4.0], (2, 1)), worth=np.tile([0.1, 0.5], (2, 1)),
        choice=np.full(items, -1, np.int64), activity=np.zeros(9), held=np.zeros(2), spent=np.zeros(2), seed=seed + 1,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_c_and_python_make_the_same_moves(seed: int) -> None:
    lib = library()
    if lib is None:
        pytest.skip("no compiler here")
    one, two = small(seed), small(seed)
    first, second = anneal_c(lib, one, 3000, 2.0, 0.01), anneal_numpy(two, 3000, 2.0, 0.01)
    assert first == pytest.approx(second, abs=1e-9)
    assert one.choice.tolist() == two.choice.tolist()
    assert one.seed == two.seed
    assert one.activity.tolist() == pytest.approx(two.activity.tolist())


@pytest.mark.parametrize("seed", range(5))
def test_limits_are_kept_and_the_gain_is_that_of_the_choice(seed: int) -> None:
    state = small(seed)
    change = anneal_numpy(state, 4000, 2.0, 0.01)
    held = state.held.copy()
    assert recount(state) == pytest.approx(change)
    assert (state.activity <= state.upper + 1e-9).all()
    assert held.tolist() == pytest.approx(state.held.tolist())
    assert change > 0


def test_a_wrong_array_is_refused() -> None:
    lib = library()
    if lib is None:
        pytest.skip("no compiler here")
    bad = msgspec.structs.replace(small(0), gain=np.zeros(36, np.float32))
    with pytest.raises(ValueError, match="gain"):
        anneal_c(lib, bad, 10, 1.0, 0.1)
