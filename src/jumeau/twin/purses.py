"""Which budget of an owner pays for an action: the law of water services, read from its rule."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from jumeau.errors import InputError
from jumeau.invest import Together
from jumeau.model.territory import referential
from jumeau.rules.evaluate import dated
from jumeau.rules.loader import rule

RULE, WATER = "budget_eau", "eau"


def of_the_law() -> dict[str, str]:
    """Field of action -> the budget apart that pays for it."""
    return dict.fromkeys(rule(RULE).fields, WATER)


def payers(actions: pa.Table, together: Together) -> set[str]:
    """Purses that may pay for some actions, those of owners that balance their service included."""
    rows = actions.select(["owner", "need", "kind", "field"]).group_by(["owner", "need", "kind", "field"]).aggregate([])
    return {payer for row in rows.to_pylist() for payer in together.payers(together.purse(row))}


def paid_by(chosen: pa.Table, together: Together) -> dict[str, str]:
    """Chosen action -> the purse that pays for it."""
    rows = chosen.select(["action", "owner", "need", "kind", "field"]).to_pylist()
    return {row["action"]: together.purse(row) for row in rows}


def check_balanced(balanced: Mapping[str, str], on: date) -> None:
    """A main budget may pay what water lacks in a small commune, or for a reason that is given. Raises InputError."""
    known, found = referential(), dated(rule(RULE), "small", on)
    small = found.value if found else None
    for owner, reason in balanced.items():
        kind, _, code = owner.partition(":")
        people = known.commune(code).population if kind == "commune" and known.knows(code) else None
        if not reason.strip() and (people is None or small is None or people >= small):
            said = "?" if people is None else people
            law = rule(RULE).reference
            raise InputError("programme.equilibre_refuse", owner=owner, population=said, small=small, rule=law)
