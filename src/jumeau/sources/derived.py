"""What one column says besides its own field: a lamp name that gives the power, a power column that names the lamp."""

import re

import pyarrow as pa

from jumeau.model.origin import Origin
from jumeau.sources.lamps import LIKELY, read_lamp, read_lamps
from jumeau.sources.values import as_text
from jumeau.sources.work import Work
from jumeau.texts import t

_LAYER, _LAMP, _POWER, _SYSTEM = "luminaire", "lamp_technology", "lamp_power_w", "system_power_w"
_NUMBER = re.compile(r"^\s*[+-]?[\d\s.,\u00a0\u202f]+(?:[eE][+-]?\d+)?\s*(?:[\[(]?\s*[kKmM]?[wW](?:atts?)?\s*[\])]?)?\s*$")


def power_cells(work: Work, field: str, cells: pa.Array) -> pa.Array:
    """Cells of a power column: those that are lamp names (`100W SHP`) give their power, the others stay as written."""
    if work.layer.name != _LAYER or field not in (_POWER, _SYSTEM) or not pa.types.is_string(cells.type):
        return cells
    encoded = cells.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    if all(_NUMBER.match(word) for word in words):
        return cells
    return pa.array([_power(word) for word in words], pa.string()).take(encoded.indices)


def _power(word: str) -> str:
    if _NUMBER.match(word):
        return word
    lamp = read_lamp(word)
    return f"{lamp.power_w:g}" if lamp.power_w is not None and lamp.power_confidence >= LIKELY else word


def derive(work: Work) -> None:
    """Fill the power from lamp names when no column gives one, and the technology from a power column that names lamps."""
    if work.layer.name != _LAYER:
        return
    lamp, power = work.mapping.field(_LAMP), work.mapping.field(_POWER) or work.mapping.field(_SYSTEM)
    if lamp is not None and power is None and _POWER not in work.values:
        read = read_lamps(as_text(work.raw.columns[lamp.column].combine_chunks()))
        sure = read.power_confidence >= LIKELY
        if sure.any():
            work.values[_POWER] = pa.array(read.power_w, mask=~sure)
            work.origins[_POWER] = Origin.DECLARED
            work.notes.append(t("imports.note_lampes", count=int(sure.sum()), unread=int((~sure).sum())))
    elif power is not None and lamp is None and _LAMP not in work.values:
        cells = work.raw.columns[power.column].combine_chunks()
        if not pa.types.is_string(cells.type):
            return
        read = read_lamps(cells)
        sure = read.technology_confidence >= LIKELY
        if sure.any():
            work.values[_LAMP] = pa.array(
                [x if ok else None for x, ok in zip(read.technology.to_pylist(), sure.tolist(), strict=True)], pa.string()
            )
            work.origins[_LAMP] = Origin.DECLARED
            work.notes.append(t("imports.note_lampes_technologie", count=int(sure.sum())))
