"""Current layers as plain PostGIS tables, for QGIS and SQL: a copy that `compact` renews, never the truth."""

from collections.abc import Iterable
from itertools import chain

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from jumeau.model.claim import GEOMETRY, MAIN
from jumeau.model.dictionary import Layer
from jumeau.store.hilbert import flat
from jumeau.store.ledger import Ledger
from jumeau.store.port import Moment
from jumeau.store.postgis.database import PostgisDatabase
from jumeau.store.reading import Query, Reader
from jumeau.texts import t

SRID = 2154
_EPOCH = "SELECT value FROM meta WHERE name = 'epoch'"
_TYPES = {"number": "double precision", "integer": "integer", "boolean": "boolean", "date": "date"}
_ROWS = 65_536


class Publisher:
    """Writes tables `id`, attributes, `geometry` (EPSG:2154, indexed) in the schema `NAME_couches`."""

    def __init__(self, db: PostgisDatabase, ledger: Ledger, reader: Reader) -> None:
        self.db, self.ledger, self.reader = db, ledger, reader
        self.schema = sql.Identifier(db.place.layers_schema)

    def publish(self, name: str) -> None:
        """Renew the table of a layer as the main branch stands, unless something is erased meanwhile."""
        with self.db.snapshot():
            epoch, head = self.db.one(_EPOCH), self.ledger.history.head(MAIN)
            layer = self.ledger.layer(name)
        pieces = self.reader.batches(name, Query(), Moment(), _ROWS)
        first = next(pieces, None)
        with self.db.aside(f"couche {name}"), self.db.connection() as db:
            if self.db.one(_EPOCH + " FOR SHARE") != epoch:
                return
            db.execute(self._dropped(name))
            table = self._table(name)
            db.execute(sql.SQL("CREATE TABLE {} ({})").format(table, _columns(layer)))
            with db.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(table)) as copy:
                for lines in _csv(chain([first] if first else [], pieces)):
                    copy.write(lines)
            if layer.geometry != "none":
                db.execute(sql.SQL("CREATE INDEX ON {} USING gist ({})").format(table, sql.Identifier(GEOMETRY)))
            note = sql.Literal(t("store.couche_publiee", layer=name, commit=head))
            db.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(table, note))

    def withdraw(self, name: str) -> None:
        """Drop the table of a layer, inside a write."""
        with self.db.connection() as db:
            db.execute(self._dropped(name))

    def _table(self, name: str) -> sql.Composed:
        return sql.SQL("{}.{}").format(self.schema, sql.Identifier(name))

    def _dropped(self, name: str) -> sql.Composed:
        return sql.SQL("DROP TABLE IF EXISTS {}").format(self._table(name))


def _columns(layer: Layer) -> sql.Composed:
    parts: list[sql.Composable] = [sql.SQL("id text PRIMARY KEY")]
    for field in layer.fields:
        kind = sql.SQL(_TYPES.get(field.type, "text"))
        parts.append(sql.SQL("{} {}").format(sql.Identifier(field.name), kind))
    if layer.geometry != "none":
        shape = sql.SQL("public.geometry(Geometry, {})").format(sql.Literal(SRID))
        parts.append(sql.SQL("{} {}").format(sql.Identifier(GEOMETRY), shape))
    return sql.SQL(", ").join(parts)


def _csv(pieces: Iterable[pa.Table]) -> Iterable[bytes]:
    """Lines for COPY: null is an empty cell without quotes, geometries are hexadecimal EWKB."""
    import pyarrow.csv
    import shapely

    for piece in pieces:
        table = piece
        for i, column in enumerate(table.schema):
            if column.name == GEOMETRY:
                raw = flat(table[GEOMETRY]).to_numpy(zero_copy_only=False)
                shapes = shapely.set_srid(shapely.from_wkb(raw), SRID)
                texts = pa.array(shapely.to_wkb(shapes, hex=True, include_srid=True), pa.string())
                table = table.set_column(i, GEOMETRY, texts)
            elif pa.types.is_string(column.type):
                table = table.set_column(i, column.name, pc.replace_substring(table[column.name], "\0", ""))
        sink = pa.BufferOutputStream()
        pyarrow.csv.write_csv(table, sink, pyarrow.csv.WriteOptions(include_header=False))
        yield sink.getvalue().to_pybytes()
