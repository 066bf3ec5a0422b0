"""The lighting of each owner in each commune, as arrays that actions are proposed from."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.lighting.attach import positions
from jumeau.engines.lighting.facts import REGIMES, TECHNOLOGIES, TYPES
from jumeau.engines.lighting.inventory import cabinet_rows
from jumeau.engines.protocol import Bundle, Diagnosis
from jumeau.engines.tables import codes, floats, texts
from jumeau.model.origin import Origin
from jumeau.model.territory import referential

OLD_CLOCKS = ("cellule", "radio", "manuel", "autre")
CLOCK_TYPES = ("horloge_astronomique", *OLD_CLOCKS)

Rows = NDArray[np.bool_]
Ids = NDArray[np.object_]
Floats = NDArray[np.float64]


class Site(msgspec.Struct, frozen=True):
    """The lighting of one owner in one commune: arrays over its luminaires, and its cabinets when they are known."""

    commune: str
    owner: str
    ids: Ids
    type: NDArray[np.int8]
    technology: NDArray[np.int8]
    regime: NDArray[np.int8]
    managed: Rows
    guessed: Rows
    removed: Rows
    scheduled: Rows
    clock: NDArray[np.int8]
    road_class: Ids
    spacing_m: Floats
    height_m: Floats
    year: Floats
    xy: Floats
    feeder: NDArray[np.int64]
    cabinets: Ids
    cabinet_row: NDArray[np.int64]
    cabinet_managed: Rows
    cabinet_clock: Rows
    cabinet_old_clock: Rows
    cabinet_year: Floats

    @property
    def lit(self) -> Rows:
        """Luminaires in service that nothing is known to switch off in the night."""
        return ~np.isin(self.regime, [REGIMES.index("coupure"), REGIMES.index("detection")]) & ~self.removed

    @property
    def place(self) -> str:
        """Name of the commune, its code when the referential does not know it."""
        known = referential()
        return known.commune(self.commune).nom if known.knows(self.commune) else self.commune

    def name(self, kind: str, part: str = "") -> str:
        """Id of an action here: kind, commune, part of the stock, and the owner when it is not the commune."""
        own = self.owner == f"commune:{self.commune}"
        return "/".join(filter(None, [kind, self.commune, part, "" if own else self.owner]))


def sites(inventory: Bundle, diagnosis: Diagnosis) -> Iterator[Site]:
    lights, cabinets = inventory["luminaire"], inventory["armoire"]
    energy = pc.index_in(
        diagnosis.assets["lighting_annual_energy_kwh__origin"], value_set=pa.array([Origin.INFERRED, Origin.DEFAULT])
    )
    columns: dict[str, Any] = {
        "ids": texts(lights, "id"),
        "type": codes(lights, "luminaire_type", TYPES),
        "technology": codes(lights, "lamp_technology", TECHNOLOGIES),
        "regime": codes(lights, "regime", REGIMES),
        "managed": (floats(lights, "remote_managed") == 1) | _fed_by_managed(lights, cabinets),
        "guessed": np.asarray(pc.is_valid(energy)),
        "removed": floats(lights, "in_service") == 0,
        "scheduled": np.asarray(pc.or_(pc.is_valid(lights["night_profile"]), pc.is_valid(lights["dimming_steps"]))),
        "clock": codes(lights, "clock_type", CLOCK_TYPES),
        "road_class": texts(lights, "road_class"),
        "spacing_m": floats(lights, "spacing_m"),
        "height_m": floats(lights, "height_m"),
        "year": floats(lights, "install_year"),
        "xy": positions(lights),
        "feeder": np.asarray(pc.fill_null(cabinet_rows(lights, cabinets), -1), np.int64),
    }
    of_cabinets: dict[str, Any] = {
        "cabinets": texts(cabinets, "id"),
        "cabinet_row": np.arange(cabinets.num_rows),
        "cabinet_managed": floats(cabinets, "remote_managed") == 1,
        "cabinet_old_clock": np.isin(texts(cabinets, "clock_type").astype(str), OLD_CLOCKS),
        "cabinet_year": floats(cabinets, "install_year"),
        "cabinet_clock": texts(cabinets, "clock_type") == "horloge_astronomique",
    }
    mine, theirs = _owners(lights), _owners(cabinets)
    names, inverse = np.unique(mine, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    bounds = np.searchsorted(inverse[order], np.arange(len(names) + 1))
    for i, name in enumerate(names):
        rows, at = order[bounds[i] : bounds[i + 1]], theirs == name
        commune, _, owner = str(name).partition("\x1f")
        if not commune:
            continue
        taken = {k: v[rows] for k, v in columns.items()} | {k: v[at] for k, v in of_cabinets.items()}
        yield Site(commune=commune, owner=owner, **taken)


def _owners(table: pa.Table) -> NDArray[np.str_]:
    """`commune` and owner of each row as one text; the owner is the commune when it is not said."""
    commune = pc.fill_null(table["commune"], "")
    owner = pc.coalesce(table["owner"], pc.binary_join_element_wise("commune", commune, ":"))
    return np.asarray(pc.binary_join_element_wise(commune, owner, "\x1f").to_pylist(), dtype=str)


def _fed_by_managed(lights: pa.Table, cabinets: pa.Table) -> Rows:
    managed = np.array([*cabinets.filter(pc.fill_null(cabinets["remote_managed"], False))["code"].drop_null().to_pylist()])
    fed_by = texts(lights, "armoire").astype(str)
    return np.asarray(np.isin(fed_by, managed.astype(str)) & (fed_by != ""))
