"""Commits: bulk claims are sealed in files first, then one transaction makes everything visible."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec
import pyarrow as pa

from jumeau.errors import ConflictError, InputError
from jumeau.model.claim import GEOMETRY, Claim, Commit
from jumeau.model.dictionary import Layer, builtin_layers
from jumeau.model.provenance import Source, hand_source
from jumeau.store.database import Database
from jumeau.store.geoparquet import sealed_layer
from jumeau.store.hilbert import bounds, centre_keys, flat, stored_order
from jumeau.store.history import History
from jumeau.store.ledger import Ledger
from jumeau.store.port import Change, ClaimTable
from jumeau.store.shelf import Sealed
from jumeau.store.values import from_micros, normal_claim, normal_table, to_micros

HAND = "saisie:"
_FEW_LAYERS = 8
_STATE = """SELECT (SELECT head FROM heads WHERE branch = ? ORDER BY instant DESC LIMIT 1),
            (SELECT coalesce(max(id), 0) + 1 FROM commits), (SELECT value FROM meta WHERE name = 'last_instant')"""
_NEW_COMMIT = """INSERT INTO commits (id, parents, branch, author, message, instant, kind, layers, undoes)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_NEW_HEAD = "INSERT INTO heads (branch, instant, head, author) VALUES (?, ?, ?, ?)"
_NEW_EDIT = """INSERT INTO edits
               (commit_id, place, layer, asset, attribute, value, source, origin, valid_from, valid_to, counter)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


class Written(msgspec.Struct, frozen=True):
    """A bulk change sealed in a claim file."""

    change: ClaimTable
    sealed: Sealed
    rows: int

    @property
    def sha256(self) -> str:
        """Name of the claim file."""
        return self.sealed.sha256


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What a commit says of itself. undoes: commits it takes back; second: head of a merged branch."""

    author: str
    message: str
    branch: str
    kind: str = "edit"
    expect: int | None = None
    undoes: tuple[int, ...] = ()
    second: int = 0
    layers: tuple[str, ...] = ()


Prepared = list[Claim | Written]


class State(msgspec.Struct, frozen=True):
    """Where a branch stands: its head, the next commit, the last instant [µs], the layers that were asked for."""

    head: int
    number: int
    last: int
    layers: dict[str, Layer]


