"""What the page needs of a twin, and nothing more."""

from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from jumeau.engines.protocol import Context, Diagnosis
from jumeau.funding import Financing
from jumeau.invest.programme import Programme
from jumeau.sharing.view import View
from jumeau.store.port import NOW, Moment


class Twin(Protocol):
    """A territory as one actor sees it; each verb answers None before anything was computed."""

    @property
    def view(self) -> View:
        """What the actor may see."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of action that can be diagnosed."""

    def seen(self, moment: Moment) -> "Twin":
        """The same twin at another moment."""

    def context(self, moment: Moment = NOW) -> Context:
        """The context of a computation."""

    def territory(self) -> dict[str, Any]:
        """name, bbox (CRS84, None without geometry), communes, synthetic."""

    def diagnosis(self, field: str) -> Diagnosis | None:
        """The latest diagnosis of a field."""

    def effects(self, field: str) -> pa.Table | None:
        """Effects of the actions it proposed, EFFECT_SCHEMA."""

    def offered(self) -> pa.Table | None:
        """Every action a programme chooses from, ACTION_SCHEMA."""

    def programme(self) -> Programme | None:
        """The latest programme."""

    def financing(self) -> Financing | None:
        """Who pays for the latest programme."""

    def report_file(self, kind: str) -> Path | None:
        """The latest report: `pdf` or `html`."""
