"""Load curves of delivery points: one row an instant, as network operators export them (Enedis: `Identifiant PRM`,
`Horodate`, `Valeur`, `Unité`, powers averaged over a step of 5 to 60 minutes)."""

import csv
import gzip
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.sources.names import fold, slug
from jumeau.texts import t

NAMES = {
    "meter": ("identifiant_prm", "prm", "pdl", "point_de_livraison", "pce", "compteur", "identifiant"),
    "instant": ("horodate", "date_heure", "horodatage", "timestamp", "date_et_heure", "date"),
    "value": ("valeur", "puissance", "puissance_w", "kw", "kwh", "w", "consommation"),
    "unit": ("unite",),
}
TO_KW = {"w": 1e-3, "wh": 1e-3, "kw": 1.0, "kwh": 1.0, "mw": 1e3}
MOST_ROWS, MOST_KW, MOST_HOURS = 20_000_000, 1e6, 5 * 8784
DAWN = datetime(1970, 1, 1)
LEAST_SHARE = 0.5
"""Of the steps of an hour that must be there for the hour to be known."""


class LoadCurves(msgspec.Struct, frozen=True, kw_only=True):
    """Meters (M) by hour (T) from the day `first`: kw (M, T), mean power of the hour [kW], NaN where unknown."""

    meters: tuple[str, ...]
    first: datetime
    kw: NDArray[np.float64]
    remarks: tuple[str, ...]


def read_load_curves(path: Path) -> LoadCurves:
    """The hours of a file of load curves (CSV, gzipped or not), in the clock of the file.

    An energy in Wh or kWh is taken as that of its hour when steps are of one hour; shorter steps must be powers.
    Raises InputError for a file that cannot be used.
    """
    at: dict[str, int] = {}
    rows: list[tuple[int, int, float]] = []
    bad, first = 0, None
    try:
        with gzip.open(path, "rt", encoding="utf-8-sig") if _packed(path) else path.open(encoding="utf-8-sig") as file:
            head = file.readline()
            mark = ";" if ";" in head else ","
            names = [slug(n) for n in next(csv.reader([head], delimiter=mark), [])]
            column = {k: next((names.index(n) for n in known if n in names), -1) for k, known in NAMES.items()}
            if min(column[k] for k in ("meter", "instant", "value")) < 0:
                raise InputError("factures.courbe_sans_colonne", file=path.name, found=", ".join(names[:20]))
            whole = TO_KW.get(names[column["value"]].removeprefix("puissance_"))
            for number, row in enumerate(csv.reader(file, delimiter=mark)):
                if number >= MOST_ROWS:
                    raise InputError("factures.courbe_trop_longue", file=path.name, most=MOST_ROWS)
                try:
                    unit = fold(row[column["unit"]]) if column["unit"] >= 0 else ""
                    kw = float(row[column["value"]].replace(",", ".")) * TO_KW.get(unit, whole if whole else 1.0)
                    when = datetime.fromisoformat(row[column["instant"]].strip()[:19])
                except (ValueError, IndexError):
                    bad += bool(row)
                    continue
                if not 0 <= kw <= MOST_KW:
                    bad += 1
                    continue
                first = when if first is None else min(first, when)
                rows.append(
                    (at.setdefault(row[column["meter"]].strip(), len(at)), int((when - DAWN).total_seconds() // 3600), kw)
                )
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError("factures.illisible", file=path.name) from error
    if first is None:
        raise InputError("factures.courbe_vide", file=path.name)
    remarks = (t("factures.courbe_lignes", count=bad),) if bad else ()
    start = first.replace(hour=0, minute=0, second=0)
    return LoadCurves(meters=tuple(at), first=start, kw=_hours(rows, len(at), start, path), remarks=remarks)


def _hours(rows: list[tuple[int, int, float]], meters: int, start: datetime, path: Path) -> NDArray[np.float64]:
    table = np.array(rows, np.float64)
    who, hour = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64) - int((start - DAWN).total_seconds() // 3600)
    length = int(hour.max()) + 1
    if length > MOST_HOURS:
        raise InputError("factures.courbe_trop_longue", file=path.name, most=MOST_HOURS)
    length += -length % 24
    sums, count = np.zeros((meters, length)), np.zeros((meters, length))
    np.add.at(sums, (who, hour), table[:, 2])
    np.add.at(count, (who, hour), 1)
    steps = np.array([np.median(c[c > 0]) if (c > 0).any() else 1.0 for c in count])[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count >= LEAST_SHARE * steps, sums / np.maximum(count, 1), np.nan)


def _packed(path: Path) -> bool:
    with path.open("rb") as raw:
        return raw.read(2) == b"\x1f\x8b"
