"""Bills of delivery points as suppliers and network operators give them: estimated readings, meter changes, overlaps.

One row a period: meter, first day, last day, energy (or the two indexes), kind of reading. Periods are brought to whole days;
an estimated reading is joined to the next real one; a meter replaced under the same delivery point goes on; what contradicts
itself is left out, named, and counted.
"""

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.sources.names import slug
from jumeau.texts import t

MOST_BYTES = 64 * 2**20
LONGEST_DAYS = 800
MOST_KWH_PER_DAY = 1e6
NAMES = {
    "meter": ("pdl", "prm", "pce", "point_de_livraison", "compteur", "identifiant", "id_pdl", "reference_acheminement"),
    "start": ("debut", "date_debut", "du", "debut_periode", "date_de_debut"),
    "end": ("fin", "date_fin", "au", "fin_periode", "date_de_fin"),
    "energy": ("kwh", "consommation", "consommation_kwh", "conso_kwh", "energie_kwh", "volume_kwh", "mwh", "wh",
               "consommation_mwh", "consommation_wh", "conso", "energie", "conso_mwh", "energie_mwh"),
    "kind": ("nature", "type_releve", "releve", "nature_releve", "type_de_releve"),
    "unit": ("unite", "unite_de_mesure"),
    "first_index": ("index_debut", "index_de_debut", "ancien_index", "index_depart", "index_precedent"),
    "last_index": ("index_fin", "index_de_fin", "nouvel_index", "index_arrivee", "index_actuel"),
    "serial": ("matricule", "numero_de_serie", "numero_serie", "matricule_compteur"),
}  # fmt: skip
TO_KWH = {"kwh": 1.0, "mwh": 1e3, "wh": 1e-3, "gwh": 1e6}
LEAST_TO_COMPARE, FAR = 4, 300.0
"""A period whose daily energy is 300 times more, or less, than is usual for its meter is in another unit."""
LONGEST_GAP_DAYS = 3
DAY_NAMES = (("date", "jour", "aaaammjj"), ("temperature", "tm", "temperature_moyenne", "t_moy", "tmoy"))
FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d/%m/%y")
ESTIMATED = ("estim", "e")


class Bill(msgspec.Struct, frozen=True):
    """One real period: delivery point, first day, day after the last, energy [kWh]; serial: number of the device, empty where
    it is not said."""

    meter: str
    start: date
    end: date
    energy: float
    serial: str = ""


class Bills(msgspec.Struct, frozen=True):
    """Bills in order of meter and date, and what was said of those left out or joined."""

    bills: tuple[Bill, ...]
    remarks: tuple[str, ...]


