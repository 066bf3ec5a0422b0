"""Commits, branches and what a moment can see of them."""

import json
import re
import threading
from collections.abc import Iterable
from datetime import datetime

from jumeau.errors import InputError, NotFoundError
from jumeau.model.claim import MAIN, Branch, Commit
from jumeau.store.database import Database
from jumeau.store.port import Moment
from jumeau.store.values import from_micros, to_micros

_BRANCH = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")
_KEPT = 32
_COLUMNS = "id, parents, branch, author, message, instant, kind, layers, undoes"


def members(bits: int) -> list[int]:
    """Commit ids of a set held as the bits of an integer, ascending."""
    text = bin(bits)[:1:-1]
    out, at = [], text.find("1")
    while at >= 0:
        out.append(at)
        at = text.find("1", at + 1)
    return out


def bit_set(ids: Iterable[int]) -> int:
    """Commit ids as the bits of an integer."""
    raw = bytearray()
    for i in ids:
        if len(raw) <= i >> 3:
            raw.extend(bytes((i >> 3) + 1 - len(raw)))
        raw[i >> 3] |= 1 << (i & 7)
    return int.from_bytes(raw, "little")


class History:
    """The graph of commits, kept in memory and read further when it grows."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._last = 0
        self._parents: dict[int, tuple[int, ...]] = {}
        self._undoes: dict[int, tuple[int, ...]] = {}
        self._layers: dict[str, int] = {}
        self._seen: dict[int, int] = {0: 0}
        self._guard = threading.Lock()

    def refresh(self) -> None:
        """Take in the commits written since the last look."""
        with self._guard:
            rows = self.db.rows("SELECT id, parents, layers, undoes FROM commits WHERE id > ? ORDER BY id", self._last)
            touched: dict[str, list[int]] = {}
            for id_, parents, layers, undoes in rows:
                self._parents[id_] = tuple(json.loads(parents))
                if undoes != "[]":
                    self._undoes[id_] = tuple(json.loads(undoes))
                for layer in json.loads(layers):
                    touched.setdefault(layer, []).append(id_)
                self._last = id_
            for layer, ids in touched.items():
                self._layers[layer] = self._layers.get(layer, 0) | bit_set(ids)

    def of_layer(self, layer: str) -> int:
        """Commits that touch a layer, as bits."""
        return self._layers.get(layer, 0)

    def undone_by(self, commit: int) -> tuple[int, ...]:
        """Commits that `commit` takes back."""
        return self._undoes.get(commit, ())

    def ancestors(self, head: int) -> int:
        """The commit and all it stands on, as bits."""
        if head in self._seen:
            return self._seen[head]
        if head not in self._parents:
            self.refresh()
        parents = self._parents[head]
        if all(p in self._seen for p in parents):
            bits = 1 << head
            for parent in parents:
                bits |= self._seen[parent]
        else:
            found, waiting = set(), [head]
            while waiting:
                commit = waiting.pop()
                if commit not in found:
                    found.add(commit)
                    waiting += [p for p in self._parents[commit] if p not in found and p]
            bits = bit_set(found)
        if len(self._seen) > _KEPT:
            for old in list(self._seen)[1 : _KEPT // 2]:
                self._seen.pop(old, None)
        self._seen[head] = bits
        return bits

    def dead(self, visible: int) -> int:
        """Commits of `visible` that a later commit of `visible`, itself standing, takes back."""
        gone: set[int] = set()
        for commit in sorted(self._undoes, reverse=True):
            if visible >> commit & 1 and commit not in gone:
                gone.update(self._undoes[commit])
        return bit_set(c for c in gone if visible >> c & 1)

    def head(self, branch: str, as_of: datetime | None = None) -> int:
        """Head of a branch as it was. Raises NotFoundError."""
        limit = to_micros(as_of)
        before = "" if limit is None else "AND instant <= ?"
        query = f"SELECT head FROM heads WHERE branch = ? {before} ORDER BY instant DESC LIMIT 1"
        row = self.db.one(query, branch, *([] if limit is None else [limit]))
        if row is not None:
            return int(row[0])
        if branch == MAIN:
            return 0
        if self.db.one("SELECT 1 FROM heads WHERE branch = ?", branch):
            raise NotFoundError("store.branche_pas_encore", branch=branch, instant=as_of)
        raise NotFoundError("store.branche_inconnue", branch=branch, known=", ".join(b.name for b in self.branches()))

    def visible(self, moment: Moment) -> int:
        """Commits the moment can see, as bits."""
        head = self.head(moment.branch, moment.as_of)
        self.refresh()
        return self.ancestors(head)

    def branches(self) -> list[Branch]:
        """All branches, the main one first, then by name."""
        rows = self.db.rows("SELECT branch, head FROM heads WHERE id IN (SELECT max(id) FROM heads GROUP BY branch)")
        heads = {MAIN: 0} | dict(rows)
        return [Branch(name, heads[name]) for name in sorted(heads, key=lambda n: (n != MAIN, n))]

    def create_branch(self, name: str, source: str, author: str) -> Branch:
        """A branch at the head of `source`. Raises InputError, NotFoundError."""
        if not _BRANCH.match(name):
            raise InputError("store.branche_nom", branch=name)
        with self.db.write():
            if name == MAIN or self.db.one("SELECT 1 FROM heads WHERE branch = ?", name):
                raise InputError("store.branche_existe", branch=name)
            head = self.head(source)
            query = "INSERT INTO heads (branch, instant, head, author) VALUES (?, ?, ?, ?)"
            self.db.execute(query, name, self.db.tick(), head, author)
        return Branch(name, head)

    def commits(self, branch: str | None, after: int) -> list[Commit]:
        """Commits with an id above `after`, oldest first; of a branch with its ancestors, or all."""
        with self.db.snapshot():
            visible = None if branch is None else self.visible(Moment(branch))
            rows = self.db.rows(f"SELECT {_COLUMNS} FROM commits WHERE id > ? ORDER BY id", after)
        out = []
        for id_, parents, on, author, message, instant, kind, layers, undoes in rows:
            if visible is None or visible >> id_ & 1:
                moment = from_micros(instant)
                assert moment is not None
                out.append(
                    Commit(
                        id=id_, parents=tuple(json.loads(parents)), branch=on, author=author, message=message,
                        instant=moment, kind=kind, layers=tuple(json.loads(layers)), undoes=tuple(json.loads(undoes)),
                    )
                )  # fmt: skip
        return out
