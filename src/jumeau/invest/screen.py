"""What cannot or need not enter the plan, each with its reason; and the parts that can be solved apart."""

from collections.abc import Iterable, Mapping

import numpy as np

from jumeau.errors import InfeasibleError, InputError
from jumeau.invest.pooling import counted_by
from jumeau.invest.problem import Item, Problem, least_cents, most_limits
from jumeau.invest.settings import EUROS_ONLY
from jumeau.texts import t

NO_GAIN = "no_gain"


def screen(problem: Problem) -> tuple[tuple[int, ...], dict[int, tuple[str, str]]]:
    """Items that may be chosen, and for the others (reason, French explanation).

    Raises InputError when precedence goes round in a circle, InfeasibleError when a required or fixed action is out.
    """
    _check_cycles(problem.items)
    left: dict[int, tuple[str, str]] = {}
    known = np.asarray(np.isfinite(problem.gain).all(axis=1)).tolist()
    limits = {purse: most_limits(problem, purse).tolist() for purse in {item.purse for item in problem.items}}
    for i, item in enumerate(problem.items):
        reason = _own_reason(problem, item, limits[item.purse], known=known[i])
        if reason:
            left[i] = reason
    _spread(problem, left)
    wanted = {item.id for item in problem.items if item.required}
    for i, (_, words) in left.items():
        if problem.items[i].id in wanted:
            raise InfeasibleError("programme.obligation_impossible", action=problem.items[i].id, reason=words)
    for i in _without_gain(problem, left, wanted):
        left[i] = (NO_GAIN, t("programme.raison_no_gain"))
    return tuple(i for i in range(len(problem.items)) if i not in left), left


def _own_reason(problem: Problem, item: Item, limits: list[float], *, known: bool) -> tuple[str, str] | None:
    if item.cost_cents is None:
        return "unknown_cost", t("programme.raison_unknown_cost")
    if not known:
        return "unknown_effect", t("programme.raison_unknown_effect")
    payers = problem.settings.together.payers(item.purse)
    if item.cost_cents > 0 and not any(payer in problem.budgets for payer in payers):
        return "no_budget", t("programme.raison_no_budget", owner=item.purse)
    if item.first > item.last:
        return "window", t("programme.raison_window")
    most = max(limits[item.first : item.last + 1])
    if item.cost_cents <= 100 * most or item.required:
        return None
    least = least_cents(item) / 100
    if least > most + 1e-6:
        return "too_expensive", t("programme.raison_too_expensive", cost=least, most=most)
    return None


def _spread(problem: Problem, left: dict[int, tuple[str, str]]) -> None:
    """Leave out what needs something that is itself out, until nothing changes."""
    items = problem.items
    asking = [i for i, item in enumerate(items) if item.requires_all or item.requires_any or item.consumes]
    changed = bool(asking)
    while changed:
        inside = {item.id for i, item in enumerate(items) if i not in left}
        offers = _offers(items, left, problem.settings.capacity)
        changed = False
        for i in asking:
            reason = None if i in left else _missing(items[i], inside, offers)
            if reason:
                left[i] = reason
                changed = True


def _missing(item: Item, inside: set[str], offers: Mapping[str, tuple[float, set[str] | None]]) -> tuple[str, str] | None:
    for name in item.requires_all:
        if name not in inside:
            return "missing_requirement", t("programme.raison_missing_requirement", action=name)
    if item.requires_any and not inside.intersection(item.requires_any):
        return "missing_requirement", t("programme.raison_missing_requirement", action=", ".join(item.requires_any))
    for name, need in item.consumes.items():
        total, served = offers.get(name, (0.0, set()))
        if total < need:
            return "capacity", t("programme.raison_capacity", name=name, need=need, total=total)
        if served is not None and item.owner not in served:
            return "not_beneficiary", t("programme.raison_not_beneficiary", name=name, owner=item.owner)
    return None


