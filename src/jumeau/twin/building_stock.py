"""The sheet of the buildings of a place: energy of its stock, tertiary trajectory, duties and their dates."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.buildings.choices import LABELS
from jumeau.engines.buildings.inventory import public_owner
from jumeau.engines.buildings.tertiary import AREA_M2
from jumeau.engines.groups import summaries
from jumeau.store.port import NOW, Moment
from jumeau.twin.building_commune import CommuneStock, commune_stock
from jumeau.twin.building_law import gathered
from jumeau.twin.building_pick import UNKNOWN, Pick, picked
from jumeau.twin.building_places import place_name
from jumeau.twin.buildings import Seen
from jumeau.twin.tertiary import Follow, declared, told

ALL = Pick()


def stock_sheet(
    twin: Seen, place: str, moment: Moment = NOW, pick: Pick = ALL, stock: CommuneStock | None = None
) -> dict[str, Any]:
    """Totals and duties of the buildings of a place (those picked), tertiary trajectory of what is declared there, and
    public buildings that owe it but whose consumptions are not declared. stock: the place, already read.

    Raises NotFoundError where the twin has no building there.
    """
    known = stock or commune_stock(twin, place, moment)
    keep = picked(known, pick)
    part = known if keep.all() else known.only(np.flatnonzero(keep))
    followed = declared(twin, known.ctx.date.year, place, moment)
    return {
        "place": place,
        "name": place_name(place),
        "totals": _totals(part),
        "duties": [msgspec.to_builtins(d) for d in gathered(part.bundle, part.ctx, part.facts)],
        "tertiary": _told(followed, pick.owner),
        "undeclared": _undeclared(part, {b for b in followed.sites.building if b}),
    }


def _told(followed: Follow, owner: str) -> dict[str, Any]:
    """The trajectory, of one owner where one is looked at."""
    found = told(followed)
    wanted = "" if owner == UNKNOWN else owner
    for name in ("entities", "pools"):
        found[name] = [one for one in found[name] if not owner or one["owner"] == wanted]
    return found


def _totals(part: CommuneStock) -> dict[str, Any]:
    """Buildings, those computed, floor [m²], energy of the whole on draws [kWh/year], buildings by label ('' unknown)."""
    found, energy = part.diagnosis.groups, None
    if len(found.keys) and found.known[:, 0].any():
        value, low, high = (round(float(x[0])) for x in summaries(found.draws[:, 0].sum(axis=0)[None]))
        energy = {"value": value, "low": low, "high": high}
    return {
        "buildings": part.table.num_rows,
        "known": int(found.known[:, 0].sum()) if len(found.keys) else 0,
        "floor": round(float(np.nansum(part.floor))),
        "energy": energy,
        "labels": {name: part.labels.count(name or None) for name in (*LABELS, "")},
    }


def _undeclared(part: CommuneStock, known: set[str]) -> list[dict[str, Any]]:
    """Public buildings that are not housing, of 1 000 m² or more on average, and of which no consumption is declared."""
    table, area = part.table, part.floor
    public = np.asarray(pc.and_(public_owner(table), pc.fill_null(pc.not_equal(table["usage"], "residentiel"), False)))
    rows = np.flatnonzero(public & (np.nan_to_num(area) >= AREA_M2))
    energy = part.diagnosis.assets.take(pa.array(rows)).to_pylist()
    out = []
    for i, row in enumerate(table.select(["id", "nom", "code", "usage", "floor_area_m2"]).take(pa.array(rows)).to_pylist()):
        if row["id"] in known or row["code"] in known:
            continue
        said = {
            s: energy[i][f"buildings_annual_energy_kwh{k}"] for s, k in (("value", ""), ("low", "_low"), ("high", "_high"))
        }
        out.append({
            "id": row["id"], "label": row["nom"] or row["code"] or row["id"], "usage": row["usage"],
            "floor": round(float(area[rows[i]])), "floor_known": row["floor_area_m2"] is not None,
            "energy": None if said["value"] is None else said,
        })  # fmt: skip
    return sorted(out, key=lambda x: -x["floor"])
