"""What an official DPE says of a building beside what was known of it, else inferred."""

from collections.abc import Iterator
from typing import Any

import msgspec

from jumeau.model.dictionary import Layer
from jumeau.twin.building_commune import CommuneStock
from jumeau.twin.building_envelope import envelope_of
from jumeau.twin.building_known import floor_range

NEAR, NEAR_YEARS = 0.1, 5
"""How far two figures that agree may stand apart [-], and two years."""
Inferred = tuple[Any, float | None, float | None]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A column. dpe: what the DPE says; known: what the twin said of it, None where it was unknown; inferred, low, high: what
    the computation took then, with its interval from 5 to 95 % where it has one; differs: the DPE is not what was known, or
    is outside."""

    column: str
    title: str
    unit: str
    decimals: int | None
    dpe: Any
    known: Any
    inferred: Any
    low: float | None
    high: float | None
    differs: bool


def compared(layer: Layer, row: dict[str, Any], said: dict[str, Any], alone: CommuneStock) -> Iterator[Compared]:
    """Each thing a DPE says (`said`, columns of the layer) beside the building before it (`row`, and the stock that holds it
    only)."""
    guessed = _inferred(alone)
    for column, value in said.items():
        field, known = layer[column], row.get(column)
        found = guessed.get(column) if known is None else None
        guess, low, high = found or (None, None, None)
        yield Compared(
            column=column, title=field.description, unit=field.unit.replace("m2", "m²"), decimals=field.decimals, dpe=value,
            known=known, inferred=guess, low=low, high=high, differs=_differs(column, value, known, found),
        )  # fmt: skip


def _differs(column: str, value: Any, known: Any, found: Inferred | None) -> bool:
    if known is not None:
        if not (isinstance(value, int | float) and isinstance(known, int | float)):
            return bool(value != known)
        return bool(abs(value - known) > (NEAR_YEARS if column == "construction_year" else NEAR * abs(known)))
    if found is None:
        return False
    guess, low, high = found
    return bool(value != guess) if low is None or high is None else not low <= value <= high


def _inferred(alone: CommuneStock) -> dict[str, Inferred]:
    """What the computation takes for what nobody said: U of the elements, floor area, label."""
    out: dict[str, Inferred] = {
        f"{one['element']}_u_w_m2k": (one["u"]["value"], one["u"]["low"], one["u"]["high"])
        for one in envelope_of(alone.bundle, alone.ctx)
    }
    floor = floor_range(alone)
    if floor.value is not None and floor.low is not None and floor.high is not None:
        out["floor_area_m2"] = (floor.value, floor.low, floor.high)
    if alone.labels[0] is not None:
        out["dpe_class"] = (alone.labels[0], None, None)
    return out