def _offers(
    items: tuple[Item, ...], left: Iterable[int], existing: Mapping[str, float]
) -> dict[str, tuple[float, set[str] | None]]:
    """Capacity name -> (most there can be, owners served or None when open to all)."""
    out: dict[str, tuple[float, set[str] | None]] = {n: (q, None) for n, q in existing.items()}
    out_of = set(left)
    for i, item in enumerate(items):
        if i in out_of or not item.provides:
            continue
        for name, quantity in item.provides.items():
            total, served = out.get(name, (0.0, set()))
            everyone = served is None or not item.beneficiaries
            out[name] = (total + quantity, None if everyone else {*(served or ()), item.owner, *item.beneficiaries})
    return out


def _without_gain(problem: Problem, left: Mapping[int, object], wanted: set[str]) -> list[int]:
    """Items that bring nothing in any year and help nobody: the best plan never holds them.

    What rebates, grants and shared trenches could bring is counted at its most; under a target or a minimum all may help.
    """
    items, s = problem.items, problem.settings
    if s.together.targets or s.together.minimums:
        return []
    alive = [i for i in range(len(items)) if i not in left]
    helpers = {name for i in alive for name in (*items[i].requires_all, *items[i].requires_any)}
    used = {name for i in alive for name in items[i].consumes}
    return [
        i
        for i in alive
        if problem.gain[i, items[i].first : items[i].last + 1].max() + _most_help(problem, items[i]) <= 0
        and items[i].id not in helpers
        and items[i].id not in wanted
        and not used.intersection(items[i].provides)
    ]


def _most_help(problem: Problem, item: Item) -> float:
    """The most that what is shared may add to the gain of an item [€]."""
    s = problem.settings
    if not s.money:
        return 0.0
    cost = (item.cost_cents or 0) / 100
    rebate = max((tier.rebate for tier in s.together.lots[item.lot].tiers), default=0.0) if item.lot >= 0 else 0.0
    grants = cost - least_cents(item) / 100 if s.maximise == EUROS_ONLY else 0.0
    return cost * rebate + item.trench_cents / 100 + grants


def _check_cycles(items: tuple[Item, ...]) -> None:
    asking = (item for item in items if item.requires_all or item.requires_any)
    needs = {item.id: (*item.requires_all, *item.requires_any) for item in asking}
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
    parent: dict[str, str] = {}

    def find(x: str) -> str:
        parent.setdefault(x, x)
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    owner_of = {problem.items[i].id: problem.items[i].owner for i in alive}
    links: set[tuple[str, str]] = set()
    for i in alive:
        item = problem.items[i]
        some = _shared(problem, item)
        if item.requires_all or item.requires_any or item.excludes:
            others = (*item.requires_all, *item.requires_any, *item.excludes)
            some += [f"owner {owner_of[n]}" for n in others if n in owner_of]
        if item.provides or item.consumes:
            some += [f"capacity {n}" for n in (*item.provides, *item.consumes)]
        links.update([(item.owner, other) for other in some])
    for owner, other in sorted(links):
        low, high = sorted((find(f"owner {owner}"), find(other)))
        if low != high:
            parent[high] = low
    groups: dict[str, list[int]] = {}
    for i in alive:
        groups.setdefault(find(f"owner {problem.items[i].owner}"), []).append(i)
    return [tuple(groups[key]) for key in sorted(groups)]


def _shared(problem: Problem, item: Item) -> list[str]:
    """Names of what an item shares with others through `Settings.together`."""
    s = problem.settings
    out = [f"envelope {n}" for n in {n for mode in item.modes for n, _ in mode.grants}]
    if item.lot >= 0 and (s.together.lots[item.lot].tiers or s.together.lots[item.lot].capacity is not None):
        out.append(f"lot {item.lot}")
    if item.place is not None and item.trench_cents:
        out.append(f"place {item.place}")
    if s.together.targets or any(m.fair > 0 for m in s.together.minimums):
        out.append("all")
    return [*out, *(f"{m.by} {counted_by(item, m.by)}" for m in s.together.minimums if counted_by(item, m.by))]
