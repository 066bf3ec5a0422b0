"""What the page needs of a twin, and nothing more."""

from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from jumeau.engines.protocol import Diagnosis
from jumeau.sharing.view import View


class Twin(Protocol):
    """A territory as one actor sees it; each verb answers None before anything was computed."""

    @property
    def view(self) -> View:
        """What the actor may see."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of action that can be diagnosed."""

    def territory(self) -> dict[str, Any]:
        """name, bbox (CRS84, None without geometry), communes, synthetic."""

    def diagnosis(self, field: str) -> Diagnosis | None:
        """The latest diagnosis of a field."""

    def actions(self, field: str) -> pa.Table | None:
        """Actions it proposed, ACTION_SCHEMA."""

    def effects(self, field: str) -> pa.Table | None:
        """Their effects, EFFECT_SCHEMA."""

    def programme(self) -> "Programme | None":
        """The latest programme."""

    def report_file(self, kind: str) -> Path | None:
        """The latest report: `pdf` or `html`."""


class Programme(Protocol):
    """What the page shows of a programme.

    chosen: one row per action that was offered, with `action`, `year` (null when not chosen) and `reason`; budgets: `owner`,
    `year`, `budget_eur`, `spent_eur`, `hypothesis`; totals: `indicator`, `unit`, `value`, `value_low`, `value_high`.
    """

    first_year: int
    years: int
    status: str
    objective: float | None
    bound: float | None
    gap: float | None
    chosen: pa.Table
    budgets: pa.Table
    totals: pa.Table
