"""Assets of three layers put beside the hazards of their commune, as one table."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.protocol import Bundle
from jumeau.engines.risks.exposure import exposed
from jumeau.engines.tables import conform, floats, texts
from jumeau.model.origin import Origin

ASSETS = ("batiment", "etablissement", "armoire")
READS = (*ASSETS, "zone_alea", "repere_crue", "commune")
FLOODS = ("inondation", "submersion", "multirisque")
MARK_DISTANCE_M = 25.0
WHOLE_COMMUNE = 0.9
SENSITIVE_USES = ("enseignement", "sante")
PLAIN_USES = ("bureau", "commerce", "industriel", "agricole", "religieux", "annexe", "residentiel", "culture", "sport")
SENSITIVE_WORDS = (
    r"(?i)[eé]cole|coll[eè]ge|lyc[eé]e|cr[eè]che|petite enfance|h[oô]pita|clinique|sant[eé]|retraite|ehpad|secours|pompier"
)

Flags = NDArray[np.float64]


def inventory(sources: Bundle, area: str) -> Bundle:  # noqa: ARG001
    """Buildings, establishments and cabinets with the hazards of their own commune; 1, 0 or unknown, never guessed.

    A commune without any hazard zone says nothing of its assets: their exposure is unknown. A zone as large as its commune
    locates nothing either: it only says that the commune is concerned (`commune_hazard`, `commune_flood`). A flood mark
    within 25 m makes an asset exposed (inferred) and gives its depth when both levels are known.
    """
    tables = {layer: conform(sources, layer) for layer in READS}
    parts = [_assets(tables[layer], layer) for layer in ASSETS]
    main = pa.concat_tables(parts)
    geometry = pa.chunked_array([c for layer in ASSETS for c in tables[layer]["geometry"].chunks], pa.binary())
    return tables | {"actif_expose": conform({"actif_expose": _met(main, geometry, tables)}, "actif_expose")}


def _assets(table: pa.Table, layer: str) -> pa.Table:
    area = pa.nulls(table.num_rows, pa.float64())
    if layer == "batiment" and table.num_rows:
        import shapely

        areas = shapely.area(shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False)))
        area = pa.array(np.where(areas > 0, areas, np.nan), from_pandas=True)
    use = table["usage"] if layer == "batiment" else table["nature"] if layer == "etablissement" else None
    sensitive, origin = _sensitive(table, layer)
    columns: dict[str, Any] = {
        "id": table["id"],
        "commune": table["commune"],
        "kind": pa.array([layer] * table.num_rows, pa.string()),
        "usage": pa.nulls(table.num_rows, pa.string()) if use is None else use,
        "owner": table["owner"],
        "ground_area_m2": area,
        "sensitive": sensitive,
        "sensitive__origin": origin,
    }
    return pa.table(columns)


def _sensitive(table: pa.Table, layer: str) -> tuple[pa.Array, pa.Array]:
    inferred = pa.scalar(Origin.INFERRED.value)
    if layer == "batiment":
        yes = pc.is_in(table["usage"], value_set=pa.array(SENSITIVE_USES))
        no = pc.is_in(table["usage"], value_set=pa.array(PLAIN_USES))
        value = pc.if_else(yes, True, pc.if_else(no, False, pa.scalar(None, pa.bool_())))
        return value, pc.if_else(pc.is_valid(value), inferred, pa.scalar(None, pa.string()))
    if layer == "armoire":
        return pa.array([False] * table.num_rows, pa.bool_()), pa.array([Origin.INFERRED.value] * table.num_rows, pa.string())
    said = pc.binary_join_element_wise(*(pc.fill_null(table[name], "") for name in ("nom", "famille", "nature")), " ")
    guess = pc.match_substring_regex(said, SENSITIVE_WORDS)
    blank = pc.equal(pc.utf8_trim_whitespace(said), "")
    declared = pc.not_equal(table["sensitive"], "aucune")
    value = pc.coalesce(declared, pc.if_else(blank, pa.scalar(None, pa.bool_()), guess))
    label = pc.if_else(pc.is_valid(declared), table["sensitive__origin"], inferred)
    return value, pc.if_else(pc.is_valid(value), label, pa.scalar(None, pa.string()))


def _met(main: pa.Table, geometry: pa.ChunkedArray, tables: Bundle) -> pa.Table:
    """The assets with what they meet: exposed, flood_exposed, water_depth_m, return_period_y and their origins."""
    every, marks = tables["zone_alea"], tables["repere_crue"]
    place, of_mark = (texts(t, "commune").astype(str) for t in (main, marks))
    drawn = np.asarray(pc.is_valid(geometry)) & (place != "")
    whole = _whole_communes(every, tables["commune"])
    zones, wide = every.filter(pa.array(~whole)), every.filter(pa.array(whole))
    of_zone, of_wide = (texts(t, "commune").astype(str) for t in (zones, wide))
    told = drawn & np.isin(place, of_zone[np.asarray(pc.is_valid(zones["geometry"]))])
    hazard, flood = np.where(told, 0.0, np.nan), np.where(told, 0.0, np.nan)
    depth, period = np.full(main.num_rows, np.nan), np.full(main.num_rows, np.nan)
    origin = np.full(main.num_rows, None, dtype=object)
    origin[told] = Origin.DECLARED.value
    asset, zone = _same_commune(exposed(geometry, zones["geometry"]), place, of_zone)
    hazard[asset] = 1.0
    wet = np.isin(texts(zones, "alea").astype(str)[zone], FLOODS)
    flood[asset[wet]] = 1.0
    for out, name in ((depth, "water_depth_m"), (period, "return_period_y")):
        np.fmax.at(out, asset[wet], floats(zones, name)[zone[wet]])
    asset, mark = _same_commune(exposed(geometry, marks["geometry"], MARK_DISTANCE_M), place, of_mark)
    origin[asset[~(hazard[asset] == 1.0)]] = Origin.INFERRED.value
    hazard[asset], flood[asset] = 1.0, 1.0
    high = floats(marks, "water_level_m_ngf") - floats(marks, "ground_level_m_ngf")
    np.fmax.at(depth, asset, np.where(high > 0, high, np.nan)[mark])
    concerned = drawn & np.isin(place, of_wide)
    soaked = drawn & np.isin(place, of_wide[np.isin(texts(wide, "alea").astype(str), FLOODS)])
    columns = {
        "commune_hazard": pa.array(concerned & np.isnan(hazard)),
        "commune_flood": pa.array(soaked & np.isnan(flood)),
        "exposed": _booleans(hazard),
        "flood_exposed": _booleans(flood),
        "water_depth_m": pa.array(depth, from_pandas=True),
        "return_period_y": pa.array(period, from_pandas=True),
    }
    for name, column in columns.items():
        main = main.append_column(name, column)
    labels = pa.array(origin, pa.string())
    for name in ("exposed", "flood_exposed"):
        main = main.append_column(f"{name}__origin", labels)
    return main


def _whole_communes(zones: pa.Table, communes: pa.Table) -> NDArray[np.bool_]:
    """Which zones (Z,) are as large as the commune they speak of; none where the commune has no geometry."""
    import shapely

    def areas(table: pa.Table) -> NDArray[np.float64]:
        return np.asarray(shapely.area(shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))))

    size = dict(zip(communes["commune"].to_pylist(), areas(communes), strict=True))
    room = np.array([size.get(code, np.nan) for code in zones["commune"].to_pylist()], dtype=np.float64)
    return np.asarray(areas(zones) >= WHOLE_COMMUNE * room)


def _same_commune(pairs: Any, place: NDArray[Any], other: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    asset, zone = pairs
    kept = place[asset] == other[zone]
    return asset[kept], zone[kept]


def _booleans(flags: Flags) -> pa.Array:
    return pa.array(flags == 1.0, pa.bool_(), mask=np.isnan(flags))
