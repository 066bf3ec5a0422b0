"""What every generator stands on: communes, their cells, keyed random numbers, and the share of values that are known."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.model.dictionary import builtin_layers
from jumeau.model.draws import Parameter, parameters
from jumeau.model.ids import keyed_ids
from jumeau.model.territory import Commune, centres, referential, schematic_cells

REFERENCE_YEAR = 2026
"""Year the inventories describe: the vintage of the referential, not the day they are made."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """Communes (n), their centres (n, 2) and schematic cells (n) in EPSG:2154 [m], and the constants."""

    departement: str
    seed: int
    communes: list[Commune]
    centres: Floats
    cells: NDArray[Any]
    constants: dict[str, Parameter]

    def __getitem__(self, name: str) -> float:
        """The usual value of a constant, in its unit."""
        return self.constants[name].mode

    @property
    def source(self) -> str:
        """Id of the source of what stands on this ground."""
        return source_id(self.departement, self.seed)

    @property
    def codes(self) -> NDArray[np.object_]:
        """Codes of the communes (n)."""
        return np.array([c.code for c in self.communes], dtype=object)

    @property
    def owners(self) -> NDArray[np.object_]:
        """Owner of the public lighting of each commune (n): the métropole or communauté urbaine where there is one."""
        known = referential().epcis
        large = {siren for siren, epci in known.items() if epci.type in ("METRO", "MET69", "CU")}
        owners = [f"epci:{c.epci}" if c.epci in large else f"commune:{c.code}" for c in self.communes]
        return np.array(owners, dtype=object)

    @property
    def population(self) -> Floats:
        """Population municipale of the communes (n) [inhabitants]."""
        return np.array([c.population or 0 for c in self.communes], dtype=np.float64)

    def uniform(self, name: str, count: int) -> Floats:
        """Numbers in [0, 1) that depend on the seed, the département and `name` only (count)."""
        key = blake2b(f"{self.seed}\x1f{self.departement}\x1f{name}".encode(), digest_size=16).digest()
        return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little"))).random(count)

    def normal(self, name: str, count: int) -> Floats:
        """Standard normal numbers (count), as `uniform`."""
        from scipy.special import ndtri

        found: Floats = ndtri(np.clip(self.uniform(name, count), 1e-12, 1 - 1e-12))
        return found

    def shares(self, prefix: str) -> dict[str, float]:
        """Constants whose name starts with `prefix`, by the rest of their name."""
        return {name[len(prefix) :]: p.mode for name, p in self.constants.items() if name.startswith(prefix)}

    def known(self, column: str, layer: str, commune: Ints) -> NDArray[np.bool_]:
        """Which rows have a value in `column`; `commune` (r) is the row of the commune.

        Communes keep their inventory more or less well, the same one for all columns; the mean share is the constant's.
        """
        share = self[f"known_{column}"]
        care = 2 * self.uniform("care", len(self.communes)) - 1
        local = share + min(share, 1 - share) * care
        return self.uniform(f"known/{layer}/{column}", len(commune)) < local[commune]


def source_id(departement: str, seed: int) -> str:
    """Id of the source of a synthetic territory.

    >>> source_id("34", 7)
    'synthetique-34-7'
    """
    return f"synthetique-{departement}-{seed}"


def make_ground(departement: str, seed: int) -> Ground:
    """The ground of a département. Raises NotFoundError where no centre is embedded."""
    codes, points = centres(departement)
    return Ground(
        departement=departement,
        seed=seed,
        communes=[referential().commune(code) for code in codes],
        centres=points,
        cells=schematic_cells(departement)[1],
        constants=parameters("synthetique"),
    )


def pick(chance: Floats, shares: Mapping[str, float]) -> NDArray[np.object_]:
    """One label per number of `chance`, in proportion to `shares`."""
    labels, weights = np.array(list(shares), dtype=object), np.array(list(shares.values()))
    edges = np.cumsum(weights) / weights.sum()
    return labels[np.minimum(np.searchsorted(edges, chance, side="right"), len(labels) - 1)]


def spread(total: int, weights: Floats) -> Ints:
    """`total` things shared in proportion to `weights` (n), whole and adding up (largest remainders)."""
    exact = total * weights / weights.sum()
    counts: Ints = np.floor(exact).astype(np.int64)
    order = np.lexsort((np.arange(len(exact)), counts - exact))
    counts[order[: total - int(counts.sum())]] += 1
    return counts


def ranks(counts: Ints) -> tuple[Ints, Ints]:
    """Group of each row and its rank in the group, for groups of `counts` rows."""
    group = np.repeat(np.arange(len(counts)), counts)
    return group, np.arange(len(group)) - np.repeat(np.cumsum(counts) - counts, counts)


def confine(points: Floats, home: Floats, cells: NDArray[Any]) -> Floats:
    """`points` (r, 2) [m], drawn towards `home` (r, 2) until each lies in its cell (r); rounded to the centimetre."""
    import shapely

    shapely.prepare(cells)
    points = np.round(points, 2)
    for _ in range(60):
        out = np.flatnonzero(~shapely.contains_xy(cells, points[:, 0], points[:, 1]))
        if not len(out):
            break
        points[out] = np.round(home[out] + 0.7 * (points[out] - home[out]), 2)
    return points


def codes_of(prefix: Sequence[str] | NDArray[np.object_], letter: str, rank: Ints, width: int) -> NDArray[np.object_]:
    """Codes such as `34172-A0007`: prefix, letter, rank from 1 on `width` digits (r)."""
    number = pc.utf8_lpad(pc.cast(pa.array(rank + 1), pa.string()), width, "0")
    joined = pc.binary_join_element_wise(pa.array(prefix, pa.string()), pa.scalar(f"-{letter}"), number, "")
    found: NDArray[np.object_] = joined.to_numpy(zero_copy_only=False)
    return found


def table(ground: Ground, name: str, columns: Mapping[str, Any], places: Floats | NDArray[np.object_]) -> pa.Table:
    """A table of layer `name`: columns (arrays, or values and which are known), `code` as key, places: points (r, 2) [m] or
    shapes (r)."""
    import shapely

    shapes = shapely.points(places) if places.ndim == 2 else places

    layer = builtin_layers()[name]
    values = {
        "id": pa.array(keyed_ids(name, ground.source, columns["code"])),
        "geometry": pa.array(shapely.to_wkb(shapes), pa.binary()),
    }
    for field in layer.fields:
        given = columns.get(field.name)
        if given is None:
            values[field.name] = pa.nulls(len(places), field.arrow)
            continue
        data, known = given if isinstance(given, tuple) else (given, None)
        if field.type == "number" and field.decimals is not None:
            data = np.round(data, field.decimals)
        values[field.name] = pa.array(data, field.arrow, mask=None if known is None else ~known)
    return pa.Table.from_arrays([values[n] for n in layer.schema.names], schema=layer.schema)