def read_bills(path: Path) -> Bills:
    """Bills of a CSV file (comma, semicolon or tab).

    Raises InputError for a file that is not one or that lacks a column; rows that cannot be read are named and left out.
    """
    text = _text(path)
    dialect = ";" if text.split("\n", 1)[0].count(";") else ("\t" if "\t" in text.split("\n", 1)[0] else ",")
    rows = list(csv.reader(io.StringIO(text), delimiter=dialect))
    columns = _columns(rows[0] if rows else [], path)
    whole = _whole_unit(rows[0], columns)
    remarks: list[str] = []
    read: list[tuple[Bill, bool]] = []
    for number, row in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in row):
            found = _row(row, columns, number, remarks, whole)
            if found:
                read.append(found)
    return _tidy(_alike(read, remarks), remarks)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError("factures.illisible", file=path.name) from error
    if len(data) > MOST_BYTES:
        raise InputError("factures.trop_gros", file=path.name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _columns(head: list[str], path: Path) -> dict[str, int]:
    names = [slug(h) for h in head]
    found = {key: names.index(n) for key, known in NAMES.items() for n in reversed(known) if n in names}
    read = "energy" in found or {"first_index", "last_index"} <= found.keys()
    missing = [NAMES[k][0] for k in ("meter", "start", "end", "energy") if k not in found and not (k == "energy" and read)]
    if missing:
        raise InputError("factures.sans_colonne", file=path.name, missing=", ".join(missing), found=", ".join(head[:20]))
    return found


def _row(row: list[str], columns: dict[str, int], number: int, remarks: list[str], whole: float) -> tuple[Bill, bool] | None:
    def said(key: str) -> str:
        return row[columns[key]].strip() if key in columns and columns[key] < len(row) else ""

    try:
        meter, (start, end) = said("meter"), (_day(said(k)) for k in ("start", "end"))
        indexes = [_figure(said(k)) for k in ("first_index", "last_index") if said(k)]
        energy = _figure(said("energy")) if said("energy") else indexes[1] - indexes[0]
    except (IndexError, ValueError):
        remarks.append(t("factures.ligne_illisible", row=number))
        return None
    hidden, unit = _hidden(meter), slug(said("unit"))
    if unit and unit not in TO_KWH:
        remarks.append(t("factures.unite_inconnue", row=number, meter=hidden, unit=said("unit")[:12]))
        return None
    energy *= TO_KWH[unit] if unit else whole
    days = (end - start).days
    if not meter or not 0 < days <= LONGEST_DAYS:
        remarks.append(t("factures.periode_impossible", row=number))
        return None
    if energy < 0:
        back = bool(indexes) and len(indexes) == 2 and indexes[1] < indexes[0]
        remarks.append(t("factures.index_zero" if back else "factures.index_recule", row=number, meter=hidden))
        return None
    if energy / days > MOST_KWH_PER_DAY:
        remarks.append(t("factures.trop_d_energie", row=number, meter=hidden))
        return None
    if said("energy") and len(indexes) == 2 and not 0.5 <= (indexes[1] - indexes[0] + 1) / (energy + 1) <= 2.0:
        remarks.append(t("factures.index_contredit", row=number, meter=hidden))
    kind = slug(said("kind"))
    return Bill(meter, start, end, energy, said("serial")), kind.startswith(ESTIMATED[0]) or kind == ESTIMATED[1]


def _figure(text: str) -> float:
    return float(text.replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", "."))


def _whole_unit(head: list[str], columns: dict[str, int]) -> float:
    """What turns the column of energies into kWh, from its name."""
    name = slug(head[columns["energy"]]).rpartition("_")[2] if "energy" in columns else ""
    return TO_KWH.get(name, 1.0)


def _day(text: str) -> date:
    for pattern in FORMATS:
        try:
            return datetime.strptime(text.strip()[:10], pattern).date()
        except ValueError:
            continue
    raise ValueError(text)


def _hidden(meter: str) -> str:
    """The end of a meter's number: enough for its owner, not for others."""
    return "…" + meter[-4:]


def _alike(read: list[tuple[Bill, bool]], remarks: list[str]) -> list[tuple[Bill, bool]]:
    """Without the periods that are in another unit than those around them."""
    rates: dict[str, list[float]] = {}
    for bill, _ in read:
        if bill.energy > 0:
            rates.setdefault(bill.meter, []).append(bill.energy / (bill.end - bill.start).days)
    usual = {m: float(np.median(some)) for m, some in rates.items() if len(some) >= LEAST_TO_COMPARE}
    out = []
    for bill, estimated in read:
        ratio = bill.energy / (bill.end - bill.start).days / usual.get(bill.meter, np.inf)
        if bill.meter in usual and bill.energy > 0 and not 1 / FAR <= ratio <= FAR:
            remarks.append(t("factures.unite_douteuse", meter=_hidden(bill.meter), day=bill.start, ratio=f"{ratio:.2g}"))
            continue
        out.append((bill, estimated))
    return out


def _tidy(read: list[tuple[Bill, bool]], remarks: list[str]) -> Bills:
    out: list[Bill] = []
    read.sort(key=lambda r: (r[0].meter, r[0].start, r[0].end))
    waiting: Bill | None = None
    for bill, estimated in read:
        last = out[-1] if out and out[-1].meter == bill.meter else None
        if waiting and waiting.meter != bill.meter:
            remarks.append(t("factures.estimee_sans_suite", meter=_hidden(waiting.meter)))
            waiting = None
        if last and bill.serial and last.serial and bill.serial != last.serial:
            remarks.append(t("factures.compteur_change", meter=_hidden(bill.meter), day=bill.start))
        if last and bill.start < last.end:
            same = (bill.start, bill.end, bill.energy) == (last.start, last.end, last.energy)
            remarks.append(
                t("factures.double" if same else "factures.chevauchement", meter=_hidden(bill.meter), day=bill.start)
            )
            continue
        if waiting:
            if not 0 <= (bill.start - waiting.end).days <= 1:  # the last day may be counted in or not
                remarks.append(t("factures.trou", meter=_hidden(bill.meter), day=waiting.end))
                waiting = None
            else:
                bill = Bill(bill.meter, waiting.start, bill.end, waiting.energy + bill.energy, bill.serial)
        if estimated:
            waiting = bill
            continue
        if waiting:
            remarks.append(t("factures.estimee_jointe", meter=_hidden(bill.meter), day=bill.start))
            waiting = None
        out.append(bill)
    if waiting:
        remarks.append(t("factures.estimee_sans_suite", meter=_hidden(waiting.meter)))
    return Bills(tuple(out), tuple(remarks))


def read_days(path: Path) -> tuple[date, NDArray[np.float64]]:
    """First day and mean outdoor temperature of each day [°C] of a CSV with a date and a temperature.

    Days may come in any order; up to three missing days in a row are filled between their neighbours. Raises InputError for
    a file without these columns or with longer gaps.
    """
    text = _text(path)
    mark = ";" if ";" in text.split("\n", 1)[0] else ","
    rows = list(csv.reader(io.StringIO(text), delimiter=mark))
    head = [slug(h) for h in rows[0]] if rows else []
    day, value = (next((head.index(n) for n in names if n in head), -1) for names in DAY_NAMES)
    if day < 0 or value < 0:
        raise InputError("factures.sans_temperature", file=path.name)
    found: dict[date, float] = {}
    for number, row in enumerate(rows[1:], 2):
        try:
            found[_day(row[day])] = float(row[value].replace(",", "."))
        except (IndexError, ValueError):
            if any(c.strip() for c in row):
                raise InputError("factures.temperature_illisible", file=path.name, row=number) from None
    if len(found) < 2:
        raise InputError("factures.sans_temperature", file=path.name)
    first = min(found)
    at = np.array(sorted((d - first).days for d in found))
    if np.diff(at).max() > LONGEST_GAP_DAYS + 1:
        gap = first + timedelta(days=int(at[np.diff(at).argmax()]) + 1)
        raise InputError("factures.trou_temperature", file=path.name, day=gap)
    values = np.array([found[first + timedelta(days=int(i))] for i in at])
    return first, np.interp(np.arange(at[-1] + 1), at, values)
