"""What cannot or need not enter the plan, each with its reason; and the parts that can be solved apart."""

from collections.abc import Iterator, Mapping

import numpy as np

from jumeau.errors import InfeasibleError, InputError
from jumeau.invest.encoded import Floats, Ints, groups
from jumeau.invest.items import UNKNOWN, Items
from jumeau.invest.problem import Problem, most_limits
from jumeau.invest.settings import EUROS_ONLY
from jumeau.texts import t

NO_GAIN, TOO_EXPENSIVE = "no_gain", "too_expensive"


def screen(problem: Problem, *, rich: bool = False) -> tuple[tuple[int, ...], dict[int, tuple[str, str]]]:
    """Items that may be chosen, and for the others (reason, French explanation). rich: as if budgets could pay for any.

    Raises InputError when precedence goes round in a circle, InfeasibleError when a required or fixed action is out.
    """
    _check_cycles(problem.items)
    left = {i: why for i, why in _own_reasons(problem).items() if not (rich and why[0] == TOO_EXPENSIVE)}
    _spread(problem, left)
    required = problem.items.required
    for i, (_, words) in left.items():
        if required[i]:
            raise InfeasibleError("programme.obligation_impossible", action=problem.items.ids[i], reason=words)
    nothing = (NO_GAIN, t("programme.raison_no_gain"))
    left |= dict.fromkeys(_without_gain(problem, left), nothing)
    alive = np.ones(len(required), np.bool_)
    alive[list(left)] = False
    return tuple(np.flatnonzero(alive).tolist()), left


def _own_reasons(problem: Problem) -> dict[int, tuple[str, str]]:
    """Why an item cannot be chosen whatever the others are, the first reason that holds."""
    items = problem.items
    limits = np.array([most_limits(problem, purse) for purse in items.purse.words]).reshape(-1, problem.settings.years)
    paid = [any(p in problem.budgets for p in problem.settings.together.payers(purse)) for purse in items.purse.words]
    year, mine, least = np.arange(problem.settings.years), limits[items.purse.code], items.modes.least / 100
    inside = (year >= items.first[:, None]) & (year <= items.last[:, None])
    most = np.where(inside, mine, -np.inf).max(axis=1, initial=-np.inf)
    reasons = {
        "unknown_cost": items.cost == UNKNOWN,
        "unknown_effect": ~np.isfinite(problem.gain).all(axis=1),
        "no_budget": (items.cost > 0) & ~np.array([*paid, False])[items.purse.code],
        "window": items.first > items.last,
        TOO_EXPENSIVE: (items.cost > 100 * most) & ~items.required & (least > most + 1e-6),
    }
    out: dict[int, tuple[str, str]] = {}
    for reason, holds in reasons.items():
        for i in np.flatnonzero(holds).tolist():
            said = {"owner": items.purse[i]} if reason == "no_budget" else {}
            if reason == TOO_EXPENSIVE:
                said = {"cost": least[i], "most": most[i]}
            out.setdefault(i, (reason, t(f"programme.raison_{reason}", **said)))
    return dict(sorted(out.items()))


def _spread(problem: Problem, left: dict[int, tuple[str, str]]) -> None:
    """Leave out what needs something that is itself out, until nothing changes."""
    items = problem.items
    asking = sorted({*items.requires_all, *items.requires_any, *items.consumes})
    changed = bool(asking)
    while changed:
        inside = {name for i, name in enumerate(items.ids) if i not in left}
        offers = _offers(items, left, problem.settings.capacity)
        changed = False
        for i in asking:
            reason = None if i in left else _missing(items, i, inside, offers)
            if reason:
                left[i] = reason
                changed = True


def _missing(
    items: Items, i: int, inside: set[str], offers: Mapping[str, tuple[float, set[str | None] | None]]
) -> tuple[str, str] | None:
    for name in items.requires_all.get(i, ()):
        if name not in inside:
            return "missing_requirement", t("programme.raison_missing_requirement", action=name)
    some = items.requires_any.get(i, ())
    if some and not inside.intersection(some):
        return "missing_requirement", t("programme.raison_missing_requirement", action=", ".join(some))
    for name, need in items.consumes.get(i, {}).items():
        total, served = offers.get(name, (0.0, set()))
        if total < need:
            return "capacity", t("programme.raison_capacity", name=name, need=need, total=total)
        owner = items.owner[i]
        if served is not None and owner not in served:
            return "not_beneficiary", t("programme.raison_not_beneficiary", name=name, owner=owner)
    return None


def _offers(
    items: Items, left: Mapping[int, object], existing: Mapping[str, float]
) -> dict[str, tuple[float, set[str | None] | None]]:
    """Capacity name -> (most there can be, owners served or None when open to all)."""
    out: dict[str, tuple[float, set[str | None] | None]] = {n: (q, None) for n, q in existing.items()}
    for i, provided in items.provides.items():
        if i in left:
            continue
        people = items.beneficiaries.get(i, ())
        for name, quantity in provided.items():
            total, served = out.get(name, (0.0, set()))
            everyone = served is None or not people
            out[name] = (total + quantity, None if everyone else {*(served or ()), items.owner[i], *people})
    return out


