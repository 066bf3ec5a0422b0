"""Who pays for a programme: the plan de financement of each chosen action, added up by owner."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

import msgspec

from jumeau.funding.check import faults
from jumeau.funding.plan import ORDER, Kind, Line, PlanDeFinancement, total
from jumeau.texts import t

DOUBTFUL = ("recalled", "recalled_low")


class FinancedAction(msgspec.Struct, frozen=True, kw_only=True):
    """A chosen action and who pays for it. cost_low_eur, cost_high_eur: range of its cost before tax [€]."""

    action: str
    title: str
    owner: str
    field: str
    year: int
    cost_low_eur: float | None
    cost_high_eur: float | None
    plan: PlanDeFinancement


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a plan through its three scenarios [cents]."""

    line: Line
    low: int
    mid: int
    high: int

    @property
    def doubtful(self) -> bool:
        """True when its rule is stale or was never read on a public source."""
        return self.line.stale or self.line.confidence in DOUBTFUL


class ToConfirm(msgspec.Struct, frozen=True, kw_only=True):
    """What might help and is not counted: the facts to establish (names of `rules/facts.yaml`), for how many actions."""

    rule: str
    title: str
    payer: str
    kind: str
    missing: tuple[str, ...]
    actions: int


class Financing(msgspec.Struct, frozen=True, kw_only=True):
    """The plans of a programme. on: day at which the rules were read; facts: those somebody gave and that were used, one
    French sentence each; left_aside: those that cannot be read."""

    on: date
    actions: tuple[FinancedAction, ...]
    facts: tuple[str, ...] = ()
    left_aside: tuple[str, ...] = ()

    def owners(self) -> dict[str, PlanDeFinancement]:
        """The sum of the plans of each owner, in the order of their ids."""
        by_owner: dict[str, list[PlanDeFinancement]] = {}
        for one in sorted(self.actions, key=lambda x: (x.owner, x.action)):
            by_owner.setdefault(one.owner, []).append(one.plan)
        return {owner: total(plans) for owner, plans in by_owner.items()}

    def whole(self) -> PlanDeFinancement | None:
        """The sum of every plan, None when there is none."""
        return total([one.plan for one in self.actions]) if self.actions else None

    def warnings(self) -> tuple[str, ...]:
        """What the plans warn of, each sentence once, with the number of actions when it is not said of all."""
        counts = Counter(said for one in self.actions for said in one.plan.warnings)
        whole = len(self.actions)
        return tuple(
            said if count == whole else t("financement.alerte_partielle", said=said, count=count, total=whole)
            for said, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        )

    def faults(self) -> list[str]:
        """What does not balance, plan by plan; empty when all is well."""
        return [f"{one.action} : {said}" for one in self.actions for said in faults(one.plan)]

    def to_confirm(self, owner: str | None = None) -> list[ToConfirm]:
        """What might still help, of an owner or of all, with the facts that nobody has given."""
        return unsettled(one.plan for one in self.actions if owner in (None, one.owner))


def unsettled(plans: Iterable[PlanDeFinancement]) -> list[ToConfirm]:
    """Undecided rules of some plans, by rule; the facts missing are those of any of them."""
    found: dict[str, ToConfirm] = {}
    for plan in plans:
        for e in plan.to_confirm:
            missing = {name for reason in e.reasons for name in reason.missing}
            old = found.get(e.rule)
            found[e.rule] = ToConfirm(
                rule=e.rule,
                title=e.title,
                payer=e.payer,
                kind=e.kind,
                missing=tuple(sorted(missing | set(old.missing if old else ()))),
                actions=(old.actions if old else 0) + 1,
            )
    return [found[rule] for rule in sorted(found)]


def resources(plan: PlanDeFinancement) -> list[Resource]:
    """Lines of the three scenarios side by side, in the order aid, certificate, tax, loan, own."""
    amounts: dict[tuple[int, str, str, int], list[int]] = {}
    lines: dict[tuple[int, str, str, int], Line] = {}
    for i, scenario in enumerate(plan.scenarios):
        for line in scenario.lines:
            key = (ORDER.index(line.kind), line.rule, line.label, line.after_years)
            amounts.setdefault(key, [0, 0, 0])[i] += line.cents
            lines.setdefault(key, line)
    return [Resource(line=lines[k], low=low, mid=mid, high=high) for k, (low, mid, high) in sorted(amounts.items())]


def share_of(plan: PlanDeFinancement, *kinds: Kind) -> tuple[int, int, int]:
    """Cents of some kinds in the low, middle and high scenario."""
    low, mid, high = (scenario.cents(*kinds) for scenario in plan.scenarios)
    return low, mid, high
