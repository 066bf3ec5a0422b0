"""Propose a mapping: names first, then units in the header, then what the cells look like."""

import difflib

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.model.dictionary import Field, Layer
from jumeau.sources.checks import resolve_codes
from jumeau.sources.mapping import ColumnMap, Mapping
from jumeau.sources.names import slug
from jumeau.sources.raw import RawTable
from jumeau.sources.units import header_unit, known_unit
from jumeau.sources.values import as_text, parse
from jumeau.texts import t

_SAMPLE = 2_000
_KEEP = 0.5
_SURE = 0.75
_EXACT = 0.93
_SOME = 0.2
_SHAPEFILE = 10
_XY = (
    ("x", "y"), ("x_l93", "y_l93"), ("xl93", "yl93"), ("x_2154", "y_2154"), ("x_lambert93", "y_lambert93"),
    ("coord_x", "coord_y"), ("coordx", "coordy"), ("x_coord", "y_coord"), ("coordonnee_x", "coordonnee_y"),
    ("easting", "northing"), ("longitude", "latitude"), ("lon", "lat"), ("long", "lat"), ("lng", "lat"),
    ("long", "latitude"), ("xlong", "ylat"), ("lon_wgs84", "lat_wgs84"), ("x_wgs84", "y_wgs84"),
)  # fmt: skip
_WKT = ("wkt", "geom", "geometry", "the_geom", "geometrie", "wkt_geom")
_PAIR = ("geo_point_2d", "geopoint", "coordonnees", "geo_point", "lat_lon", "latlon")


def propose(raw: RawTable, layer: Layer, given: Mapping | None = None) -> Mapping:
    """Complete a mapping: given columns are kept as they are, and nothing is guessed beside them.

    A column under 75 % of confidence is suggested and not read: a wrong value is worse than an unknown one.
    """
    given = given or Mapping()
    names = raw.columns.column_names
    x, y = (given.x, given.y) if given.x or raw.geometry is not None else coordinate_columns(raw)
    if given.columns:
        said = {c.column for c in given.columns}
        columns = tuple(c if c.unit else msgspec.structs.replace(c, unit=header_unit(c.column)[1]) for c in given.columns)
        unused = tuple(n for n in names if n not in said and n not in {x, y})
        return msgspec.structs.replace(given, columns=columns, x=x, y=y, unused=unused)
    free = [n for n in names if n not in {x, y}]
    fields = [f for f in layer.fields if f.name not in given.constants]
    scored = [found for n in free for f in fields if (found := _score(raw, n, f)) is not None]
    order = {f.name: rank for rank, f in enumerate(layer.fields)}
    scored.sort(key=lambda c: (-c.confidence, order[c.field], names.index(c.column)))
    taken: dict[str, ColumnMap] = {}
    used: set[str] = set()
    for found in scored:
        if found.field not in taken and found.column not in used:
            taken[found.field] = found
            used.add(found.column)
    ordered = sorted(taken.values(), key=lambda c: order[c.field])
    columns = tuple(c for c in ordered if c.confidence >= _SURE)
    suggested = tuple(c for c in ordered if c.confidence < _SURE)
    unused = tuple(n for n in free if n not in used)
    return msgspec.structs.replace(given, columns=columns, x=x, y=y, suggested=suggested, unused=unused)


def coordinate_columns(raw: RawTable) -> tuple[str, str]:
    """The two columns that hold coordinates, empty when there are none; a pair without a single number gives way to the
    next."""
    by_slug = {slug(name): name for name in reversed(raw.columns.column_names)}
    pairs = [(by_slug[x], by_slug[y]) for x, y in _XY if x in by_slug and y in by_slug]
    return next((pair for pair in pairs if _filled(raw, pair[0])), pairs[0] if pairs else ("", ""))


def _filled(raw: RawTable, name: str) -> bool:
    sample = _head(raw, name).drop_null()
    return any(cell.strip() for cell in as_text(sample).to_pylist())


