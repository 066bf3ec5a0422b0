"""Partition runs: read a partition, compute it, keep its result, and take up again where a broken run stopped."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.compute.port import Executor
from jumeau.engines.groups import Groups, empty_groups, merge_groups, regroup
from jumeau.engines.protocol import Bundle, Context, Diagnosis, simulate
from jumeau.model.action import ACTION_SCHEMA, EFFECT_SCHEMA
from jumeau.model.dictionary import indicators
from jumeau.model.query import Compare
from jumeau.sharing.view import View
from jumeau.store.port import Moment
from jumeau.twin.registry import engine
from jumeau.twin.weather import beside

PARTITION_ASSETS = {"buildings": 600}
"""Assets of a partition by field, OTHERS elsewhere: a building costs some ten times as much as another asset, and parts must
be many enough for every worker to have its share."""
OTHERS = 4_000
WINDOW = 16
KEPT_BYTES = 300_000_000
"""Draws of a partition kept at most from its diagnosis to the trial of its actions; beyond, they are made again."""
ABOUT, BUILDINGS = "_about", "buildings"
Progress = Callable[[int, int], None]


class Outcome(msgspec.Struct, frozen=True):
    """What a run over a field gives: the diagnosis, the actions (ACTION_SCHEMA) and their effects (EFFECT_SCHEMA).

    ctx, moment: what it was computed for.
    """

    run: str
    diagnosis: Diagnosis
    actions: pa.Table
    effects: pa.Table
    ctx: Context
    moment: Moment


def run_id(field: str, head: int, moment: Moment, ctx: Context) -> str:
    """Name of a run: the same inputs give the same name, so a finished run is never computed twice."""
    from jumeau import __version__

    cut = [PARTITION_ASSETS[field]] if field in PARTITION_ASSETS else []
    key = msgspec.json.encode([__version__, field, head, moment, ctx, *cut], order="deterministic")
    return f"{field}-{hashlib.sha256(key).hexdigest()[:16]}"


def partitions(view: View, field: str, moment: Moment) -> list[str]:
    """Partitions of a field: values of the engine's partition column packed to the rows of a partition, as names joined by
    commas, in the stored order of the first layer: neighbours are read together.
    """
    made = engine(field)
    rows: Counter[str] = Counter()
    for layer in _readable(view, field)[0]:
        values = view.read(layer, columns=[made.partition], moment=moment)[made.partition]
        for row in pc.value_counts(values.drop_null()).to_pylist():
            rows[row["values"]] += row["counts"]
    out: list[list[str]] = []
    room, most = 0, PARTITION_ASSETS.get(field, OTHERS)
    for value in rows:
        if not out or room + rows[value] > most:
            out.append([])
            room = 0
        out[-1].append(value)
        room += rows[value]
    return [",".join(part) for part in out]


def inputs_of(view: View, field: str, partition: str, moment: Moment) -> Bundle:
    """Source tables of a partition, with provenance; a layer that is not cut (a catalogue) is given whole."""
    where = Compare(engine(field).partition, "in", tuple(partition.split(",")))
    cut, whole = _readable(view, field)
    tables = {layer: view.read(layer, where=where, provenance=True, moment=moment) for layer in cut}
    tables |= {layer: view.read(layer, provenance=True, moment=moment) for layer in whole}
    return beside(view, tables) if field == BUILDINGS else tables


def fed(view: View, field: str, parts: Sequence[str], moment: Moment) -> Iterator[tuple[str, Bundle]]:
    """Each partition with its source tables, read WINDOW partitions at a time: one look at the store serves them all."""
    column = engine(field).partition
    for first in range(0, len(parts), WINDOW):
        window = parts[first : first + WINDOW]
        tables = inputs_of(view, field, ",".join(window), moment)
        for part in window:
            wanted = pa.array(part.split(","), pa.string())
            yield part, {name: _cut(t, column, wanted) for name, t in tables.items()}


def _cut(table: pa.Table, column: str, wanted: pa.Array) -> pa.Table:
    if column not in table.column_names:
        return table
    return table.filter(pc.is_in(table[column], value_set=wanted)).combine_chunks()


def _readable(view: View, field: str) -> tuple[list[str], list[str]]:
    """Layers of the engine that its partition cuts, and those that it does not."""
    made, known = engine(field), view.layers()
    mine = [layer for layer in made.reads if layer in known]
    cut = [layer for layer in mine if made.partition in known[layer].names]
    return cut, [layer for layer in mine if layer not in cut]


def compute(key: str, inputs: tuple[str, Bundle, Context]) -> pa.Table:
    """The task of one partition: inventory, diagnosis, actions, effects, packed as one table."""
    field, sources, ctx = inputs
    made = engine(field)
    inventory = made.inventory(sources, key)
    room = inventory[made.main].num_rows * len(made.indicators) * ctx.draws * 8
    diagnosis = made.diagnose(inventory, msgspec.structs.replace(ctx, keep=room <= KEPT_BYTES))
    actions = made.propose(inventory, diagnosis, ctx)
    effects = simulate(made, inventory, actions, ctx, diagnosis.kept)
    return pack(diagnosis, actions, effects)


def run(
    view: View, executor: Executor, field: str, ctx: Context, moment: Moment, progress: Progress | None = None
) -> Outcome:
    """Diagnose, propose and simulate a field over the whole territory; finished partitions are not computed again."""
    name = run_id(field, view.head(moment), moment, ctx)
    _remember_run(view, name, ctx, moment)
    parts = partitions(view, field, moment)
    done = set(view.results(name)) - {ABOUT}
    todo = [part for part in parts if part_key(part) not in done]
    finished = len(parts) - len(todo)
    if progress:
        progress(finished, len(parts))
    feed = ((part, (field, sources, ctx)) for part, sources in fed(view, field, todo, moment))
    for part, table in executor.map(compute, feed):
        view.put_result(name, part_key(part), table)
        finished += 1
        if progress:
            progress(finished, len(parts))
    return gather(view, name, field)


def part_key(partition: str) -> str:
    """Short name of a partition: its first value and a hash of all of them."""
    first = partition.split(",", 1)[0]
    return f"{first}-{hashlib.sha256(partition.encode()).hexdigest()[:12]}"


def _remember_run(view: View, name: str, ctx: Context, moment: Moment) -> None:
    if ABOUT not in view.results(name):
        about = msgspec.json.encode((ctx, moment)).decode()
        view.put_result(name, ABOUT, pa.table({"about": [about]}))


def parts_of(view: View, name: str) -> list[str]:
    """Finished partitions of a run."""
    return [part for part in view.results(name) if part != ABOUT]


def of_today(view: View, name: str) -> bool:
    """Whether the indicators of a run are still those of this version; a run of before is to be made again."""
    first = next((unpack(view.get_result(name, key))[0].groups for key in parts_of(view, name)), None)
    return first is None or all(n in indicators() for n in first.names)


def gather(view: View, name: str, field: str) -> Outcome:
    """Put the kept partitions of a run together."""
    ctx, moment = msgspec.json.decode(view.get_result(name, ABOUT)["about"][0].as_py(), type=tuple[Context, Moment])
    parts = [unpack(view.get_result(name, key)) for key in parts_of(view, name)]
    if not parts:
        nothing = Diagnosis(pa.table({"id": pa.array([], pa.string())}), empty_groups(engine(field).indicators, ctx.draws))
        return Outcome(name, nothing, ACTION_SCHEMA.empty_table(), EFFECT_SCHEMA.empty_table(), ctx, moment)
    assets = pa.concat_tables([p[0].assets for p in parts])
    some = [p[0].groups for p in parts if p[0].groups.keys]
    groups = merge_groups(some) if some else empty_groups(engine(field).indicators, ctx.draws)
    actions = pa.concat_tables([p[1] for p in parts])
    effects = pa.concat_tables([p[2] for p in parts])
    return Outcome(name, Diagnosis(assets, groups), actions, effects, ctx, moment)


def total(groups: Groups) -> Groups:
    """All groups as one, summed on draws."""
    return regroup(groups, dict.fromkeys(groups.keys, "total"))


def pack(diagnosis: Diagnosis, actions: pa.Table, effects: pa.Table) -> pa.Table:
    """Four tables as rows (name, Arrow IPC bytes), so that a partition is kept whole or not at all."""
    tables = {"assets": diagnosis.assets, "groups": groups_table(diagnosis.groups), "actions": actions, "effects": effects}
    return pa.table({"name": list(tables), "data": pa.array([_to_ipc(x) for x in tables.values()], pa.large_binary())})


def unpack(table: pa.Table) -> tuple[Diagnosis, pa.Table, pa.Table]:
    """The inverse of `pack`."""
    parts = zip(table["name"].to_pylist(), table["data"].combine_chunks(), strict=True)
    found = {name: pa.ipc.open_stream(data.as_buffer()).read_all() for name, data in parts}
    return Diagnosis(found["assets"], table_groups(found["groups"])), _conformed(found["actions"]), found["effects"]


def _conformed(actions: pa.Table) -> pa.Table:
    """Actions with the columns of today: a run kept before one was added does not say it."""
    for field in ACTION_SCHEMA:
        if field.name not in actions.column_names:
            actions = actions.append_column(field, pa.nulls(actions.num_rows, field.type))
    return actions


def _to_ipc(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def groups_table(groups: Groups) -> pa.Table:
    """Groups as a table: key, indicator, known, unknown, draws, shares; the order of indicators is kept."""
    g, i = len(groups.keys), len(groups.names)
    d, o = groups.draws.shape[2], groups.shares.shape[2]

    def listed(x: Any, width: int) -> pa.Array:
        return pa.FixedSizeListArray.from_arrays(pa.array(np.ascontiguousarray(x).reshape(-1)), width)

    return pa.table(
        {
            "key": pa.array(np.repeat(np.array(groups.keys, dtype=object), i), pa.string()),
            "indicator": pa.array(list(groups.names) * g, pa.string()),
            "known": groups.known.reshape(-1),
            "unknown": groups.unknown.reshape(-1),
            "draws": listed(groups.draws, d),
            "shares": listed(groups.shares, o),
        }
    )


def table_groups(table: pa.Table) -> Groups:
    """The inverse of `groups_table`."""
    keys = tuple(dict.fromkeys(table["key"].to_pylist()))
    names = tuple(dict.fromkeys(table["indicator"].to_pylist()))
    shape = (len(keys), len(names))

    def cube(column: str) -> Any:
        flat = table[column].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        return flat.reshape(*shape, table.schema.field(column).type.list_size)

    known, unknown = (table[c].to_numpy().reshape(shape) for c in ("known", "unknown"))
    return Groups(keys, names, cube("draws"), cube("shares"), known, unknown)
