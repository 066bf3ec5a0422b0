"""What one actor may see and do: the store's port with rights applied. `web` and `cli` hold views, never a store."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import pyarrow as pa

from jumeau.errors import InputError, NotFoundError
from jumeau.model.claim import MAIN, Branch, Claim, Commit, Conflict, Disagreement
from jumeau.model.dictionary import Layer
from jumeau.model.provenance import Source
from jumeau.model.query import Bbox, Where
from jumeau.sharing.audit import require, written
from jumeau.sharing.rights import Act
from jumeau.sharing.secrecy import PUBLIC_RUN, check_branch
from jumeau.sharing.upkeep import Upkeep
from jumeau.sharing.writes import checked
from jumeau.store.port import NOW, Change, ClaimTable, Difference, Moment

ATTACHMENTS = "piece_jointe"
"""Layer of the photos and documents attached to assets."""


class View(Upkeep):
    """A store as `actor` sees it: same verbs, same arguments; `author` is always the actor.

    Raises, besides what the store raises, RightsError for what the actor may not do, and the NotFoundError of an absent
    thing for what it may not see.
    """

    def seen(self, moment: Moment) -> "View":
        """The same actor looking at another moment; looked at in the past, nothing can be written."""
        return View(self._store, self.actor, moment)

    # layers ---------------------------------------------------------------------------------------------------------
    def layers(self) -> dict[str, Layer]:
        """Layers the actor sees something of, by name."""
        return self._store.layers() if self.sees_all else self._secrecy.layers(self.moment)

    def layer(self, name: str) -> Layer:
        """One layer. Raises NotFoundError."""
        if not self.sees_all:
            return self._secrecy.layer(name, self.moment)
        found = self.layers()
        if name not in found:
            raise NotFoundError("partage.couche_inconnue", layer=name, known=", ".join(found) or "aucune")
        return found[name]

    def declare_layer(self, layer: Layer) -> None:
        """Add or update a layer of the user's own."""
        self._whole(Act.ADMINISTER, layer.name)
        self.require_present()
        self._store.declare_layer(layer)
        written(self.actor, Act.ADMINISTER, layer.name, self._store)

    def count(self, layer: str, moment: Moment = NOW) -> int:
        """Number of assets the actor sees."""
        moment = self.resolved(moment)
        if self.sees_all:
            return self._store.count(layer, moment)
        check_branch(moment)
        self._secrecy.layer(layer, moment)
        return self._secrecy.seen(self._store.layers()[layer], moment).rows

    # reading --------------------------------------------------------------------------------------------------------
    def read(
        self,
        layer: str,
        *,
        columns: Sequence[str] | None = None,
        bbox: Bbox | None = None,
        where: Where | None = None,
        ids: Sequence[str] | None = None,
        provenance: bool = False,
        moment: Moment = NOW,
    ) -> pa.Table:
        """Resolved rows, hidden values null and hidden columns absent."""
        moment = self.resolved(moment)
        if self.sees_all:
            return self._store.read(
                layer, columns=columns, bbox=bbox, where=where, ids=ids, provenance=provenance, moment=moment
            )
        return self._secrecy.read(layer, columns, bbox, where, ids, provenance, moment)

    def batches(
        self,
        layer: str,
        *,
        columns: Sequence[str] | None = None,
        where: Where | None = None,
        provenance: bool = False,
        moment: Moment = NOW,
        rows: int = 65_536,
    ) -> Iterator[pa.Table]:
        """The same rows as `read`, streamed."""
        moment = self.resolved(moment)
        if self.sees_all:
            yield from self._store.batches(
                layer, columns=columns, where=where, provenance=provenance, moment=moment, rows=rows
            )
            return
        table = self.read(layer, columns=columns, where=where, provenance=provenance, moment=moment)
        for start in range(0, table.num_rows, rows):
            yield table.slice(start, rows)

    def claims(self, layer: str, asset: str, attribute: str | None = None, moment: Moment = NOW) -> list[Claim]:
        """Claims on the values the actor sees, the winning ones first for each attribute."""
        moment = self.resolved(moment)
        if self.sees_all:
            return self._store.claims(layer, asset, attribute, moment)
        return self._secrecy.claims(layer, asset, attribute, moment)

    def disagreements(
        self, layer: str, *, attribute: str | None = None, moment: Moment = NOW, limit: int = 10_000
    ) -> list[Disagreement]:
        """What other sources say than the kept values; nothing to who does not see every source."""
        self.layer(layer)
        if not self.sees_all:
            return []
        return self._store.disagreements(layer, attribute=attribute, moment=self.resolved(moment), limit=limit)

    def layer_sources(self, layer: str, commit: int) -> list[str]:
        """Sources of what a commit says of a layer, as far as the actor sees them."""
        self.layer(layer)
        seen = self.sources()
        return [name for name in self._store.layer_sources(layer, commit) if name in seen]

    def attachment(self, asset: str) -> tuple[Path, str, str]:
        """Path, kind and name of the file of an attachment the actor sees. Raises NotFoundError, hidden or absent alike."""
        columns = ["sha256", "media_type", "filename"]
        try:
            rows = self.read(ATTACHMENTS, columns=columns, ids=[asset]).to_pylist()
        except NotFoundError:
            rows = []
        if not rows or not rows[0]["sha256"]:
            raise NotFoundError("partage.piece_inconnue", asset=asset[:60])
        return self._store.get_file(rows[0]["sha256"]), rows[0]["media_type"] or "", rows[0]["filename"] or ""

    # writing --------------------------------------------------------------------------------------------------------
    def commit(
        self,
        changes: Sequence[Change],
        *,
        author: str | None = None,
        message: str,
        branch: str = MAIN,
        expect: int | None = None,
        kind: str = "edit",
    ) -> Commit:
        """Write all changes or none, in the name of the actor, on the branch the view looks at unless another is named."""
        branch = self._branch(branch)
        tables = [change for change in changes if isinstance(change, ClaimTable)]
        act = Act.IMPORT if tables or kind == "import" else Act.EDIT
        name = ", ".join(sorted({change.layer for change in changes})) or "jumeau"
        self._signed(author, act, name)
        require(self.actor, act, checked(self._store, self.actor, changes, act, branch), self._store)
        if any(table.source.public and not self._public(table.source.id) for table in tables):
            self._whole(Act.PUBLISH, name)
        commit = self._store.commit(changes, author=self.actor.id, message=message, branch=branch, expect=expect, kind=kind)
        written(self.actor, act, f"{name} commit={commit.id}")
        return commit

    def _public(self, source: str) -> bool:
        known = self._store.sources().get(source)
        return known is not None and known.public

    def commits(self, *, branch: str | None = None, after: int = 0) -> list[Commit]:
        """Commits the view sees, oldest first, of its branch unless it is the main one; anonymous readers see those on public
        layers only, and without their author.
        """
        if branch is None and self.moment.branch != MAIN:
            branch = self.moment.branch
        found = self._commits(branch, after)
        limit = self.moment.as_of
        return found if limit is None else [c for c in found if c.instant <= limit]

    def _commits(self, branch: str | None, after: int) -> list[Commit]:
        if self.sees_all or (self._named and branch in (None, MAIN)):
            return self._store.commits(branch=branch, after=after)
        if branch not in (None, MAIN):
            raise NotFoundError("partage.branche_inconnue", branch=branch)
        public = self._secrecy.public_layers()
        return [
            msgspec.structs.replace(c, author="", parents=())
            for c in self._store.commits(branch=MAIN, after=after)
            if c.layers and public.issuperset(c.layers)
        ]

    def head(self, moment: Moment = NOW) -> int:
        """Id of the last commit a moment sees; 0 when the actor sees none."""
        moment = self.resolved(moment)
        if not self.sees_all:
            check_branch(moment)
        if not self._named:
            return max((c.id for c in self.commits() if moment.as_of is None or c.instant <= moment.as_of), default=0)
        if moment.as_of is not None:
            past = (c.id for c in self._store.commits(branch=moment.branch) if c.instant <= moment.as_of)
            return max(past, default=0)
        heads = {branch.name: branch.head for branch in self._store.branches()}
        if moment.branch not in heads:
            raise NotFoundError("partage.branche_inconnue", branch=moment.branch)
        return heads[moment.branch]

    def instant(self, moment: Moment = NOW) -> datetime:
        """Instant of the last commit a moment sees. Raises NotFoundError in an empty twin."""
        head = self.head(moment)
        for commit in self.commits(after=max(head - 1, 0)):
            if commit.id == head:
                return commit.instant
        raise NotFoundError("partage.jumeau_vide")

    # branches -------------------------------------------------------------------------------------------------------
    def branches(self) -> list[Branch]:
        """Branches the actor sees, the main one first."""
        if self.sees_all:
            return self._store.branches()
        return [Branch(MAIN, self.head())]

    def create_branch(self, name: str, *, source: str = MAIN, author: str | None = None) -> Branch:
        """A new branch at the head of `source`."""
        self._signed(author, Act.EDIT, name)
        self._whole(Act.EDIT, name)
        source = self._branch(source)
        branch = self._store.create_branch(name, source=source, author=self.actor.id)
        written(self.actor, Act.EDIT, f"branch={name}")
        return branch

    def diff(self, before: Moment, after: Moment, layer: str | None = None) -> list[Difference]:
        """Values the actor sees that differ between two moments."""
        return self._store.diff(before, after, layer) if self.sees_all else self._secrecy.diff(before, after, layer)

    def conflicts(self, source: str, target: str) -> list[Conflict]:
        """What stands in the way of merging `source` into `target`."""
        self._whole(Act.READ, f"{source}, {target}")
        return self._store.conflicts(source, target)

    def merge(
        self,
        source: str,
        *,
        target: str = MAIN,
        author: str | None = None,
        message: str,
        choices: Mapping[tuple[str, str, str], str] | None = None,
        assets: Iterable[str] | None = None,
    ) -> Commit:
        """Union of the claims of both branches, in the name of the actor."""
        self._signed(author, Act.EDIT, target)
        self._whole(Act.EDIT, target)
        self.require_present()
        commit = self._store.merge(
            source, target=target, author=self.actor.id, message=message, choices=choices, assets=assets
        )
        written(self.actor, Act.EDIT, f"merge={source} commit={commit.id}")
        return commit

    def revert(self, commit: int, *, author: str | None = None, branch: str = MAIN) -> Commit:
        """Take a commit back. An actor limited to communes takes back its own commits only."""
        thing = f"commit={commit}"
        branch = self._branch(branch)
        self._signed(author, Act.EDIT, thing)
        self.require(Act.EDIT, thing)
        own = any(c.id == commit and c.author == self.actor.id for c in self._store.commits(after=commit - 1))
        if not own:
            self._whole(Act.EDIT, thing)
        undone = self._store.revert(commit, author=self.actor.id, branch=branch)
        written(self.actor, Act.EDIT, f"revert={commit} commit={undone.id}")
        return undone

    # sources and publicity -------------------------------------------------------------------------------------------
    def sources(self) -> dict[str, Source]:
        """Sources of the values the actor sees."""
        known = self._store.sources(self.moment.as_of)
        if self.sees_all:
            return known
        declared = self._store.layers()
        used = {
            s for name in self._secrecy.layers(self.moment) for s in self._secrecy.seen(declared[name], self.moment).sources
        }
        return {name: source for name, source in known.items() if source.public or name in used}

    def declare_source(self, source: Source) -> None:
        """Add a source or change it; changing who may see it needs the right to publish."""
        act = Act.PUBLISH if source.public != self._public(source.id) else Act.IMPORT
        self._whole(act, source.id)
        self.require_present()
        self._store.declare_source(source)
        written(self.actor, act, source.id, self._store)

    def mark_public(self, *, layer: str | None = None, source: str | None = None, public: bool = True) -> None:
        """Open a whole layer, or all values of a source, to anonymous readers; or close it again."""
        self._whole(Act.PUBLISH, layer or source or "jumeau")
        self.require_present()
        if layer is not None:
            self._mark_layer(layer, public)
        elif source is not None:
            known = self._store.sources()
            if source not in known:
                raise NotFoundError("partage.source_inconnue", source=source, known=", ".join(known) or "aucune")
            self._store.declare_source(msgspec.structs.replace(known[source], public=public))
        else:
            raise InputError("partage.rien_a_publier")
        written(self.actor, Act.PUBLISH, f"{layer or source} public={public}", self._store)

    def _mark_layer(self, layer: str, public: bool) -> None:
        self.layer(layer)
        kept = self._secrecy.public_layers() - {layer}
        self._store.drop_results(PUBLIC_RUN)
        for name in sorted(kept | ({layer} if public else set())):
            self._store.put_result(PUBLIC_RUN, name, pa.table({"layer": [name]}))
