"""The chosen programme simulated whole: effects of actions done together are not the sum of what each does alone."""

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.protocol import Bundle, Chosen, Context, chosen_table, simulate_chosen
from jumeau.invest import Programme
from jumeau.invest.tables import WHOLE_SCHEMA
from jumeau.twin import own
from jumeau.twin.registry import engine
from jumeau.twin.runs import fed, part_key, partitions, unpack

if TYPE_CHECKING:
    from jumeau.twin.core import Twin


def whole(twin: "Twin", programme: Programme) -> pa.Table:
    """Yearly effect of the whole programme by indicator, beside the sum of the effects each action has alone."""
    chosen = pa.array(programme.chosen["action"].to_pylist(), pa.string())
    tables = [_field(twin, field, chosen) for field in twin.fields if twin.outcome(field) is not None]
    mine = pa.Table.from_pylist(own.whole(twin.view, programme.chosen), schema=WHOLE_SCHEMA)
    return pa.concat_tables([WHOLE_SCHEMA.empty_table(), *(t for t in tables if t is not None), mine])


def chosen_task(key: str, inputs: tuple[str, Bundle, Context, pa.Table]) -> Chosen:
    """The task of one partition: its chosen actions applied together."""
    field, sources, ctx, actions = inputs
    made = engine(field)
    return simulate_chosen(made, made.inventory(sources, key), actions, ctx, singles=False)


def _field(twin: "Twin", field: str, chosen: pa.Array) -> pa.Table | None:
    outcome = twin.outcome(field)
    if outcome is None:
        return None
    mine = {}
    for part in partitions(twin.view, field, outcome.moment):
        _, actions, _ = unpack(twin.view.get_result(outcome.run, part_key(part)))
        kept = actions.filter(pc.is_in(actions["id"], value_set=chosen))
        kept = kept.filter(pc.greater(pc.list_value_length(kept["assets"]), 0))
        if kept.num_rows:
            mine[part] = kept
    if not mine:
        return None
    ctx, moment = outcome.ctx, outcome.moment
    ready = ((key, (field, sources, ctx, mine[key])) for key, sources in fed(twin.view, field, list(mine), moment))
    parts = dict(twin.executor.map(chosen_task, ready))
    single = outcome.effects.filter(pc.is_in(outcome.effects["action"], value_set=chosen))
    return _rows(chosen_table([parts[key] for key in sorted(parts)]), single)


def _rows(table: pa.Table, single: pa.Table) -> pa.Table:
    """Rows of WHOLE_SCHEMA. single: effects of the chosen actions, an unknown one counting for nothing on both sides."""
    sums = single.select(["indicator", "value"]).group_by("indicator").aggregate([("value", "sum")])
    known = dict(zip(sums["indicator"].to_pylist(), sums["value_sum"].to_pylist(), strict=True))
    names = table["indicator"].to_pylist()
    unknown = table["whole"].is_null().to_numpy()
    total = pa.array([float(known.get(name) or 0.0) for name in names], pa.float64(), mask=unknown)
    return pa.table(
        {
            "indicator": table["indicator"],
            "unit": table["unit"],
            "sum_of_effects": total,
            "whole": table["whole"],
            "whole_low": table["whole_low"],
            "whole_high": table["whole_high"],
            "difference": pc.subtract(table["whole"], total),
        }
    ).cast(WHOLE_SCHEMA)
