"""Energy labels of dwellings as columns: one row per DPE, and one ragged table per kind of element."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

KINDS: dict[str, str] = {
    "mur": "",
    "plancher_bas": "",
    "plancher_haut": "",
    "baie_vitree": "",
    "baie_vitree_double_fenetre": "baie_vitree",
    "masque_lointain_non_homogene": "baie_vitree",
    "porte": "",
    "ets": "",
    "baie_ets": "ets",
    "pont_thermique": "",
    "ventilation": "",
    "climatisation": "",
    "panneaux_pv": "",
    "installation_ecs": "",
    "generateur_ecs": "installation_ecs",
    "installation_chauffage": "",
    "emetteur_chauffage": "installation_chauffage",
    "generateur_chauffage": "installation_chauffage",
    "sortie_par_energie": "",
}
"""Kinds of element, in the names of the official schema, and the kind each one hangs from."""


@dataclass(slots=True)
class Elements:
    """Rows of one kind. owner [-]: DPE of each row; parent [-]: row of the kind it hangs from, -1 when there is none.

    Columns are float64 with NaN where the file says nothing; a name that starts with `di.` is a value that the
    certified software computed, or that was typed there because the schema has no other place for it.
    """

    owner: I64
    parent: I64
    columns: dict[str, F64] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.owner)

    def get(self, name: str, default: float = np.nan) -> F64:
        """A column, `default` where the file says nothing."""
        column = self.columns.get(name)
        if column is None:
            return np.full(self.size, default)
        return column if np.isnan(default) else np.where(np.isnan(column), default, column)

    def code(self, name: str, default: int = 0) -> I64:
        """A column of the enumerations of the schema, as integers."""
        return self.get(name, default).astype(np.int64)

    def text(self, name: str) -> list[str]:
        """A column of words, empty where the file says nothing."""
        return self.texts.get(name) or [""] * self.size


@dataclass(slots=True)
class DpeBatch:
    """Many DPE read together: their numbers, one row of facts each, and their elements."""

    numbers: list[str]
    facts: Elements
    elements: dict[str, Elements]

    @property
    def size(self) -> int:
        """Number of DPE."""
        return len(self.numbers)

    def of(self, kind: str) -> Elements:
        """Elements of one kind, an empty table when no DPE has any."""
        found = self.elements.get(kind)
        return found if found is not None else Elements(np.empty(0, np.int64), np.empty(0, np.int64))

    def take(self, rows: Sequence[int] | I64) -> "DpeBatch":
        """Some of the DPE, in the order asked for, with their elements; a DPE asked for twice is there twice."""
        wanted = np.asarray(rows, dtype=np.int64)
        facts = _rows(self.facts, wanted, np.arange(len(wanted)), np.full(len(wanted), -1))
        taken: dict[str, Elements] = {}
        places: dict[str, tuple[I64, I64]] = {}
        for kind, above in KINDS.items():
            if kind not in self.elements:
                continue
            table = self.elements[kind]
            picked, owner = _ragged(table.owner, wanted, self.size)
            parent = table.parent[picked]
            if above and above in places:
                parent = _moved(parent, owner, places[above], self.elements[above].size)
            taken[kind] = _rows(table, picked, owner, parent)
            places[kind] = (picked, owner)
        return DpeBatch([self.numbers[row] for row in wanted], facts, taken)


def _ragged(owner: I64, wanted: I64, size: int) -> tuple[I64, I64]:
    """Rows that belong to each wanted DPE, and the new owner of each."""
    order = np.argsort(owner, kind="stable")
    count = np.bincount(owner, minlength=size)
    start = np.concatenate([[0], np.cumsum(count)[:-1]])
    many = count[wanted]
    new_owner = np.repeat(np.arange(len(wanted)), many)
    offset = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
    return order[np.repeat(start[wanted], many) + offset], new_owner


def _moved(parent: I64, owner: I64, above: tuple[I64, I64], size: int) -> I64:
    """Where each parent row stands after a `take`."""
    picked, above_owner = above
    key = above_owner * (size + 1) + picked
    order = np.argsort(key)
    place = np.searchsorted(key[order], owner * (size + 1) + parent)
    return np.where(parent < 0, -1, order[np.minimum(place, len(order) - 1)]) if len(order) else np.full(len(parent), -1)


def _rows(table: Elements, picked: I64, owner: I64, parent: I64) -> Elements:
    columns = {name: column[picked] for name, column in table.columns.items()}
    texts = {name: [column[row] for row in picked] for name, column in table.texts.items()}
    return Elements(owner, parent, columns, texts)
