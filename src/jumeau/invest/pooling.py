"""The rows that tie owners together: lots and their price breaks, contractors, envelopes, trenches, targets, minimums."""

from collections.abc import Sequence

import numpy as np

from jumeau.invest.gains import discounts, savings
from jumeau.invest.problem import Item, Problem, yearly_limits
from jumeau.invest.rows import Columns, Extra, Floats, Index, RowName, Writer
from jumeau.invest.together import EUROS, Minimum


def pool(problem: Problem, items: tuple[int, ...], columns: Columns, writer: Writer) -> None:
    """Write everything `Settings.together` asks of the items of a part."""
    for number, mine in sorted(_by_lot(problem, items).items()):
        _lot(problem, number, mine, columns, writer)
    _envelopes(problem, columns, writer)
    _trenches(problem, items, columns, writer)
    _targets(problem, items, columns, writer)
    for minimum in problem.settings.together.minimums:
        _minimum(problem, minimum, items, columns, writer)


def _by_lot(problem: Problem, items: tuple[int, ...]) -> dict[int, list[int]]:
    out: dict[int, list[int]] = {}
    for i in items:
        if problem.items[i].lot >= 0:
            out.setdefault(problem.items[i].lot, []).append(i)
    return out


def _lot(problem: Problem, number: int, mine: Sequence[int], columns: Columns, writer: Writer) -> None:
    """All-unit rebates: what is bought in a year is bought at one level, and a level is open from its volume on.

    Above the volume of the next level that level is the better one, so each level stops where the next begins.
    """
    s, lot = problem.settings, problem.settings.together.lots[number]
    in_euros = lot.unit == EUROS
    worth = discounts(s) if s.money else np.zeros(s.years)
    volume_of = np.zeros(len(problem.items))
    volume_of[mine] = [problem.items[i].volume for i in mine]
    firm = bool(s.together.debts or s.together.balanced) or any(problem.items[i].required for i in mine)
    limits = np.array([yearly_limits(problem, purse) for purse in columns.purses])
    for y in range(s.years):
        cols = columns.at(mine, y)
        year = s.first_year + y
        volume, cost = volume_of[columns.item[cols]], columns.cost[cols]
        if lot.capacity is not None and volume.sum() > lot.capacity:
            writer.add_row(cols, volume, -np.inf, lot.capacity, RowName("contractor", lot.name, year))
        most = _most(columns, cols, volume, None if firm else limits[:, y])
        open_tiers = [k for k, x in enumerate(lot.tiers) if x.rebate > 0 and x.volume <= most[0] + 1e-9]
        if not open_tiers or not s.money or not cols.size:
            continue
        levels, bought, volumes = [], [], []
        name = RowName("tier", lot.name, year)
        for k in open_tiers:
            after = lot.tiers[k + 1].volume if k + 1 < len(lot.tiers) else np.inf
            least, top = lot.tiers[k].volume, min(after, most[0])
            level = columns.add(Extra("tier", lot.name, y, k), upper=1.0, integer=True)
            held = columns.add(Extra("bought", lot.name, y, k), gain=lot.tiers[k].rebate * float(worth[y]))
            levels.append(level)
            bought.append(held)
            writer.add_row(np.array([held, level]), np.array([1.0, -(top if in_euros else most[1])]), -np.inf, 0.0, name)
            if not in_euros:
                held = columns.add(Extra("volume", lot.name, y, k))
                writer.add_row(np.array([held, level]), np.array([1.0, -top]), -np.inf, 0.0, name)
                volumes.append(held)
            writer.add_row(np.array([held, level]), np.array([1.0, -least]), 0.0, np.inf, name)
        writer.add([(np.array(levels), 1.0)], 0.0, 1.0, name)
        for held_columns, each, kind in ((volumes, volume, "lot_volume"), (bought, cost, "lot_cost")):
            if held_columns:
                index = np.concatenate([np.array(held_columns), cols])
                value = np.concatenate([np.ones(len(held_columns)), -each])
                writer.add_row(index, value, -np.inf, 0.0, RowName(kind, lot.name, year))


def _most(columns: Columns, cols: Index, volume: Floats, limits: Floats | None) -> tuple[float, float]:
    """Most volume [unit of the lot] and money [€] a lot can reach in a year, given what each purse can pay.

    A purse whose every item could be granted at best pays the least share of what it buys. cols, volume: the columns of
    the lot in the year; limits (purses,): what each can pay [€], None when that is not known.
    """
    plain = columns.mode[cols] == 0
    cost, owner, size = columns.cost[cols], columns.purse[cols], len(columns.purses)
    money, volumes = float(cost[plain].sum()), float(volume[plain].sum())
    if limits is None:
        return volumes, money

    def by_owner(values: Floats) -> Floats:
        return np.bincount(owner[plain], weights=values[plain], minlength=size).astype(np.float64)

    priced = cost > 0
    least, best = np.ones(size), np.zeros(size)
    np.minimum.at(least, owner[priced], columns.net[cols][priced] / cost[priced])
    np.maximum.at(best, owner[priced], volume[priced] / cost[priced])
    listed = by_owner(cost)
    reach = np.where(least > 0, limits / np.maximum(least, 1e-12), listed)
    total = np.minimum(listed, reach).sum()
    top = np.minimum(by_owner(volume), by_owner(np.where(priced, 0.0, volume)) + best * reach).sum()
    return min(volumes, float(top)), min(money, float(total))