class Writer:
    """Writes commits."""

    def __init__(self, db: Database, history: History, ledger: Ledger) -> None:
        self.db, self.history, self.ledger = db, history, ledger
        self._known: set[tuple[str, str]] = set()

    def commit(self, changes: Sequence[Change], heading: Heading) -> Commit:
        """Write all changes or none. Raises InputError, ConflictError, NotFoundError, StoreError."""
        if not changes and not heading.undoes and not heading.second:
            raise InputError("store.rien_a_ecrire")
        claims = [c for c in changes if isinstance(c, Claim)]
        names = sorted({c.layer for c in claims})
        if len(claims) == len(changes) and len(names) <= _FEW_LAYERS:
            with self.db.write():
                state = self._state(heading.branch, names)
                return self.record([normal_claim(state.layers[c.layer], c) for c in claims], heading, state)
        self.history.head(heading.branch)
        with self.prepared(changes) as ready, self.db.write():
            return self.record(ready, heading)

    def _state(self, branch: str, layers: Sequence[str] = ()) -> State:
        """Where the twin stands, in one question. Inside a write."""
        query = _STATE + ", (SELECT body FROM layers WHERE name = ?)" * len(layers)
        head, number, last, *bodies = self.db.one(query, branch, *layers) or (None, 1, 0)
        told = {name: self.ledger.layer_told(name, body) for name, body in zip(layers, bodies, strict=True)}
        return State(self.history.head(branch) if head is None else int(head), int(number), int(last), told)

    @contextlib.contextmanager
    def prepared(self, changes: Sequence[Change]) -> Iterator[Prepared]:
        """Changes checked, bulk files written; keep the context until the transaction ends, so nobody tidies them away."""
        layers: dict[str, Layer] = {}
        normal: list[tuple[Change, pa.Table | None]] = []
        for change in changes:
            if change.layer not in layers:
                layers[change.layer] = self.ledger.layer(change.layer)
            layer = layers[change.layer]
            if isinstance(change, Claim):
                normal.append((normal_claim(layer, change), None))
            else:
                normal.append((change, normal_table(layer, change)))
        with contextlib.ExitStack() as stack:
            if any(table is not None for _, table in normal):
                stack.enter_context(self.db.files_lock())
            ready: Prepared = []
            for change, table in normal:
                if isinstance(change, Claim):
                    ready.append(change)
                elif table is not None:
                    ready.append(self.write_table(layers[change.layer], change, table))
            yield ready

    def write_table(self, layer: Layer, change: ClaimTable, table: pa.Table) -> Written:
        """Write a bulk change as an immutable claim file."""
        ordered = in_order(table)
        about = {
            "layer": layer.name,
            "source": msgspec.to_builtins(change.source),
            "origins": dict(change.origins),
            "valid_from": to_micros(change.valid_from),
            "valid_to": to_micros(change.valid_to),
        }
        return Written(change, self.ledger.shelf.seal(*sealed_layer(ordered, layer, about)), ordered.num_rows)

    def record(self, ready: Prepared, heading: Heading, state: State | None = None) -> Commit:
        """Make prepared changes visible. Inside a write transaction."""
        state = state or self._state(heading.branch)
        head, number = state.head, state.number
        if heading.expect is not None and heading.expect != head:
            raise ConflictError("store.branche_avancee", branch=heading.branch, head=head, expect=heading.expect)
        instant = self.db.tick(state.last)
        layers = sorted({*heading.layers, *(c.layer if isinstance(c, Claim) else c.change.layer for c in ready)})
        parents = [p for p in (head, heading.second) if p]
        row = (
            number, json.dumps(parents), heading.branch, heading.author, heading.message, instant, heading.kind,
            json.dumps(layers), json.dumps(heading.undoes),
        )  # fmt: skip
        self.db.send(_NEW_COMMIT, [row])
        self.db.send(_NEW_HEAD, [(heading.branch, instant, number, heading.author)])
        self._sources(ready, instant)
        self.db.send(_NEW_EDIT, [(*r[:5], self.db.pack(r[5]), *r[6:]) for r in _edit_rows(ready, number)])
        for change in ready:
            if isinstance(change, Written):
                self.ledger.shelf.settle(change.sealed)
        self.db.send("INSERT INTO claim_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _file_rows(ready, number))
        when = from_micros(instant)
        assert when is not None
        return Commit(
            id=number, parents=tuple(parents), branch=heading.branch, author=heading.author, message=heading.message,
            instant=when, kind=heading.kind, layers=tuple(layers),
        )  # fmt: skip

    def _sources(self, ready: Prepared, instant: int) -> None:
        """Keep sources met for the first time. Raises InputError for a claim of an undeclared source."""
        pairs: dict[tuple[str, str], Source | None] = {}
        for change in ready:
            if isinstance(change, Written):
                pairs[change.change.layer, change.change.source.id] = change.change.source
            elif (pair := (change.layer, change.source)) not in pairs:
                pairs[pair] = hand_source(pair[1].removeprefix(HAND)) if pair[1].startswith(HAND) else None
        new = {pair: source for pair, source in pairs.items() if pair not in self._known}
        if not new:
            return
        # read before anything is added: what is seen here outlives a write that fails
        self._known |= set(self.db.rows("SELECT layer, source FROM layer_sources"))
        known = {row[0] for row in self.db.rows("SELECT DISTINCT id FROM sources")}
        for (_, name), source in new.items():
            if name not in known:
                if source is None:
                    raise InputError("store.source_inconnue", source=name)
                body = msgspec.json.encode(source).decode()
                self.db.send("INSERT INTO sources VALUES (?, ?, ?)", [(name, instant, body)])
                known.add(name)
        self.db.send("INSERT INTO layer_sources VALUES (?, ?) ON CONFLICT DO NOTHING", sorted(new))

    # declarations ---------------------------------------------------------------------------------------------------
    def declare_source(self, source: Source) -> None:
        """Add a source or what is now said of it."""
        body = msgspec.json.encode(source).decode()
        with self.db.write():
            last = self.db.one("SELECT body FROM sources WHERE id = ? ORDER BY instant DESC LIMIT 1", source.id)
            if last is None or last[0] != body:
                self.db.execute("INSERT INTO sources VALUES (?, ?, ?)", source.id, self.db.tick(), body)

    def declare_layer(self, layer: Layer) -> None:
        """Add or update a layer. Raises InputError when a declared field changes type or a built-in one disappears."""
        with self.db.write():
            row = self.db.one("SELECT body FROM layers WHERE name = ?", layer.name)
            builtin = builtin_layers().get(layer.name)
            for old in (builtin, msgspec.json.decode(row[0], type=Layer) if row else None):
                if old is not None:
                    _check_change(old, layer, keep_fields=old is builtin)
            body = msgspec.json.encode(layer).decode()
            query = "INSERT INTO layers VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body"
            self.db.execute(query, layer.name, body)
            self.db.tick()


def _check_change(old: Layer, new: Layer, *, keep_fields: bool) -> None:
    if old.geometry != new.geometry:
        raise InputError("store.geometrie_change", layer=new.name, geometry=old.geometry)
    types = {f.name: f.type for f in new.fields}
    for field in old.fields:
        if field.name not in types:
            if keep_fields:
                raise InputError("store.champ_retire", layer=new.name, field=field.name)
        elif types[field.name] != field.type:
            raise InputError("store.champ_retype", layer=new.name, field=field.name, type=field.type)


def in_order(table: pa.Table) -> pa.Table:
    """Rows in the stored order."""
    ids = flat(table["id"])
    if GEOMETRY in table.column_names:
        keys = centre_keys(bounds(flat(table[GEOMETRY])))
        order = stored_order(keys, ids)
        return table if order is None else table.take(pa.array(order))
    return table.sort_by("id")


def _edit_rows(ready: Prepared, commit: int) -> list[tuple[Any, ...]]:
    return [
        (
            commit, place, c.layer, c.asset, c.attribute, c.value.isoformat() if isinstance(c.value, date) else c.value,
            c.source, str(c.origin), to_micros(c.valid_from), to_micros(c.valid_to), int(c.counter),
        )
        for place, c in enumerate(ready)
        if isinstance(c, Claim)
    ]  # fmt: skip


def _file_rows(ready: Prepared, commit: int) -> list[tuple[Any, ...]]:
    return [
        (
            commit, place, w.change.layer, w.sha256, w.rows, w.change.source.id, json.dumps(dict(w.change.origins)),
            to_micros(w.change.valid_from), to_micros(w.change.valid_to),
        )
        for place, w in enumerate(ready)
        if isinstance(w, Written)
    ]  # fmt: skip