def text_geometry(raw: RawTable) -> tuple[str, str]:
    """A column of WKT (`wkt`) or of `latitude,longitude` (`pair`): (name, kind), empty when there is none."""
    for name in raw.columns.column_names:
        key = slug(name)
        if key.strip("_") not in (*_WKT, *_PAIR) and not key.startswith(("geo_point", "geom_")):
            continue
        sample = [v for v in as_text(_head(raw, name)).drop_null().to_pylist()[:20] if v.strip()]
        if sample and all(v.lstrip("( ").split("(")[0].strip().upper().split(" ")[0].isalpha() and "(" in v for v in sample):
            return name, "wkt"
        if sample and all(len(v.split(",")) == 2 and _number(v.split(",")[0]) for v in sample):
            return name, "pair"
    return "", ""


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _head(raw: RawTable, name: str) -> pa.Array:
    column = raw.columns[name]
    step = max(1, len(column) // _SAMPLE)
    part = column.slice(0, _SAMPLE) if step == 1 else column.take(pa.array(np.arange(0, len(column), step)[:_SAMPLE]))
    return part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part


def _score(raw: RawTable, column: str, field: Field) -> ColumnMap | None:
    base, unit = header_unit(column)
    score, reason = _by_name(column, base, field)
    if not score and field.type != "choice":
        return None
    sample = _head(raw, column).drop_null()
    if not len(sample):
        return (
            ColumnMap(column=column, field=field.name, confidence=round(0.8 * score, 2), reason=reason)
            if score > 0.6
            else None
        )
    if not score and not (pa.types.is_string(sample.type) and len(sample) >= 20 and 2 <= len(sample.unique()) <= 60):
        return None
    fit = _fit(sample, field, unit)
    if not score:
        if fit >= 0.9:
            score, reason = 0.55, t("imports.raison_valeurs", share=f"{fit:.0%}".replace("%", " %"))
        else:
            return None
    elif fit < 0.5:
        score = _SURE if score > _EXACT and fit >= _SOME else score * (0.4 + fit)
        reason = t("imports.raison_valeurs_douteuses", reason=reason, share=f"{fit:.0%}".replace("%", " %"))
    if score < _KEEP:
        return None
    return ColumnMap(column=column, field=field.name, confidence=round(score, 2), reason=reason, unit=unit)


def _by_name(column: str, base: str, field: Field) -> tuple[float, str]:
    names = {slug(column), slug(base)}
    plain = field.name.rsplit("_", 1)[0] if field.unit else field.name
    if field.source_name and slug(field.source_name) in names:
        return 1.0, t("imports.raison_source")
    if field.name in names or plain in names:
        return 0.99, t("imports.raison_nom")
    words = [slug(word) for word in field.synonyms]
    for rank, word in enumerate(words):
        if word in names:
            return round(0.95 - 0.01 * min(rank, 15), 2), t("imports.raison_synonyme", word=word)
    for word in (field.name, slug(field.source_name), *words):
        if len(column) == _SHAPEFILE and len(word) > _SHAPEFILE and word.startswith(slug(column)):
            unsure = known_unit(column.rpartition("_")[2])
            return 0.6 if unsure else 0.85, t("imports.raison_tronque", word=word)
    for word in (field.name, *words):
        if len(word) >= 4 and any(f"_{word}_" in f"_{name}_" for name in names):
            return 0.7, t("imports.raison_contient", word=word)
    near = difflib.get_close_matches(slug(base), [w for w in (field.name, *words) if len(w) >= 5], n=1, cutoff=0.86)
    return (0.6, t("imports.raison_proche", word=near[0])) if near else (0.0, "")


def _fit(sample: pa.Array, field: Field, unit: str) -> float:
    """Share of the known cells of a sample that the field accepts."""
    if field.type == "commune":
        _, bad = resolve_codes(as_text(sample), None)
        return float(1 - bad.mean())
    parsed = parse(sample, field, unit)
    bad_rows = sum(len(p.rows) for p in parsed.problems)
    known = len(sample) - parsed.sentinels
    return 1 - bad_rows / known if known > 0 else 1.0
