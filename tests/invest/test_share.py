"""Sharing: the airport game, published tables, the nucleolus against linear programs, pools against plain enumeration."""

from itertools import combinations, permutations
from types import SimpleNamespace

import numpy as np
import pytest

from jumeau.invest import Lot, Settings, Tier, Together, Who, optimise, verify
from jumeau.invest.game import PRICE, SHARED, TRENCH, Game, Pool
from jumeau.invest.share import keys_csv, share, share_game, to_the_cent
from jumeau.invest.values import coalitions, nucleolus, nucleolus_of, proportional, shapley, shapley_of, worst_excess
from jumeau.kernels.highs import Model, Rows, maximise
from jumeau.model.action import actions_table


def pool(kind: str, money: list[float], volume: list[float], steps: list[tuple[float, float]], names: str = "") -> Pool:
    members = tuple(names or "abcdefghijklmnopqrstuvwxyz"[: len(money)])
    return Pool(
        kind=kind, name="x", year=2027, members=members, money=np.array(money), volume=np.array(volume),
        steps=np.array([s for s, _ in steps]), values=np.array([v for _, v in steps]),
    )  # fmt: skip


def game(*pools: Pool, base: list[float] | None = None) -> Game:
    owners = tuple(sorted({m for p in pools for m in p.members}))
    return Game(owners=owners, base=np.array(base or [0.0] * len(owners)), pools=pools)


def test_airport_game_of_littlechild_and_owen() -> None:
    """Littlechild and Owen (1973): each stretch of runway is shared by those who need it."""
    costs = [12.0, 30.0, 30.0, 70.0]
    value, error = shapley(game(pool(TRENCH, costs, [0.0] * 4, []), base=costs))
    assert not error.any()
    assert value.tolist() == pytest.approx([12 / 4, 12 / 4 + 18 / 3, 12 / 4 + 18 / 3, 12 / 4 + 18 / 3 + 40])


def test_the_tennessee_valley_authority() -> None:
    """Navigation, flood control, power, thousands of dollars: costs, Shapley value and nucleolus as published by Straffin
    and Heaney (1981), Game theory and the Tennessee Valley Authority, Int. J. Game Theory 10, 35-43."""
    costs = np.array([0.0, 163_520, 140_826, 301_607, 250_096, 378_821, 367_370, 412_584])
    assert shapley_of(costs, 3).tolist() == pytest.approx([117_829, 100_756.5, 193_998.5])
    assert nucleolus_of(costs, 3).tolist() == pytest.approx([116_234, 93_540, 202_810], abs=0.51)


def test_three_aircraft() -> None:
    """The three-player airport problem with costs 1, 2, 3 has the Shapley value (1/3, 5/6, 11/6) and the nucleolus
    (1/2, 3/4, 7/4): Littlechild (1974), A simple expression for the nucleolus in a special case."""
    costs = [1.0, 2.0, 3.0]
    towns = game(pool(TRENCH, costs, [0.0] * 3, []), base=costs)
    assert shapley(towns)[0].tolist() == pytest.approx([1 / 3, 5 / 6, 11 / 6])
    found = nucleolus(towns)
    assert found is not None
    assert found.tolist() == pytest.approx([0.5, 0.75, 1.75])


def random_game(seed: int, count: int) -> Game:
    rng = np.random.default_rng(seed)
    names = "abcdefghijklmnopqrstuvwxyz"[:count]
    money = rng.integers(10, 100, count).astype(float)
    lots = pool(PRICE, money.tolist(), rng.integers(1, 20, count).tolist(), [(10, 0.05), (25, 0.1), (40, 0.2)], names)
    dig = pool(TRENCH, rng.integers(1, 30, count).tolist(), [0.0] * count, [], names)
    net = pool(SHARED, [0.0] * count, rng.integers(1, 9, count).tolist(), [(1e-9, 50.0), (12.0, 90.0)], names)
    return game(lots, dig, net, base=(money + 40).tolist())


@pytest.mark.parametrize("seed", range(6))
def test_shapley_is_the_mean_over_every_order_of_arrival(seed: int) -> None:
    found = random_game(seed, 5)
    inside = coalitions(5)
    cost = found.costs(inside)
    mean = np.zeros(5)
    orders = list(permutations(range(5)))
    for order in orders:
        before = 0
        for player in order:
            mean[player] += cost[before | (1 << player)] - cost[before]
            before |= 1 << player
    value, error = shapley(found)
    assert value.tolist() == pytest.approx((mean / len(orders)).tolist())
    assert not error.any()
    assert value.sum() == pytest.approx(cost[-1])


@pytest.mark.parametrize("seed", range(4))
def test_no_allocation_has_a_smaller_worst_excess_than_the_nucleolus(seed: int) -> None:
    """The first of the nested problems is one linear program: the nucleolus reaches its value, the least core."""
    found = random_game(seed, 5)
    inside = coalitions(5)[1:-1]
    cost = found.costs(inside)
    total = float(found.costs(np.ones((1, 5), dtype=bool))[0])
    rows = np.vstack([np.hstack([inside.astype(float), -np.ones((len(inside), 1))]), [[1.0] * 5 + [0.0]]])
    start = (np.arange(len(rows) + 1) * 6).astype(np.int32)
    csr = Rows(start, np.tile(np.arange(6), len(rows)).astype(np.int32), rows.ravel(),
               np.array([-np.inf] * len(inside) + [total]), np.array([*cost, total]))  # fmt: skip
    alone = found.costs(np.eye(5, dtype=bool))
    model = Model(gain=np.array([0.0] * 5 + [-1.0]), lower=np.array([-1e6] * 6), upper=np.array([*alone, 1e6]),
                  integer=np.zeros(6, np.bool_), rows=csr)  # fmt: skip
    least = -maximise(model).objective
    value = nucleolus(found)
    assert value is not None
    assert value.sum() == pytest.approx(total)
    assert (inside @ value - cost).max() == pytest.approx(least, abs=1e-6)
    for other in (proportional(found), shapley(found)[0]):
        assert (inside @ other - cost).max() >= least - 1e-6


