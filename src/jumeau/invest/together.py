"""What owners share, as data: lots with price breaks, grant envelopes, targets, minimum service, deadlines, debt."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from jumeau.errors import InputError
from jumeau.invest.encoded import Codes, Encoded, Ints, joint
from jumeau.model.purse import PURSES, purse_of, split_purse

EUROS = "€"
_COLUMNS = {"fields": "field", "kinds": "kind", "needs": "need", "owners": "owner", "actions": "id"}
"""Columns of ACTION_SCHEMA that each list of `Who` looks at."""


class Who(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which actions something is about: each list narrows it, an empty one lets everything through."""

    fields: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()

    def holds(self, row: Mapping[str, object]) -> bool:
        """True when a row of ACTION_SCHEMA is concerned."""
        tests = ((getattr(self, name), row[column]) for name, column in _COLUMNS.items())
        return all(not names or value in names for names, value in tests)


def held_by(rows: Encoded, whose: Sequence[Who]) -> tuple[Ints, Ints]:
    """Pairs (N,) of a row and the place in `whose` of one that holds it, by row."""
    held = np.ones((len(rows), len(whose)), np.bool_)
    for n, who in enumerate(whose):
        for name, column in _COLUMNS.items():
            if getattr(who, name):
                held[:, n] &= rows[column].among(getattr(who, name))
    row, number = np.nonzero(held)
    return row, number


class Tier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `volume` bought in the year [unit of the lot], `rebate` [-] on all of it (all-unit rebate)."""

    volume: float
    rebate: float


class Lot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Purchases made together: price breaks by the volume pooled in a year, and what contractors can do in a year.

    unit: functional unit of the volumes, or `€` for the amount at list price. capacity: most that can be done in a year.
    """

    name: str
    who: Who = Who()
    unit: str = EUROS
    tiers: tuple[Tier, ...] = ()
    capacity: float | None = None


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Grants of one funder: `rate` of the cost [-], at most `ceiling_eur` an action, within an amount by year [€].

    A year that is not in `amounts` has no money: that is how a deadline is said.
    """

    name: str
    rate: float
    amounts: Mapping[int, float]
    who: Who = Who()
    ceiling_eur: float | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The works done by the end of `year` must change an indicator for the better by `amount` a year, in full service."""

    indicator: str
    amount: float
    year: int | None = None
    who: Who = Who()


