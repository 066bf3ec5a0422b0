"""The truth of the twin: who said which value of which asset, since when, and when we learned it."""

from datetime import datetime
from typing import Any

import msgspec

from jumeau.model.origin import Origin

MAIN = "principale"
EXISTS = "_exists"
GEOMETRY = "geometry"


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One value said of one asset.

    value: None, bool, int, float, str, or WKB bytes for `geometry`; attribute `_exists` set to False removes the asset.
    valid_from, valid_to: instants in UTC, None for "always" and "until further notice". commit: 0 before it is written.
    counter: the claim takes back what the same source said of the attribute (undo, revert): in the commit `value`, or in
    all that came before when `value` is None.
    """

    layer: str
    asset: str
    attribute: str
    value: Any
    source: str
    origin: Origin
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    commit: int = 0
    counter: bool = False


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """An acknowledged write: who, what, why, when. `id` grows strictly; `parents` are the commits it stands on.

    undoes: the commits it takes back.
    """

    id: int
    parents: tuple[int, ...]
    branch: str
    author: str
    message: str
    instant: datetime
    kind: str = "edit"
    layers: tuple[str, ...] = ()
    undoes: tuple[int, ...] = ()


class Branch(msgspec.Struct, frozen=True):
    """A name for a commit: a scenario, a pilot, or the main line."""

    name: str
    head: int


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """Two branches give another value to the same attribute over the same validity."""

    layer: str
    asset: str
    attribute: str
    ours: Claim
    theirs: Claim


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """Two sources that say something else of one attribute: the value kept, and the one of the other source."""

    layer: str
    asset: str
    attribute: str
    value: Any
    source: str
    other_value: Any
    other_source: str


class Tombstone(msgspec.Struct, frozen=True, kw_only=True):
    """What stays of a value that was erased (RGPD): which one, who erased it, why and when; never the value."""

    layer: str
    asset: str
    attribute: str
    author: str
    reason: str
    instant: datetime
    commit: int


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """A sensor value: it belongs to no branch. quality: `good`, `doubtful` or `bad`."""

    series: str
    instant: datetime
    value: float
    unit: str
    quality: str = "good"


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """What a sensor says of what. unit: that of its values once stored; layer, asset: what it is on, empty when not said.

    raw_days, hourly_days: how long each value, then each hourly summary, is kept [d], None for ever; daily ones always are.
    """

    id: str
    unit: str
    title: str = ""
    layer: str = ""
    asset: str = ""
    raw_days: int | None = 400
    hourly_days: int | None = 1830


class Reception(msgspec.Struct, frozen=True, kw_only=True):
    """What became of some observations: written, already known, too old for a series already summed up, converted."""

    added: int = 0
    repeated: int = 0
    late: int = 0
    converted: int = 0


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the audit: who did or was refused what, and when."""

    id: int
    instant: datetime
    actor: str
    act: str
    thing: str
    outcome: str


class Run(msgspec.Struct, frozen=True):
    """A computation whose parts are kept. started: None when a twin of an older format did not note it."""

    name: str
    parts: int
    started: datetime | None