def _envelopes(problem: Problem, columns: Columns, writer: Writer) -> None:
    s = problem.settings
    if not s.together.envelopes:
        return
    given = np.array([(way, n, c) for way, grants in enumerate(columns.grants) for n, c in grants], np.int64).reshape(-1, 3)
    for number, envelope in enumerate(s.together.envelopes):
        mine = given[given[:, 1] == number]
        cents = np.zeros(len(columns.grants))
        cents[mine[:, 0]] = mine[:, 2]
        taken = cents[columns.way] / 100
        users = np.flatnonzero(taken > 0)
        for year, amount in sorted(envelope.amounts.items()):
            cols = users[columns.year[users] == year - s.first_year]
            if cols.size:
                writer.add_row(cols, taken[cols], -np.inf, amount, RowName("envelope", envelope.name, year))


def _trenches(problem: Problem, items: tuple[int, ...], columns: Columns, writer: Writer) -> None:
    """The largest of the trenches asked for in a place and a year is dug, and pays for all."""
    s = problem.settings
    if not s.money:
        return
    places: dict[str, list[int]] = {}
    for i in items:
        place = problem.items[i].place
        if place is not None and problem.items[i].trench_cents > 0:
            places.setdefault(place, []).append(i)
    worth = discounts(s)
    for place, mine in sorted(places.items()):
        opened = {problem.items[i].trench_open for i in mine}
        for y in range(s.years):
            cols = columns.at(mine, y)
            owners = columns.item[cols]
            if y not in opened and np.unique(owners).size < 2:
                continue
            share = np.array([problem.items[i].trench_cents / 100 for i in owners])
            columns.gain[cols] += share * float(worth[y])
            if y in opened:
                continue
            dug = columns.add(Extra("trench", place, y), gain=-float(worth[y]), upper=float(share.max()))
            for i in np.unique(owners):
                one = cols[owners == i]
                part = problem.items[int(i)].trench_cents / 100
                writer.add([(one, part), (np.array([dug]), -1.0)], -np.inf, 0.0, RowName("trench", place, s.first_year + y))


def _targets(problem: Problem, items: tuple[int, ...], columns: Columns, writer: Writer) -> None:
    s = problem.settings
    rows = problem.table.select(["id", "field", "kind", "need", "owner"]).to_pylist() if s.together.targets else []
    for target in s.together.targets:
        saved = savings(problem.table, problem.effects, target.indicator)
        last = (target.year or s.first_year + s.years - 1) - s.first_year
        mine = [i for i in items if saved[i] and target.who.holds(rows[i])]
        terms = [(columns.by(i, last), float(saved[i])) for i in mine]
        name = RowName("target", target.indicator, s.first_year + last)
        if any(cols.size for cols, _ in terms):
            writer.add(terms, target.amount, np.inf, name)
        elif target.amount > 0:
            writer.add([(np.arange(0, columns.item.size), 0.0)], target.amount, np.inf, name)


def counted_by(item: Item, by: str) -> str | None:
    """What an item counts for in a minimum: its commune, owner or group."""
    return {"commune": item.commune, "owner": item.owner, "group": item.group}[by]


def _minimum(problem: Problem, minimum: Minimum, items: tuple[int, ...], columns: Columns, writer: Writer) -> None:
    """So much done for each group by a year; only groups that have something possible are owed anything."""
    s = problem.settings
    last = (minimum.year or s.first_year + s.years - 1) - s.first_year
    groups: dict[str, list[int]] = {}
    for i in items:
        of = counted_by(problem.items[i], minimum.by)
        if of is not None and columns.until[columns.shape[i], last]:
            groups.setdefault(of, []).append(i)
    wished = {g: sum((problem.items[i].cost_cents or 0) / 100 for i in mine) for g, mine in groups.items()}
    everyone = [columns.all_by(mine, last) for _, mine in sorted(groups.items())]
    total = -1
    if minimum.fair > 0 and everyone and sum(wished.values()) > 0:
        cols = np.concatenate(everyone)
        total = columns.add(Extra("total", minimum.by, last), upper=sum(wished.values()))
        index = np.concatenate([cols, [total]])
        value = np.concatenate([columns.cost[cols], [-1.0]])
        writer.add_row(index, value, 0.0, 0.0, RowName("minimum", minimum.by, s.first_year + last))
    for (group, mine), cols in zip(sorted(groups.items()), everyone, strict=True):
        name = RowName("minimum", group, s.first_year + last)
        if minimum.actions:
            writer.add([(cols, 1.0)], float(min(minimum.actions, len(mine))), np.inf, name)
        if minimum.share > 0:
            writer.add_row(cols, columns.cost[cols], minimum.share * wished[group], np.inf, name)
        if total >= 0 and wished[group] > 0:
            owed = minimum.fair * wished[group] / sum(wished.values())
            index = np.concatenate([cols, [total]])
            writer.add_row(index, np.concatenate([columns.cost[cols], [-owed]]), 0.0, np.inf, name)
