"""The part of a view that keeps files, results, sensor values and the store itself."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from jumeau.errors import InputError, NotFoundError, StoreError
from jumeau.model.claim import MAIN, Commit, Note, Observation, Reception, Run, Series, Tombstone
from jumeau.sharing.actors import Actor
from jumeau.sharing.audit import refuse, require, written
from jumeau.sharing.rights import TWIN, Act, Thing, act_named, allows, rights
from jumeau.sharing.secrecy import PUBLIC_RUN, Secrecy
from jumeau.store.port import NOW, Finding, Moment, Store

_OF_THE_PAST = frozenset({Act.READ, Act.DIAGNOSE, Act.PLAN})
"""What can be done while looking at the past: nothing that changes it."""


class Upkeep:
    """Verbs that concern the whole twin: they need the right on the whole twin, or show nothing."""

    def __init__(self, store: Store, actor: Actor, moment: Moment = NOW) -> None:
        self._store = store
        self.actor = actor
        self.moment = moment
        self._secrecy = Secrecy(store, actor)

    # what is looked at ----------------------------------------------------------------------------------------------
    @property
    def past(self) -> bool:
        """True when the view shows another time than now: it is then only read."""
        return self.moment.at is not None or self.moment.as_of is not None

    @property
    def read_only(self) -> bool:
        """True when the twin lies where nothing can be written."""
        return self._store.read_only

    def resolved(self, moment: Moment) -> Moment:
        """The moment a read looks at: that of the view unless another one is asked."""
        return self.moment if moment == NOW else moment

    def _branch(self, branch: str) -> str:
        """The branch a write goes to: that of the view unless another one is named. Raises InputError in the past."""
        self.require_present()
        return self.moment.branch if branch == MAIN else branch

    def require_present(self) -> None:
        """Raise InputError when the view shows the past."""
        if self.past:
            raise InputError("partage.passe", as_of=self.moment.as_of or self.moment.at)

    # rights ---------------------------------------------------------------------------------------------------------
    @property
    def sees_all(self) -> bool:
        """True when nothing is hidden from the actor."""
        return allows(self.actor, Act.READ, TWIN)

    @property
    def rights(self) -> tuple[Act, ...]:
        """What the actor may do somewhere in the twin."""
        found = rights(self.actor)
        if self.read_only:
            return tuple(act for act in found if act is Act.READ)
        return tuple(act for act in found if act in _OF_THE_PAST) if self.past else found

    @property
    def _named(self) -> bool:
        """True for who may read somewhere: it sees who wrote and when, though not every value."""
        return Act.READ in self.rights

    def require(self, act: Act | str, thing: str = "jumeau") -> None:
        """Raise RightsError when the actor may never do `act`; places are checked at the write itself."""
        wanted = act_named(act)
        if wanted not in self.rights:
            self.require_present()
            if self.read_only:
                raise StoreError("partage.lecture_seule")
            refuse(self.actor, wanted, thing, store=self._store)

    def _whole(self, act: Act, thing: str) -> None:
        require(self.actor, act, Thing(thing), self._store)

    # names, files, results ------------------------------------------------------------------------------------------
    def identify(self, layer: str, names: Iterable[tuple[str, str, str, float]]) -> None:
        """Record other names of assets."""
        self._whole(Act.IMPORT, layer)
        self.require_present()
        self._store.identify(layer, names)
        written(self.actor, Act.IMPORT, f"{layer} identifiers", self._store)

    def identifiers(self, asset: str) -> list[tuple[str, str, float]]:
        """Other names of an asset; none without the right to read all, because a register may be secret."""
        return self._store.identifiers(asset) if self.sees_all else []

    def assets_named(self, name: str) -> list[tuple[str, str, str]]:
        """Assets a register calls so; none without the right to read all."""
        return self._store.assets_named(name) if self.sees_all else []

    def put_file(self, content: bytes | Path, *, name: str = "") -> str:
        """Keep a file by its content; gives its SHA-256."""
        if not any(act in self.rights for act in (Act.IMPORT, Act.PLAN)):
            self.require(Act.IMPORT, name or "fichier")
        digest = self._store.put_file(content, name=name)
        written(self.actor, Act.IMPORT, f"file={digest}", self._store)
        return digest

    def get_file(self, sha256: str) -> Path:
        """Path of a kept file: originals hold every value, so the right to read all is needed."""
        self._whole(Act.READ, "fichier")
        return self._store.get_file(sha256)

    def put_result(self, run: str, part: str, table: pa.Table) -> None:
        """Keep one finished partition of a run."""
        self._results_right(run)
        self._store.put_result(run, part, table)

    def get_result(self, run: str, part: str) -> pa.Table:
        """A kept partition: results are made of everything, so they exist only for who reads everything."""
        if not self.sees_all:
            raise NotFoundError("partage.resultat_inconnu", run=run, part=part)
        return self._store.get_result(run, part)

    def results(self, run: str) -> list[str]:
        """Names of the finished partitions of a run; none without the right to read all."""
        return self._store.results(run) if self.sees_all else []

    def drop_results(self, run: str) -> None:
        """Forget a run."""
        self._results_right(run)
        self._store.drop_results(run)

    def _results_right(self, run: str) -> None:
        self._whole(Act.PUBLISH if run == PUBLIC_RUN else Act.DIAGNOSE, run)

    # live side ------------------------------------------------------------------------------------------------------
    def declare_series(self, series: Series) -> None:
        """Add a series or change what is said of it."""
        self._whole(Act.IMPORT, series.id)
        self._store.declare_series(series)
        written(self.actor, Act.IMPORT, f"series={series.id}", self._store)

    def series(self) -> dict[str, Series]:
        """Every series, by id."""
        self._whole(Act.READ, "observations")
        return self._store.series()

    def receive(self, observations: Iterable[Observation]) -> Reception:
        """Append sensor values; gives what became of them."""
        self._whole(Act.IMPORT, "observations")
        return self._store.receive(observations)

    def observe(self, observations: Iterable[Observation]) -> int:
        """Append sensor values; gives how many were new."""
        return self.receive(observations).added

    def latest(self, series: str) -> Observation | None:
        """The most recent value of a series."""
        self._whole(Act.READ, "observations")
        return self._store.latest(series)

    def observations(self, series: str, since: datetime | None = None, until: datetime | None = None) -> pa.Table:
        """Values of a series in [since, until[."""
        self._whole(Act.READ, "observations")
        return self._store.observations(series, since, until)

    def summary(self, series: str, step: str, since: datetime | None = None, until: datetime | None = None) -> pa.Table:
        """Hours or days of a series that start in [since, until[."""
        self._whole(Act.READ, "observations")
        return self._store.summary(series, step, since, until)

    # audit and runs -------------------------------------------------------------------------------------------------
    def note(self, act: Act, thing: str) -> Note:
        """Add a line to the audit in the name of the actor."""
        return self._store.note(self.actor.id, act.value, thing, "done")

    def notes(self, after: int = 0) -> list[Note]:
        """Lines of the audit, for who administers the twin."""
        self._whole(Act.ADMINISTER, MAIN)
        return self._store.notes(after)

    def runs(self) -> list[Run]:
        """Runs whose parts are kept; none without the right to read all."""
        return self._store.runs() if self.sees_all else []

    # upkeep ---------------------------------------------------------------------------------------------------------
    def erase(self, layer: str, asset: str, attribute: str, *, author: str | None = None, reason: str) -> Commit:
        """Remove a value from all history (RGPD), in the name of the actor."""
        thing = f"{layer}/{asset}/{attribute}"
        self._signed(author, Act.ADMINISTER, thing)
        self._whole(Act.ADMINISTER, thing)
        self.require_present()
        commit = self._store.erase(layer, asset, attribute, author=self.actor.id, reason=reason)
        written(self.actor, Act.ADMINISTER, f"erase {thing} commit={commit.id}")
        return commit

    def tombstones(self, layer: str, asset: str) -> list[Tombstone]:
        """What was erased of an asset; nothing to who does not see all, since a reason may name somebody."""
        return self._store.tombstones(layer, asset) if self.sees_all else []

    def drop_file(self, sha256: str) -> None:
        """Remove a kept file for good (RGPD)."""
        self._whole(Act.ADMINISTER, "fichier")
        self._store.drop_file(sha256)
        written(self.actor, Act.ADMINISTER, f"drop file={sha256}")

    def compact(self) -> None:
        """Rebuild the resolved layers."""
        self._whole(Act.ADMINISTER, MAIN)
        self._store.compact()
        written(self.actor, Act.ADMINISTER, "compact", self._store)

    def check(self, *, repair: bool = False, backup: Path | None = None) -> list[Finding]:
        """Verify the store; mend what can be, damaged files from a `backup`."""
        self._whole(Act.ADMINISTER, MAIN)
        return self._store.check(repair=repair, backup=backup)

    def backup(self, folder: Path) -> Path:
        """A consistent copy while serving."""
        self._whole(Act.ADMINISTER, MAIN)
        copy = self._store.backup(folder)
        written(self.actor, Act.ADMINISTER, f"backup={folder}", self._store)
        return copy

    def close(self) -> None:
        """Release the store."""
        self._store.close()

    def _signed(self, author: str | None, act: Act, thing: str) -> None:
        if author is not None and author != self.actor.id:
            refuse(self.actor, act, thing, "partage.auteur_impose", self._store)
