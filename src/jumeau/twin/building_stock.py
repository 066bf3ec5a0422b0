"""The sheet of the buildings of a commune: energy of its public stock, tertiary trajectory, duties and their dates."""

from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.buildings.diagnose import diagnose
from jumeau.engines.buildings.inventory import public_owner
from jumeau.engines.buildings.tertiary import AREA_M2
from jumeau.errors import NotFoundError
from jumeau.store.port import NOW, Moment
from jumeau.twin import runs
from jumeau.twin.building_law import LAW_DRAWS, gathered
from jumeau.twin.building_sheet import LAYER, floors
from jumeau.twin.buildings import FIELD, Seen
from jumeau.twin.registry import engine
from jumeau.twin.tertiary import declared, told


def stock_sheet(twin: Seen, commune: str, moment: Moment = NOW) -> dict[str, Any]:
    """Duties of all the buildings of a commune, tertiary trajectory of what is declared there, and public buildings that
    owe it but whose consumptions are not declared. Raises NotFoundError where the twin has no building there."""
    ctx = msgspec.structs.replace(twin.context(moment), draws=LAW_DRAWS)
    bundle = engine(FIELD).inventory(runs.inputs_of(twin.view, FIELD, commune, moment), commune)
    table = bundle[LAYER]
    if not table.num_rows:
        raise NotFoundError("batiments.commune_vide", commune=commune)
    followed = declared(twin, ctx.date.year, commune, moment)
    found = told(followed)
    return {
        "commune": commune,
        "duties": [msgspec.to_builtins(d) for d in gathered(bundle, ctx)],
        "tertiary": found,
        "undeclared": _undeclared(bundle, ctx, {b for b in followed.sites.building if b}),
    }


def _undeclared(bundle: Any, ctx: Any, known: set[str]) -> list[dict[str, Any]]:
    """Public buildings that are not housing, of 1 000 m² or more on average, and of which no consumption is declared."""
    table = bundle[LAYER]
    public = np.asarray(pc.and_(public_owner(table), pc.fill_null(pc.not_equal(table["usage"], "residentiel"), False)))
    area = floors(bundle, ctx)
    rows = np.flatnonzero(public & (np.nan_to_num(area) >= AREA_M2))
    if not len(rows):
        return []
    some = dict(bundle) | {LAYER: table.take(pa.array(rows))}
    energy = diagnose(some, ctx, hourly=False).assets.to_pylist()
    out = []
    for i, row in enumerate(some[LAYER].select(["id", "nom", "code", "usage", "floor_area_m2"]).to_pylist()):
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
