"""A small raw inventory of street lighting in two communes, with what is measured, declared, wrong-free and unknown."""

import pyarrow as pa
import shapely

from jumeau.model.ids import keyed_ids

TYPES = ["lanterne", "boule", "projecteur", None, "autre", "borne"]
TECHNOLOGIES = ["shp", None, "led", "vm", "im", "autre"]
REGIMES = [None, "permanent", "coupure", "abaissement", "detection"]


def lights(commune: str, n: int, cabinet: str | None) -> pa.Table:
    """`n` luminaires whose facts come round with coprime periods."""
    at = range(n)
    return pa.table(
        {
            "id": keyed_ids("luminaire", commune, at),
            "commune": [commune] * n,
            "luminaire_type": pa.array([TYPES[i % 6] for i in at], pa.string()),
            "lamp_technology": pa.array([TECHNOLOGIES[(i // 2) % 6] for i in at], pa.string()),
            "lamp_power_w": pa.array([100.0 if i % 5 == 0 else None for i in at], pa.float64()),
            "system_power_w": pa.array([62.0 if i % 7 == 0 else None for i in at], pa.float64()),
            "system_power_w__origin": pa.array(["measured" if i % 7 == 0 else None for i in at], pa.string()),
            "regime": pa.array([REGIMES[i % 5] for i in at], pa.string()),
            "off_from_h": pa.array([23.5 if i % 10 == 2 else None for i in at], pa.float64()),
            "off_to_h": pa.array([5.0 if i % 10 == 2 else None for i in at], pa.float64()),
            "ulr": pa.array([0.01 if i % 11 == 0 else None for i in at], pa.float64()),
            "remote_managed": pa.array([True if i % 13 == 0 else None for i in at], pa.bool_()),
            "armoire": pa.array([cabinet] * n, pa.string()),
            "install_year": pa.array([1985 + i % 38 if i % 3 else None for i in at], pa.int32()),
            "road_class": pa.array([("P4", "M3", None, "P5")[i % 4] for i in at], pa.string()),
            "spacing_m": pa.array([10.0 if i % 4 else None for i in at], pa.float64()),
            "height_m": pa.array([8.0] * n, pa.float64()),
            "dimming_steps": pa.array(["A/X///23:00HL/05:00HL" if i % 19 == 0 else None for i in at], pa.string()),
            "geometry": pa.array(shapely.to_wkb(shapely.points([(770_000 + 10.0 * i, 6_280_000) for i in at])), pa.binary()),
            "owner": pa.array(["epci:200000001" if i % 17 == 0 else None for i in at], pa.string()),
        }
    )


def sources() -> dict[str, dict[str, pa.Table]]:
    """Partition -> raw tables."""
    cabinets = pa.table({"id": keyed_ids("armoire", "62119", range(2)), "commune": ["62119"] * 2, "code": ["A1", "A2"],
                         "clock_type": ["cellule", None], "install_year": pa.array([1990, None], pa.int32())})  # fmt: skip
    return {
        "34172": {"luminaire": lights("34172", 150, None)},
        "62119": {"luminaire": lights("62119", 70, "A1"), "armoire": cabinets},
    }
