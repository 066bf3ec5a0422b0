"""Differences, conflicts, merges and reverts: sets of commits compared, never copied unless a part only is merged."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import ConflictError, InputError, NotFoundError
from jumeau.model.claim import EXISTS, GEOMETRY, Claim, Commit, Conflict
from jumeau.model.dictionary import Layer
from jumeau.store.dossier import Dossier, Placed, micros
from jumeau.store.hilbert import flat
from jumeau.store.history import members
from jumeau.store.ledger import Ledger, Sight, valid_at
from jumeau.store.picking import Picker
from jumeau.store.port import Difference, Moment
from jumeau.store.resolve import ALWAYS, Resolution, precedence
from jumeau.store.values import to_micros
from jumeau.store.writing import Heading, Writer
from jumeau.texts import t

CHOICES = ("ours", "theirs")
FEW = 20_000
Key = tuple[str, str, str]
"""Layer, asset, attribute."""


class Sides(msgspec.Struct, frozen=True):
    """Commits of a layer that only one of two branches can see."""

    ours: Sight
    theirs: Sight


class Merger:
    """Compares and joins branches."""

    def __init__(self, ledger: Ledger, writer: Writer, dossier: Dossier) -> None:
        self.ledger, self.writer, self.dossier = ledger, writer, dossier
        self.db, self.history = ledger.db, ledger.history

    # differences ----------------------------------------------------------------------------------------------------
    def diff(self, before: Moment, after: Moment, layer: str | None) -> list[Difference]:
        """Values that differ between two moments, by layer, asset and attribute."""
        now = self.db.clock()
        before, after = (m if m.at is not None else msgspec.structs.replace(m, at=now) for m in (before, after))
        out: list[Difference] = []
        with self.db.snapshot():
            for name in [layer] if layer is not None else sorted(self.ledger.layers()):
                one, other = self.ledger.sight(name, before), self.ledger.sight(name, after)
                if (one.bits, one.at, one.stamp) != (other.bits, other.at, other.stamp):
                    out += differences(one.layer, *self._tables(one, other))
        return out

    def _tables(self, one: Sight, other: Sight) -> tuple[pa.Table, pa.Table]:
        """Resolved rows of two sights: of the assets that may differ when they are few, else of all."""
        touched = self.ledger.touched(one, other, FEW)
        if touched is not None:
            assets = pa.array(sorted(touched), pa.string())
            first, second = (Resolution(s.layer, *self.ledger.claims_of(s, assets)).table() for s in (one, other))
            return first, second
        first, second = (Resolution(s.layer, *self.ledger.claims_of(s, None)).table() for s in (one, other))
        return first, second

    # conflicts ------------------------------------------------------------------------------------------------------
    def conflicts(self, source: str, target: str, assets: Collection[str] | None = None) -> list[Conflict]:
        """Attributes to which both branches gave, since they parted, values that differ at some instant."""
        with self.db.snapshot():
            return [c for sides in self.sides(source, target) for c in self._conflicts(sides, assets)]

    def sides(self, source: str, target: str) -> list[Sides]:
        """What each branch alone says, layer by layer."""
        ours, theirs = self.history.visible(Moment(target)), self.history.visible(Moment(source))
        out = []
        for name, layer in self.ledger.layers().items():
            mask = self.history.of_layer(name)
            if not theirs & ~ours & mask:
                continue
            seen = [self.ledger.sight_of(layer, v, Moment()) for v in (ours, theirs)]
            only = [ours & ~theirs & mask, theirs & ~ours & mask]
            out.append(Sides(*(msgspec.structs.replace(s, bits=o, dead=s.dead & o) for s, o in zip(seen, only, strict=True))))
        return out

    def _conflicts(self, sides: Sides, assets: Collection[str] | None) -> list[Conflict]:
        common = self.ledger.written(sides.ours) & self.ledger.written(sides.theirs)
        if assets is not None:
            common &= set(assets)
        if len(common) > FEW:
            common = self._doubtful(sides, common)
        wanted = pa.array(sorted(common), pa.string())
        ours, theirs = (self.by_key(side, wanted) for side in (sides.ours, sides.theirs))
        out = []
        for key in sorted(ours.keys() & theirs.keys()):
            found = clash(ours[key], theirs[key], sides.ours.ranks | sides.theirs.ranks)
            if found is not None:
                layer, asset, attribute = key
                out.append(Conflict(layer=layer, asset=asset, attribute=attribute, ours=found[0], theirs=found[1]))
        return out

    def by_key(self, side: Sight, assets: pa.Array) -> dict[Key, list[Placed]]:
        """Standing claims of one side by layer, asset and attribute, an implied existence included."""
        counters = self.ledger.counters(side)
        out: dict[Key, list[Placed]] = {}
        for placed in self.dossier.of(side, assets, side.alive, implied=True):
            claim = placed[0]
            if not claim.counter and not counters.cancel(claim.asset, claim.attribute, claim.source, claim.commit):
                out.setdefault((claim.layer, claim.asset, claim.attribute), []).append(placed)
        return out

    def _doubtful(self, sides: Sides, common: set[str]) -> set[str]:
        """Of many assets, those edited by hand or whose bulk values differ at some instant: found on whole columns."""
        assets = pa.array(sorted(common), pa.string())
        out: set[str] = set()
        instants = {ALWAYS}
        for side in (sides.ours, sides.theirs):
            out |= self.ledger.edited(side.layer.name, members(side.alive)) & common
            for file in self.ledger.files(side.layer.name, side.alive):
                instants |= {i for i in (file.valid_from, file.valid_to) if i is not None}
        for instant in sorted(instants):
            first, second = (
                Resolution(s.layer, self.ledger.claims_of(msgspec.structs.replace(s, at=instant), assets)[0], [])
                for s in (sides.ours, sides.theirs)
            )
            out |= disagreeing(first, second, assets)
        return out

    # merges ---------------------------------------------------------------------------------------------------------
    def merge(self, source: str, heading: Heading, choices: Mapping[Key, str] | None, assets: Iterable[str] | None) -> Commit:
        """Join `source` into the branch of the heading, whole or for some assets."""
        choices = choices or {}
        for choice in choices.values():
            if choice not in CHOICES:
                raise InputError("store.choix_inconnu", choice=choice)
        only = None if assets is None else set(assets)
        with self.db.files_lock(), self.db.write():
            head = self.history.head(source)
            ours, theirs = self.history.visible(Moment(heading.branch)), self.history.visible(Moment(source))
            found = self._settled(source, heading.branch, choices, only)
            if only is not None:
                picker = Picker(self.ledger, self.writer, self.dossier)
                ready = [c for s in self.sides(source, heading.branch) for c in picker.pick(s.ours, s.theirs, only, choices)]
            else:
                ready = list(self._losers(found, choices, self.sides(source, heading.branch)))
            if only is None and theirs & ~ours:
                layers = {n for n in self.ledger.layers() if theirs & ~ours & self.history.of_layer(n)}
                return self.writer.record(ready, msgspec.structs.replace(heading, second=head, layers=tuple(sorted(layers))))
            if only is not None and ready:
                taken = {k: v for k, v in choices.items() if v == "theirs"}
                ready += self._losers(found, taken, self.sides(source, heading.branch))
                return self.writer.record(ready, heading)
            return self._head_commit(source, heading.branch)

    def _settled(self, source: str, target: str, choices: Mapping[Key, str], only: set[str] | None) -> list[Conflict]:
        """The conflicts, all of them with a choice. Raises ConflictError naming the first without."""
        found = self.conflicts(source, target, only)
        open_ = [c for c in found if (c.layer, c.asset, c.attribute) not in choices]
        if open_:
            first = open_[0]
            raise ConflictError(
                "store.conflits", source=source, target=target, count=len(open_), layer=first.layer, asset=first.asset,
                attribute=first.attribute,
            )  # fmt: skip
        return found

    def _losers(self, found: Sequence[Conflict], choices: Mapping[Key, str], sides: Sequence[Sides]) -> Iterable[Claim]:
        """Counter-claims on everything the side that was not chosen says of each key in conflict."""
        keys = {(c.layer, c.asset, c.attribute): choices.get((c.layer, c.asset, c.attribute)) for c in found}
        for side in sides:
            wanted = pa.array(sorted({k[1] for k in keys if k[0] == side.ours.layer.name}), pa.string())
            if not len(wanted):
                continue
            said = {"theirs": self.by_key(side.ours, wanted), "ours": self.by_key(side.theirs, wanted)}
            for key, choice in keys.items():
                if choice is None:
                    continue
                lost = {(p[0].source, p[0].commit): p[0] for p in said[choice].get(key, ())}
                for claim in lost.values():
                    yield msgspec.structs.replace(claim, counter=True, value=claim.commit, valid_from=None, valid_to=None)

    def _head_commit(self, source: str, branch: str) -> Commit:
        """The commit a merge that changes nothing gives. Raises InputError when the branch is empty."""
        known = {c.id: c for c in self.history.commits(branch, 0)}
        head = self.history.head(branch)
        if head not in known:
            raise InputError("store.rien_a_fusionner", source=source, target=branch)
        return known[head]

    # reverts --------------------------------------------------------------------------------------------------------
    def revert(self, commit: int, author: str, branch: str) -> Commit:
        """Take a commit back, a merge with all it brought."""
        with self.db.write():
            visible = self.history.visible(Moment(branch))
            if commit <= 0 or not visible >> commit & 1:
                raise NotFoundError("store.commit_inconnu", commit=commit, branch=branch)
            if self.history.dead(visible) >> commit & 1:
                raise InputError("store.commit_deja_repris", commit=commit, branch=branch)
            row = next(c for c in self.history.commits(branch, commit - 1) if c.id == commit)
            if row.kind == "erase":
                raise InputError("store.commit_non_annulable", commit=commit, kind=row.kind)
            brought = 1 << commit
            if len(row.parents) > 1:
                brought |= self.history.ancestors(row.parents[1]) & ~self.history.ancestors(row.parents[0])
            undoes = members(brought & ~self.history.dead(visible))
            layers = [n for n in self.ledger.layers() if brought & self.history.of_layer(n)]
            message = t("store.annulation_message", commit=commit, message=row.message)
            heading = Heading(
                author=author, message=message, branch=branch, kind="revert", undoes=tuple(undoes), layers=tuple(layers)
            )
            return self.writer.record([], heading)


def clash(ours: list[Placed], theirs: list[Placed], ranks: Mapping[str, int]) -> tuple[Claim, Claim] | None:
    """The winning claims of each side at the latest instant where they differ; None where one has taken over the other."""

    def content(claim: Claim) -> tuple[Any, ...]:
        return claim.value, claim.source, claim.origin, claim.valid_from, claim.valid_to

    known = [{content(p[0]) for p in side} for side in (ours, theirs)]
    instants = {ALWAYS} | {i for p in [*ours, *theirs] for i in micros(p[0]) if i is not None}
    for instant in sorted(instants, reverse=True):
        pair = [best(side, instant, ranks) for side in (ours, theirs)]
        if pair[0] is None or pair[1] is None or pair[0].value == pair[1].value:
            continue
        if content(pair[1]) not in known[0] and content(pair[0]) not in known[1]:
            return pair[0], pair[1]
    return None


def best(claims: list[Placed], instant: int, ranks: Mapping[str, int]) -> Claim | None:
    """The winning claim at an instant."""
    valid = [
        (precedence(ranks.get(c.source, 0), c.origin, to_micros(c.valid_from), c.commit, place), c)
        for c, place in claims
        if valid_at(*micros(c), instant)
    ]
    return max(valid, key=lambda pair: pair[0])[1] if valid else None


def unequal(one: pa.Array, other: pa.Array) -> Any:
    """Mask of the values that differ, null being equal to null."""
    same = np.asarray(pc.fill_null(pc.equal(one, other), False))
    return ~(same | (np.asarray(one.is_null()) & np.asarray(other.is_null())))


def disagreeing(first: Resolution, second: Resolution, assets: pa.Array) -> set[str]:
    """Assets of which both resolutions say something different of one attribute."""
    out: set[str] = set()
    names = [(f.name, f.arrow) for f in first.layer.fields] + [(GEOMETRY, pa.binary()), (EXISTS, pa.bool_())]
    rows = [r.rows_of(assets) for r in (first, second)]
    for name, kind in names:
        won = [r.winners(name) for r in (first, second)]
        if not won[0].candidates or not won[1].candidates:
            continue
        said = (rows[0] >= 0) & (rows[1] >= 0)
        said &= (won[0].best[rows[0]] >= 0) & (won[1].best[rows[1]] >= 0)
        values = [
            r.values(name, w, kind).take(pa.array(np.where(said, at, 0)))
            for r, w, at in zip((first, second), won, rows, strict=True)
        ]
        out.update(assets.filter(pa.array(said & unequal(*values))).to_pylist())
    return out


def differences(layer: Layer, before: pa.Table, after: pa.Table) -> list[Difference]:
    """Values that differ between two tables of resolved rows, by asset and attribute; `_exists` for rows in one only."""
    ids = flat(pc.unique(pa.chunked_array([flat(before["id"]), flat(after["id"])], pa.string())))
    ids = ids.take(pc.sort_indices(ids))
    at = [pc.index_in(ids, value_set=flat(side["id"])) for side in (before, after)]
    there = [np.asarray(a.is_valid()) for a in at]
    found: list[tuple[str, str, object, object]] = []
    for row in np.flatnonzero(there[0] != there[1]):
        found.append((ids[int(row)].as_py(), EXISTS, bool(there[0][row]), bool(there[1][row])))
    for name in [*layer.names, *([GEOMETRY] if layer.geometry != "none" else [])]:
        one, other = (flat(side[name]).take(a) for side, a in zip((before, after), at, strict=True))
        rows = pa.array(np.flatnonzero(unequal(one, other)))
        columns = (ids.take(rows).to_pylist(), one.take(rows).to_pylist(), other.take(rows).to_pylist())
        found += [(asset, name, old, new) for asset, old, new in zip(*columns, strict=True)]
    found.sort(key=lambda f: f[:2])
    return [Difference(layer=layer.name, asset=a, attribute=n, before=old, after=new) for a, n, old, new in found]
