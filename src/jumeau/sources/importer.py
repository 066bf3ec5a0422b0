"""From a file nobody cleaned to rows of a layer: what was read, what was set aside and why."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.errors import InputError, MappingError
from jumeau.model.dictionary import Layer
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.sources.checks import Resolve, resolve_codes
from jumeau.sources.derived import derive, power_cells
from jumeau.sources.finish import finish
from jumeau.sources.geometry import Places
from jumeau.sources.guard import DEFAULT, Limits
from jumeau.sources.keep import keep_rows
from jumeau.sources.located import Located, place_in_communes
from jumeau.sources.mapping import Mapping, check_mapping
from jumeau.sources.names import fold, slug
from jumeau.sources.positions import find_places
from jumeau.sources.prepared import Prepared
from jumeau.sources.propose import propose
from jumeau.sources.raw import RawTable
from jumeau.sources.readers import read
from jumeau.sources.rejects import ROW, VALUE, reject_rows
from jumeau.sources.schemas import with_schema
from jumeau.sources.values import Problem, as_text, parse
from jumeau.sources.work import Work
from jumeau.texts import t

Flags = NDArray[np.bool_]
_COMMUNE = "commune"
_BESIDE = (".dbf", ".shx", ".prj", ".cpg")


def prepare(
    path: Path,
    layer: Layer,
    *,
    mapping: Mapping | None = None,
    source: Source | None = None,
    communes: pa.Table | None = None,
    resolve: Resolve | None = None,
    limits: Limits = DEFAULT,
) -> Prepared:
    """Read a file as a layer; rows that cannot be used are set aside with their reason and the rest loads.

    mapping: what the user says, completed by a proposal when it names no column. communes: contours (`commune`,
    `geometry`, EPSG:2154), used to find the commune and to check it. resolve: distinct commune codes -> codes of today.
    Raises InputError, HostileFileError or MappingError, which name the file and the way out.
    """
    raw = read(path, mapping.reading if mapping else None, limits)
    if not raw.num_rows:
        raise InputError("imports.sans_ligne", file=path.name)
    if mapping is not None and mapping.where:
        raw = _chosen_rows(raw, mapping, path.name)
    raw, elsewhere = keep_rows(raw, mapping.keep, path.name) if mapping else (raw, 0)
    mapping, schema = with_schema(mapping, raw, layer)
    chosen = propose(raw, layer, mapping)
    check_mapping(chosen, layer, raw.columns.column_names, path.name)
    source = _source(path, source, raw)
    work = Work(
        file=path.name,
        layer=layer,
        raw=raw,
        mapping=chosen,
        numbers=_row_numbers(raw),
        values={},
        origins={},
        refused=np.zeros(raw.num_rows, dtype=bool),
        rejects=[_unread(raw)] if raw.rejected else [],
        notes=[*raw.notes, *([t("imports.note_schema", schema=schema)] if schema else [])],
        elsewhere=elsewhere,
    )
    _read_values(work, resolve)
    derive(work)
    places = find_places(work)
    located = _locate(work, places, communes)
    _refuse(work, places)
    return finish(work, source, places, located)


def _chosen_rows(raw: RawTable, mapping: Mapping, file: str) -> RawTable:
    """Rows whose cells are those the mapping asks for."""
    keep = np.ones(raw.num_rows, dtype=bool)
    for column, wanted in mapping.where.items():
        if column not in raw.columns.column_names:
            known = ", ".join(raw.columns.column_names[:40])
            raise MappingError("imports.colonne_absente", file=file, column=column, known=known)
        cells = as_text(raw.columns[column].combine_chunks()).to_pylist()
        keep &= np.array([cell is not None and fold(cell) == fold(wanted) for cell in cells], dtype=bool)
        if not keep.any():
            raise MappingError("imports.sans_ligne_choisie", file=file, column=column, value=wanted)
    said = ", ".join(f"{column} = {value}" for column, value in mapping.where.items())
    note = t("imports.note_lignes_choisies", count=int(keep.sum()), total=raw.num_rows, where=said)
    mask = pa.array(keep)
    return msgspec.structs.replace(
        raw,
        columns=raw.columns.filter(mask),
        geometry=raw.geometry.filter(mask) if raw.geometry is not None else None,
        rows=pa.array(_row_numbers(raw)[keep]),
        notes=(*raw.notes, note),
    )


def _row_numbers(raw: RawTable) -> NDArray[np.int64]:
    if raw.rows is not None:
        return np.asarray(raw.rows.to_numpy(zero_copy_only=False), dtype=np.int64)
    return np.arange(raw.first_row, raw.first_row + raw.num_rows, dtype=np.int64)


def _unread(raw: RawTable) -> pa.Table:
    rows = np.array([number for number, _ in raw.rejected], dtype=np.int64)
    texts = pa.array([text for _, text in raw.rejected], pa.string())
    return reject_rows(rows, "", texts, "ligne_mal_coupee", ROW)


def _source(path: Path, given: Source | None, raw: RawTable) -> Source:
    sha256 = _digest(path)
    if given is None:
        return Source(id=f"{slug(path.stem) or 'fichier'}-{sha256[:8]}", title=path.stem, licence=raw.licence, sha256=sha256)
    return msgspec.structs.replace(given, sha256=given.sha256 or sha256, licence=given.licence or raw.licence)


def _digest(path: Path) -> str:
    """SHA-256 of a file; of all the files of a shapefile, whose attributes lie beside it."""
    beside = (path.with_suffix(end) for end in _BESIDE) if path.suffix.lower() == ".shp" else ()
    digest = hashlib.sha256()
    for part in (path, *(one for one in beside if one.is_file())):
        with part.open("rb") as content:
            while block := content.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()


def _read_values(work: Work, resolve: Resolve | None) -> None:
    for column in work.mapping.columns:
        field = work.layer[column.field]
        cells = work.raw.columns[column.column].combine_chunks()
        if field.type == _COMMUNE:
            values, bad = resolve_codes(as_text(cells), resolve)
            work.values[field.name] = values
            work.origins[field.name] = Origin.DECLARED
            if bad.any():
                _set_aside(work, field.name, cells, Problem(np.flatnonzero(bad), "commune_inconnue"))
            continue
        parsed = parse(power_cells(work, field.name, cells), field, column.unit, work.mapping.values.get(field.name))
        work.values[field.name] = parsed.values
        work.origins[field.name] = Origin.INFERRED if parsed.inferred else Origin.DECLARED
        work.sentinels += parsed.sentinels
        work.notes += parsed.notes
        for problem in parsed.problems:
            _set_aside(work, field.name, cells, problem)
    for name, value in work.mapping.constants.items():
        work.values[name] = _constant(work, name, value, resolve)
        work.origins[name] = Origin.DECLARED
    if work.mapping.suggested:
        names = ", ".join(c.column for c in work.mapping.suggested)
        work.notes.append(t("imports.note_suggestions", count=len(work.mapping.suggested), names=names))
    if not work.mapping.columns:
        work.notes.append(t("imports.note_sans_correspondance", columns=", ".join(work.raw.columns.column_names[:20])))


def _constant(work: Work, name: str, value: Any, resolve: Resolve | None) -> pa.Array:
    field = work.layer[name]
    cell = pa.array([str(value) if not isinstance(value, bool) else str(value).lower()], pa.string())
    if field.type == _COMMUNE:
        one, bad = resolve_codes(cell, resolve)
        wrong = bool(bad[0])
    else:
        parsed = parse(cell, field)
        one, wrong = parsed.values, bool(parsed.problems)
    if wrong:
        raise InputError("imports.constante", file=work.file, field=name, value=value)
    return one.take(pa.array(np.zeros(work.raw.num_rows, dtype=np.int64)))


def _set_aside(work: Work, field: str, cells: pa.Array, problem: Problem) -> None:
    shown = as_text(cells.take(pa.array(problem.rows)))
    limits = work.layer[field].constraint
    where = {
        "field": field,
        "low": "-" if limits.minimum is None else f"{limits.minimum:g}",
        "high": "-" if limits.maximum is None else f"{limits.maximum:g}",
        "choices": ", ".join(limits.choices),
        "pattern": limits.pattern,
    }
    work.rejects.append(reject_rows(work.numbers[problem.rows], field, shown, problem.reason, VALUE, **where))


def _locate(work: Work, places: Places | None, communes: pa.Table | None) -> Located | None:
    if places is None or _COMMUNE not in work.layer.names or work.layer.name == _COMMUNE:
        return None
    located = place_in_communes(places.xy, work.values.get(_COMMUNE), communes)
    if located is None:
        return None
    work.values[_COMMUNE] = located.commune
    work.notes += located.notes
    if _COMMUNE not in work.origins:
        work.origins[_COMMUNE] = Origin.INFERRED
    return located


def _refuse(work: Work, places: Places | None) -> None:
    """Rows without a usable place nor a commune, or without a required value."""
    rows = work.numbers
    if places is not None:
        work.notes += places.notes
        known = work.values[_COMMUNE].is_valid().to_numpy(zero_copy_only=False) if _COMMUNE in work.values else work.refused
        unplaced = places.missing & known & ~places.bad
        if unplaced.any():
            work.notes.append(t("imports.note_sans_position", count=int(unplaced.sum())))
        for flags, reason in (
            (places.missing & ~known & ~places.bad, "sans_position"),
            (places.bad, "geometrie_inutilisable"),
        ):
            if flags.any():
                work.rejects.append(reject_rows(rows[flags], "geometry", None, reason, ROW))
                work.refused = work.refused | flags
    for field in work.layer.fields:
        if field.constraint.required and field.name in work.values:
            empty = work.values[field.name].is_null().to_numpy(zero_copy_only=False) & ~work.refused
            if empty.any():
                work.rejects.append(reject_rows(rows[empty], field.name, None, "obligatoire", ROW, field=field.name))
                work.refused = work.refused | empty
        elif field.constraint.required:
            raise InputError("imports.champ_obligatoire", file=work.file, field=field.name, title=field.description)
