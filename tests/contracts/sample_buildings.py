"""A small raw inventory of buildings in two communes, with what is measured, declared, inferred later and unknown."""

import pyarrow as pa
import shapely

from jumeau.model.ids import keyed_ids

USES = ["enseignement", "bureau", None, "sport", "religieux", "residentiel", "indifferencie", "equipement"]
ENERGIES = ["gaz", None, "electricite", "fioul", "reseau", None, "bois"]


def buildings(commune: str, n: int, public: bool | None) -> pa.Table:
    """`n` buildings whose facts come round with coprime periods."""
    at = range(n)
    boxes = [shapely.box(60 * i, 0, 60 * i + 12 + i % 9, 10 + i % 5) for i in at]
    return pa.table(
        {
            "id": keyed_ids("batiment", commune, at),
            "commune": [commune] * n,
            "nom": pa.array([f"bâtiment {i}" if i % 3 else None for i in at], pa.string()),
            "usage": pa.array([USES[i % 8] for i in at], pa.string()),
            "public_owner": pa.array([public if i % 11 else None for i in at], pa.bool_()),
            "height_m": pa.array([4.0 + i % 7 if i % 5 else None for i in at], pa.float64()),
            "storeys": pa.array([1 + i % 3 if i % 4 == 0 else None for i in at], pa.int32()),
            "dwellings": pa.array([1 if i % 8 in (5, 6) and i % 3 else None for i in at], pa.int32()),
            "construction_year": pa.array([1950 + 3 * i % 75 if i % 3 else None for i in at], pa.int32()),
            "heating_energy": pa.array([ENERGIES[i % 7] for i in at], pa.string()),
            "control_class": pa.array(["C" if i % 13 == 0 else "B" if i % 13 == 1 else None for i in at], pa.string()),
            "annual_energy_kwh": pa.array([15000.0 + 400 * i if i % 6 == 0 else None for i in at], pa.float64()),
            "annual_energy_kwh__origin": pa.array(["measured" if i % 6 == 0 else None for i in at], pa.string()),
            "dpe_class": pa.array(["ABCDEFG"[i % 7] if i % 4 == 1 else None for i in at], pa.string()),
            "owner": pa.array(["epci:200000001" if i % 17 == 0 else None for i in at], pa.string()),
            "geometry": pa.array([None if i % 19 == 7 else x for i, x in enumerate(shapely.to_wkb(boxes))], pa.binary()),
        }
    )


def sources() -> dict[str, dict[str, pa.Table]]:
    """Partition -> raw tables."""
    return {"34172": {"batiment": buildings("34172", 90, True)}, "62119": {"batiment": buildings("62119", 40, None)}}
