"""Value tables of the 3CL-DPE 2021 method, as arrays that many rows can be read from at once.

The figures are those of annex 1 of the arrêté of 31 March 2021 (amended 8 October 2021, 25 March 2024 and 13 August
2025) on the methods of the energy label; row numbers are those that official XML files record as `tv_*_id`.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from jumeau.model.dpe import F64, I64

_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    """The packaged tables."""
    text = files("jumeau.engines.buildings.dpe").joinpath("tables.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def rows(table: str) -> list[dict[str, Any]]:
    """Rows of a table, as the arrêté writes them."""
    found = _raw()[table]
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]


@lru_cache(maxsize=128)
def by_row(table: str, value: str) -> F64:
    """Values by row number; NaN where the table has no such row."""
    found = rows(table)
    number = next(iter(found[0]))
    out = np.full(max(int(row[number] or 0) for row in found) + 2, np.nan)
    for row in found:
        if row[number] is not None and isinstance(row[value], (int, float)):
            out[int(row[number])] = row[value]
    return out


def read(values: F64, *codes: I64 | F64) -> F64:
    """Values at these codes, NaN for a code that the table does not have."""
    places = tuple(_clean(code, size) for code, size in zip(codes, values.shape, strict=True))
    out: F64 = values[places]
    return out


@lru_cache(maxsize=64)
def _cells(table: str, value: str) -> F64:
    """Every figure of a column of a table, in order."""
    return np.unique([float(row[value]) for row in rows(table) if isinstance(row[value], (int, float))])


def recorded(table: str, value: str, row: F64, seen: F64) -> F64:
    """Cell of a table that a file records: by its figure, else by its row; NaN when it records neither.

    row: row numbers; seen: figures recorded beside them. The figure wins where the table has it: some software writes
    the same row everywhere. One that the table has not was computed, and is no cell.
    """
    cells = _cells(table, value)
    place = np.searchsorted(cells, np.nan_to_num(seen, nan=-1.0))
    low, high = cells[np.maximum(place - 1, 0)], cells[np.minimum(place, len(cells) - 1)]
    near = np.where(np.abs(seen - low) < np.abs(seen - high), low, high)
    with np.errstate(invalid="ignore"):
        is_cell = np.abs(seen - near) <= 0.002 * np.abs(near)
    return np.where(is_cell, near, read(by_row(table, value), row))


def _clean(code: I64 | F64, size: int) -> I64:
    whole = np.nan_to_num(code, nan=size - 1).astype(np.int64)
    return np.where((whole < 0) | (whole >= size), size - 1, whole)


@lru_cache(maxsize=128)
def dense(table: str, value: str, keys: tuple[tuple[str, int], ...]) -> F64:
    """Values by the codes of several enumerations; a key that a row leaves empty holds for all codes.

    keys: (column, number of codes); the first row of the arrêté that fits wins. The last code of each axis is free, so
    that `read` answers NaN for what is unknown.
    """
    out = np.full(tuple(size + 1 for _, size in keys), np.nan)
    for row in rows(table):
        if not isinstance(row[value], (int, float)):
            continue
        place = np.ix_(*(_codes(row[name], size) for name, size in keys))
        out[place] = np.where(np.isnan(out[place]), row[value], out[place])
    return out


def _codes(cell: Any, size: int) -> list[int]:
    if cell is None:
        return list(range(size))
    return [int(code) for code in str(cell).split("|") if code and int(code) < size]


@lru_cache(maxsize=64)
def climate(name: str) -> F64:
    """A climate table: [heavy old walls][altitude class][zone][month], or fewer axes; NaN where there is no value."""
    return np.array(_raw()["climat"][name], dtype=np.float64)


@lru_cache(maxsize=1)
def networks() -> dict[str, dict[str, list[float | None]]]:
    """CO2 content of heat networks [kg/kWh] by identifier and year of the yearly arrêté: direct, whole life."""
    found: dict[str, dict[str, list[float | None]]] = _raw()["reseaux"]
    return found


class Curves:
    """Straight lines between the values of a table, one line per group, on a common step.

    The step divides every value that the tables hold, so that reading between two steps is exact.
    """

    def __init__(self, table: str, x: str, y: str, keys: tuple[tuple[str, int], ...], step: float, stop: float) -> None:
        self.step = step
        groups: dict[tuple[int, ...], list[tuple[float, float]]] = {}
        for row in rows(table):
            if row[x] is None or not isinstance(row[y], (int, float)):
                continue
            for codes in np.ndindex(*(len(_codes(row[name], size)) for name, size in keys)):
                key = tuple(_codes(row[name], size)[code] for (name, size), code in zip(keys, codes, strict=True))
                groups.setdefault(key, []).append((float(row[x]), float(row[y])))
        grid = np.arange(0.0, stop + step / 2, step)
        self.values = np.full((*(size + 1 for _, size in keys), len(grid)), np.nan)
        for key, points in groups.items():
            self.values[key] = line(sorted(dict(points).items()), grid)

    @classmethod
    def of(cls, values: F64, step: float) -> "Curves":
        """Lines that are already on the step; the last row of each key axis is left for what is unknown."""
        out = cls.__new__(cls)
        out.values, out.step = values, step
        return out

    def at(self, x: F64, *codes: I64) -> F64:
        """Value at x in the group of each row."""
        top = self.values.shape[-1] - 2
        place = np.clip(np.nan_to_num(x) / self.step, 0, top + 0.999999)
        low = place.astype(np.int64)
        part = place - low
        where = tuple(_clean(code, size) for code, size in zip(codes, self.values.shape[:-1], strict=True))
        out: F64 = self.values[(*where, low)] * (1 - part) + self.values[(*where, low + 1)] * part
        kept: F64 = np.where(np.isnan(x), np.nan, out)
        return kept


def line(points: Sequence[tuple[float, float]], grid: F64) -> F64:
    """Straight lines through points, going on beyond both ends with the last slope."""
    xs, ys = np.array([p[0] for p in points]), np.array([p[1] for p in points])
    out: F64 = np.interp(grid, xs, ys)
    if len(xs) > 1:
        first, last = (ys[1] - ys[0]) / (xs[1] - xs[0]), (ys[-1] - ys[-2]) / (xs[-1] - xs[-2])
        out = np.where(grid < xs[0], ys[0] + first * (grid - xs[0]), out)
        out = np.where(grid > xs[-1], ys[-1] + last * (grid - xs[-1]), out)
    return out


def number(cell: Any) -> float:
    """The number in a cell such as `≤ 20` or `0,25 <`; NaN without one."""
    found = _NUMBER.search(str(cell)) if cell is not None else None
    return float(found.group().replace(",", ".")) if found else float("nan")
