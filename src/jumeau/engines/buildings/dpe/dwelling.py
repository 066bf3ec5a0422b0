"""What each DPE is about: a house, a flat or a whole building, where, how large, heated with what."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.habits import (
    caps_after_lining,
    lining_or_insulation,
    old_by_wall,
    small_floors_beyond_table,
)
from jumeau.engines.buildings.dpe.segments import above, sums
from jumeau.engines.buildings.dpe.tables import climate
from jumeau.model.dpe import F64, I64, DpeBatch

_BUILDING = (6, 7, 8, 9, 26, 27, 28, 29, 30)
_FROM_BUILDING = (10, 11, 12, 13, 33, 34, 38, 39, 40)
_JOULE = (98, 99, 100, 101, 102, 103, 104, 106)
_BASE_C = np.array([[-9.5, -11.5, -13.5], [-6.5, -8.5, -10.5], [-3.5, -5.5, -7.5]])
_MENDED = "2024-07-01"
_ZONE3 = np.array([0, 0, 0, 1, 1, 1, 1, 2])


@dataclass(slots=True)
class Around:
    """What the walls, floors and ceilings take from the dwelling of each. joule: 1 where it is heated by electric
    resistance; cap_last, lining_or_insulation, beyond_table: habits of the software of the file."""

    period: I64
    zone: I64
    joule: I64
    cap_last: NDArray[np.bool_]
    lining_or_insulation: NDArray[np.bool_]
    beyond_table: NDArray[np.bool_]


@dataclass(slots=True)
class Dwelling:
    """One row per DPE. house, building: kind; area_m2: what the calculation covers; label_m2: what the label divides by."""

    method: I64
    period: I64
    zone: I64
    altitude: I64
    old_walls: I64
    inertia: I64
    house: NDArray[np.bool_]
    building: NDArray[np.bool_]
    from_building: NDArray[np.bool_]
    area_m2: F64
    label_m2: F64
    whole_m2: F64
    height_m: F64
    homes: F64
    joule: I64
    base_c: F64
    early: NDArray[np.bool_]
    cap_last: NDArray[np.bool_]
    lining_or_insulation: NDArray[np.bool_]
    beyond_table: NDArray[np.bool_]

    def around(self, owner: I64) -> Around:
        """Facts of the dwelling of each row of a table. owner: DPE of each row."""
        return Around(
            self.period[owner],
            self.zone[owner],
            self.joule[owner],
            self.cap_last[owner],
            self.lining_or_insulation[owner],
            self.beyond_table[owner],
        )

    def degree_hours(self) -> F64:
        """Degree-hours below 19 degC by month. The table of 2021 had 15 639 for December in zone H2d, mended since: a
        DPE of before July 2024 was made with the figure as first published."""
        return np.where(self.early[:, None], self.month("dh19_legacy"), self.month("dh19"))

    def month(self, name: str) -> F64:
        """A climate table at the place of each DPE: one row of twelve months."""
        table = climate(name)
        where = (self.altitude - 1, self.zone - 1)
        found: F64 = (
            table[(self.old_walls, *where)] if table.ndim == 4 else table[where] if table.ndim == 3 else table[where[1]]
        )
        return found


def dwelling(batch: DpeBatch) -> Dwelling:
    """Facts of each DPE, in the codes of the schema."""
    facts = batch.facts
    method = facts.code("enum_methode_application_dpe_log_id", 1)
    building, derived = np.isin(method, _BUILDING), np.isin(method, _FROM_BUILDING)
    one, whole = facts.get("surface_habitable_logement"), facts.get("surface_habitable_immeuble")
    area = np.where(building | derived, np.where(whole > 0, whole, one), np.where(one > 0, one, whole))
    label = np.where(building, area, np.where(one > 0, one, area))
    part = _part_of_whole(batch)
    # some files give the area of the flat as that of its building: the part of it that is written elsewhere says more
    whole_area = np.where(whole > 0, whole, area)
    whole_area = np.where(~building & ~derived & (whole_area <= label * 1.01) & (part > 0), label / part, whole_area)
    homes = np.where(building | derived, np.maximum(facts.get("nombre_appartement", 1.0), 1.0), 1.0)
    zone = np.clip(facts.code("enum_zone_climatique_id", 1), 1, 8)
    altitude = np.clip(facts.code("enum_classe_altitude_id", 1), 1, 3)
    return Dwelling(
        method=method,
        period=facts.code("enum_periode_construction_id", 1),
        zone=zone,
        altitude=altitude,
        old_walls=_old_walls(batch),
        inertia=facts.code("enum_classe_inertie_id", 3),
        house=method == 1,
        building=building,
        from_building=derived,
        area_m2=area,
        label_m2=label,
        whole_m2=whole_area,
        height_m=facts.get("hsp", 2.5),
        homes=homes,
        joule=_by_joule(batch),
        base_c=_BASE_C[_ZONE3[zone - 1], altitude - 1],
        early=np.array([bool(day) and day < _MENDED for day in facts.text("date_etablissement_dpe")], dtype=bool),
        cap_last=caps_after_lining(batch),
        lining_or_insulation=lining_or_insulation(batch),
        beyond_table=small_floors_beyond_table(batch),
    )


def _by_joule(batch: DpeBatch) -> I64:
    """1 where the main heating is by electric resistance, over more of the area than anything else."""
    plant, source = batch.of("installation_chauffage"), batch.of("generateur_chauffage")
    main = source.code("enum_lien_generateur_emetteur_id", 1) == 1
    area = np.maximum(np.nan_to_num(above(plant.get("surface_chauffee"), np.maximum(source.parent, 0))), 1e-6) * main
    yes = np.isin(source.code("enum_type_generateur_ch_id"), _JOULE)
    return (2 * sums(source.owner, area * yes, batch.size) > sums(source.owner, area, batch.size)).astype(np.int64)


def _old_walls(batch: DpeBatch) -> I64:
    """1 where the climate tables of heavy old walls hold: as declared, or most walls old and inertia heavy."""
    wall = batch.of("mur")
    area = wall.get("surface_paroi_opaque", 0.0)
    said = wall.get("paroi_ancienne")
    total = sums(wall.owner, area, batch.size)
    old = sums(wall.owner, area * (said == 1), batch.size)
    known = (sums(wall.owner, ~np.isnan(said), batch.size) > 0) & old_by_wall(batch)
    heavy = batch.facts.code("enum_classe_inertie_id", 3) <= 2
    declared = batch.facts.code("batiment_materiaux_anciens") == 1
    out: I64 = np.where(known, (old > 0.5 * total) & heavy, declared).astype(np.int64)
    return out


def _part_of_whole(batch: DpeBatch) -> F64:
    """Part of its building that a flat with shared systems is said to be [-], NaN without one."""
    out = np.full(batch.size, np.nan)
    for kind in ("installation_ecs", "installation_chauffage"):
        plant = batch.of(kind)
        part = plant.get("ratio_virtualisation")
        some = (part > 0) & (part < 1)
        out[plant.owner[some]] = part[some]
    return out
