"""The twin as a GeoPackage for QGIS: communes with indicators and works, each layer of assets, plain tables, styles."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.documents.charts import ORIGIN_COLOURS
from jumeau.documents.numbers import number, rounded
from jumeau.interop.geopackage import GEOMETRY, GeoTable, bare, write_geopackage
from jumeau.interop.qgis_form import form
from jumeau.interop.qml import BLUES, Rule, classes, column, style, text
from jumeau.model.dictionary import Layer, indicators
from jumeau.model.origin import Origin
from jumeau.texts import t
from jumeau.twin.summary import rows
from jumeau.twin.told_origins import ORIGIN, SOURCE, SOURCES, source_table

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

COMMUNES, PROGRAMME, WORKS, INDICATORS = "communes", "programme_communes", "programme", "indicateurs"


def write(twin: "Twin", out: Path, on: date | None = None) -> Path:
    """Write the GeoPackage in `out`, and beside it the QGIS project that opens it."""
    from jumeau.twin import qgis

    found: list[GeoTable] = []

    def one_at_a_time() -> Iterator[GeoTable]:
        for one in tables(twin):
            found.append(bare(one))
            yield one

    path = write_geopackage(one_at_a_time(), out, on or twin.instant().date())
    qgis.write(twin.view, found, path, str(twin.territory()["name"]))
    return path


def tables(twin: "Twin") -> Iterator[GeoTable]:
    """Layers and tables, one at a time."""
    found = _indicators(twin)
    wide = _wide(twin, found)
    first = next((n for n in indicators() if n in wide.column_names), None)
    look = _choropleth(wide, first) if first else ""
    yield GeoTable(name=COMMUNES, title=t("classeur.style_commune"), table=wide, kind="polygon", style=look)
    yield from _programme(twin)
    for name, layer in twin.view.layers().items():
        if name not in ("commune", "budget") and twin.view.count(name):
            yield assets(twin, layer)
    yield GeoTable(name=INDICATORS, title=t("classeur.table_indicateurs"), table=found)
    yield GeoTable(name=SOURCES, title=t("classeur.table_sources"), table=source_table(twin.view))


def _communes(twin: "Twin") -> pa.Table:
    names = ["id", "commune", "nom", "epci", "population", "schematic", GEOMETRY]
    return twin.view.read("commune").select(names).sort_by("commune")


def _indicators(twin: "Twin") -> pa.Table:
    """One row by commune and indicator."""
    out: list[dict[str, Any]] = []
    for field in twin.fields:
        diagnosis = twin.diagnosis(field)
        for key in diagnosis.groups.keys if diagnosis else ():
            for row in rows(diagnosis.groups, key):  # type: ignore[union-attr]
                value = {"value": row.estimate.value, "low": row.estimate.low, "high": row.estimate.high}
                counts = {"known": row.known, "unknown": row.unknown}
                out.append(
                    {"commune": key, "indicator": row.name, "unit": row.estimate.unit, **value, **row.shares, **counts}
                )
    kinds = dict.fromkeys(("value", "low", "high", *(o.value for o in Origin)), pa.float64())
    names = {"commune": pa.string(), "indicator": pa.string(), "unit": pa.string()} | kinds
    fields = [pa.field(n, k) for n, k in names.items() if n != Origin.UNKNOWN.value]
    fields += [pa.field("known", pa.int64()), pa.field("unknown", pa.int64())]
    return pa.Table.from_pylist(out, schema=pa.schema(fields))


def _wide(twin: "Twin", found: pa.Table) -> pa.Table:
    """Communes with a column, and its bounds, for each indicator; null where it is unknown."""
    communes = _communes(twin)
    for name in dict.fromkeys(found["indicator"].to_pylist()):
        part = found.filter(pc.equal(found["indicator"], name))
        at = pc.index_in(communes["commune"], value_set=part["commune"].combine_chunks())
        for suffix, source in (("", "value"), ("_low", "low"), ("_high", "high")):
            communes = communes.append_column(name + suffix, part[source].take(at.combine_chunks()))
    return communes


def _programme(twin: "Twin") -> Iterator[GeoTable]:
    programme = twin.programme()
    if programme is None:
        return
    chosen = programme.chosen
    sums = chosen.group_by("commune").aggregate([("cost_eur", "sum"), ("year", "min"), ("year", "max"), ([], "count_all")])
    communes = _communes(twin)
    at = pc.index_in(communes["commune"], value_set=sums["commune"].combine_chunks()).combine_chunks()
    pairs = (("cost_eur", "cost_eur_sum"), ("actions", "count_all"), ("first_year", "year_min"), ("last_year", "year_max"))
    for name, source in pairs:
        communes = communes.append_column(name, sums[source].take(at))
    look = _choropleth(communes, "cost_eur", t("classeur.classe_sans_action"))
    yield GeoTable(name=PROGRAMME, title=t("classeur.style_programme"), table=communes, kind="polygon", style=look)
    yield GeoTable(name=WORKS, title=t("classeur.table_programme"), table=chosen)


def _choropleth(table: pa.Table, name: str, unknown: str = "") -> str:
    """Five classes of as many communes each."""
    values = table[name].drop_null().to_numpy()
    unknown = unknown or t("rapport.inconnu")
    if not len(values):
        return style("polygon", [Rule(unknown, f"{column(name)} IS NULL", "#d5d8dc")])
    cuts = np.unique([rounded(float(x), 2) or 0.0 for x in np.quantile(values, (0.2, 0.4, 0.6, 0.8))])
    breaks = [float(x) for x in cuts if values.min() < x <= values.max()]
    return style("polygon", classes(name, breaks, _labels(breaks), unknown))


def _labels(breaks: Sequence[float]) -> list[str]:
    if not breaks:
        return [t("classeur.classe_toutes", value=t("jumeau.ensemble"))]
    said = [number(x) for x in breaks]
    middle = [t("classeur.classe_entre", low=low, high=high) for low, high in pairwise(said)]
    return [t("classeur.classe_moins", high=said[0]), *middle, t("classeur.classe_plus", low=said[-1])]


def assets(twin: "Twin", layer: Layer) -> GeoTable:
    """A layer with, beside each of its values that is known somewhere, where it comes from."""
    table = twin.view.read(layer.name, provenance=True)
    names = [n for n in ("id", *layer.names) if n in table.column_names]
    known = [n for n in layer.names if n in names and table[n].null_count < table.num_rows]
    origins = [n + end for n in known for end in (ORIGIN, SOURCE)]
    if layer.geometry == "none":
        return GeoTable(name=layer.name, title=layer.title, table=table.select([*names, *origins]))
    kept = table.select([*names, *origins, GEOMETRY, GEOMETRY + ORIGIN, GEOMETRY + SOURCE])
    return GeoTable(
        name=layer.name,
        title=layer.title,
        table=kept,
        kind=layer.geometry,
        style=style(layer.geometry, _rules(layer, origins), partial(form, layer=layer, names=["fid", *names, *origins])),
    )


def _rules(layer: Layer, origins: Sequence[str]) -> list[Rule]:
    """Colours by origin of the first uncertain value, or one colour."""
    main = next((f.name + ORIGIN for f in layer.fields if f.scope and f.name + ORIGIN in origins), None)
    if main is None:
        return [Rule(layer.title, "TRUE", BLUES[3])]
    known = [
        Rule(t(f"rapport.origine_{o}"), f"{column(main)} = {text(o)}", colour)
        for o, colour in ORIGIN_COLOURS.items()
        if o != Origin.UNKNOWN.value
    ]
    return [*known, Rule(t("rapport.origine_unknown"), f"{column(main)} IS NULL", ORIGIN_COLOURS[Origin.UNKNOWN.value])]
