"""Files that speak of buildings met with those of a twin, and what is sure written as claims."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from jumeau.errors import InputError
from jumeau.model.claim import GEOMETRY, Claim
from jumeau.model.origin import Origin
from jumeau.sharing.writes import own_source
from jumeau.store.port import NOW
from jumeau.texts import t
from jumeau.twin import addresses

if TYPE_CHECKING:
    from jumeau.engines.buildings.matching import Match
    from jumeau.twin.core import Twin

LAYER = "batiment"


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """How rows of a file met buildings: kind of the file, counts by way, pairs (number, building, confidence, how) without
    any address, remarks, and the values worth writing by building; measured: (building, field) that were metered."""

    kind: str
    rows: int
    ways: dict[str, int]
    pairs: tuple[tuple[str, str, float, str], ...]
    values: dict[str, dict[str, Any]]
    remarks: tuple[str, ...]
    measured: frozenset[tuple[str, str]] = frozenset()


DPE = "dpe"


def match_file(twin: "Twin", file: Path) -> Matched:
    """Meet the rows of a file with the buildings of the twin: DPE of the ADEME, OPERAT export, school roll, list.

    Nothing is written. Raises InputError for a file that is none of them.
    """
    from jumeau.sources.dpe_csv import is_dpe_csv

    return match_dpe(twin, file) if is_dpe_csv(file) else match_list(twin, file)


def match_dpe(twin: "Twin", file: Path) -> Matched:
    """Meet the diagnoses of a CSV with the buildings of the communes they name. Nothing is written."""
    from jumeau.engines.buildings.matching import SURE
    from jumeau.sources.dpe_csv import read_dpe_csv

    read = read_dpe_csv(file)
    records = {name: [getattr(d, name) for d in read.rows] for name in ("rnb", "ban", "x", "y", "floor", "year", "commune")}
    ids, found = _met(twin, records)
    groups: dict[str, list[Any]] = {}
    for d, r, c in zip(read.rows, found.row, found.confidence, strict=True):
        if r >= 0 and c >= SURE:
            groups.setdefault(ids[r], []).append(d)
    values = {asset: _values(group) for asset, group in groups.items()}
    return Matched(
        kind=DPE, rows=len(read.rows), ways=dict(Counter(found.how)), pairs=_pairs(read.rows, ids, found), values=values,
        remarks=read.remarks,
    )  # fmt: skip


def match_list(twin: "Twin", file: Path) -> Matched:
    """Meet the rows of an OPERAT export, of a school roll or of a list of buildings. Nothing is written."""
    from jumeau.engines.buildings.matching import SURE
    from jumeau.sources.building_records import read_records

    read = read_records(file)
    names = ("rnb", "ban", "x", "y", "floor", "commune", "address", "name")
    ids, found = _met(twin, {name: [getattr(d, name) for d in read.rows] for name in names})
    values: dict[str, dict[str, Any]] = {}
    measured = set()
    for d, r, c in zip(read.rows, found.row, found.confidence, strict=True):
        if r < 0 or c < SURE or not d.values:
            continue
        mine = values.setdefault(ids[r], {})
        for field, value in d.values.items():
            adds = field in ADDED and field in mine
            mine[field] = mine[field] + value if adds else mine.get(field, value)
        measured |= {(ids[r], field) for field in d.measured}
    remarks = tuple(t(key, row=row) for row, key in read.rejected)
    return Matched(
        kind=read.kind, rows=len(read.rows), ways=dict(Counter(found.how)), pairs=_pairs(read.rows, ids, found),
        values=values, remarks=remarks, measured=frozenset(measured),
    )  # fmt: skip


ADDED = ("annual_energy_kwh", "floor_area_m2", "occupants")
"""What several rows of one building add up to; of the rest the first one counts."""


def _pairs(rows: Sequence[Any], ids: list[str], found: "Match") -> tuple[tuple[str, str, float, str], ...]:
    zipped = zip(rows, found.row, found.confidence, found.how, strict=True)
    return tuple((d.number, ids[r], float(c), how) for d, r, c, how in zipped if r >= 0)


def _met(twin: "Twin", records: dict[str, list[Any]]) -> tuple[list[str], "Match"]:
    """Ids of the buildings looked at, and the match. Addresses are placed by the layer `adresse` of the twin."""
    import shapely

    from jumeau.engines.buildings.matching import match
    from jumeau.model.query import Compare

    _placed(twin, records)
    communes = sorted({c for c in records["commune"] if c}) if all(records["commune"]) else []
    where = Compare("commune", "in", tuple(communes)) if communes else None
    table = twin.view.read(LAYER, where=where, moment=NOW)
    polygons = np.asarray(shapely.from_wkb(table["geometry"].to_numpy(), on_invalid="ignore"))
    heights = np.array([np.nan if h is None else h for h in table["height_m"].to_pylist()], np.float64)
    count = Counter(_plain(name) for name in table["nom"].to_pylist())
    bearers = {p: i for i, name in enumerate(table["nom"].to_pylist()) if (p := _plain(name)) and count[p] == 1}
    if "name" in records:
        records["name"] = [_plain(name) for name in records["name"]]
    return table["id"].to_pylist(), match(records, polygons, table["rnb_id"].to_pylist(), heights, {}, bearers)


def _plain(name: str | None) -> str:
    """A name as it is compared: its words but the small ones."""
    return addresses.words(name) if name else ""


def _placed(twin: "Twin", records: dict[str, list[Any]]) -> None:
    """Give records without a place the point of their address, and how sure it is."""
    import shapely

    known = addresses.index(twin.view)
    n = len(records["rnb"])
    records["score"] = [None] * n
    if known is None:
        return
    by_ban = _ban_points(twin, {b for b in records["ban"] if b})
    for i in range(n):
        if records["x"][i] is not None and records["y"][i] is not None:
            continue
        point = by_ban.get(records["ban"][i]) if records["ban"][i] else None
        text = (records.get("address") or [None] * n)[i]
        if point is not None:
            records["x"][i], records["y"][i], records["score"][i] = *point, 1.0
        elif text:
            try:
                best = addresses.match(known, addresses.parse(text), 1)
            except InputError:
                continue
            if best:
                x, y = shapely.get_coordinates(shapely.from_wkb(best[0].point))[0]
                records["x"][i], records["y"][i], records["score"][i] = float(x), float(y), best[0].score


def _ban_points(twin: "Twin", wanted: set[str]) -> dict[str, tuple[float, float]]:
    """Points of the addresses named by their BAN identifier."""
    import shapely

    if not wanted:
        return {}
    table = twin.view.read(addresses.LAYER, columns=["ban_id"], moment=NOW)
    keep = [i for i, b in enumerate(table["ban_id"].to_pylist()) if b in wanted]
    xy = shapely.get_coordinates(shapely.from_wkb(table[GEOMETRY].take(keep).to_numpy()))
    return {table["ban_id"][i].as_py(): (float(p[0]), float(p[1])) for i, p in zip(keep, xy, strict=True)}


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


def apply_matched(twin: "Twin", matched: Matched, file: Path) -> tuple[int, int]:
    """Write what is sure as declared values, or measured where metered, one commit; how many values, and the commit. (0, 0)
    when there is nothing. A use is written only where the twin has none that says anything."""
    source = own_source(twin.view.actor).id
    vague = _vague(twin) if any("usage" in v for v in matched.values.values()) else set()
    claims = [
        Claim(
            layer=LAYER, asset=asset, attribute=name, value=value, source=source,
            origin=Origin.MEASURED if (asset, name) in matched.measured else Origin.DECLARED,
        )
        for asset, values in matched.values.items()
        for name, value in values.items()
        if name != "usage" or asset in vague
    ]  # fmt: skip
    if not claims:
        return 0, 0
    commit = twin.view.commit(claims, message=t("batiments.message_rapprochement", file=file.name))
    return len(claims), commit.id


def _vague(twin: "Twin") -> set[str]:
    table = twin.view.read(LAYER, columns=["usage"], moment=NOW)
    pairs = zip(table["id"].to_pylist(), table["usage"].to_pylist(), strict=True)
    return {asset for asset, use in pairs if use in (None, "indifferencie", "equipement")}
