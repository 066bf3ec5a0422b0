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
from jumeau.twin import addresses, building_links

if TYPE_CHECKING:
    from jumeau.engines.buildings.matching import Match, Names
    from jumeau.sources.bdnb import Links
    from jumeau.twin.core import Twin

LAYER = "batiment"


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """How rows of a file met buildings: kind of the file, counts by way, pairs (number, building, confidence, how) without
    any address, remarks, and the values worth writing by building; measured: (building, field) that were metered; names:
    other names of buildings to record, and how many buildings they are of."""

    kind: str
    rows: int
    ways: dict[str, int]
    pairs: tuple[tuple[str, str, float, str], ...]
    values: dict[str, dict[str, Any]]
    remarks: tuple[str, ...]
    measured: frozenset[tuple[str, str]] = frozenset()
    names: building_links.Names = ()
    met: int = 0


DPE, LINKS = "dpe", "liens"


def match_file(twin: "Twin", file: Path) -> Matched:
    """Meet the rows of a file with the buildings of the twin: DPE of the ADEME, OPERAT export, school roll, list.

    Nothing is written. Raises InputError for a file that is none of them.
    """
    from jumeau.sources.bdnb import is_links, read_links
    from jumeau.sources.dpe_csv import is_dpe_csv
    from jumeau.sources.readers import read

    if is_dpe_csv(file):
        return match_dpe(twin, file)
    raw = read(file)
    return match_links(twin, read_links(file, raw)) if is_links(raw) else match_list(twin, file)


def match_links(twin: "Twin", links: "Links") -> Matched:
    """Meet a table of names (BDNB, RNB) with the buildings that bear the names it knows them by. Nothing is written."""
    names, ways = building_links.link_names(twin, links)
    met = len({asset for asset, *_ in names})
    return Matched(kind=LINKS, rows=links.rows, ways=ways, pairs=(), values={}, remarks=links.remarks, names=names, met=met)


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
    ids = table["id"].to_pylist()
    known = _known(twin, records, {asset: i for i, asset in enumerate(ids)})
    return ids, match(records, polygons, table["rnb_id"].to_pylist(), heights, known, bearers)


def _known(twin: "Twin", records: dict[str, list[Any]], rows: dict[str, int]) -> "Names":
    """Rows of the buildings that registers link to the RNB ids, addresses and parcels of records; fills `parcels`."""
    from jumeau.engines.buildings.matching import Names, rnb_ids
    from jumeau.sources.bdnb import BAN, PARCEL, RNB

    bans = {b for b in records["ban"] if b}
    on = _parcels_of(twin, bans)
    records["parcels"] = [on.get(b, ()) if b else () for b in records["ban"]]
    named = {one for text in records["rnb"] for one in rnb_ids(text)}
    carried = {p for some in on.values() for p in some}
    at = building_links.at_names
    return Names(at(twin.view, named, RNB, rows), at(twin.view, bans, BAN, rows), at(twin.view, carried, PARCEL, rows))


def _parcels_of(twin: "Twin", bans: set[str]) -> dict[str, tuple[str, ...]]:
    """Parcels of addresses, where the address file gives them."""
    from jumeau.sources.bdnb import PARCEL, named_in

    if not bans or addresses.LAYER not in twin.view.layers() or not twin.view.count(addresses.LAYER):
        return {}
    table = twin.view.read(addresses.LAYER, columns=["ban_id", "parcelles"], moment=NOW)
    pairs = zip(table["ban_id"].to_pylist(), table["parcelles"].to_pylist(), strict=True)
    return {b: tuple(named_in(PARCEL, p)) for b, p in pairs if b in bans and p}


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
    if matched.names:
        return building_links.keep_links(twin, matched.names, file)
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
