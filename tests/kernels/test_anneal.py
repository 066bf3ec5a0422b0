"""The annealing kernel: C and Python make the same moves; limits are kept at each; sums are what the choice says."""

import msgspec
import numpy as np
import pytest

from jumeau.kernels import library
from jumeau.kernels.anneal import State, anneal_c, anneal_numpy, recount


def small(seed: int) -> State:
    """Twelve items of three blocks and three years, two rows a block and year, two lots of two levels, a trench a year in
    two places, and in each block a slice of money repaid the year after."""
    rng = np.random.default_rng(seed)
    items, years = 12, 3
    count = items * years
    block = np.repeat(np.arange(3), 4)
    year = np.tile(np.arange(years), items)
    slot = np.repeat(block, years) * years + year
    lot = np.where(np.repeat(rng.random(items) < 0.7, years), year % 2, -1)
    cost = np.repeat(rng.uniform(0.2, 1.0, items), years)
    after = np.append(np.arange(items + 1), [items] * 3)
    place = np.repeat(rng.integers(-1, 2, items), years)
    site = np.where(place >= 0, place * years + year, -1)
    inside = [np.unique(np.flatnonzero(site == s) // years) for s in range(2 * years)]
    length = [min(2, years - y) for _ in range(3) for y in range(years)]
    rows = [r + n for r, size in enumerate(length) for n in range(size)]
    paid = [0.5 * (2 * n - 1) for size in length for n in range(size)]
    none = np.full(3 * years, -1)
    return State(
        start=np.arange(items + 4) * years, block=np.append(block, np.arange(3)), first=np.arange(4) * 5,
        members=np.array([*range(4), 12, *range(4, 8), 13, *range(8, 12), 14]), years=years, firm=items,
        need_start=after, need=np.maximum(after[:items] - 1, 0), user_start=np.minimum(after + 1, items),
        user=np.minimum(after[1 : items + 1], items - 1), slot=np.append(slot, np.arange(3 * years)),
        gain=np.append(rng.uniform(-1, 5, count), np.full(3 * years, -1e-6)),
        row_start=np.append(np.arange(count + 1), count + np.cumsum(length)), row=np.append(slot, rows),
        value=np.append(cost, paid), upper=np.full(9, 1.1),
        lot=np.append(lot, none), volume=np.append(np.ones(count), none * 0.0), money=np.append(cost, none * 0.0),
        opens=np.tile([2.0, 4.0], (2, 1)), worth=np.tile([0.1, 0.5], (2, 1)),
        site=np.append(site, none), share=np.append(0.3 * cost, none * 0.0), dig=np.linspace(1.0, 0.5, 2 * years),
        site_start=np.append(0, np.cumsum([i.size for i in inside])), site_item=np.concatenate(inside),
        choice=np.full(items + 3, -1, np.int64), activity=np.zeros(9), held=np.zeros(2), spent=np.zeros(2), seed=seed + 1,
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
    bad = msgspec.structs.replace(small(0), gain=np.zeros(45, np.float32))
    with pytest.raises(ValueError, match="gain"):
        anneal_c(lib, bad, 10, 1.0, 0.1)
