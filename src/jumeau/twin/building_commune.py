"""The buildings of a commune, computed once for all that the page says of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from jumeau.engines.buildings.choices import LAYER
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.errors import NotFoundError
from jumeau.store.port import NOW, Moment
from jumeau.twin import runs
from jumeau.twin.building_law import facts_of
from jumeau.twin.buildings import FIELD, Seen
from jumeau.twin.registry import engine


@dataclass(frozen=True)
class CommuneStock:
    """Inventory of a commune and, the first time it is asked for, what the engine says of it without its hours."""

    bundle: Bundle
    ctx: Context

    @property
    def table(self) -> pa.Table:
        """The buildings."""
        return self.bundle[LAYER]

    @cached_property
    def _computed(self) -> tuple[Diagnosis, list[str | None]]:
        from jumeau.engines.buildings.diagnose import labelled

        diagnosis, named = labelled(self.bundle, self.ctx)
        return diagnosis, named["buildings_label"].to_pylist()

    @property
    def diagnosis(self) -> Diagnosis:
        """What the engine says of each building."""
        return self._computed[0]

    @property
    def labels(self) -> list[str | None]:
        """Label of each building, declared or computed."""
        return self._computed[1]

    @cached_property
    def facts(self) -> list[dict[str, Any]]:
        """Answers to the rules, building by building."""
        return facts_of(self.bundle, self.ctx, (self.diagnosis, self.labels))

    @cached_property
    def floor(self) -> np.ndarray:
        """Mean heated floor of each building [m²] (N,), NaN where it cannot be said."""
        return floors(self.bundle, self.ctx)

    def only(self, rows: Any) -> "CommuneStock":
        """Some of the buildings (positions), with what was already computed of them."""
        some = CommuneStock(dict(self.bundle) | {LAYER: self.table.take(pa.array(rows))}, self.ctx)
        some.__dict__["facts"] = [self.facts[i] for i in rows]
        some.__dict__["floor"] = self.floor[rows]
        return some


def commune_stock(twin: Seen, commune: str, moment: Moment = NOW) -> CommuneStock:
    """The buildings of a commune. Raises NotFoundError where the twin has none there."""
    ctx = twin.context(moment)
    bundle = engine(FIELD).inventory(runs.inputs_of(twin.view, FIELD, commune, moment), commune)
    if not bundle[LAYER].num_rows:
        raise NotFoundError("batiments.commune_vide", commune=commune)
    return CommuneStock(bundle, ctx)


def floors(bundle: Any, ctx: Any) -> np.ndarray:
    """Mean heated floor of each building [m²] (N,), NaN where it cannot be said."""
    from jumeau.engines.buildings.envelope import envelope
    from jumeau.engines.buildings.stock import stock
    from jumeau.engines.tally import Draws

    whole = stock(bundle[LAYER])
    out, rows = np.full(len(whole.ids), np.nan), np.flatnonzero(whole.modelled)
    if len(rows):
        out[rows] = envelope(whole.take(rows), Draws(ctx, FIELD)).floor.mean(axis=1)
    return out
