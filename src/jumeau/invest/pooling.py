"""The rows that tie owners together: lots and their price breaks, contractors, envelopes, trenches, targets, minimums."""

import numpy as np

from jumeau.invest.encoded import Encoded, groups
from jumeau.invest.gains import discounts, savings
from jumeau.invest.problem import Problem, yearly_limits
from jumeau.invest.rows import Columns, Extra, Floats, Index, RowName, Writer
from jumeau.invest.together import EUROS, Minimum, held_by


def pool(problem: Problem, columns: Columns, writer: Writer) -> None:
    """Write everything `Settings.together` asks of the items of a part."""
    bought = columns.rows[problem.items.lot[columns.rows] >= 0]
    for number, mine in groups(bought, problem.items.lot[bought]).items():
        _lot(problem, number, mine, columns, writer)
    _envelopes(problem, columns, writer)
    _trenches(problem, columns, writer)
    _targets(problem, columns, writer)
    for minimum in problem.settings.together.minimums:
        _minimum(problem, minimum, columns, writer)


def _lot(problem: Problem, number: int, mine: Index, columns: Columns, writer: Writer) -> None:
    """All-unit rebates: what is bought in a year is bought at one level, and a level is open from its volume on.

    Above the volume of the next level that level is the better one, so each level stops where the next begins.
    """
    s, lot = problem.settings, problem.settings.together.lots[number]
    in_euros = lot.unit == EUROS
    worth = discounts(s) if s.money else np.zeros(s.years)
    firm = bool(s.together.debts or s.together.balanced) or bool(problem.items.required[mine].any())
    limits = np.array([yearly_limits(problem, purse) for purse in columns.purses])
    for y in range(s.years):
        cols = columns.at(mine, y)
        year = s.first_year + y
        volume, cost = problem.items.volume[columns.item[cols]], columns.cost[cols]
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
    modes = problem.items.modes
    way = np.repeat(np.arange(modes.net.size), np.diff(modes.grant_start))
    for number, envelope in enumerate(s.together.envelopes):
        mine = modes.envelope == number
        cents = np.zeros(modes.net.size)
        cents[way[mine]] = modes.cents[mine]
        taken = cents[columns.way] / 100
        users = np.flatnonzero(taken > 0)
        for year, amount in sorted(envelope.amounts.items()):
            cols = users[columns.year[users] == year - s.first_year]
            if cols.size:
                writer.add_row(cols, taken[cols], -np.inf, amount, RowName("envelope", envelope.name, year))


def _trenches(problem: Problem, columns: Columns, writer: Writer) -> None:
    """The largest of the trenches asked for in a place and a year is dug, and pays for all."""
    s = problem.settings
    if not s.money:
        return
    items, rows = problem.items, columns.rows
    sharing = rows[(items.place.code[rows] >= 0) & (items.trench[rows] > 0)]
    worth = discounts(s)
    for number, mine in groups(sharing, items.place.code[sharing]).items():
        place, opened = items.place.words[number], set(items.opened[mine].tolist())
        for y in range(s.years):
            cols = columns.at(mine, y)
            owners = columns.item[cols]
            if y not in opened and np.unique(owners).size < 2:
                continue
            share = items.trench[owners] / 100
            columns.gain[cols] += share * float(worth[y])
            if y in opened:
                continue
            dug = columns.add(Extra("trench", place, y), gain=-float(worth[y]), upper=float(share.max()))
            for i in np.unique(owners):
                one = cols[owners == i]
                part = float(items.trench[i]) / 100
                writer.add([(one, part), (np.array([dug]), -1.0)], -np.inf, 0.0, RowName("trench", place, s.first_year + y))


def _targets(problem: Problem, columns: Columns, writer: Writer) -> None:
    s = problem.settings
    held = np.zeros((len(problem.items), len(s.together.targets)), np.bool_)
    held[held_by(Encoded(problem.table), [target.who for target in s.together.targets])] = True
    for number, target in enumerate(s.together.targets):
        saved = savings(problem.table, problem.effects, target.indicator)
        last = (target.year or s.first_year + s.years - 1) - s.first_year
        mine = columns.rows[(saved[columns.rows] != 0) & held[columns.rows, number]]
        cols = columns.all_by(mine, last)
        name = RowName("target", target.indicator, s.first_year + last)
        if cols.size:
            writer.add_row(cols, saved[columns.item[cols]], target.amount, np.inf, name)
        elif target.amount > 0:
            writer.add([(np.arange(0, columns.item.size), 0.0)], target.amount, np.inf, name)


def _minimum(problem: Problem, minimum: Minimum, columns: Columns, writer: Writer) -> None:
    """So much done for each group by a year; only groups that have something possible are owed anything."""
    s = problem.settings
    last = (minimum.year or s.first_year + s.years - 1) - s.first_year
    counted, rows = problem.items.counted[minimum.by], columns.rows
    rows = rows[(counted.code[rows] >= 0) & (columns.until[columns.shape[rows], last] > 0)]
    owed_to = {counted.words[g]: mine for g, mine in groups(rows, counted.code[rows]).items()}
    wished = {g: float((problem.items.paid[mine] / 100).sum()) for g, mine in owed_to.items()}
    everyone = [columns.all_by(mine, last) for mine in owed_to.values()]
    total = -1
    if minimum.fair > 0 and everyone and sum(wished.values()) > 0:
        cols = np.concatenate(everyone)
        total = columns.add(Extra("total", minimum.by, last), upper=sum(wished.values()))
        index = np.concatenate([cols, [total]])
        value = np.concatenate([columns.cost[cols], [-1.0]])
        writer.add_row(index, value, 0.0, 0.0, RowName("minimum", minimum.by, s.first_year + last))
    for (group, mine), cols in zip(owed_to.items(), everyone, strict=True):
        name = RowName("minimum", group, s.first_year + last)
        if minimum.actions:
            writer.add([(cols, 1.0)], float(min(minimum.actions, mine.size)), np.inf, name)
        if minimum.share > 0:
            writer.add_row(cols, columns.cost[cols], minimum.share * wished[group], np.inf, name)
        if total >= 0 and wished[group] > 0:
            owed = minimum.fair * wished[group] / sum(wished.values())
            index = np.concatenate([cols, [total]])
            writer.add_row(index, np.concatenate([columns.cost[cols], [-owed]]), 0.0, np.inf, name)
