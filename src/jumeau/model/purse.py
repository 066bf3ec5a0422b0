"""The budgets of one owner that may not pay for each other: the main one, and those of the services that users pay.

A purse is named by its owner, then `/` and its name: `commune:34172` is the main budget (M57), `commune:34172/eau` that of
drinking water (M49), `commune:34172/assainissement` that of sewers (M49).
"""

from collections.abc import Mapping

PURSES = ("eau", "assainissement")
"""Names of the budgets beside the main one."""
GENERAL = ("commune", "epci", "departement", "region")
"""Kinds of owners that have a main budget beside these; another kind has one budget only."""


def split_purse(purse: str) -> tuple[str, str]:
    """Owner and name of a purse, the name empty for the main budget."""
    owner, _, name = purse.rpartition("/")
    return (owner, name) if owner and name in PURSES else (purse, "")


def purse_of(owner: str, names: Mapping[str, str], *about: str) -> str:
    """The purse that pays for something of an owner: the first of what is said of it that has a name in `names`."""
    if owner.partition(":")[0] not in GENERAL:
        return owner
    name = next((names[word] for word in about if word in names), "")
    return f"{owner}/{name}" if name in PURSES else owner
