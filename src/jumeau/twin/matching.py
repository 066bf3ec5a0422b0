"""Diagnoses met with the buildings of a twin, and what is sure written as claims."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from jumeau.model.claim import Claim
from jumeau.model.origin import Origin
from jumeau.sharing.writes import own_source
from jumeau.store.port import NOW
from jumeau.texts import t

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

LAYER = "batiment"


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """How diagnoses met buildings: counts by way, pairs (number, building, confidence, how) without any address, remarks,
    and the values worth writing by building."""

    rows: int
    ways: dict[str, int]
    pairs: tuple[tuple[str, str, float, str], ...]
    values: dict[str, dict[str, Any]]
    remarks: tuple[str, ...]


def match_dpe(twin: "Twin", file: Path) -> Matched:
    """Meet the diagnoses of a CSV with the buildings of the communes they name. Nothing is written."""
    import shapely

    from jumeau.engines.buildings.matching import SURE, match
    from jumeau.model.query import Compare
    from jumeau.sources.dpe_csv import read_dpe_csv

    read = read_dpe_csv(file)
    communes = sorted({d.commune for d in read.rows if d.commune})
    where = Compare("commune", "in", tuple(communes)) if communes else None
    table = twin.view.read(LAYER, where=where, moment=NOW)
    ids = table["id"].to_pylist()
    polygons = np.asarray(shapely.from_wkb(table["geometry"].to_numpy(), on_invalid="ignore"))
    heights = np.array([np.nan if h is None else h for h in table["height_m"].to_pylist()], np.float64)
    records = {name: [getattr(d, name) for d in read.rows] for name in ("rnb", "ban", "x", "y", "floor", "year")}
    found = match(records, polygons, table["rnb_id"].to_pylist(), heights, {})
    pairs = [
        (d.number, ids[r], float(c), how)
        for d, r, c, how in zip(read.rows, found.row, found.confidence, found.how, strict=True)
        if r >= 0
    ]
    groups: dict[str, list[Any]] = {}
    for d, r, c in zip(read.rows, found.row, found.confidence, strict=True):
        if r >= 0 and c >= SURE:
            groups.setdefault(ids[r], []).append(d)
    values = {asset: _values(group) for asset, group in groups.items()}
    return Matched(
        rows=len(read.rows), ways=dict(Counter(found.how)), pairs=tuple(pairs), values=values, remarks=read.remarks
    )


def _values(group: list[Any]) -> dict[str, Any]:
    """What the diagnoses of one building say together: middle label by area, latest year said, most frequent energy."""
    from jumeau.engines.buildings.matching import best_label

    out: dict[str, Any] = {}
    labelled = [d for d in group if d.label]
    if labelled:
        out["dpe_class"] = best_label([d.label for d in labelled], [d.floor or 1.0 for d in labelled])
    for name, said in (("construction_year", [d.year for d in group]), ("heating_energy", [d.heating_energy for d in group])):
        known = Counter(v for v in said if v is not None).most_common(1)
        if known:
            out[name] = known[0][0]
    return out


def apply_dpe(twin: "Twin", matched: Matched, file: Path) -> tuple[int, int]:
    """Write what is sure as declared values, one commit; how many values, and the commit. (0, 0) when there is nothing."""
    source = own_source(twin.view.actor).id
    claims = [
        Claim(layer=LAYER, asset=asset, attribute=name, value=value, source=source, origin=Origin.DECLARED)
        for asset, values in matched.values.items()
        for name, value in values.items()
    ]
    if not claims:
        return 0, 0
    commit = twin.view.commit(claims, message=t("batiments.message_dpe", file=file.name))
    return len(claims), commit.id
