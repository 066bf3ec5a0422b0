"""Losses of the envelope of each DPE, GV and its parts [W/K] (3CL-DPE, part 3)."""

from dataclasses import dataclass

import numpy as np

from jumeau.engines.buildings.dpe.air import renewal
from jumeau.engines.buildings.dpe.bridges import bridge_k
from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.glazing import bay_values, door_u, sun_area
from jumeau.engines.buildings.dpe.opaque import ceiling_u, floor_u, reduction, wall_u
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.model.dpe import F64, DpeBatch, Elements


@dataclass(slots=True)
class Envelope:
    """Losses of each DPE [W/K] and south-equivalent area by month [m2]."""

    walls: F64
    floors: F64
    ceilings: F64
    bays: F64
    doors: F64
    bridges: F64
    fans: F64
    leaks: F64
    sun_area_m2: F64

    @property
    def total(self) -> F64:
        """GV [W/K]."""
        solid = self.walls + self.floors + self.ceilings + self.bays + self.doors + self.bridges
        return solid + self.fans + self.leaks


def envelope(batch: DpeBatch, home: Dwelling, trust: bool) -> Envelope:
    """Losses of each DPE. trust: take the recorded rows of the tables, else look them up."""
    zone = home.zone
    wall, floor, roof = batch.of("mur"), batch.of("plancher_bas"), batch.of("plancher_haut")
    bay, door, bridge = batch.of("baie_vitree"), batch.of("porte"), batch.of("pont_thermique")

    def u_of(part: Elements, law: "object") -> F64:
        value: F64 = law(part, home.around(part.owner), trust)  # type: ignore[operator]
        return value

    lost = {}
    b = {}
    for name, part, u, area in (
        ("walls", wall, u_of(wall, wall_u), "surface_paroi_opaque"),
        ("floors", floor, u_of(floor, floor_u), "surface_paroi_opaque"),
        ("ceilings", roof, u_of(roof, ceiling_u), "surface_paroi_opaque"),
        ("doors", door, door_u(door, trust), "surface_porte"),
    ):
        b[name] = reduction(part, zone[part.owner], trust)
        lost[name] = sums(part.owner, b[name] * np.nan_to_num(u) * part.get(area, 0.0), batch.size)
    u_bay, sw = bay_values(batch, trust)
    b["bays"] = reduction(bay, zone[bay.owner], trust)
    lost["bays"] = sums(bay.owner, b["bays"] * np.nan_to_num(u_bay) * bay.get("surface_totale_baie", 0.0), batch.size)
    lost["bridges"] = sums(bridge.owner, bridge_k(batch, trust) * bridge.get("l", 0.0), batch.size)
    open_area = sum(
        (
            sums(part.owner, np.where(b[name] > 0, part.get(area, 0.0), 0.0), batch.size)
            for name, part, area in (
                ("walls", wall, "surface_paroi_opaque"),
                ("ceilings", roof, "surface_paroi_opaque"),
                ("doors", door, "surface_porte"),
                ("bays", bay, "surface_totale_baie"),
            )
        ),
        np.zeros(batch.size),
    )
    fans, leaks = renewal(batch, home.area_m2, home.height_m, open_area, home.period, home.method, trust)
    return Envelope(**lost, fans=fans, leaks=leaks, sun_area_m2=sun_area(batch, zone, sw))
