"""The report verb: what the twin knows, as the plain context the documents print."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from jumeau.documents.context import (
    ActionLine,
    AttributeLine,
    BudgetLine,
    EffectLine,
    IndicatorGroup,
    IndicatorSection,
    KnowledgeLine,
    LayerLine,
    ProgrammeSection,
    Range,
    ReportContext,
    SharedLine,
    SourceLine,
)
from jumeau.invest import Programme
from jumeau.model.dictionary import Layer, indicators
from jumeau.model.estimate import Estimate
from jumeau.model.need import needs
from jumeau.model.origin import Origin
from jumeau.model.territory import collectivite_name, referential
from jumeau.sharing.view import View
from jumeau.texts import t
from jumeau.twin import financing, imports, planning
from jumeau.twin.summary import IndicatorRow, rows, totals

if TYPE_CHECKING:
    from jumeau.twin.core import Twin


def write(twin: "Twin", out: Path, on: date | None = None, context: ReportContext | None = None) -> dict[str, Path]:
    """Write the report in `out` and keep it in the twin. context: what `build` gave, when it is known. Gives the path of
    each kind.
    """
    from jumeau.documents.render import render_html, render_pdf

    out.mkdir(parents=True, exist_ok=True)
    context = context or build(twin, on)
    paths = {"pdf": out / "rapport.pdf", "html": out / "rapport.html"}
    render_pdf(context, paths["pdf"])
    render_html(context, paths["html"])
    for kind, path in paths.items():
        planning.remember(twin.view, f"report:{kind}", twin.view.put_file(path, name=path.name))
    return paths


def latest(view: View, kind: str) -> Path | None:
    """The latest report kept, None before any."""
    sha = planning.remembered(view, f"report:{kind}")
    return view.get_file(sha) if sha else None


def build(twin: "Twin", on: date | None = None) -> ReportContext:
    """Everything the report says, from the latest diagnosis and programme this actor may see."""
    about = twin.territory()
    view = twin.view
    funded = twin.financing()
    return ReportContext(
        title=t("jumeau.titre_rapport"),
        territory=about["name"],
        date=on or twin.instant().date(),
        actor=view.actor.name,
        communes=about["communes"],
        synthetic=about["synthetic"],
        commit=view.head(),
        layers=tuple(_layers(view)),
        indicators=tuple(_indicators(twin)),
        programme=_programme(twin),
        knowledge=tuple(_knowledge(twin)),
        financing=financing.printed(funded) if funded else None,
        sources=tuple(_sources(view)),
        notes=tuple(_notes(view)),
        rules=tuple(financing.doubts(funded)) if funded else (),
    )


def _layers(view: View) -> list[LayerLine]:
    past = imports.history(view)
    out = []
    for name, layer in view.layers().items():
        count = view.count(name)
        if not count or name == "budget":
            continue
        seen = [one["counts"] for one in past if one["layer"] == name]
        out.append(
            LayerLine(
                title=layer.title,
                count=count,
                territory=layer.field == "territory",
                rejected=sum(c.get("rejected", 0) for c in seen),
                duplicates=sum(c.get("duplicates", 0) for c in seen),
                outside=sum(c.get("outside_commune", 0) for c in seen),
                attributes=tuple(_attributes(view, layer)),
            )
        )
    return out


def _attributes(view: View, layer: Layer) -> list[AttributeLine]:
    """Origins of the fields whose value may be uncertain."""
    wanted = [field for field in layer.fields if field.scope]
    if not wanted:
        return []
    table = view.read(layer.name, columns=[field.name for field in wanted], provenance=True)
    out = []
    for field in wanted:
        counted = pc.value_counts(pc.fill_null(pc.cast(table[f"{field.name}__origin"], "string"), Origin.UNKNOWN.value))
        found = {row["values"]: row["counts"] / table.num_rows for row in counted.to_pylist()}
        out.append(AttributeLine(title=field.description, shares=found))
    return out


def _range(estimate: Estimate) -> Range:
    return Range(estimate.value, estimate.low, estimate.high)


def _group(label: str, row: IndicatorRow, code: str = "") -> IndicatorGroup:
    return IndicatorGroup(
        label=label, code=code, range=_range(row.estimate), shares=row.shares, known=row.known, unknown=row.unknown
    )


def _indicators(twin: "Twin") -> list[IndicatorSection]:
    out = []
    for field in twin.fields:
        diagnosis = twin.diagnosis(field)
        if diagnosis is None or not diagnosis.groups.keys:
            continue
        groups = diagnosis.groups
        by_commune = {key: rows(groups, key) for key in groups.keys}
        for i, total in enumerate(totals(groups)):
            communes = [_group(place(key), found[i], key) for key, found in by_commune.items()]
            out.append(
                IndicatorSection(
                    title=total.title,
                    unit=total.estimate.unit,
                    decimals=total.decimals,
                    total=_group(t("jumeau.ensemble"), total),
                    communes=tuple(communes),
                    better=total.better,
                    field=field,
                    description=total.description,
                    source=total.source,
                )
            )
    return out


def place(code: str) -> str:
    """Name of a commune, or the key itself when it is none."""
    known = referential()
    return known.commune(code).nom if known.knows(code) else code


def _knowledge(twin: "Twin") -> Iterator[KnowledgeLine]:
    for row in twin.knowledge():
        shares = {o.value: getattr(row, o.value) for o in Origin}
        yield KnowledgeLine(place=place(row.commune), field=row.field, assets=row.assets, shares=shares)


def _programme(twin: "Twin") -> ProgrammeSection | None:
    programme = twin.programme()
    if programme is None:
        return None
    details = planning.details(twin, programme)
    actions = tuple(action_line(row) for row in details)
    cost = programme.totals["cost_eur"]
    return ProgrammeSection(
        first_year=programme.first_year,
        years=programme.years,
        price_year=planning.price_year(details, programme.first_year),
        gap=programme.gap,
        cost=_range(cost),
        actions=actions,
        budgets=tuple(_budgets(programme)),
        totals=tuple(_whole(row) for row in programme.whole.to_pylist()) if programme.whole is not None else (),
        left_out=programme.left_out.num_rows,
        shared=tuple(_shared(planning.shared_equipment(twin, programme))),
    )


def _shared(rows: list[dict[str, Any]]) -> Iterator[SharedLine]:
    """Rows of `planning.shared_equipment` for print, one line by equipment."""
    for _, group in groupby(rows, key=lambda row: row["provider"]):
        mine = list(group)
        first = mine[0]
        yield SharedLine(
            title=first["title"],
            owner=collectivite_name(first["owner"]),
            year=first["year"],
            cost=first["cost_eur"],
            places=first["places"],
            uses=tuple((row["user_title"], row["used"]) for row in mine),
        )


def action_line(row: dict[str, Any]) -> ActionLine:
    """A chosen action of `planning.details` for print."""
    return ActionLine(
        year=row["year"],
        title=row["title"],
        id=row["action"],
        owner_id=row["owner"],
        commune=row["commune"] or "",
        need=row["need"],
        kind=needs()[row["need"]].title if row["need"] in needs() else "",
        owner=collectivite_name(row["owner"]),
        place=place(row["commune"]) if row["commune"] else "",
        quantity=row["quantity"],
        unit=row["unit"],
        cost=Range(row["cost_eur"], row["cost_eur_low"], row["cost_eur_high"]),
        effects=tuple(_effect(e) for e in row["effects"]),
    )


def _effect(row: dict[str, Any]) -> EffectLine:
    about = indicators()[row["indicator"]]
    return EffectLine(
        title=about.title,
        field=about.field,
        unit=about.unit,
        decimals=about.decimals,
        range=Range(row["value"], row["value_low"], row["value_high"]),
    )


def _whole(row: dict[str, Any]) -> EffectLine:
    return _effect(row | {"value": row["whole"], "value_low": row["whole_low"], "value_high": row["whole_high"]})


def _budgets(programme: Programme) -> list[BudgetLine]:
    return [
        BudgetLine(
            owner=collectivite_name(row["owner"]),
            year=row["year"],
            budget=row["budget_eur"] or 0.0,
            spent=row["spent_eur"],
            hypothesis=row["hypothesis"],
        )
        for row in programme.spending.to_pylist()
    ]


def _sources(view: View) -> list[SourceLine]:
    return [
        SourceLine(title=s.title, licence=s.licence, vintage=s.vintage, synthetic=s.synthetic)
        for s in view.sources().values()
    ]


def _notes(view: View) -> list[str]:
    return list(dict.fromkeys(note for one in imports.history(view) for note in one["notes"]))
