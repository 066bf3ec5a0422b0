"""The buildings of a commune, of an EPCI or of a département, computed once for all that the page says of them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from jumeau.engines.buildings.choices import LAYER
from jumeau.engines.buildings.doubles import counted_as
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.errors import InputError, NotFoundError
from jumeau.store.port import NOW, Moment
from jumeau.twin import runs
from jumeau.twin.building_law import facts_of
from jumeau.twin.building_places import communes_of, place_name
from jumeau.twin.buildings import FIELD, Seen
from jumeau.twin.registry import engine

MOST_BUILDINGS = 60_000
"""Buildings of a place told in one go: beyond, its communes are asked for one by one."""


@dataclass(frozen=True)
class CommuneStock:
    """Inventory of a place and, the first time it is asked for, what the engine says of it without its hours."""

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

    def alone(self, building: str) -> "CommuneStock":
        """One building, or the one that counts for it where it is drawn twice."""
        return self.only([self.table["id"].to_pylist().index(counted_as(self.bundle, building))])


def commune_stock(twin: Seen, place: str, moment: Moment = NOW) -> CommuneStock:
    """The buildings of a commune, or of all those of an EPCI or of a département. Raises NotFoundError where the twin has
    none there, InputError where it has more than MOST_BUILDINGS."""
    bundle = place_bundle(twin, place, moment)
    count = bundle[LAYER].num_rows
    if not count:
        raise NotFoundError("batiments.lieu_vide", place=place_name(place), code=place)
    return CommuneStock(bundle, twin.context(moment))


def place_bundle(twin: Seen, place: str, moment: Moment = NOW) -> Bundle:
    """Inventory of the buildings of a place. Raises InputError where there are more than MOST_BUILDINGS."""
    sources = runs.inputs_of(twin.view, FIELD, ",".join(communes_of(place)), moment)
    if LAYER in sources and sources[LAYER].num_rows > MOST_BUILDINGS:
        raise InputError(
            "batiments.lieu_trop_grand", place=place_name(place), count=sources[LAYER].num_rows, most=MOST_BUILDINGS
        )
    return engine(FIELD).inventory(sources, place)


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
