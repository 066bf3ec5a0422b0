"""Merging some assets only: what the other branch alone says of them is said again on this one, in the same order."""

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.model.claim import Claim
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.store.dossier import Dossier, as_claim
from jumeau.store.hilbert import flat
from jumeau.store.history import members
from jumeau.store.ledger import ClaimFile, Counters, Ledger, Sight
from jumeau.store.port import ClaimTable
from jumeau.store.values import from_micros
from jumeau.store.writing import Prepared, Writer, Written


class Picker:
    """Copies the claims of one side on some assets."""

    def __init__(self, ledger: Ledger, writer: Writer, dossier: Dossier) -> None:
        self.ledger, self.writer, self.dossier = ledger, writer, dossier

    def pick(self, ours: Sight, theirs: Sight, assets: set[str], choices: Mapping[tuple[str, str, str], str]) -> Prepared:
        """Claims to write so that the target says of `assets` what `theirs` adds, less the keys where ours was chosen."""
        layer = theirs.layer.name
        wanted = pa.array(sorted(assets & self.ledger.written(theirs)), pa.string())
        if not len(wanted):
            return []
        kept: dict[str, set[str]] = {}
        for (name, asset, attribute), choice in choices.items():
            if name == layer and choice == "ours":
                kept.setdefault(attribute, set()).add(asset)
        counters = self.ledger.counters(theirs)
        placed: list[tuple[int, int, Claim | Written]] = []
        for file in self.ledger.files(layer, theirs.alive):
            written = self._rows(file, wanted, ours, counters, kept)
            if written is not None:
                placed.append((file.commit, file.place, written))
        known = {_content(c) for c, _ in self.dossier.of(ours, wanted, ours.alive)}
        for edit in self.ledger.edits(theirs.layer, theirs.alive, wanted.to_pylist()):
            claim, place = as_claim(layer, edit)
            taken = counters.cancel(claim.asset, claim.attribute, claim.source, claim.commit)
            mine = claim.asset in kept.get(claim.attribute, ())
            if not (claim.counter or taken or mine or _content(claim) in known):
                placed.append((edit.commit, place, msgspec.structs.replace(claim, commit=0)))
        placed.sort(key=lambda p: p[:2])
        return [*(p[2] for p in placed), *self._taken_back(ours, theirs, wanted)]

    def _rows(
        self, file: ClaimFile, assets: pa.Array, ours: Sight, counters: Counters, kept: Mapping[str, set[str]]
    ) -> Written | None:
        """Rows of a claim file, less the cells taken back or kept as ours, less the rows already there."""
        table = self.ledger.table(file, assets)
        dead = counters.dead(file.source, file.commit)
        for name in [n for n in table.column_names if n != "id"]:
            gone = pa.array(sorted({*dead.get(name, ()), *kept.get(name, ())}), pa.string())
            if len(gone):
                column = flat(table[name])
                hole = pc.is_in(flat(table["id"]), value_set=gone)
                column = pc.if_else(hole, pa.scalar(None, column.type), column)
                table = table.set_column(table.column_names.index(name), name, column)
        for other in self.ledger.files(file.layer, ours.alive):
            same = (other.source, other.origins, other.valid_from, other.valid_to)
            if same == (file.source, file.origins, file.valid_from, file.valid_to) and table.num_rows:
                table = table.filter(pa.array(~_repeated(table, self.ledger.table(other, assets))))
        if not table.num_rows:
            return None
        sources: dict[str, Source] = {
            i: msgspec.json.decode(b, type=Source)
            for i, b in self.ledger.db.rows("SELECT id, body FROM sources ORDER BY instant")
        }
        change = ClaimTable(
            layer=file.layer, table=table, source=sources[file.source],
            origins={n: Origin(o) for n, o in file.origins.items()},
            valid_from=from_micros(file.valid_from), valid_to=from_micros(file.valid_to),
        )  # fmt: skip
        return self.writer.write_table(self.ledger.layer(file.layer), change, table)

    def _taken_back(self, ours: Sight, theirs: Sight, assets: pa.Array) -> list[Claim]:
        """Counter-claims on what both could see and the other branch took back."""
        undone = any(self.ledger.history.undone_by(c) for c in members(theirs.alive))
        countered = any(e.counter for e in self.ledger.edits(theirs.layer, theirs.alive, assets.to_pylist()))
        if not undone and not countered:
            return []
        every = self.ledger.history.of_layer(theirs.layer.name)
        shared = every & ~theirs.bits & ~ours.bits
        gone = {k for c in members(theirs.alive) for k in self.ledger.history.undone_by(c)}
        counters, already = self.ledger.counters(theirs), self.ledger.counters(ours)
        gone -= {k for c in members(ours.alive) for k in self.ledger.history.undone_by(c)}
        out = []
        for claim, _ in self.dossier.of(theirs, assets, shared, implied=True):
            said = (claim.asset, claim.attribute, claim.source, claim.commit)
            taken = claim.commit in gone or counters.cancel(*said)
            if taken and not claim.counter and not already.cancel(*said):
                out.append(msgspec.structs.replace(claim, counter=True, value=claim.commit, valid_from=None, valid_to=None))
        return out


def _content(claim: Claim) -> tuple[Any, ...]:
    return claim.asset, claim.attribute, claim.value, claim.source, claim.origin, claim.valid_from, claim.valid_to


def _repeated(table: pa.Table, other: pa.Table) -> Any:
    """Rows of `table` that `other` holds word for word."""
    at = pc.index_in(flat(table["id"]), value_set=flat(other["id"]))
    same = np.asarray(at.is_valid())
    for name in table.column_names:
        mine = flat(table[name])
        theirs = flat(other[name]).take(at) if name in other.column_names else pa.nulls(len(mine), mine.type)
        equal = np.asarray(pc.fill_null(pc.equal(mine, theirs), False))
        same &= equal | (np.asarray(mine.is_null()) & np.asarray(theirs.is_null()))
    return same
