"""Cells as written -> values of the dictionary, in bulk; what cannot be understood is said, never guessed."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.model.dictionary import Field
from jumeau.sources.choices import choice_of
from jumeau.sources.names import fold, is_unknown
from jumeau.sources.numbers import Numbers, read_numbers
from jumeau.texts import t

_DATES = (
    re.compile(r"^(?P<y>\d{4})[-/_.](?P<m>\d{1,2})[-/_.](?P<d>\d{1,2})(?:[T ].*)?$"),
    re.compile(r"^(?P<d>\d{1,2})[-/_.](?P<m>\d{1,2})[-/_.](?P<y>\d{4})(?:[T ].*)?$"),
    re.compile(r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:\.0)?$"),
)
_BLANK_DATE = re.compile(r"^[?0/_. -]+$")
_TRUE = frozenset({"oui", "o", "vrai", "true", "t", "1", "yes", "y", "x", "en service", "1.0"})
_FALSE = frozenset({"non", "n", "faux", "false", "f", "0", "no", "hors service", "0.0"})
_YEAR, _HOUR = "année", "h"
_CLOCK = re.compile(r"^(?P<h>\d{1,2})\s*(?:[:hH]|Uhr)\s*(?P<m>[0-5]\d)?(?::[0-5]\d)?\s*(?:HL)?$")
_SHARE = 0.9
_SCALES = {"ratio": (0.01,), "m³/s": (0.001,), "m³/h": (0.001,), "m": (0.01, 0.001), "W": (0.001,)}
_GROWS = {"W": 1000.0}
Rows = NDArray[np.int64]


class Problem(msgspec.Struct, frozen=True):
    """Cells set aside. rows: positions in the column; reason: name of a text `raison_*`."""

    rows: Rows
    reason: str


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """A column in the type of its field. sentinels: cells that say "unknown"; inferred: the scale was guessed."""

    values: pa.Array
    problems: tuple[Problem, ...] = ()
    sentinels: int = 0
    inferred: bool = False
    notes: tuple[str, ...] = ()


def parse(column: pa.Array, field: Field, unit: str = "", words: Mapping[str, str] | None = None) -> Parsed:
    """Read a column as a field. unit: unit said by the header or the user; words: choices given by the user."""
    column = _plain(column)
    if field.type in {"number", "integer"}:
        return _number(column, field, unit)
    given = {fold(key): value for key, value in (words or {}).items()}
    nothing = frozenset(word for word, value in given.items() if not value)
    if field.type == "boolean":
        return _by_word(column, pa.bool_(), lambda word: _boolean(given.get(fold(word), word)), nothing=nothing)
    if field.type == "date":
        return _date(column, field)
    if field.type == "choice":
        return _by_word(column, pa.string(), lambda word: choice_of(field, word, given), "hors_liste", field, nothing)
    return _text(column, field)


def _plain(column: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    return column


def as_text(column: pa.Array) -> pa.Array:
    """Any column as text; whole floats lose their `.0`."""
    column = _plain(column)
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_floating(column.type):
        values = column.to_numpy(zero_copy_only=False)
        known = values[np.isfinite(values)]
        if len(known) and (known == np.floor(known)).all() and np.abs(known).max() < 1e15:
            return column.cast(pa.int64(), safe=False).cast(pa.string())
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())


def _indices(flags: NDArray[np.bool_]) -> Rows:
    return np.flatnonzero(flags).astype(np.int64)


def _number(column: pa.Array, field: Field, unit: str) -> Parsed:
    if field.unit == _YEAR:
        column = _years(column)
    elif field.unit == _HOUR:
        column = _hours(column)
    if not _numeric(column.type):
        column = as_text(column)
    read = read_numbers(column, unit, field.unit)
    values, sentinel = _without_sentinels(read.values, column, field, read)
    values, inferred, notes = _rescaled(values, field)
    problems = [Problem(_indices(read.bad), "illisible")] if read.bad.any() else []
    limits = field.constraint
    out = np.zeros(len(values), dtype=bool)
    if limits.minimum is not None:
        out |= values < limits.minimum
    if limits.maximum is not None:
        out |= values > limits.maximum
    if out.any():
        problems.append(Problem(_indices(out), "hors_bornes"))
        values = np.where(out, np.nan, values)
    if field.type == "integer":
        odd = np.isfinite(values) & (np.abs(values - np.round(values)) > 1e-6) | (np.abs(values) > 2**31 - 1)
        if odd.any():
            problems.append(Problem(_indices(odd), "pas_entier"))
        array = pa.array(np.round(np.where(odd | np.isnan(values), 0, values)).astype(np.int32), mask=odd | np.isnan(values))
    else:
        array = pa.array(values, mask=np.isnan(values))
    return Parsed(values=array, problems=tuple(problems), sentinels=sentinel, inferred=inferred, notes=notes)


def _numeric(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind)
    )


def _years(column: pa.Array) -> pa.Array:
    """A year field may be written as a date."""
    if pa.types.is_temporal(column.type):
        return pc.year(column).cast(pa.int32())
    text = as_text(column)
    dated = pc.match_substring_regex(text, r"^\s*(\d{4}[-/_.]\d|\d{1,2}[-/_.]\d{1,2}[-/_.]\d{4}|\d{8}(\.0)?\s*$)")
    if not pc.any(dated).as_py():
        return column
    found = _by_word(text, pa.date32(), _day).values
    return pc.if_else(pc.is_valid(found), pc.year(found).cast(pa.string()), text)


def _hours(column: pa.Array) -> pa.Array:
    """An hour field may be written as a time of the clock: `23:30`, `23h30`, `23h` or a time cell."""
    if pa.types.is_time(column.type):
        column = pc.utf8_slice_codeunits(column.cast(pa.string()), 0, 5)
    text = as_text(column)
    if _numeric(column.type) or not pc.any(pc.match_substring_regex(text, "[:hH]")).as_py():
        return column
    read = _by_word(text, pa.float64(), _clock).values
    return pc.if_else(pc.is_valid(read), read.cast(pa.string()), text)


def _clock(word: str) -> float | None:
    found = _CLOCK.match(word.strip())
    return None if found is None else int(found["h"]) + int(found["m"] or 0) / 60


def _without_sentinels(
    values: NDArray[np.float64], column: pa.Array, field: Field, read: Numbers
) -> tuple[NDArray[np.float64], int]:
    marked = read.marked.copy()
    raw = read_numbers(column, "", "").values if field.unit else values
    for text in field.constraint.sentinels:
        try:
            mark = float(text)
        except ValueError:
            continue
        marked |= (values == mark) | (raw == mark)
    return np.where(marked, np.nan, values), int(marked.sum())


def _rescaled(values: NDArray[np.float64], field: Field) -> tuple[NDArray[np.float64], bool, tuple[str, ...]]:
    """Percentages in a ratio field, or a scale betrayed by the order of magnitude: said, and marked as inferred."""
    top = field.constraint.maximum
    known = values[np.isfinite(values)]
    if (
        field.unit in _GROWS
        and len(known)
        and top is not None
        and (known < (field.constraint.minimum or 0.0)).mean() >= _SHARE
    ):
        grown = known * _GROWS[field.unit]
        if ((grown <= top) & (grown >= (field.constraint.minimum or 0.0))).mean() >= _SHARE:
            note = t("imports.note_echelle_kilo", field=field.name, unit=field.unit)
            return values * _GROWS[field.unit], True, (note,)
    if top is None or not len(known) or (np.abs(known) <= top).mean() >= 0.5:
        return values, False, ()
    for scale in _SCALES.get(field.unit, ()):
        scaled = known * scale
        low = field.constraint.minimum if field.constraint.minimum is not None else -np.inf
        if ((scaled <= top) & (scaled >= low)).mean() >= _SHARE:
            note = t("imports.note_echelle", field=field.name, factor=f"{round(1 / scale)}")
            return values * scale, True, (note,)
    return values, False, ()


def _by_word(
    column: pa.Array,
    kind: pa.DataType,
    read: Callable[[str], Any],
    reason: str = "illisible",
    field: Field | None = None,
    nothing: frozenset[str] = frozenset(),
) -> Parsed:
    """Read each distinct cell once. nothing: folded words that say the value is not known."""
    if not pa.types.is_string(column.type):
        column = as_text(column)
    encoded = column.dictionary_encode()
    words = [str(word) for word in encoded.dictionary.to_pylist()]
    sentinels = nothing | ({fold(s) for s in field.constraint.sentinels} if field else set())
    empty = np.array([not word.strip() for word in words] + [True])
    unknown = np.array([is_unknown(word) or fold(word) in sentinels for word in words] + [False]) & ~empty
    found = [None if unknown[i] or empty[i] else read(word) for i, word in enumerate(words)]
    codes = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    values = pa.array([*found, None], kind).take(pa.array(codes))
    bad = np.array([value is None for value in found] + [False]) & ~unknown & ~empty
    rows = _indices(bad[codes])
    problems = (Problem(rows, reason),) if len(rows) else ()
    return Parsed(values=values, problems=problems, sentinels=int(unknown[codes].sum()))


def _boolean(word: str) -> bool | None:
    plain = fold(word)
    return True if plain in _TRUE else False if plain in _FALSE else None


def _day(word: str) -> dt.date | None:
    for pattern in _DATES:
        if found := pattern.match(word.strip()):
            try:
                return dt.date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return None
    return None


def _date(column: pa.Array, field: Field) -> Parsed:
    if pa.types.is_temporal(column.type) and not pa.types.is_time(column.type):
        column = column.cast(pa.date32(), safe=False)
        column = column.cast(pa.string())
    marks = {_day(text) for text in field.constraint.sentinels} | {dt.date(1900, 1, 1), dt.date(1899, 12, 30)}
    text = as_text(column)
    blank = pc.match_substring_regex(text, _BLANK_DATE.pattern).fill_null(False)
    read = _by_word(pc.if_else(blank, "nc", text), pa.date32(), _day)
    marked = pc.is_in(read.values, value_set=pa.array([m for m in marks if m], pa.date32()))
    values = pc.if_else(marked, pa.scalar(None, pa.date32()), read.values)
    return Parsed(values=values, problems=read.problems, sentinels=read.sentinels + int(pc.sum(marked).as_py() or 0))


def _text(column: pa.Array, field: Field) -> Parsed:
    text = pc.utf8_trim_whitespace(as_text(column))
    text = pc.if_else(pc.equal(pc.utf8_length(text), 0), pa.scalar(None, pa.string()), text)
    encoded = text.dictionary_encode()
    marks = {fold(s) for s in field.constraint.sentinels}
    if len(encoded.dictionary) < max(1000, len(text) // 2):
        words = encoded.dictionary.to_pylist()
        unknown = np.array([is_unknown(w) or fold(w) in marks for w in words] + [False], dtype=bool)
        codes = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        flags = unknown[codes]
    else:
        flags = pc.is_in(pc.ascii_lower(text), pa.array(["null", "nan", "none", "n/a", "-", *marks])).fill_null(False)
        flags = flags.to_numpy(zero_copy_only=False)
    if flags.any():
        text = pc.if_else(pa.array(flags), pa.scalar(None, pa.string()), text)
    problems: tuple[Problem, ...] = ()
    if field.constraint.pattern:
        fits = pc.match_substring_regex(text, field.constraint.pattern).fill_null(True)
        bad = ~fits.to_numpy(zero_copy_only=False)
        if bad.any():
            problems = (Problem(_indices(bad), "motif"),)
            text = pc.if_else(fits, text, pa.scalar(None, pa.string()))
    return Parsed(values=text, problems=problems, sentinels=int(flags.sum()))