def test_sampled_shapley_is_within_its_error_and_sums_exactly() -> None:
    """Thirteen equal members of one price break: by symmetry each has a thirteenth, which sampling does not know."""
    same = game(pool(PRICE, [100.0] * 13, [1.0] * 13, [(5, 0.1), (10, 0.2)]), base=[100.0] * 13)
    value, error = shapley(same, samples=4000, seed=1)
    assert value.sum() == pytest.approx(1300 * 0.8)
    assert (error > 0).all()
    assert (np.abs(value - 80.0) <= 2.5 * error).all()
    assert error.max() < 2.0
    again, _ = shapley(same, samples=4000, seed=1)
    assert again.tolist() == value.tolist()


def test_shares_sum_to_the_cent_and_say_who_would_leave() -> None:
    """A big buyer alone opens the rebate; the small ones bring nothing: proportional sharing still holds everybody."""
    found = game(pool(PRICE, [1000.0, 33.33, 33.34], [100, 3, 3], [(50, 0.1)]), base=[1000.0, 33.33, 33.34])
    sharing = share_game(found)
    rows = {r["owner"]: r for r in sharing.table.to_pylist()}
    for rule in ("proportional", "shapley", "nucleolus"):
        assert round(sum(r[f"{rule}_eur"] for r in rows.values()), 2) == sharing.total_eur
        assert sum(r[f"{rule}_key"] for r in rows.values()) == pytest.approx(1)
    assert rows["a"]["stays_for_eur"] == pytest.approx(0, abs=0.01)
    assert rows["b"]["stays_for_eur"] == pytest.approx(3.33, abs=0.01)
    assert rows["a"]["others_lose_eur"] == pytest.approx(6.667, abs=0.01)
    assert rows["a"]["shapley_eur"] < rows["a"]["proportional_eur"]
    assert sharing.worst_eur["nucleolus"] == 0
    lines = keys_csv(sharing).splitlines()
    assert lines[0].startswith("owner,alone_eur,proportional_eur")
    assert len(lines) == 4


def test_a_rule_that_makes_one_pay_more_than_alone_is_named() -> None:
    """Proportional sharing of an infrastructure by use, where the small user could do with the small one alone."""
    net = pool(SHARED, [0.0, 0.0], [9.0, 1.0], [(1e-9, 1.0), (2.0, 101.0)])
    sharing = share_game(game(net, base=[0.0, 0.0]))
    assert any("proportionnelle" in note and "(b)" in note for note in sharing.notes)
    assert sharing.worst_eur["proportional"] > 9


def test_rounding_keeps_the_total() -> None:
    assert to_the_cent(np.array([1 / 3, 1 / 3, 1 / 3]), 1.0).sum() == pytest.approx(1.0)
    assert to_the_cent(np.array([0.005, 0.005]), 0.01).tolist() == [0.01, 0.0]


def test_worst_excess_is_the_one_of_enumeration() -> None:
    found = random_game(9, 4)
    cost = proportional(found)
    names = "abcd"
    every = [c for n in range(1, 5) for c in combinations(range(4), n)]
    best = max(sum(cost[i] for i in c) - float(found.costs(np.array([[i in c for i in range(4)]]))[0]) for c in every)
    value, who = worst_excess(found, cost)
    assert value == pytest.approx(best)
    assert set(who) <= set(names)


def test_a_plan_is_shared(make: SimpleNamespace) -> None:
    """Two communes buy ten lamps each in one year: twenty open 20 %, ten alone 5 %: 1 000 € and 500 € of savings apart."""
    actions = actions_table(
        [
            make.action("a", 1000.0, "commune:34172", quantity=10.0),
            make.action("b", 1000.0, "commune:34057", quantity=10.0),
            make.action("c", 1000.0, "commune:34001", kind="other"),
        ]
    )
    tiers = (Tier(volume=10, rebate=0.05), Tier(volume=20, rebate=0.2))
    lot = Lot(name="lanternes", who=Who(kinds=("led",)), unit="point", tiers=tiers)
    settings = Settings(first_year=2027, years=2, together=Together(lots=(lot,)))
    effects = make.effects({"a": 300.0, "b": 300.0, "c": 300.0})
    money = make.budgets({o: [1000.0, 1000.0] for o in ("commune:34172", "commune:34057", "commune:34001")})
    programme = optimise(actions, effects, money, settings)
    assert verify(programme, actions, money, settings, effects) == []
    sharing = share(programme, actions, settings)
    assert sharing.table["owner"].to_pylist() == ["commune:34057", "commune:34172"]
    assert (sharing.total_eur, sharing.alone_eur) == (1600.0, 1900.0)
    assert sharing.table["shapley_eur"].to_pylist() == [800.0, 800.0]
    assert sharing.table["stays_for_eur"].to_pylist() == pytest.approx([150.0, 150.0])
    assert sharing.table["others_lose_eur"].to_pylist() == pytest.approx([150.0, 150.0])