class Minimum(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each commune (or owner, or group) has at least this done by the end of `year`.

    by: `commune`, `owner` or `group` (Together.groups). actions: a number of works, or all of them when there are fewer.
    share: of what all its works would cost [-]. fair: the group's part of all that is spent is at least this many times
    its part of all that could be [-].
    """

    by: str = "commune"
    actions: int = 0
    share: float = 0.0
    fair: float = 0.0
    year: int | None = None


class Deadline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Works a text makes compulsory by the end of a year."""

    year: int
    who: Who
    title: str = ""


class Debt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an owner may borrow: `capacity_eur` outstanding at most, over `years` at `rate` [-], repaid from its budgets."""

    capacity_eur: float
    rate: float = 0.035
    years: int = 15


def check_together(s: "Together", first_year: int, years: int) -> None:
    """Raises InputError naming what cannot be used."""
    names = [*(x.name for x in s.lots), *(x.name for x in s.envelopes)]
    for name in names:
        if names.count(name) > 1:
            raise InputError("programme.nom_double", name=name)
    for lot in s.lots:
        volumes = [x.volume for x in lot.tiers]
        rebates = [x.rebate for x in lot.tiers]
        fine = sorted(set(volumes)) == volumes and sorted(rebates) == rebates
        fine = fine and all(v >= 0 for v in volumes) and all(0 <= r < 1 for r in rebates)
        if not fine or (lot.capacity is not None and not lot.capacity >= 0):
            raise InputError("programme.lot_refuse", name=lot.name)
    for envelope in s.envelopes:
        limits = (*envelope.amounts.values(), 0.0 if envelope.ceiling_eur is None else envelope.ceiling_eur)
        if not 0 < envelope.rate <= 1 or any(not 0 <= a < 1e12 for a in limits):
            raise InputError("programme.enveloppe_refusee", name=envelope.name)
    for word, name in s.purses.items():
        if name not in PURSES:
            raise InputError("programme.bourse_inconnue", name=name, word=word, known=", ".join(PURSES))
    last = first_year + years - 1
    years_said = [*(x.year for x in s.targets), *(x.year for x in s.minimums), *(x.year for x in s.deadlines)]
    for year in [y for y in years_said if y is not None]:
        if not first_year <= year <= last:
            raise InputError("programme.annee_hors_periode", year=year, first=first_year, last=last)
    for minimum in s.minimums:
        known = minimum.by in ("commune", "owner", "group")
        if not known or minimum.actions < 0 or not (0 <= minimum.share <= 1 and 0 <= minimum.fair <= 1):
            raise InputError("programme.minimum_refuse", name=minimum.by)
    for owner, debt in s.debts.items():
        if not (debt.capacity_eur >= 0 and 0 <= debt.rate < 1 and 1 <= debt.years <= 60):
            raise InputError("programme.dette_refusee", owner=owner)
    if not 0 < s.ceiling <= 1 or any(not 0 < c <= 1 for c in s.ceilings.values()):
        raise InputError("programme.reglage_refuse", name="ceiling", value=s.ceiling)
    if any(not 0 <= f < 1 for f in s.trench_share.values()):
        raise InputError("programme.reglage_refuse", name="trench_share", value=dict(s.trench_share))


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """All that links owners. ceiling: most that grants may bring of a cost [-], `ceilings` by kind of action. groups: owner
    -> the group it belongs to (an EPCI). trench_share: kind -> share of the cost that is the trench or the visit, paid
    once a year and place (`synergy_place`), and not at all in the year another opens it (`synergy_year`). refused:
    (action, envelope) whose grant was refused. purses: need, kind or field -> the budget apart that pays for it (`eau`,
    `assainissement`): no money goes from one purse to another. balanced: owner -> why its main budget may pay what these
    lack (it never goes the other way).

    Credits are voted at list price less grants: rebates and joint trenches are savings expected on top, counted in the
    gain and never in what an owner may spend.
    """

    lots: tuple[Lot, ...] = ()
    envelopes: tuple[Envelope, ...] = ()
    targets: tuple[Target, ...] = ()
    minimums: tuple[Minimum, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    debts: Mapping[str, Debt] = {}
    groups: Mapping[str, str] = {}
    ceiling: float = 0.8
    ceilings: Mapping[str, float] = {}
    trench_share: Mapping[str, float] = {}
    refused: tuple[tuple[str, str], ...] = ()
    purses: Mapping[str, str] = {}
    balanced: Mapping[str, str] = {}

    def purse(self, row: Mapping[str, Any]) -> str:
        """The purse that pays for an action (a row of ACTION_SCHEMA): by its need, else its kind, else its field."""
        return purse_of(row["owner"], self.purses, row["need"], row["kind"], row["field"])

    def purses_of(self, rows: Encoded) -> Codes:
        """The same of each action of a table."""
        if not self.purses:
            return rows["owner"]
        first, number = joint(*(rows[name].code for name in ("owner", "need", "kind", "field")))
        alike = rows.table.select(["owner", "need", "kind", "field"]).take(first).to_pylist()
        names = [self.purse(row) for row in alike]
        words = tuple(sorted(set(names)))
        place = {word: n for n, word in enumerate(words)}
        return Codes(np.array([place[name] for name in names], np.int64)[number], words)

    def payers(self, purse: str) -> tuple[str, ...]:
        """Purses that may pay for what a purse owes: itself, and the main one of an owner that balances it."""
        owner, name = split_purse(purse)
        return (purse, owner) if name and owner in self.balanced else (purse,)
