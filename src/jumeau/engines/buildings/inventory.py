"""Sources of one commune -> an inventory ready to diagnose."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.buildings.choices import LAYER, REFERENCE
from jumeau.engines.buildings.doubles import DOUBLES, counted_once
from jumeau.engines.buildings.doubts import worship_named
from jumeau.engines.buildings.geometry import shapes
from jumeau.engines.buildings.horizon import AZIMUTHS, SECTORS, horizons
from jumeau.engines.buildings.names import named_uses
from jumeau.engines.buildings.owners import school_owners
from jumeau.engines.buildings.stock import HIGH_M
from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import assign, conform, floats
from jumeau.model.origin import Origin

LEAST_STOREY_M, MOST_STOREYS = 2.2, 15.0
VAGUE_USES = pa.array(["indifferencie"])


def inventory(sources: Bundle, area: str) -> Bundle:  # noqa: ARG001
    """The layer `batiment`, each building once (`doubles`), with all its columns, then working columns (`_NAME`).

    `_footprint_m2`, `_perimeter_m`, `_party_m`: from the polygons; `_faces`: share of the open walls that look south, east,
    north, west; `_horizon`: altitude of what stands before each of the four, by direction [°] (see `horizon.horizons`).
    `_ref_X`: the state that a bill or a label describes, so that they still say something of the building once works have
    changed it. A vague use becomes `residentiel` where dwellings are counted, what the name tells (a school, a town hall),
    `equipement` where the building belongs to a collectivité, and stays as it is elsewhere. A collège or a lycée of unknown
    owner gets that of the law (`owners`). A floor area that cannot stand on the footprint is unknown; an
    unknown altitude is that of the buildings around. `area` is the name of the partition.
    """
    table, left_out = counted_once(conform(sources, LAYER))
    owners = school_owners(table)
    table = assign(table, np.array([o is not None for o in owners], bool), {"owner": owners}, Origin.INFERRED)
    table = _uses(table)
    measured = shapes(table["geometry"], table["commune"])
    for name, values in zip(("_footprint_m2", "_perimeter_m", "_party_m"), measured, strict=True):
        table = table.append_column(name, pa.array(values, pa.float64(), from_pandas=True))
    table = _areas(table)
    table = _surroundings(table)
    table = _altitudes(table)
    for name in REFERENCE:
        table = table.append_column(f"_ref_{name}", table[name])
    return dict(sources) | {LAYER: table} | ({DOUBLES: left_out} if left_out.num_rows else {})


def _uses(table: pa.Table) -> pa.Table:
    table = assign(table, worship_named(table), {"usage": "religieux"}, Origin.INFERRED)
    vague = pc.or_(pc.is_null(table["usage"]), pc.is_in(table["usage"], value_set=VAGUE_USES))
    lived = pc.and_(vague, pc.fill_null(pc.greater(table["dwellings"], 0), False))
    table = assign(table, np.asarray(lived), {"usage": "residentiel"}, Origin.INFERRED)
    told = np.asarray(lived).copy()
    for use, named in named_uses(table).items():
        mine = np.asarray(vague) & named & ~told
        table, told = assign(table, mine, {"usage": use}, Origin.INFERRED), told | mine
    public = np.asarray(pc.and_(vague, public_owner(table))) & ~told
    return assign(table, public, {"usage": "equipement"}, Origin.INFERRED)


def _areas(table: pa.Table) -> pa.Table:
    """Leave out floor areas that cannot stand on the footprint: the column spoke of something else."""
    storeys, height, floor = (floats(table, name) for name in ("storeys", "height_m", "floor_area_m2"))
    levels = np.fmax(storeys + 2, np.ceil(height / LEAST_STOREY_M) + 2)
    room = floats(table, "_footprint_m2") * np.where(np.isnan(levels), MOST_STOREYS, levels)
    return assign(table, floor > room, {"floor_area_m2": None})


def _altitudes(table: pa.Table) -> pa.Table:
    """Give buildings of unknown altitude the middle one of their partition, where all those known there are on one side of
    the altitude that moves the thresholds of the label."""
    altitude = floats(table, "altitude_m")
    known = altitude[np.isfinite(altitude)]
    if not len(known) or len(known) == len(altitude) or (known.min() <= HIGH_M < known.max()):
        return table
    return assign(table, np.isnan(altitude), {"altitude_m": float(np.median(known))}, Origin.INFERRED)


def _surroundings(table: pa.Table) -> pa.Table:
    """Which way the walls look, and what stands before them: kept here, because works do not move the neighbours."""
    import shapely

    polygons = shapely.from_wkb(table["geometry"].to_numpy(), on_invalid="ignore")
    communes = np.asarray(pc.fill_null(pc.dictionary_encode(table["commune"]).combine_chunks().indices, -1))
    faces, horizon = horizons(polygons, floats(table, "height_m"), floats(table, "altitude_m"), communes)
    for name, values in (("_faces", faces), ("_horizon", horizon.reshape(len(faces), AZIMUTHS.size * SECTORS))):
        flat = pa.array(values.astype(np.float32).ravel(), pa.float32())
        table = table.append_column(name, pa.FixedSizeListArray.from_arrays(flat, values.shape[1]))
    return table


def public_owner(table: pa.Table) -> pa.ChunkedArray:
    """Which buildings belong to a collectivité: said so, or by the name of their owner."""
    owner = pc.fill_null(table["owner"], "")
    named = pc.match_substring_regex(owner, "^(commune|epci|syndicat|departement|region):")
    return pc.or_(pc.fill_null(table["public_owner"], False), named)
