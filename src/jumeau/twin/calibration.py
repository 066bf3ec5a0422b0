"""A stock brought to metered totals, and what its own bills say of the model: kept, so that the diagnosis uses it."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.engines.buildings.calibrate import CALIBRATION, Prebound, factors, fit_prebound, sector_keys
from jumeau.store.port import NOW
from jumeau.texts import t
from jumeau.twin.kept import keep_table

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

FIELD, LAYER, NAME = "buildings", "batiment", "calage"
LEAST_RATIO, MOST_RATIO = 0.5, 2.0
"""Metered over modelled beyond which the twin does not hold the stock that the total speaks of."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A commune and sector. energies [kWh/year]; before, after: mean, p5, p95 of the sum; used: False where the total cannot
    speak of this stock; billed: energy of the buildings with a bill, taken out of the total first."""

    commune: str
    sector: str
    buildings: int
    metered: float
    billed: float
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    used: bool


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What a calibration found. prebound: metered over conventional of the buildings known both ways, None with fewer than
    ten of them."""

    groups: tuple[Group, ...]
    prebound: Prebound | None
    remarks: tuple[str, ...]


def calibrate(twin: "Twin", file: Path, *, write: bool = True) -> Calibration:
    """Bring the stock to the totals of a file. Raises InputError for a file that cannot be used."""
    from jumeau.sources.totals import read_totals

    read = read_totals(file)
    sums, billed, count, pairs = _modelled(twin)
    keys = sorted(read.kwh.keys() & sums.keys())
    remarks = [t(key, row=row) for row, key in read.rejected]
    remarks += [t("batiments.total_sans_batiment", group=k.replace("|", ", ")) for k in sorted(read.kwh.keys() - sums.keys())]
    wanted = np.array([read.kwh[k] - billed[k] for k in keys])
    stacked = np.array([sums[k] for k in keys]).reshape(len(keys), -1)
    ratio = wanted / np.maximum(stacked.mean(axis=1), 1e-9) if keys else np.zeros(0)
    good = (ratio >= LEAST_RATIO) & (ratio <= MOST_RATIO)
    errors = np.array([read.error[k] for k in keys])
    moved = factors(stacked, np.where(good, wanted, np.nan), errors, seed=twin.context().seed) if keys else stacked
    for i in np.flatnonzero(~good):
        whole = read.kwh[keys[i]] / max(float(stacked[i].mean()) + billed[keys[i]], 1e-9)
        said = f"{whole:.2f}".replace(".", ",")
        remarks.append(t("batiments.total_autre_parc", group=keys[i].replace("|", ", "), ratio=said))
    groups = tuple(
        Group(
            commune=k.split("|")[0], sector=k.split("|")[1], buildings=count[k], metered=read.kwh[k], billed=billed[k],
            before=_triple(stacked[i] + billed[k]), after=_triple(stacked[i] * moved[i] + billed[k]), used=bool(good[i]),
        )
        for i, k in enumerate(keys)
    )  # fmt: skip
    if write and good.any():
        _keep(twin, [k for k, ok in zip(keys, good, strict=True) if ok], moved[good])
    return Calibration(groups=groups, prebound=fit_prebound(*pairs), remarks=tuple(remarks))


def _keep(twin: "Twin", keys: list[str], moved: Any) -> None:
    flat = pa.array(np.ascontiguousarray(moved).ravel())
    table = pa.table({"key": keys, "factors": pa.FixedSizeListArray.from_arrays(flat, moved.shape[1])})
    digest = hashlib.sha256(moved.tobytes() + "".join(keys).encode()).hexdigest()[:16]
    keep_table(twin.view, NAME, table.replace_schema_metadata({"digest": digest}))


def forget_calibration(twin: "Twin") -> None:
    """Go back to the model as it is."""
    keep_table(twin.view, NAME, None)


def _modelled(twin: "Twin") -> tuple[dict[str, Any], dict[str, float], dict[str, int], tuple[Any, Any]]:
    """Sums on draws of the buildings without a bill by key, energy of the billed ones, counts; and, of buildings with a bill
    and a floor area, conventional and metered energy [kWh/m²]."""
    from jumeau.engines.buildings.diagnose import diagnose
    from jumeau.twin import runs
    from jumeau.twin.registry import engine

    ctx = msgspec.structs.replace(twin.context(), group="_key", detail=False, calibration="")
    sums: dict[str, Any] = {}
    billed: dict[str, float] = {}
    count: dict[str, int] = {}
    said: list[tuple[float, float]] = []
    for part, sources in runs.fed(twin.view, FIELD, runs.partitions(twin.view, FIELD, NOW), NOW):
        bundle = {n: x for n, x in engine(FIELD).inventory(sources, part).items() if n != CALIBRATION}
        table = bundle[LAYER].append_column("_key", pa.array(sector_keys(bundle[LAYER]), pa.string()))
        bills = np.array([np.nan if b is None else b for b in table["annual_energy_kwh"].to_pylist()])
        known = np.isfinite(bills)
        for key, bill in zip(np.asarray(table["_key"])[known], bills[known], strict=True):
            billed[key] = billed.get(key, 0.0) + float(bill)
        found = diagnose(bundle | {LAYER: table.filter(pa.array(~known))}, ctx, hourly=False).groups
        for i, key in enumerate(found.keys):
            sums[key] = sums.get(key, 0.0) + found.draws[i, 0]
            count[key] = count.get(key, 0) + int(found.known[i, 0])
        said += _both(bundle, table.filter(pa.array(known)), ctx)
    pairs = np.array(said).reshape(-1, 2)
    return sums, {k: billed.get(k, 0.0) for k in sums}, count, (pairs[:, 0], pairs[:, 1])


def _both(bundle: Any, table: pa.Table, ctx: Any) -> list[tuple[float, float]]:
    """Conventional energy without the bill, and metered energy, of the buildings that have one [kWh/m²]."""
    from jumeau.engines.buildings.diagnose import diagnose

    if not table.num_rows:
        return []
    at = table.column_names.index("annual_energy_kwh")
    blind = table.set_column(at, "annual_energy_kwh", pa.nulls(table.num_rows, pa.float64()))
    model = diagnose(bundle | {LAYER: blind}, msgspec.structs.replace(ctx, detail=True), hourly=False).assets
    rows = zip(model["buildings_annual_energy_kwh"].to_pylist(), table["annual_energy_kwh"].to_pylist(),
               table["floor_area_m2"].to_pylist(), strict=True)  # fmt: skip
    return [(m / f, b / f) for m, b, f in rows if m and b and f]


def _triple(draws: Any) -> tuple[float, float, float]:
    low, high = np.quantile(draws, [0.05, 0.95])
    return float(draws.mean()), float(low), float(high)
