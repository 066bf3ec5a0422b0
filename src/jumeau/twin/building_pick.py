"""Which buildings of a commune are looked at: by owner, by use, by label; and the names of their owners."""

from functools import cache
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.engines.buildings.inventory import public_owner
from jumeau.errors import NotFoundError
from jumeau.model.territory.referential import collectivite_name
from jumeau.texts import t
from jumeau.twin.building_commune import CommuneStock

UNKNOWN = "inconnu"
"""Value of a filter that keeps the buildings of which the thing is not known."""


class Pick(msgspec.Struct, frozen=True):
    """Owner (its code: `commune:34172`, or words), use and label to keep; '' keeps all, UNKNOWN those not known."""

    owner: str = ""
    usage: str = ""
    label: str = ""


def picked(stock: CommuneStock, pick: Pick) -> Any:
    """Which buildings are looked at (N,)."""
    keep = np.ones(stock.table.num_rows, bool)
    if pick.owner:
        keep &= _same(owners(stock.table), pick.owner)
    if pick.usage:
        keep &= _same(stock.table["usage"].to_pylist(), pick.usage)
    if pick.label:
        keep &= _same(stock.labels, pick.label)
    return keep


def _same(values: list[Any], wanted: str) -> Any:
    return np.array([(UNKNOWN if v is None else v) == wanted for v in values], bool)


def owners(table: pa.Table) -> list[str | None]:
    """Code of the owner of each building: said, else the commune where it is said to be public; None where unknown."""
    public = np.asarray(public_owner(table))
    said = table.select(["owner", "commune"]).to_pylist()
    return [
        row["owner"] or (f"commune:{row['commune']}" if mine and row["commune"] else None)
        for row, mine in zip(said, public, strict=True)
    ]


@cache
def owner_name(owner: str | None) -> str:
    """An owner in words: the name of the collectivité of a code, else what was written."""
    if not owner:
        return t("etudes.sans_nom")
    try:
        return collectivite_name(owner)
    except NotFoundError:
        return owner
