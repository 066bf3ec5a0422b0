"""Costs seen in public records (subsidised projects, awarded contracts) beside those the engines propose."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.procurement import Benchmark, Seen, benchmarks, compared, is_service, seen
from jumeau.sharing.view import View
from jumeau.twin import own

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

RECORDS = (("projet_subventionne", "total_cost_eur"), ("marche_attribue", "amount_eur"))


def observed(view: View) -> list[Seen]:
    """Public records of the twin sorted into needs, with their unit cost where the text gives a quantity."""
    found: list[tuple[str, str, float | None]] = []
    for layer, amount in RECORDS:
        if layer not in view.layers() or not view.count(layer):
            continue
        coded = [name for name in ("cpv",) if name in view.layer(layer).names]
        table = view.read(layer, columns=["code", "description", amount, *coded])
        for row in table.to_pylist():
            if row["description"] and not is_service(row.get("cpv")):
                found.append((row["code"] or row["id"], row["description"], row[amount]))
    return seen(found)


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A need's costs in public records beside the catalogue's unit cost (low, high) [€/unit], None when no action has one.

    word: where the median of the records stands: `inside`, `below`, `above`, or `unknown`.
    """

    title: str
    unit: str
    benchmark: Benchmark
    catalogue: tuple[float, float] | None
    word: str


def compared_costs(twin: "Twin", found: Sequence[Seen] | None = None) -> list[Compared]:
    """Costs seen in public records beside those the engines propose, need by need. found: records already sorted."""
    known, costs = own.all_needs(twin.view), _catalogue_costs(twin)
    records = observed(twin.view) if found is None else found
    out = []
    for made, word in compared(benchmarks(records), costs):
        need = known[made.need]
        out.append(Compared(title=need.title, unit=need.unit, benchmark=made, catalogue=costs.get(made.need), word=word))
    return out


def _catalogue_costs(twin: "Twin") -> dict[str, tuple[float, float]]:
    """Least and most unit cost of the actions offered, by need [€/unit]."""
    offered = twin.offered()
    if offered is None:
        return {}
    ok = pc.and_(pc.is_valid(offered["cost_eur_low"]), pc.greater(offered["quantity"], 0))
    rows = offered.filter(ok)
    table = pa.table(
        {
            "need": rows["need"],
            "low": pc.divide(pc.cast(rows["cost_eur_low"], "float64"), rows["quantity"]),
            "high": pc.divide(pc.cast(rows["cost_eur_high"], "float64"), rows["quantity"]),
        }
    )
    found = table.group_by("need").aggregate([("low", "min"), ("high", "max")]).to_pylist()
    return {row["need"]: (row["low_min"], row["high_max"]) for row in found}
