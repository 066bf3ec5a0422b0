"""What a reader gives, whatever the format: columns as they were written, geometry as WKB, and what is known of it."""

import msgspec
import pyarrow as pa


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What the user may say of a file before it is read. table: sheet, layer or file inside an archive."""

    table: str = ""
    encoding: str = ""
    separator: str = ""


class RawTable(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a file before anything is understood.

    columns: one Arrow column a column of the file, text where the format has no types. geometry: WKB, or None when the
    format carries none. crs: what the file declares (authority code, WKT or PROJJSON), None when it says nothing.
    first_row: number in the file of the first row, as a spreadsheet shows it. rejected: (row, text) of unreadable lines.
    """

    format: str
    columns: pa.Table
    geometry: pa.ChunkedArray | None = None
    crs: str | None = None
    first_row: int = 1
    rows: pa.Array | None = None
    notes: tuple[str, ...] = ()
    rejected: tuple[tuple[int, str], ...] = ()
    licence: str = ""

    @property
    def num_rows(self) -> int:
        """Rows read, unreadable lines apart."""
        return int(self.columns.num_rows if self.geometry is None else len(self.geometry))
