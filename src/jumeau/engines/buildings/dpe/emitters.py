"""Emitters: how they pause, what they lose on the way, and how much heat they ask for (3CL-DPE, parts 8 and 12)."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.dwelling import Dwelling
from jumeau.engines.buildings.dpe.plants import roles
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.engines.buildings.dpe.tables import by_row, dense, read, recorded, rows
from jumeau.model.dpe import F64, I64, DpeBatch, Elements

_EMITTERS = ("enum_type_emission_distribution_id", 51)
_TWIN, _COMMON_I0 = 11, 1.03
_OTHER = 41
_OWN, _SHARED, _BASE_AND_OWN = 1, 2, 4


def intermittence(batch: DpeBatch, home: Dwelling, loss: F64, trust: bool) -> F64:
    """Intermittence factor INT of each emitter [-]."""
    plant, out = batch.of("installation_chauffage"), batch.of("emetteur_chauffage")
    own, up = out.owner, np.maximum(out.parent, 0)
    kind = plant.code("enum_type_installation_id", 1)[up] if plant.size else np.zeros(out.size, np.int64)
    # of a shared base with a back-up of each dwelling, the base pauses as shared and the back-up as the dwelling's own
    kind = np.where(kind == _BASE_AND_OWN, np.where(roles(plant, out) == 1, _SHARED, _OWN), kind)
    noted = out.get("tv_intermittence_id")
    emitters = out.code("enum_type_emission_distribution_id")
    i0 = read(
        _pauses(),
        # whether heat is metered by dwelling is only in the recorded row
        np.nan_to_num(read(_metered(), noted)).astype(np.int64),
        home.method[own],
        kind,
        out.code("enum_type_chauffage_id", 2),
        out.code("enum_equipement_intermittence_id", 1),
        out.code("enum_type_regulation_id", 1),
        emitters,
        home.inertia[own],
    )
    row = _if_of(read(by_row("intermittence", "i0"), noted), "intermittence", noted, emitters)
    told = recorded("intermittence", "i0", np.full(out.size, np.nan), out.get("di.i0"))
    row = np.where(np.isnan(told), row, told)
    i0 = np.where(np.isnan(i0) | (trust & ~np.isnan(row)), row, i0)
    i0 = np.where(np.isnan(i0), out.get("di.i0", 0.9), i0)
    # an emitter with a common circuit and its own: 60 % of the heat pauses as a common, unmetered one
    twin = plant.code("enum_cfg_installation_ch_id", 1)[up] == _TWIN if plant.size else np.zeros(out.size, dtype=bool)
    twin &= np.bincount(up, minlength=plant.size + 1)[up] == 1
    i0 = np.where(twin, 0.6 * _COMMON_I0 + 0.4 * i0, i0)
    with np.errstate(divide="ignore", invalid="ignore"):
        g = loss / (home.height_m * home.area_m2)
    return i0 / (1 + 0.1 * (np.nan_to_num(g, nan=1.0)[own] - 1))


@lru_cache(maxsize=1)
def _pauses() -> F64:
    keys = (
        ("enum_methode_application_dpe_log_id", 41),
        ("enum_type_installation_id", 5),
        ("enum_type_chauffage_id", 3),
        ("enum_equipement_intermittence_id", 8),
        ("enum_type_regulation_id", 3),
        _EMITTERS,
        ("enum_classe_inertie_id", 5),
    )
    shape = tuple(size + 1 for _, size in keys)
    out = np.full((2, *shape), np.nan)
    for row in rows("intermittence"):
        metered = str(row["comptage_individuel"] or "")
        for place in (0, 1) if not metered else (1,) if metered.startswith("Présence") else (0,):
            axes = [
                [int(c) for c in str(row[n]).split("|") if c and int(c) < s] if row[n] is not None else list(range(s))
                for n, s in keys
            ]
            cell = np.ix_([place], *axes)
            out[cell] = np.where(np.isnan(out[cell]), row["i0"], out[cell])
    return out


@lru_cache(maxsize=1)
def _metered() -> F64:
    """1 for the rows of intermittence with metering by dwelling."""
    out = np.zeros(len(rows("intermittence")) + 2)
    for row in rows("intermittence"):
        out[int(row["tv_intermittence_id"])] = str(row["comptage_individuel"] or "").startswith("Présence")
    return out


@lru_cache(maxsize=8)
def _fits(table: str) -> NDArray[np.bool_]:
    """Emitters that each row of a table is about."""
    found = rows(table)
    out = np.zeros((len(found) + 2, 52), dtype=bool)
    for row in found:
        cell = row["enum_type_emission_distribution_id"]
        codes = [int(code) for code in str(cell).split("|") if code] if cell is not None else list(range(51))
        out[int(row[f"tv_{table}_id"]), codes] = True
    return out


def _if_of(value: F64, table: str, row: F64, emitter: I64) -> F64:
    """Values of recorded rows, NaN where the row is about another emitter: some software writes row 1 everywhere."""
    fits = _fits(table)
    place = np.clip(np.nan_to_num(row, nan=len(fits) - 1), 0, len(fits) - 1).astype(np.int64)
    return np.where(fits[place, np.clip(emitter, 0, 51)], value, np.nan)


def give_rate(batch: DpeBatch, trust: bool) -> F64:
    """Emission x distribution x regulation of each emitter [-]."""
    out = batch.of("emetteur_chauffage")
    kind = out.code("enum_type_emission_distribution_id")
    lagged = np.nan_to_num(out.get("reseau_distribution_isole")).astype(np.int64)
    product = np.ones(out.size)
    for table, long, value, keys, codes in (
        ("rendement_emission", "rendement_emission", "re", (_EMITTERS,), (kind,)),
        (
            "rendement_distribution_ch",
            "rendement_distribution",
            "rd",
            (_EMITTERS, ("reseau_distribution_isole", 2)),
            (kind, lagged),
        ),
        ("rendement_regulation", "rendement_regulation", "rr", (_EMITTERS,), (kind,)),
    ):
        found = read(dense(table, value, keys), *codes)
        row_of = out.get(f"tv_{table}_id")
        row = _if_of(read(by_row(table, value), row_of), table, row_of, kind)
        told = recorded(table, value, np.full(out.size, np.nan), out.get(f"di.{long}"))
        row = np.where(np.isnan(told), row, told)
        # what other equipment is has no field: its recorded row is the only word on it
        only = np.isnan(found) | ((trust | (kind == _OTHER)) & ~np.isnan(row))
        product = product * np.where(only, row, found)
    seen = out.get("di.rendement_emission") * out.get("di.rendement_distribution") * out.get("di.rendement_regulation")
    return np.where(np.isnan(product), seen, product)


def asked_by_role(plant: Elements, out: Elements, factor: F64) -> F64:
    """Heat that each role of each installation draws per unit of need: emitters of a role share it by heated area."""
    role = roles(plant, out) - 1
    place = np.maximum(out.parent, 0) * 3 + role
    area = np.nan_to_num(out.get("surface_chauffee"))
    size = max(plant.size, 1) * 3
    total = sums(place, area, size)
    count = np.bincount(place, minlength=size)
    weight = np.where(total[place] > 0, area / np.maximum(total[place], 1e-12), 1 / np.maximum(count[place], 1))
    found = sums(place, weight * np.nan_to_num(factor, nan=1.0), size)
    return np.where(count > 0, found, np.nan).reshape(-1, 3)