def _without_gain(problem: Problem, left: Mapping[int, object]) -> list[int]:
    """Items that bring nothing in any year and help nobody: the best plan never holds them.

    What rebates, grants and shared trenches could bring is counted at its most; under a target or a minimum all may help.
    """
    items, s = problem.items, problem.settings
    if s.together.targets or s.together.minimums:
        return []
    year = np.arange(s.years)
    inside = (year >= items.first[:, None]) & (year <= items.last[:, None])
    best = np.where(inside, problem.gain, -np.inf).max(axis=1) + _most_help(problem)
    poor = (best <= 0) & ~items.required
    alive = [i for i in range(len(items)) if i not in left]
    helpers = {name for some in (items.requires_all, items.requires_any) for i in alive for name in some.get(i, ())}
    used = {name for i in alive for name in items.consumes.get(i, ())}
    return [
        i
        for i in np.flatnonzero(poor).tolist()
        if i not in left and items.ids[i] not in helpers and not used.intersection(items.provides.get(i, ()))
    ]


def _most_help(problem: Problem) -> Floats:
    """The most that what is shared may add to the gain of each item (A,) [€]."""
    items, s = problem.items, problem.settings
    if not s.money:
        return np.zeros(len(items))
    cost = items.paid / 100
    best = np.array([*(max((tier.rebate for tier in lot.tiers), default=0.0) for lot in s.together.lots), 0.0])
    grants = cost - items.modes.least / 100 if s.maximise == EUROS_ONLY else 0.0
    return np.asarray(cost * best[items.lot] + items.trench / 100 + grants)


def _circular(pairs: Ints, count: int) -> bool:
    """True when following pairs (N, 2) of places among `count` may come back to where it began."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    groups, _ = connected_components(graph, directed=True, connection="strong")
    return bool(groups < count or (pairs[:, 0] == pairs[:, 1]).any())


def _check_cycles(items: Items) -> None:
    if not _circular(np.concatenate([items.pairs(n) for n in ("requires_all", "requires_any")]), len(items)):
        return
    asking = sorted({*items.requires_all, *items.requires_any})
    needs = {items.ids[i]: (*items.requires_all.get(i, ()), *items.requires_any.get(i, ())) for i in asking}
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        on_path: set[str] = set()
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            name, leaving = stack.pop()
            if leaving:
                on_path.discard(path.pop())
                done.add(name)
            elif name in on_path:
                circle = [*path[path.index(name) :], name]
                raise InputError("programme.precedence_circulaire", actions=" -> ".join(circle))
            elif name not in done:
                path.append(name)
                on_path.add(name)
                stack.append((name, True))
                stack += [(n, False) for n in needs.get(name, ()) if n not in done]


def components(problem: Problem, alive: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Groups of items that share no constraint: owners linked by precedence, exclusion, a shared capacity, a lot, an
    envelope, a trench, a target or a minimum stay together."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows = np.array(alive, np.int64)
    names = [f"owner {owner}" for owner in problem.items.owner.words]
    place = {name: n for n, name in enumerate(names)}
    ends: list[tuple[Ints, Ints]] = []
    for who, said, words in _links(problem, rows):
        other = np.array([place.setdefault(word, len(place)) for word in words], np.int64)
        ends.append((problem.items.owner.code[who], other[said]))
    one, other = (np.concatenate([np.zeros(0, np.int64), *(pair[n] for pair in ends)]) for n in (0, 1))
    graph = coo_matrix((np.ones(one.size, np.int8), (one, other)), shape=(len(place), len(place)))
    _, group = connected_components(graph, directed=False)
    first: dict[int, str] = {}
    for name, n in place.items():
        first[group[n]] = min(first.get(group[n], name), name)
    mine = group[problem.items.owner.code[rows]]
    parts = {first[number]: tuple(some.tolist()) for number, some in groups(rows, mine).items()}
    return [parts[key] for key in sorted(parts)]


def _links(problem: Problem, rows: Ints) -> Iterator[tuple[Ints, Ints, list[str]]]:
    """Rows that share something with others, the place of its name, and the names, kind by kind."""
    items, s = problem.items, problem.settings
    alive = np.zeros(len(items), np.bool_)
    alive[rows] = True
    length = np.diff(items.modes.grant_start)
    of_mode = np.repeat(np.arange(len(items)), np.diff(items.modes.start))
    of_grant = np.repeat(of_mode, length)
    here = alive[of_grant]
    yield of_grant[here], items.modes.envelope[here], [f"envelope {n}" for n in range(len(s.together.envelopes))]
    tied = np.array([*(bool(x.tiers) or x.capacity is not None for x in s.together.lots), False])
    mine = rows[tied[items.lot[rows]]]
    yield mine, items.lot[mine], [f"lot {n}" for n in range(len(s.together.lots))]
    mine = rows[(items.place.code[rows] >= 0) & (items.trench[rows] > 0)]
    yield mine, items.place.code[mine], [f"place {word}" for word in items.place.words]
    if s.together.targets or any(m.fair > 0 for m in s.together.minimums):
        yield rows, np.zeros_like(rows), ["all"]
    for by in {m.by for m in s.together.minimums}:
        counted = items.counted[by]
        mine = rows[counted.code[rows] >= 0]
        yield mine, counted.code[mine], [f"{by} {word}" for word in counted.words]
    both = np.concatenate([items.pairs(n) for n in ("requires_all", "requires_any", "excludes")])
    both = both[alive[both].all(axis=1)]
    yield both[:, 0], items.owner.code[both[:, 1]], [f"owner {word}" for word in items.owner.words]
    used = [(i, name) for some in (items.provides, items.consumes) for i, names in some.items() for name in names if alive[i]]
    words = sorted({name for _, name in used})
    at = {name: n for n, name in enumerate(words)}
    who = np.array([i for i, _ in used], np.int64)
    yield who, np.array([at[name] for _, name in used], np.int64), [f"capacity {word}" for word in words]
