"""GeoJSON, shapefile and GeoPackage through GDAL, opened only after their first bytes were recognised."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from jumeau.errors import InputError
from jumeau.sources.guard import DEFAULT, Limits, check_shape
from jumeau.sources.raw import RawTable, Reading
from jumeau.sources.sniff import column_names, mostly_utf8, sniff_page
from jumeau.texts import t

_GDAL_PAGES = {"cp1252": "CP1252", "latin-1": "ISO-8859-1", "cp850": "CP850", "mac_roman": "MACINTOSH"}


def read_vector(path: Path, kind: str, reading: Reading, limits: Limits = DEFAULT) -> RawTable:
    """Read one layer. kind: `geojson`, `shapefile` or `geopackage`."""
    import pyogrio

    layer = _choose_layer(path, kind, reading)
    options: dict[str, Any] = {} if layer is None else {"layer": layer}
    notes: list[str] = []
    if kind == "shapefile":
        encoding = reading.encoding or _dbf_encoding(path)
        if encoding:
            options["encoding"] = encoding
            if encoding.lower() not in {"utf-8", "utf8"}:
                notes.append(t("imports.note_encodage", encoding=encoding))
    try:
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always")
            meta, table = pyogrio.raw.read_arrow(path, **options)
    except Exception as error:
        kind_name = t(f"imports.format_{kind}")
        raise InputError("imports.illisible", file=path.name, format=kind_name, reason=_reason(error)) from error
    if remarks:
        notes.append(t("imports.note_remarques", count=len(remarks), first=_reason(remarks[0].message)))
    check_shape(table.num_rows, table.num_columns, path.name, limits)
    geometry, table = _split(table, meta)
    return RawTable(format=kind, columns=table, geometry=geometry, crs=meta.get("crs"), notes=tuple(notes))


@contextmanager
def rebuilding_index() -> Iterator[None]:
    """Let GDAL write the .shx it misses while the block lasts."""
    import pyogrio

    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": True})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})


def _choose_layer(path: Path, kind: str, reading: Reading) -> str | None:
    import pyogrio

    if kind != "geopackage":
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            names = [str(row[0]) for row in pyogrio.list_layers(path)]
    except Exception as error:
        kind_name = t(f"imports.format_{kind}")
        raise InputError("imports.illisible", file=path.name, format=kind_name, reason=_reason(error)) from error
    if reading.table:
        if reading.table not in names:
            raise InputError("imports.table_inconnue", file=path.name, table=reading.table, known=", ".join(names))
        return reading.table
    if not names:
        raise InputError("imports.sans_ligne", file=path.name)
    if len(names) > 1:
        raise InputError("imports.plusieurs_tables", file=path.name, known=", ".join(names))
    return names[0]


def _split(table: pa.Table, meta: dict[str, Any]) -> tuple[pa.ChunkedArray | None, pa.Table]:
    name = meta.get("geometry_name") or "wkb_geometry"
    geometry = None
    if name in table.column_names and meta.get("geometry_type") is not None:
        column = table[name]
        storage = column.type.storage_type if isinstance(column.type, pa.ExtensionType) else column.type
        geometry = column.cast(storage).cast(pa.binary())
    drop = [c for c in (name, meta.get("fid_column")) if c and c in table.column_names]
    table = _sound(table.drop_columns(drop))
    return geometry, table.rename_columns(list(column_names(table.column_names)))


def _sound(table: pa.Table) -> pa.Table:
    """Texts made valid: damaged bytes become replacement characters."""
    for rank, column in enumerate(table.columns):
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            raw = column.cast(pa.large_binary() if pa.types.is_large_string(column.type) else pa.binary())
            texts = [None if v is None else v.decode("utf-8", errors="replace") for v in raw.to_pylist()]
            table = table.set_column(rank, table.column_names[rank], pa.array(texts, pa.string()))
    return table


def _dbf_encoding(path: Path) -> str:
    """Encoding of the .dbf: the .cpg if any, UTF-8 when it decodes, else the page whose letters look French."""
    siblings = {other.suffix.lower(): other for other in path.parent.glob(f"{_escape(path.stem)}.*")}
    if ".dbf" not in siblings:
        return ""
    if ".cpg" in siblings:
        said = siblings[".cpg"].read_text(encoding="ascii", errors="ignore").strip()
        return {"1252": "CP1252", "ANSI 1252": "CP1252", "88591": "ISO-8859-1", "8859_1": "ISO-8859-1"}.get(said, said)
    with siblings[".dbf"].open("rb") as source:
        sample = source.read(4 << 20)[32:]
    if sample.isascii() or mostly_utf8(sample):
        return "UTF-8"
    return _GDAL_PAGES[sniff_page(sample)]


def _escape(stem: str) -> str:
    import glob

    return glob.escape(stem)


def _reason(error: BaseException | str) -> str:
    text = " ".join(str(error).split()).split("; It might help")[0].split(". Set ")[0]
    if "not recognized as being in a supported file format" in text:
        return t("imports.contenu_inconnu")
    return text.rsplit("/", 1)[-1].rstrip(".")[:200]
