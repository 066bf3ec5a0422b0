"""The Twin: one actor's view joined to an executor, and the plain verbs over them."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Names
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock, RLock
from types import TracebackType
from typing import Any, TypeVar, cast

import msgspec
import pyarrow as pa

from jumeau.compute.port import Executor
from jumeau.engines.protocol import Context, Diagnosis
from jumeau.errors import InputError, NotFoundError, SetupError
from jumeau.funding import Financing
from jumeau.invest import Programme
from jumeau.invest.options import Options
from jumeau.model.claim import MAIN, Claim, Commit
from jumeau.model.dictionary import Layer
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.model.typed import parse
from jumeau.sharing.actors import LOCAL_ADMIN, Actor
from jumeau.sharing.view import View
from jumeau.sharing.writes import own_source
from jumeau.sources.mapping import Mapping
from jumeau.store.port import NOW, Moment, Store
from jumeau.twin import (
    exports,
    financing,
    imports,
    kept,
    own,
    planning,
    programmes,
    registry,
    reporting,
    runs,
    territory,
    unknowns,
)
from jumeau.twin.runs import Outcome, Progress

Made = TypeVar("Made")
KEPT_MOMENTS = 8
ON_A_SERVER = ("postgresql://", "postgres://")
"""How the address of a twin on a server starts."""


class Twin:
    """A territory as one actor sees it.

    Everything is read and written through `view`; heavy work goes through `executor`.
    """

    def __init__(self, view: View, executor: Executor) -> None:
        self.view = view
        self.executor = executor
        self._outcomes: dict[str, Outcome] = {}
        self._seen: OrderedDict[Moment, Twin] = OrderedDict()
        self._guard, self._making = Lock(), RLock()
        self._once: dict[str, tuple[object, Any]] = {}

    def __enter__(self) -> "Twin":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop workers and release the store."""
        self.executor.close()
        self.view.close()

    def seen(self, moment: Moment) -> "Twin":
        """The same twin at another moment: what was known then, as it stood then, or on a branch. Nothing to close."""
        if moment == NOW:
            return self
        with self._guard:
            found = self._seen.pop(moment, None) or Twin(self.view.seen(moment), self.executor)
            self._seen[moment] = found
            while len(self._seen) > KEPT_MOMENTS:
                self._seen.popitem(last=False)
        return found

    def once(self, what: str, key: object, make: Callable[[], Made]) -> Made:
        """What `make` gives, kept until the key of `what` changes: several verbs ask for the same thing in a row, and several
        threads at once, of which one makes it and the others wait.
        """
        with self._making:
            found = self._once.get(what)
            if found is None or found[0] != key:
                found = self._once[what] = (key, make())
        made: Made = found[1]
        return made

    def instant(self, moment: Moment = NOW) -> datetime:
        """Instant of the last commit a moment sees, so that the same twin always gives the same computation.

        Raises NotFoundError when the twin is still empty.
        """
        moment = self.view.resolved(moment)
        head = self.view.head(moment)
        for commit in self.view.commits(branch=moment.branch):
            if commit.id == head:
                return commit.instant.astimezone(UTC)
        raise NotFoundError("jumeau.vide")

    def edit(
        self,
        layer: str,
        asset: str,
        changes: Names[str, Any],
        *,
        message: str,
        origin: str = "declared",
        branch: str = MAIN,
        expect: int | None = None,
    ) -> Commit:
        """Correct values of an asset: one commit by the actor. A None value says that it is unknown.

        Raises InputError for a value the dictionary refuses, ConflictError when the branch moved since `expect`.
        """
        known = self.view.layer(layer)
        claims = [
            Claim(
                layer=layer,
                asset=asset,
                attribute=name,
                value=None if value is None else parse(known, name, value),
                source=own_source(self.view.actor).id,
                origin=Origin(origin),
            )
            for name, value in changes.items()
        ]
        return self.view.commit(claims, message=message, branch=branch, expect=expect)

    # territory and data ---------------------------------------------------------------------------------------------
    def load_communes(self, departement: str, contours: Path | None = None) -> int:
        """Put the communes of a département in the twin: contours of a file, or schematic cells. Gives their number."""
        return territory.load_communes(self.view, departement, contours)

    def load_synthetic(self, departement: str, seed: int = 0) -> dict[str, int]:
        """Fill the layers with a seeded synthetic inventory, labelled as such. Gives the rows by layer."""
        return territory.load_synthetic(self.view, departement, seed)

    def import_file(
        self,
        path: Path,
        layer: str,
        *,
        mapping: Path | Mapping | None = None,
        source: Source | None = None,
        dry_run: bool = False,
        reports: Path | None = None,
    ) -> imports.ImportReport:
        """Import a file into a layer; a second import of the same file changes nothing.

        reports: folder where a reject report is written. Raises InputError when nothing of the file can be used.
        """
        request = imports.Request(path=path, layer=layer, mapping=mapping, source=source, dry_run=dry_run, reports=reports)
        return imports.import_file(self.view, request)

    def prepare(self, layer: str) -> int:
        """Resolve a layer now, so that whoever opens the twin next reads it at once. Gives its number of assets."""
        return self.view.count(layer)

    def territory(self) -> dict[str, Any]:
        """Name, bounding box (CRS84), number of communes, and whether anything shown is synthetic."""
        return territory.describe(self.view)

    def add_layer(self, fields: Path) -> Layer:
        """Declare a layer of the user's own from its CSV of fields, named after it.

        Raises InputError when the file is no such CSV, or when the name is that of a layer of the house.
        """
        return own.add_layer(self.view, fields)

    def add_actions(self, file: Path, needs: Path | None = None) -> tuple[int, int]:
        """Keep actions, and needs, of the user; `plan` then considers them with the others. Gives how many of each.

        Raises InputError naming the file, row and field, and keeps nothing, when one row is wrong.
        """
        return own.add_actions(self.view, file, needs)

    # diagnosis ------------------------------------------------------------------------------------------------------
    def context(self, moment: Moment = NOW, *, on: date | None = None, seed: int = 0) -> Context:
        """The context of a computation; without `on`, the day of the last commit seen, so that a twin repeats itself."""
        weather, calibration = (kept.digest(kept.kept_table(self.view, name)) for name in ("meteo", "calage"))
        return Context(date=on or self.instant(moment).date(), seed=seed, weather=weather, calibration=calibration)

    def diagnose(
        self, field: str, *, moment: Moment = NOW, ctx: Context | None = None, progress: Progress | None = None
    ) -> Outcome:
        """Diagnose a field, propose its actions and simulate their effects, partition by partition."""
        moment = self.view.resolved(moment)
        seen = moment if moment.as_of else msgspec.structs.replace(moment, as_of=self.instant(moment))
        outcome = runs.run(self.view, self.executor, field, ctx or self.context(moment), seen, progress)
        self._outcomes[field] = outcome
        planning.remember(self.view, f"diagnosis:{field}", outcome.run)
        return outcome

    def outcome(self, field: str) -> Outcome | None:
        """The latest outcome of a field, None before any diagnosis and after one of a version with other indicators."""
        name = planning.remembered(self.view, f"diagnosis:{field}")
        if name is None:
            return None
        with self._making:
            if field not in self._outcomes or self._outcomes[field].run != name:
                if not runs.of_today(self.view, name):
                    return None
                self._outcomes[field] = runs.gather(self.view, name, field)
            return self._outcomes[field]

    def diagnosis(self, field: str) -> Diagnosis | None:
        """The latest diagnosis of a field, None before any."""
        found = self.outcome(field)
        return found.diagnosis if found else None

    def actions(self, field: str) -> pa.Table | None:
        """Actions proposed by the latest diagnosis of a field."""
        found = self.outcome(field)
        return found.actions if found else None

    def effects(self, field: str) -> pa.Table | None:
        """Effects of the actions of the latest diagnosis of a field."""
        found = self.outcome(field)
        return found.effects if found else None

    def offered(self) -> pa.Table | None:
        """Every action a programme chooses from: those of the diagnoses, and what would make the unknown known."""
        if all(self.outcome(field) is None for field in self.fields):
            return None
        return planning.gathered(self)[0]

    def knowledge(self) -> list[unknowns.Knowledge]:
        """What each commune measures, declares, infers and does not know, field by field, from the latest diagnoses."""
        return unknowns.knowledge(self)

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of action of this build."""
        return registry.available()

    # programme and documents ----------------------------------------------------------------------------------------
    def plan(
        self,
        *,
        first_year: int | None = None,
        years: int | None = None,
        budgets: Names[str, float] | None = None,
        required: Sequence[str] = (),
        options: Path | Options | None = None,
    ) -> Programme:
        """Choose actions and years for every owner.

        budgets: owner -> € a year; elsewhere the layer `budget`, or a labelled hypothesis. required: actions already
        decided, that must be in the programme. options: lots, envelopes, targets and all else, in a YAML file; the other
        arguments come before it. The plans de financement are made and kept with it, under the rules known on the day of the
        last commit. Looking at the past or at a branch, fields not yet diagnosed so are diagnosed first.
        """
        if self.view.past or self.view.moment.branch != MAIN:
            for field in self.fields:
                if self.outcome(field) is None:
                    self.diagnose(field)
        asked = programmes.options_file(options) if isinstance(options, Path) else options or Options()
        asked = msgspec.structs.replace(
            asked,
            first_year=first_year or asked.first_year,
            years=years or asked.years,
            budgets={**asked.budgets, **(budgets or {})},
            required=(*asked.required, *required),
        )
        programme = planning.plan(self, asked)
        financing.keep(self.view, financing.finance(self, programme, self.instant().date()))
        return programme

    @property
    def programmes(self) -> programmes.Programmes:
        """What can be asked of the latest programme: why, who pays what, what if."""
        return programmes.Programmes(self)

    def programme(self) -> Programme | None:
        """The latest programme, None before any."""
        name = planning.latest_name(self.view)
        return None if name is None else self.once("programme", name, lambda: planning.load(self.view, name))

    def financing(self) -> Financing | None:
        """Who pays for the latest programme, None before any."""
        name = planning.latest_name(self.view)
        if name is None or not financing.is_kept(self.view, name):
            return None
        return self.once("financing", name, lambda: financing.kept(self.view, name))

    def report(self, out: Path, on: date | None = None) -> dict[str, Path]:
        """Write the report as PDF and HTML in `out`; gives their paths."""
        return reporting.write(self, out, on)

    def sheets(self, out: Path, *, commune: str | None = None, on: date | None = None) -> dict[str, Path]:
        """Write one page by commune and owner as PDF and HTML in `out`, or that of one commune; gives their paths.

        Raises NotFoundError for a commune that is not in the twin.
        """
        return exports.write_sheets(self, out, on, commune)

    def export(self, out: Path, *, on: date | None = None) -> dict[str, Path]:
        """Write everything as a workbook (`xlsx`) and a GeoPackage (`gpkg`) in `out`; gives their paths."""
        return exports.write_all(self, out, on)

    def report_file(self, kind: str) -> Path | None:
        """The latest report kept in the twin (`pdf` or `html`), None before any."""
        return reporting.latest(self.view, kind)


def open_twin(
    place: str | Path, *, actor: Actor = LOCAL_ADMIN, create: bool = False, workers: int = 0, moment: Moment = NOW
) -> Twin:
    """Open the twin kept in a folder, or at `postgresql://host/base#name`.

    create: make it if it is not there; workers: 0 computes in this process; moment: what is looked at.

    Raises NotFoundError when there is no twin and `create` is False.
    """
    from jumeau.compute.local import LocalExecutor

    return Twin(View(open_store(place, create=create), actor, moment), LocalExecutor(workers))


def open_store(place: str | Path, *, create: bool = False) -> Store:
    """The store behind a place: a folder, or the address of a PostgreSQL database. Only this room opens adapters."""
    from jumeau.store.embedded import EmbeddedStore

    if str(place).startswith(ON_A_SERVER):
        return _server_store(str(place), create=create)
    folder = Path(place)
    there = (folder / "state.sqlite").exists()
    if not there and not create:
        raise NotFoundError("jumeau.pas_de_jumeau", place=place)
    if folder.exists() and not folder.is_dir():
        raise InputError("jumeau.deja_la", place=place)
    return cast(Store, EmbeddedStore(folder, create=not there))


def _server_store(url: str, *, create: bool) -> Store:
    try:
        from jumeau.store.postgis import PostgisStore
    except ModuleNotFoundError as error:
        raise SetupError("store.psycopg_absent") from error
    return cast(Store, PostgisStore(url, create=create))
