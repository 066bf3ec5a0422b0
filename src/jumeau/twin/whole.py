"""The chosen programme simulated whole: effects of actions done together are not the sum of what each does alone."""

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.protocol import Bundle, Chosen, Context, chosen_table, simulate_chosen
from jumeau.invest import Programme
from jumeau.twin import own
from jumeau.twin.registry import engine
from jumeau.twin.runs import inputs_of, part_key, partitions, unpack

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

WHOLE_SCHEMA = pa.schema(
    [
        pa.field("indicator", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("sum_of_effects", pa.float64()),
        pa.field("whole", pa.float64()),
        pa.field("whole_low", pa.float64()),
        pa.field("whole_high", pa.float64()),
        pa.field("difference", pa.float64()),
    ]
)


def whole(twin: "Twin", programme: Programme) -> pa.Table:
    """Yearly effect of the whole programme by indicator, beside the sum of single effects; summed on draws."""
    chosen = pa.array(programme.chosen["action"].to_pylist(), pa.string())
    tables = [_field(twin, field, chosen) for field in twin.fields if twin.outcome(field) is not None]
    mine = pa.Table.from_pylist(own.whole(twin.view, programme.chosen), schema=WHOLE_SCHEMA)
    return pa.concat_tables([WHOLE_SCHEMA.empty_table(), *(t for t in tables if t is not None), mine])


def chosen_task(key: str, inputs: tuple[str, Bundle, Context, pa.Table]) -> Chosen:
    """The task of one partition: its chosen actions applied together."""
    field, sources, ctx, actions = inputs
    made = engine(field)
    return simulate_chosen(made, made.inventory(sources, key), actions, ctx)


def _field(twin: "Twin", field: str, chosen: pa.Array) -> pa.Table | None:
    outcome = twin.outcome(field)
    if outcome is None:
        return None
    feed = []
    for part in partitions(twin.view, field, outcome.moment):
        _, actions, _ = unpack(twin.view.get_result(outcome.run, part_key(part)))
        kept = actions.filter(pc.is_in(actions["id"], value_set=chosen))
        kept = kept.filter(pc.greater(pc.list_value_length(kept["assets"]), 0))
        if kept.num_rows:
            feed.append((part, kept))
    if not feed:
        return None
    ctx, moment = outcome.ctx, outcome.moment
    ready = ((key, (field, inputs_of(twin.view, field, key, moment), ctx, kept)) for key, kept in feed)
    parts = dict(twin.executor.map(chosen_task, ready))
    return _rows(chosen_table([parts[key] for key in sorted(parts)]))


def _rows(table: pa.Table) -> pa.Table:
    return pa.table(
        {
            "indicator": table["indicator"],
            "unit": table["unit"],
            "sum_of_effects": table["singles"],
            "whole": table["whole"],
            "whole_low": table["whole_low"],
            "whole_high": table["whole_high"],
            "difference": table["interaction"],
        }
    ).cast(WHOLE_SCHEMA)
