"""Load curves of delivery points read for what they say of a building: nights, empty rooms, drift. Nothing is kept."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from jumeau.errors import InputError, NotFoundError
from jumeau.store.port import NOW, Moment
from jumeau.texts import t

if TYPE_CHECKING:
    from jumeau.sources.load_curves import LoadCurves
    from jumeau.twin.buildings import Seen

MILD_C = 15.0
"""Outdoor temperature at which nothing is said to depend on the cold."""
NIGHT_SHARE, FLOOR_SHARE = 0.5, 0.6


class CurveRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a load curve says of one meter; None where it does not say. hours: known; floor_share: least load of the
    night over the mean [-]; night_heating: share of what depends on the cold that is used when nobody is there [-];
    empty_share: share of all energy used then [-]; drift: last year over what the former ones promise, with its
    interval [-]."""

    meter: str
    hours: int
    floor_share: float | None
    night_heating: float | None
    empty_share: float | None
    drift: float | None
    drift_low: float | None
    drift_high: float | None
    alerts: tuple[str, ...]


def load_curves(file: Path, temperatures: Path | None, use: str) -> tuple[list[CurveRow], tuple[str, ...]]:
    """What runs when nobody is there, and the drift of the last year, of each meter of a file of load curves; and remarks.

    use: whose hours of presence are taken. Without temperatures, what depends on the cold stays unknown. Nothing is
    written. Raises InputError for files or a use that cannot be used.
    """
    rows, _, remarks = _read(file, temperatures, use)
    return rows, remarks


def building_curves(
    twin: "Seen", building: str, file: Path, temperatures: Path | None = None, use: str | None = None, moment: Moment = NOW
) -> dict[str, Any]:
    """The same for a building of the twin, under its own use, with the week and the days that its page draws.

    Meters are named by their last four characters. Raises NotFoundError for an unknown building, InputError as
    `load_curves` does, and where the use of the building says nothing of when people are there.
    """
    from jumeau.model.query import Compare

    found = twin.view.read("batiment", where=Compare("id", "=", building), columns=["usage"], moment=moment)
    if not found.num_rows:
        raise NotFoundError("batiments.introuvable", building=building)
    asked = use or found["usage"][0].as_py() or ""
    rows, read, remarks = _read(file, temperatures, asked)
    return {
        "building": building,
        "use": asked,
        "use_declared": use is None,
        "temperatures": temperatures is not None,
        "first_day": read.first.date().isoformat(),
        "days": read.kw.shape[1] // 24,
        "meters": [_drawn(row, read, i) for i, row in enumerate(rows)],
        "remarks": list(remarks),
    }


def _read(file: Path, temperatures: Path | None, use: str) -> tuple[list[CurveRow], "LoadCurves", tuple[str, ...]]:
    from jumeau.engines.buildings.bills import nights
    from jumeau.engines.buildings.hourly.profiles import PROFILES, there_on
    from jumeau.engines.buildings.signatures import by_meter
    from jumeau.sources.bills import read_days
    from jumeau.sources.load_curves import read_load_curves

    if use not in PROFILES:
        raise InputError("factures.usage_inconnu", use=use, known=", ".join(PROFILES))
    read = read_load_curves(file)
    count = read.kw.shape[1] // 24
    there = there_on(PROFILES[use], read.first.date(), count)
    moved: dict[str, dict[str, Any]] = {}
    outdoor = np.full(count * 24, MILD_C)
    if temperatures is not None:
        first, days = read_days(temperatures)
        offset = (read.first.date() - first).days
        if offset < 0 or offset + count > len(days):
            raise InputError("factures.courbe_sans_temperature", file=file.name, start=read.first.date(), days=count)
        outdoor = np.repeat(days[offset : offset + count], 24)
        daily = read.kw.reshape(len(read.meters), count, 24).sum(axis=2)
        who, day = np.nonzero(np.isfinite(daily))
        known = zip(who.tolist(), day.tolist(), daily[who, day].tolist(), strict=True)
        spans = [(read.meters[m], offset + d, 1, e) for m, d, e in known]
        moved = {r["meter"]: r for r in by_meter(spans, days)} if spans else {}
    found = nights(read.kw, outdoor, there)
    rows = [_row(meter, read.kw[i], found, i, moved.get(meter, {})) for i, meter in enumerate(read.meters)]
    return rows, read, read.remarks


def _row(meter: str, kw: Any, found: Any, i: int, moved: dict[str, Any]) -> CurveRow:
    drift = {n: moved.get(n) for n in ("drift", "drift_low", "drift_high")}
    shares = {n: _known(getattr(found, n)[i]) for n in ("floor_share", "night_heating", "empty_share")}
    flags = {
        "night_setback": (shares["night_heating"] or 0) > NIGHT_SHARE,
        "high_floor": (shares["floor_share"] or 0) > FLOOR_SHARE,
        "drift": "drift" in moved.get("quick_actions", ()),
    }
    alerts = tuple(n for n, on in flags.items() if on)
    return CurveRow(meter=meter, hours=int(np.isfinite(kw).sum()), alerts=alerts, **shares, **drift)


def _drawn(row: CurveRow, read: "LoadCurves", i: int) -> dict[str, Any]:
    """What the page shows of one meter: figures, the mean day of the week and of its end [kW], energy of each day [kWh]."""
    kw = read.kw[i].reshape(-1, 24)
    week = np.array([(read.first + timedelta(days=d)).weekday() < 5 for d in range(len(kw))])
    hours = np.isfinite(kw)
    return msgspec.structs.asdict(row) | {
        "meter": "…" + row.meter[-4:],
        "alerts": [{"code": name, "text": t(f"factures.vite_{name}")} for name in row.alerts],
        "missing_hours": int((~hours).sum()),
        "energy_kwh": round(float(np.nansum(kw)), 1),
        "mean_kw": _known(np.nanmean(kw)),
        "peak_kw": _known(np.nanmax(kw)),
        "weekday_kw": _mean_day(kw[week]),
        "weekend_kw": _mean_day(kw[~week]),
        "daily_kwh": [_known(x) for x in np.where(hours.sum(axis=1) == 24, np.nansum(kw, axis=1), np.nan)],
    }


def _mean_day(kw: Any) -> list[float | None]:
    known = np.isfinite(kw)
    count = known.sum(axis=0)
    return [_known(x) for x in np.where(count > 0, np.where(known, kw, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)]


def _known(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
