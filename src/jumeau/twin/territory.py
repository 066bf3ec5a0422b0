"""The communes of the twin: a register, with contours when a file gives them and schematic cells when none does."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from jumeau.errors import InputError, NotFoundError
from jumeau.model.ids import keyed_ids
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.model.territory import referential, schematic_cells, vintages
from jumeau.sharing.view import View
from jumeau.store.port import ClaimTable
from jumeau.texts import t

LAYER, REGISTER = "commune", "cog"


def commune_ids(codes: list[str]) -> list[str]:
    """Asset ids of communes: the same for every source, since the COG names them."""
    return keyed_ids(LAYER, REGISTER, codes)


def declared(table: pa.Table) -> dict[str, Origin]:
    """Every column of a table but its id, as declared."""
    return {name: Origin.DECLARED for name in table.column_names if name != "id"}


def load_communes(view: View, departement: str, contours: Path | None = None) -> int:
    """Write the COG facts of a département's communes and the geometry there is. Gives the number of communes.

    Without contours, schematic cells are drawn where the centres of the communes are embedded; elsewhere the communes have
    no geometry, which `without_geometry` counts.
    """
    facts = _facts(departement)
    shapes = _contours(contours, facts) if contours else _drawn(departement)
    registry = _registry()
    changes = [ClaimTable(layer=LAYER, table=facts, source=registry, origins=declared(facts))]
    if shapes is not None:
        changes.append(ClaimTable(layer=LAYER, table=shapes[0], source=shapes[1], origins=shapes[2]))
    message = t("jumeau.communes_message", departement=departement, vintage=registry.vintage)
    view.commit(changes, message=message, kind="import")
    return int(facts.num_rows)


def load_synthetic(view: View, departement: str, seed: int = 0) -> dict[str, int]:
    """Write a seeded synthetic inventory of every layer the generator knows."""
    from jumeau.sources import synthetique

    wanted = [name for name in synthetique.available() if name != LAYER]
    tables = synthetique.generate(departement, seed=seed, layers=wanted)
    source = synthetique.source(departement, seed=seed)
    changes = [ClaimTable(layer=name, table=table, source=source, origins=declared(table)) for name, table in tables.items()]
    view.commit(changes, message=t("jumeau.synthetique_message", departement=departement, seed=seed), kind="import")
    return {name: table.num_rows for name, table in tables.items()}


def describe(view: View) -> dict[str, Any]:
    """Name, bounding box in CRS84 (None when there is no geometry), number of communes, synthetic or not."""
    communes = view.read(LAYER, columns=["departement", "schematic"])
    codes = sorted(set(communes["departement"].drop_null().to_pylist()))
    names = [f"{referential().departement(code).nom} ({code})" for code in codes]
    return {
        "name": ", ".join(names),
        "bbox": _bbox(communes) if "geometry" in communes.column_names else None,
        "communes": communes.num_rows,
        "synthetic": any(source.synthetic for source in view.sources().values()),
    }


def _bbox(communes: pa.Table) -> list[float] | None:
    import shapely
    from pyproj import Transformer

    shapes = shapely.from_wkb(communes["geometry"].drop_null().to_numpy(zero_copy_only=False))
    if not len(shapes):
        return None
    west, south, east, north = Transformer.from_crs(2154, "OGC:CRS84").transform_bounds(*shapely.total_bounds(shapes))
    return [round(x, 5) for x in (west, south, east, north)]


def _facts(departement: str) -> pa.Table:
    found = referential().communes(departement=departement)
    return pa.table(
        {
            "id": commune_ids([c.code for c in found]),
            "commune": [c.code for c in found],
            "nom": [c.nom for c in found],
            "departement": [c.departement for c in found],
            "epci": pa.array([c.epci or None for c in found], pa.string()),
            "population": pa.array([c.population for c in found], pa.int32()),
        }
    )


def _registry() -> Source:
    about = vintages()["communes.csv.gz"]
    return Source(
        id="cog",
        title=t("jumeau.communes_registre"),
        licence=about["licence"],
        vintage=about["vintage"],
        public=True,
    )


def without_geometry(view: View) -> int:
    """Number of communes that can be named but not drawn."""
    found = view.read(LAYER, columns=["commune"])
    return int(found["geometry"].null_count) if "geometry" in found.column_names else int(found.num_rows)


def _drawn(departement: str) -> tuple[pa.Table, Source, dict[str, Origin]] | None:
    try:
        return _schematic(departement)
    except NotFoundError:
        return None


def _schematic(departement: str) -> tuple[pa.Table, Source, dict[str, Origin]]:
    import shapely

    codes, cells = schematic_cells(departement)
    table = pa.table(
        {
            "id": commune_ids(codes),
            "geometry": pa.array(shapely.to_wkb(cells).tolist(), pa.binary()),
            "schematic": [True] * len(codes),
        }
    )
    source = Source(id="cellules-schematiques", title=t("jumeau.communes_schema"), public=True)
    return table, source, {"geometry": Origin.INFERRED, "schematic": Origin.INFERRED}


def _contours(path: Path, facts: pa.Table) -> tuple[pa.Table, Source, dict[str, Origin]]:
    """Contours of any vintage, gathered under today's commune when communes have merged since."""
    import geopandas as gpd
    import numpy as np

    if not path.is_file():
        raise InputError("jumeau.fichier_absent", file=path)
    frame = gpd.read_file(path).to_crs(2154)
    code = next((c for c in ("code", "insee", "INSEE_COM", "codgeo", "commune") if c in frame.columns), None)
    if code is None:
        raise InputError("jumeau.contours_sans_code", file=path.name, columns=", ".join(map(str, frame.columns)))
    frame["commune"] = referential().resolve_array(frame[code].astype(str).to_numpy())
    wanted = set(facts["commune"].to_pylist())
    kept = frame[frame["commune"].isin(wanted)].dissolve("commune")
    table = pa.table(
        {
            "id": commune_ids([str(c) for c in kept.index]),
            "geometry": pa.array(np.asarray(kept.geometry.make_valid().to_wkb()), pa.binary()),
            "schematic": [False] * len(kept),
        }
    )
    title = f"{path.stem} (contours)"
    source = Source(id=f"contours-{path.stem.lower()}", title=title, licence="Licence Ouverte", public=True)
    return table, source, {"geometry": Origin.DECLARED, "schematic": Origin.DECLARED}
