"""Tables that a twin keeps beside its layers and gives to an engine in its bundles: a weather, a calibration."""

from typing import TypeAlias

import pyarrow as pa

from jumeau.sharing.view import View

RUN = "gardes"
Kept: TypeAlias = pa.Table | None


def keep_table(view: View, name: str, table: Kept) -> None:
    """Keep a table under a name, or forget it. Its metadata holds the `digest` of what it was made from."""
    table = pa.table({"none": pa.array([], pa.null())}) if table is None else table
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    view.put_result(RUN, name, pa.table({"data": pa.array([bytes(sink.getvalue())], pa.large_binary())}))


def kept_table(view: View, name: str) -> Kept:
    """The table kept under a name, None when there is none."""
    if name not in view.results(RUN):
        return None
    table = pa.ipc.open_stream(view.get_result(RUN, name)["data"][0].as_py()).read_all()
    return table if table.num_rows else None


def digest(table: Kept) -> str:
    """Digest of what a table was made from, empty without a table."""
    return "" if table is None else str(table.schema.metadata[b"digest"].decode())
