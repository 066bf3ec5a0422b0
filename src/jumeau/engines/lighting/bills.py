"""Bills made ready to be compared: periods that overlap settled, pieces of one reading put together, estimates marked."""

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.tables import codes, flat, floats, texts
from jumeau.texts import t

Floats = NDArray[np.float64]
Days = NDArray[np.int64]

READ, ESTIMATED, FLAT_RATE = READINGS = ("releve", "estime", "forfait")
_UNSAID = len(READINGS)
_TRUST = np.array([3, 1, 0, 2])
"""Which of two bills of the same days is kept: a reading, then one that says nothing, an estimate, a flat rate."""
_SAME_RATE = 1e-4


class Bills(msgspec.Struct, frozen=True):
    """Bills of cabinets, by cabinet then date, without overlap.

    cabinet: (M,) names; start, end: (M,) days since 1970, both billed; energy_kwh: (M,); reading: (M,) position in READINGS,
    `len(READINGS)` unsaid; joined: (M,) number of bills put together; notes: sentences on what was set aside.
    """

    cabinet: NDArray[np.str_]
    start: Days
    end: Days
    energy_kwh: Floats
    reading: NDArray[np.int8]
    joined: Days
    notes: tuple[str, ...]

    @property
    def days(self) -> Days:
        """Number of days billed (M,)."""
        return self.end - self.start + 1


def read_bills(table: pa.Table) -> Bills:
    """Bills of a conformed `facture_eclairage` table.

    Set aside with a sentence: bills without cabinet, period or energy, whose end comes before the start, or that repeat
    days of a better one. Bills that follow each other at exactly the same daily rate are one reading cut in pieces (pro
    rata): they are put together again, so that the pieces are not taken for measurements.
    """
    cabinet = texts(table, "armoire").astype(str)
    start, end = (_days(table, name) for name in ("period_start", "period_end"))
    energy, reading = floats(table, "energy_kwh"), codes(table, "reading", READINGS)
    notes: list[str] = []
    whole = (cabinet != "") & (start > 0) & (end > 0) & np.isfinite(energy)
    backwards = whole & (end < start)
    for flags, key in ((~whole, "facture_incomplete"), (backwards, "facture_a_rebours")):
        if flags.any():
            notes.append(t(f"eclairage.{key}", count=int(flags.sum()), examples=_some(cabinet[flags])))
    rows = np.flatnonzero(whole & ~backwards)
    rows = rows[np.lexsort((end[rows], start[rows], cabinet[rows]))]
    rows, dropped = _without_overlap(rows, cabinet, start, end, reading)
    if len(dropped):
        said = t("eclairage.facture_recouverte", count=len(dropped), examples=_some(cabinet[dropped]))
        notes.append(said)
    return _joined(rows, cabinet, start, end, energy, reading, notes)


def _days(table: pa.Table, name: str) -> Days:
    return np.asarray(pc.fill_null(flat(table[name]).cast(pa.int32()), 0).to_numpy(zero_copy_only=False), np.int64)


def _some(names: NDArray[np.str_]) -> str:
    return ", ".join(dict.fromkeys(n or "?" for n in names[:5].tolist()))


def _without_overlap(
    rows: Days, cabinet: NDArray[np.str_], start: Days, end: Days, reading: NDArray[np.int8]
) -> tuple[Days, Days]:
    """Rows that share no day, and those left out: of two that do, the surer, then the shorter, then the later."""
    dropped: list[Days] = []
    while len(rows) > 1:
        a, b = rows[:-1], rows[1:]
        clash = np.flatnonzero((cabinet[a] == cabinet[b]) & (start[b] <= end[a]))
        if not len(clash):
            break
        clash = clash[np.r_[True, np.diff(clash) > 1]]
        a, b = rows[clash], rows[clash + 1]
        better = np.stack([_TRUST[reading[a]] - _TRUST[reading[b]], (end[b] - start[b]) - (end[a] - start[a])])
        first = np.where(better[0] != 0, better[0] > 0, better[1] > 0)
        lost = clash + first
        dropped.append(rows[lost])
        rows = np.delete(rows, lost)
    return rows, np.concatenate(dropped) if dropped else np.zeros(0, np.int64)


def _joined(
    rows: Days, cabinet: NDArray[np.str_], start: Days, end: Days, energy: Floats, reading: NDArray[np.int8], notes: list[str]
) -> Bills:  # fmt: skip
    cabinet, start, end, energy, reading = cabinet[rows], start[rows], end[rows], energy[rows], reading[rows]
    rate = energy / np.maximum(end - start + 1, 1)
    follows = np.zeros(len(rows), bool)
    if len(rows) > 1:
        close = np.abs(np.diff(rate)) <= _SAME_RATE * np.maximum(rate[1:], 1e-9)
        follows[1:] = (cabinet[1:] == cabinet[:-1]) & (start[1:] == end[:-1] + 1) & close & (rate[1:] > 0)
    head = np.flatnonzero(~follows)
    joined = np.diff(np.r_[head, len(rows)])
    if follows.any():
        notes.append(t("eclairage.facture_au_prorata", count=int(follows.sum())))
    last = head + joined - 1
    total = np.add.reduceat(energy, head) if len(head) else np.zeros(0)
    return Bills(cabinet[head], start[head], end[last], total, reading[head], joined, tuple(notes))
