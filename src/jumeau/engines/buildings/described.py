"""What a DPE says of a building, in the columns of the layer, and what of it cannot be the building it is given for."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.choices import ZONES
from jumeau.engines.buildings.dpe.dwelling import dwelling
from jumeau.model.dpe import DpeBatch

HOUSE, BLOCK, FLAT = "maison", "immeuble", "appartement"
_HOUSES, _BLOCKS = (1, 14, 18), (6, 7, 8, 9, 17, 21, 26, 27, 28, 29, 30)
_ENERGIES = {1: "electricite", 12: "electricite", 2: "gaz", 3: "fioul", 8: "reseau", 9: "gpl", 10: "gpl", 13: "gpl",
             **dict.fromkeys((4, 5, 6, 7), "bois"), 11: "autre", 14: "autre"}  # fmt: skip
_SYSTEMS = (
    (range(1, 20), "pompe_a_chaleur"), (range(20, 50), "poele"), (range(55, 98), "chaudiere"),
    (range(98, 106), "effet_joule"), (range(106, 107), "chaudiere"), (range(107, 113), "sous_station"),
)  # fmt: skip
_LAST_YEARS = (1947, 1974, 1977, 1982, 1988, 2000, 2005, 2012, 2021, 9999)
"""Last year of each period of construction of the schema."""
NEAR_YEARS, NEAR_AREA = 10, (0.5, 1.6)
OUTSIDE, HEATED = 1, 22
"""Codes of the schema for what an element gives on: the open air, a heated space."""
_ELEMENTS = {
    "wall": ("mur", "di.umur", "surface_paroi_opaque"), "roof": ("plancher_haut", "di.uph", "surface_paroi_opaque"),
    "floor": ("plancher_bas", "di.upb_final", "surface_paroi_opaque"),
    "window": ("baie_vitree", "di.u_menuiserie", "surface_totale_baie"),
}  # fmt: skip


def kind_of(batch: DpeBatch) -> str:
    """House, whole building or flat: what the only DPE of a batch is about."""
    method = int(batch.facts.code("enum_methode_application_dpe_log_id", 1)[0])
    return HOUSE if method in _HOUSES else BLOCK if method in _BLOCKS else FLAT


def described(batch: DpeBatch) -> dict[str, Any]:
    """Columns of the layer that the only DPE of a batch fills. Of a flat, only its year: its label, its heating and its
    windows are not those of its building."""
    facts, home, kind = batch.facts, dwelling(batch), kind_of(batch)
    year = facts.get("annee_construction")[0]
    out: dict[str, Any] = {"construction_year": int(year) if 800 <= year <= 2100 else None}
    if kind != FLAT:
        out |= {
            "dpe_class": facts.text("sortie.classe_bilan_dpe")[0].upper() or None,
            "dpe_primary_kwh_m2": _figure(facts.get("sortie.ep_conso_5_usages_m2")[0], 1),
            "dpe_final_kwh_m2": _figure(facts.get("sortie.conso_5_usages_m2")[0], 1),
            "dpe_ghg_kgco2e_m2": _figure(facts.get("sortie.emission_ges_5_usages_m2")[0], 1),
            "floor_area_m2": _figure(home.area_m2[0], 1),
            "dwellings": int(home.homes[0]) if kind == BLOCK else 1,
            **_heating(batch), **_envelope(batch),
        }  # fmt: skip
    return {k: v for k, v in out.items() if v is not None}


def _figure(value: float, decimals: int) -> float | None:
    return round(float(value), decimals) if np.isfinite(value) and value > 0 else None


def _heating(batch: DpeBatch) -> dict[str, Any]:
    """Energy and generator of the main heating, where all the main ones agree."""
    source = batch.of("generateur_chauffage")
    main = source.code("enum_lien_generateur_emetteur_id", 1) == 1
    energies = {_ENERGIES.get(int(c)) for c in source.code("enum_type_energie_id")[main]}
    systems = {next((n for r, n in _SYSTEMS if int(c) in r), None) for c in source.code("enum_type_generateur_ch_id")[main]}
    return {
        "heating_energy": energies.pop() if len(energies) == 1 else None,
        "heating_system": systems.pop() if len(systems) == 1 else None,
    }


def _envelope(batch: DpeBatch) -> dict[str, float | None]:
    """Mean U of each element as the file records it [W/(m²·K)], times what the space behind it leaves: walls towards the
    outside, floors with their ground."""
    out: dict[str, float | None] = {}
    for name, (kind, u, area) in _ELEMENTS.items():
        part = batch.of(kind)
        near = part.code("enum_type_adjacence_id", OUTSIDE)
        lost = near == OUTSIDE if name == "wall" else near != HEATED
        behind = part.get("di.b", 1.0)
        out[f"{name}_u_w_m2k"] = _mean(part.get(u) * behind, np.where(lost, part.get(area, 0.0), 0.0))
    return out


def _mean(u: NDArray[np.float64], area: NDArray[np.float64]) -> float | None:
    known = np.isfinite(u) & (u > 0) & (area > 0)
    return round(float((u * area)[known].sum() / area[known].sum()), 3) if known.any() else None


Reason = tuple[str, dict[str, Any]]


def contradictions(batch: DpeBatch, row: dict[str, Any], zone: int, floor: tuple[float, float]) -> list[Reason]:
    """Why the only DPE of a batch cannot be of a building: (key of `batiments.dpe_contre_KEY`, figures).

    row: columns of the building; zone: position in ZONES, -1 where unknown; floor: least and most floor area [m²].
    """
    facts, home, kind = batch.facts, dwelling(batch), kind_of(batch)
    out: list[Reason] = []
    year, known = facts.get("annee_construction")[0], row["construction_year"]
    if known is not None and 800 <= year <= 2100 and abs(year - known) > NEAR_YEARS:
        out.append(("annee", {"said": int(year), "known": known}))
    period = min(max(int(home.period[0]), 1), len(_LAST_YEARS)) - 1
    first, last = (0, *_LAST_YEARS)[period] + 1, _LAST_YEARS[period]
    if known is not None and home.period[0] >= 1 and not first - NEAR_YEARS <= known <= last + NEAR_YEARS:
        out.append(("periode", {"first": first, "last": last, "known": known}))
    if zone >= 0 and facts.code("enum_zone_climatique_id")[0] in range(1, 9) and home.zone[0] - 1 != zone:
        out.append(("zone", {"said": ZONES[home.zone[0] - 1], "known": ZONES[zone]}))
    area = float(home.area_m2[0] if kind == BLOCK else home.label_m2[0])
    least, most = floor[0] * NEAR_AREA[0], floor[1] * NEAR_AREA[1]
    if np.isfinite(area) and np.isfinite(most) and (area > most or (kind != FLAT and area < least)):
        out.append(("surface", {"said": round(area), "low": round(floor[0]), "high": round(floor[1])}))
    homes = row["dwellings"]
    if kind == HOUSE and homes is not None and homes > 2:
        out.append(("maison", {"known": homes}))
    if kind == BLOCK and homes and abs(home.homes[0] - homes) > max(1.0, 0.2 * homes):
        out.append(("logements", {"said": int(home.homes[0]), "known": homes}))
    levels, storeys = facts.get("nombre_niveau_immeuble")[0], row["storeys"]
    if kind != FLAT and storeys is not None and np.isfinite(levels) and abs(levels - storeys) > 1:
        out.append(("niveaux", {"said": int(levels), "known": storeys}))
    if row["usage"] not in (None, "indifferencie", "residentiel"):
        out.append(("usage", {}))
    return out
