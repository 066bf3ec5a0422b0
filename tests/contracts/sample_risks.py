"""A small raw inventory of risks: one commune with zones and marks, one with none, assets of three layers, some unknown."""

import pyarrow as pa
import shapely

from jumeau.model.ids import keyed_ids


def boxes(commune: str, corners: list[tuple[float, float] | None], uses: list[str | None]) -> pa.Table:
    """Buildings of 10 m by 10 m; None has no geometry."""
    shapes = [None if c is None else shapely.to_wkb(shapely.box(c[0], c[1], c[0] + 10, c[1] + 10)) for c in corners]
    return pa.table(
        {
            "id": keyed_ids("batiment", commune, range(len(corners))),
            "commune": [commune] * len(corners),
            "usage": pa.array(uses, pa.string()),
            "geometry": pa.array(shapes, pa.binary()),
        }
    )


def points(layer: str, commune: str, where: list[tuple[float, float]], **columns: list[object]) -> pa.Table:
    """Point assets."""
    shapes = [shapely.to_wkb(shapely.Point(*xy)) for xy in where]
    table = {"id": keyed_ids(layer, commune, range(len(where))), "commune": [commune] * len(where)}
    return pa.table(table | columns | {"geometry": pa.array(shapes, pa.binary())})


def sources() -> dict[str, dict[str, pa.Table]]:
    """Partition -> raw tables. The flood zone covers x < 100."""
    wet = shapely.to_wkb(shapely.box(0, 0, 100, 1000))
    mine = shapely.to_wkb(shapely.box(900, 0, 1000, 1000))
    zones = pa.table(
        {
            "id": keyed_ids("zone_alea", "34172", range(2)),
            "commune": ["34172"] * 2,
            "alea": ["inondation", "minier"],
            "geometry": pa.array([wet, mine], pa.binary()),
        }
    )
    marks = points("repere_crue", "34172", [(505.0, 515.0)], water_level_m_ngf=[21.5], ground_level_m_ngf=[20.0])
    corners = [(10.0, 10.0), (50.0, 50.0), (300.0, 300.0), (950.0, 10.0), (500.0, 500.0), None]
    uses = ["enseignement", "residentiel", "bureau", "sante", None, "sport"]
    return {
        "34172": {
            "batiment": boxes("34172", corners, uses),
            "etablissement": points("etablissement", "34172", [(20.0, 20.0), (400.0, 1.0)], nom=["École Rabelais", "Stade"]),
            "armoire": points("armoire", "34172", [(60.0, 5.0), (600.0, 5.0)], code=["A1", "A2"]),
            "zone_alea": zones,
            "repere_crue": marks,
        },
        "34129": {"batiment": boxes("34129", [(10.0, 10.0), (2000.0, 0.0)], ["enseignement", None])},
    }
