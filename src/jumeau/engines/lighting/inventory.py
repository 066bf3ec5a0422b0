"""Source tables of a partition made ready: every column of the dictionary, no number filled in."""

import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.lighting.photometry.catalogue import LAYER
from jumeau.engines.lighting.streets import with_streets
from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import conform, flat

FROM_CABINET = ("clock_type", "switch_lux", "on_delay_min", "off_delay_min")
READS = ("luminaire", "armoire", "circuit", "troncon_route", LAYER)


def inventory(sources: Bundle, area: str) -> Bundle:  # noqa: ARG001
    """Luminaires and cabinets with all their columns and origins. An unknown power stays null: `diagnose` draws it.

    A luminaire that does not say what lights it, when and how late, takes it from its cabinet, with the origin it has there;
    where roads are
    known, its street is described from its position, marked inferred.
    """
    tables = {layer: conform(sources, layer) for layer in READS}
    return with_streets(tables | {"luminaire": _clocks(tables["luminaire"], tables["armoire"])})


def _clocks(lights: pa.Table, cabinets: pa.Table) -> pa.Table:
    told = [name for name in FROM_CABINET if cabinets[name].null_count < cabinets.num_rows]
    if not told:
        return lights
    at = cabinet_rows(lights, cabinets)
    for name in (column for field in told for column in (field, f"{field}__origin")):
        column = pc.coalesce(lights[name], flat(cabinets[name]).take(at))
        lights = lights.set_column(lights.schema.get_field_index(name), name, column)
    return lights


def cabinet_rows(lights: pa.Table, cabinets: pa.Table) -> pa.Array:
    """Row in `cabinets` of the cabinet each luminaire names, in the same commune (N,); null where there is none."""
    mine, theirs = (
        flat(pc.binary_join_element_wise(pc.fill_null(table["commune"], ""), table[code], "\x1f"))
        for table, code in ((lights, "armoire"), (cabinets, "code"))
    )
    return pc.index_in(mine, value_set=theirs, skip_nulls=True)
