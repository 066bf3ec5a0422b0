"""Synthetic inventories: drawn from published national statistics with a fixed seed, and always labelled so.

Each generator makes one family of layers of the field dictionary for the communes of a département. Its constants, with
their source and confidence, stand in `model/parameters/synthetique.csv`. To add a layer, write a function that takes a
`Ground` and returns tables by layer, and add it to `GENERATORS`.
"""

from collections.abc import Callable, Sequence

import pyarrow as pa

from jumeau.errors import NotFoundError
from jumeau.model.provenance import Source
from jumeau.model.territory import schematic_layer
from jumeau.sources.synthetique.buildings import buildings
from jumeau.sources.synthetique.ground import Ground, make_ground, source_id
from jumeau.sources.synthetique.lighting import lighting
from jumeau.sources.synthetique.water import water
from jumeau.texts import t

SEED = 34
RANK = -10
"""Precedence of a synthetic source: any real file wins."""


def _communes(ground: Ground) -> dict[str, pa.Table]:
    return {"commune": schematic_layer(ground.departement, ground.source)}


GENERATORS: dict[Callable[[Ground], dict[str, pa.Table]], tuple[str, ...]] = {
    _communes: ("commune",),
    lighting: ("armoire", "luminaire"),
    buildings: ("batiment",),
    water: ("service_eau",),
}
"""Generators, and the layers each one makes."""


def available() -> tuple[str, ...]:
    """Names of the layers that can be generated."""
    return tuple(sorted(name for names in GENERATORS.values() for name in names))


def generate(departement: str = "34", *, seed: int = SEED, layers: Sequence[str] | None = None) -> dict[str, pa.Table]:
    """Synthetic layers of a département, by name, with the columns of the field dictionary; all of them by default.

    Geometry is WKB in EPSG:2154, inside the commune's schematic cell. The same seed gives the same bytes. A layer does not
    depend on which others are asked. Raises NotFoundError on a layer without generator or a département without centres.
    """
    known = available()
    wanted = known if layers is None else tuple(layers)
    for name in wanted:
        if name not in known:
            raise NotFoundError("territoire.synthetique_couche", layer=name, known=", ".join(known))
    ground = make_ground(departement, seed)
    out: dict[str, pa.Table] = {}
    for make, names in GENERATORS.items():
        if set(names) & set(wanted):
            out |= {name: table for name, table in make(ground).items() if name in wanted}
    return out


def source(departement: str = "34", *, seed: int = SEED) -> Source:
    """The source of what `generate` makes with the same arguments: synthetic, and weaker than any real file."""
    return Source(
        id=source_id(departement, seed),
        title=t("territoire.synthetique_titre", seed=seed),
        licence="Licence Ouverte 2.0",
        vintage="COG 2026",
        rank=RANK,
        public=True,
        synthetic=True,
    )
