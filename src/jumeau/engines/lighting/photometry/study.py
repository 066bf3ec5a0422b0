"""The whole calculation of one street: what it receives, whether its class is kept, what it draws, what the law sees."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from jumeau.engines.lighting.photometry.energy import Energy, Period, energy
from jumeau.engines.lighting.photometry.performance import (
    UNKNOWN,
    Performance,
    Verdict,
    overall,
    performance,
    verdicts,
)
from jumeau.engines.lighting.photometry.street import Street
from jumeau.model.lantern import Lantern, cie_code, ulr
from jumeau.model.road_classes import COMPARABLE
from jumeau.model.road_surface import Surface

FULL_NIGHT = (Period(4100.0),)
"""A whole year of full nights: 4 100 h, the usual figure (3 500 to 4 300 by place and clock)."""


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """performance, energy: see there; road_class and its verdicts, status over them all; comparable: the illuminance class
    that stands for a luminance class that cannot be decided, and its verdicts; flux_density_lm_per_m2: installed flux over
    the lit area [lm/m²] as the arrêté of 27 December 2018 defines it; ulr: as tilted [ratio]; cie_flux_code_3: [ratio]."""

    street: Street
    lantern: Lantern
    surface: str
    performance: Performance
    road_class: str
    verdicts: list[Verdict]
    status: str
    comparable: str
    comparable_verdicts: list[Verdict]
    energy: Energy
    flux_density_lm_per_m2: float
    ulr: float
    cie_flux_code_3: float

    @property
    def keeps(self) -> str:
        """The status that can be told: of the class, or of the comparable class where luminances decide of nothing."""
        return overall(self.comparable_verdicts) if self.status == UNKNOWN and self.comparable else self.status


def study(street: Street, lantern: Lantern, surface: Surface | None = None, road_class: str = "",
          periods: Sequence[Period] = FULL_NIGHT) -> Study:  # fmt: skip
    """Compute a street; without `road_class` nothing is judged."""
    found = performance(street, lantern, surface)
    judged = verdicts(found, road_class) if road_class else []
    status = overall(judged) if judged else UNKNOWN
    stands = COMPARABLE.get(road_class, "") if status == UNKNOWN else ""
    walk = found.footway["illuminance"] if found.footway else None
    used = energy(street, lantern.power_w, found.values["illuminance"], walk, periods)
    installed = street.rows * lantern.flux_lm
    return Study(
        street=street,
        lantern=lantern,
        surface="" if surface is None else surface.name,
        performance=found,
        road_class=road_class,
        verdicts=judged,
        status=status,
        comparable=stands,
        comparable_verdicts=verdicts(found, stands) if stands else [],
        energy=used,
        flux_density_lm_per_m2=installed / used.area_m2,
        ulr=ulr(lantern, street.tilt_deg - lantern.tilt_deg),
        cie_flux_code_3=cie_code(lantern)[2],
    )


def plain(value: float, digits: int = 4) -> float | None:
    """A number to show, None where it is not known."""
    return None if not np.isfinite(value) else float(f"{value:.{digits}g}")


def as_json(found: Study, grids: bool = True) -> dict[str, Any]:
    """A study as plain values, unknown as null."""
    head = found.lantern

    def judged(all_: list[Verdict]) -> list[dict[str, Any]]:
        return [msgspec.to_builtins(v) | {"found": plain(v.found)} for v in all_]

    out = {
        "street": msgspec.to_builtins(found.street),
        "lantern": {
            "name": head.name,
            "source": head.source,
            "origin": head.origin,
            "flux_lm": plain(head.flux_lm),
            "power_w": plain(head.power_w),
            "cct_k": plain(head.cct_k),
            "ulr": plain(found.ulr),
            "cie_flux_code_3": plain(found.cie_flux_code_3),
        },
        "surface": found.surface,
        "values": {name: plain(value) for name, value in found.performance.values.items()},
        "footway": {name: plain(value) for name, value in found.performance.footway.items()},
        "road_class": found.road_class,
        "status": found.status,
        "keeps": found.keeps,
        "verdicts": judged(found.verdicts),
        "comparable": found.comparable,
        "comparable_verdicts": judged(found.comparable_verdicts),
        "energy": {
            "span_power_w": plain(found.energy.power_w),
            "density_w_per_lx_m2": [plain(x) for x in found.energy.density],
            "annual_kwh_per_m2": plain(found.energy.annual_kwh_per_m2),
        },
        "flux_density_lm_per_m2": plain(found.flux_density_lm_per_m2),
        "doubts": list(found.performance.doubts),
    }
    if grids:
        out["grids"] = [
            {
                "kind": g.kind,
                "field": g.field,
                "eye": g.eye,
                "x_m": [round(float(x), 3) for x in g.x_m],
                "y_m": [round(float(y), 3) for y in g.y_m],
                "values": [[plain(float(v), 3) for v in row] for row in g.values],
            }
            for g in found.performance.grids
        ]
    return out
