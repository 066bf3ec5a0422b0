"""Load curves of delivery points: one row an instant, as network operators export them (Enedis: `Identifiant PRM`,
`Horodate`, `Valeur`, `Unité`, powers averaged over a step of 5 to 60 minutes; or the same said once above the rows)."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.sources.guard import Limits
from jumeau.sources.names import fold, slug
from jumeau.sources.numbers import read_numbers
from jumeau.sources.raw import RawTable
from jumeau.sources.readers import read
from jumeau.sources.values import as_text
from jumeau.texts import t

NAMES = {
    "meter": ("identifiant_prm", "prm", "pdl", "point_de_livraison", "pce", "compteur", "identifiant"),
    "instant": ("horodate", "date_heure", "horodatage", "timestamp", "date_et_heure", "date"),
    "value": ("valeur", "puissance", "puissance_w", "puissance_kw", "kw", "kwh", "wh", "w", "consommation", "energie_kwh"),
    "unit": ("unite",),
}
POWERS = {"w": 1e-3, "kw": 1.0, "mw": 1e3}
ENERGIES = {"wh": 1e-3, "kwh": 1.0, "mwh": 1e3}
LIMITS = Limits(file_bytes=256 * 2**20, unpacked_bytes=512 * 2**20, rows=20_000_000, columns=50)
MOST_KW, MOST_HOURS, MOST_CELLS = 1e6, 5 * 8784, 50_000_000
SINCE, UNTIL = np.datetime64("1990-01-01"), np.datetime64("2100-01-01")
MOST_HEAD = 20
LEAST_SHARE = 0.5
"""Of the steps of an hour that must be there for the hour to be known."""
_DAY_FIRST = r"^(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})[ T](?P<h>\d{1,2}):(?P<n>\d{2})"
_YEAR_FIRST = r"^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}).*$"


class LoadCurves(msgspec.Struct, frozen=True, kw_only=True):
    """Meters (M) by hour (T) from the day `first`: kw (M, T), mean power of the hour [kW], NaN where unknown."""

    meters: tuple[str, ...]
    first: datetime
    kw: NDArray[np.float64]
    remarks: tuple[str, ...]


def read_load_curves(path: Path) -> LoadCurves:
    """The hours of a file of load curves, in the clock of the file; what is left out is counted in the remarks.

    A power is the mean of its step, an energy that of its step, whatever its length. Raises InputError for a file that
    cannot be used.
    """
    raw, said = _said(read(path, limits=LIMITS), path)
    meters = pc.dictionary_encode(said["meter"])
    who = meters.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    names = [m.strip() for m in meters.dictionary.to_pylist()]
    instants = pc.dictionary_encode(said["instant"])
    stamp = instants.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    when = np.append(_instants(instants.dictionary), np.datetime64("NaT"))[stamp]
    scale, energy, unknown = _units(said, path)
    value = read_numbers(said["value"], "", "").values
    blank = np.array([not n for n in names] + [True])[who]
    off = np.isnat(when) | (when < SINCE) | (when >= UNTIL) | blank | ~np.isfinite(value) | (value < 0)
    kept = np.flatnonzero(~off & np.isfinite(scale))
    twice, clash = _doubles(who[kept], stamp[kept], value[kept])
    kept = kept[~twice]
    if not len(kept):
        raise InputError("factures.courbe_vide", file=path.name)
    who, when, kw = who[kept], when[kept], (value * scale)[kept]
    middle = np.sort(when)[len(when) // 2]
    far = np.abs(when - middle) > np.timedelta64(MOST_HOURS // 2 * 60, "m")
    kept, who, when, kw = kept[~far], who[~far], when[~far], kw[~far]
    used, who = np.unique(who, return_inverse=True)
    steps = _steps(who, when, len(used))
    kw = np.where(energy[kept], kw * 60.0 / steps[who], kw)
    huge = kw > MOST_KW
    first = when.min().astype("datetime64[D]")
    hours = ((when - first.astype("datetime64[m]")) // np.timedelta64(60, "m")).astype(np.int64)
    table = _hours(who[~huge], hours[~huge], kw[~huge], len(used), path)
    bad = int(off.sum()) + int(huge.sum()) + len(raw.rejected)
    remarks = [t("factures.courbe_lignes", count=bad)] if bad else []
    remarks += [t("factures.courbe_loin", count=int(far.sum()), years=5)] if far.any() else []
    remarks += [t("factures.courbe_unite", unit=u[:20], count=n) for u, n in unknown.items()]
    remarks += [t("factures.courbe_doubles", count=int(twice.sum()), clash=clash)] if twice.any() else []
    start = datetime(1970, 1, 1) + timedelta(days=int(first.astype(np.int64)))
    return LoadCurves(meters=tuple(names[u] for u in used), first=start, kw=table, remarks=tuple(remarks))


def _said(raw: RawTable, path: Path) -> tuple[RawTable, dict[str, Any]]:
    """Texts of the columns a curve needs; the meter and the unit may be said once above `Horodate;Valeur`."""
    texts = [as_text(raw.columns[i].combine_chunks()) for i in range(raw.columns.num_columns)]
    names = [slug(n) for n in raw.columns.column_names]
    found = _columns(names)
    if "meter" in found and "instant" not in found:
        head = pc.index(pc.utf8_lower(pc.fill_null(texts[0], "")), "horodate").as_py()
        under = _columns([slug(x[head].as_py() or "") for x in texts]) if 0 < head < MOST_HEAD else {}
        if {"instant", "value"} <= under.keys():
            rows = raw.columns.num_rows - head - 1
            once = {k: texts[i][0].as_py() or "" for k, i in found.items() if k in ("meter", "unit")}
            return raw, {k: texts[i].slice(head + 1) for k, i in under.items()} | {
                k: pa.array([v] * rows, pa.string()) for k, v in once.items()
            }
    if not {"meter", "instant", "value"} <= found.keys():
        raise InputError("factures.courbe_sans_colonne", file=path.name, found=", ".join(raw.columns.column_names[:20]))
    return raw, {k: texts[i] for k, i in found.items()} | {"name": names[found["value"]]}


def _columns(names: list[str]) -> dict[str, int]:
    return {k: names.index(n) for k, known in NAMES.items() for n in reversed(known) if n in names}


def _instants(texts: pa.Array) -> NDArray[np.datetime64]:
    """Instants to the minute, NaT where the text is not one: ISO, or day first as French exports write."""
    bare = pc.utf8_trim_whitespace(texts)
    french = pc.extract_regex(bare, _DAY_FIRST)
    parts = [pc.utf8_lpad(pc.struct_field(french, k), 2, "0") for k in ("y", "m", "d", "h", "n")]
    turned = pc.binary_join_element_wise(*parts, "-")
    plain = pc.replace_substring_regex(pc.coalesce(turned, bare), _YEAR_FIRST, r"\1-\2-\3-\4-\5")
    found = pc.strptime(plain, format="%Y-%m-%d-%H-%M", unit="s", error_is_null=True)
    # a day that does not exist would otherwise become one of the next month
    same = pc.fill_null(pc.equal(pc.strftime(found, format="%d"), pc.utf8_slice_codeunits(plain, 8, 10)), False)
    good = pc.if_else(same, found, pa.scalar(None, found.type))
    return np.asarray(good.to_numpy(zero_copy_only=False)).astype("datetime64[m]")


def _units(raw: dict[str, Any], path: Path) -> tuple[NDArray[np.float64], NDArray[np.bool_], dict[str, int]]:
    """What turns each value into kW or kWh, NaN in another unit; whether it is an energy; unknown units, counted."""
    count = len(raw["value"])
    if "unit" not in raw:
        unit = raw.get("name", "").removeprefix("puissance_").removeprefix("energie_")
        if unit not in POWERS | ENERGIES:
            raise InputError("factures.courbe_sans_unite", file=path.name)
        return np.full(count, (POWERS | ENERGIES)[unit]), np.full(count, unit in ENERGIES), {}
    coded = pc.dictionary_encode(pc.fill_null(raw["unit"], ""))
    units = [fold(u).strip() for u in coded.dictionary.to_pylist()]
    at = np.asarray(coded.indices)
    scale = np.array([(POWERS | ENERGIES).get(u, np.nan) for u in units], np.float64)[at]
    energy = np.array([u in ENERGIES for u in units], bool)[at]
    unknown = {u: int((at == i).sum()) for i, u in enumerate(units) if u not in POWERS | ENERGIES}
    return scale, energy, unknown


def _doubles(who: NDArray[np.int64], stamp: NDArray[np.int64], value: NDArray[np.float64]) -> tuple[NDArray[np.bool_], int]:
    """Rows that give again an instant of a meter, the first one apart; how many of them say another value."""
    order = np.lexsort((np.arange(len(who)), stamp, who))
    again = np.r_[False, (np.diff(who[order]) == 0) & (np.diff(stamp[order]) == 0)]
    clash = int((again[1:] & (np.diff(value[order]) != 0)).sum()) if len(who) else 0
    out = np.zeros(len(who), bool)
    out[order] = again
    return out, clash


def _steps(who: NDArray[np.int64], when: NDArray[np.datetime64], meters: int) -> NDArray[np.float64]:
    """Length of the usual step of each meter [min] (M,), an hour at most and where there is one instant only."""
    order = np.lexsort((when, who))
    gap, owner = np.diff(when[order]).astype(np.int64), who[order][1:]
    mine = (np.diff(who[order]) == 0) & (gap > 0)
    gap, owner = gap[mine], owner[mine]
    count = np.bincount(owner, minlength=meters)
    ranked = gap[np.lexsort((gap, owner))]
    out = np.full(meters, 60.0)
    some = np.flatnonzero(count)
    out[some] = ranked[(np.cumsum(count) - count + (count - 1) // 2)[some]]
    return np.asarray(np.minimum(out, 60.0))


def _hours(
    who: NDArray[np.int64], hour: NDArray[np.int64], kw: NDArray[np.float64], meters: int, path: Path
) -> NDArray[np.float64]:
    length = int(hour.max()) + 1
    length += -length % 24
    if length * meters > MOST_CELLS:
        raise InputError("factures.courbe_trop_longue", file=path.name, most=MOST_CELLS)
    at = who * length + hour
    sums = np.bincount(at, kw, meters * length).reshape(meters, length)
    count = np.bincount(at, minlength=meters * length).reshape(meters, length)
    steps = np.array([np.median(c[c > 0]) if (c > 0).any() else 1.0 for c in count])[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count >= LEAST_SHARE * steps, sums / np.maximum(count, 1), np.nan)
