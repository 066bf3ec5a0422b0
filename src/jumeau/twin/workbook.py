"""The workbook of everything: what the report prints, and all that it has no room for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jumeau.documents.context import ReportContext
from jumeau.documents.workbook import Cell, Kind, Sheet, SheetColumn, write_workbook
from jumeau.errors import NotFoundError
from jumeau.invest import Programme
from jumeau.model.need import Need, needs
from jumeau.model.territory import collectivite_name, referential
from jumeau.texts import t
from jumeau.twin import financing, imports, own, planning, reporting

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

Rows = list[tuple[Cell, ...]]
REJECTS = 100_000
_KINDS: dict[str, Kind] = {"t": "text", "n": "number", "m": "money", "s": "share", "i": "integer"}
_WIDTHS = {"t": 24, "n": 16, "m": 16, "s": 11, "i": 10}
ORIGINS = ("measured", "declared", "inferred", "default", "unknown")


def write(twin: "Twin", out: Path, on: date | None = None, context: ReportContext | None = None) -> Path:
    """Write the workbook in `out`. context: what `reporting.build` gave, when it is known."""
    context = context or reporting.build(twin, on)
    return write_workbook(sheets(twin, context), out, context.date, context.title)


def sheets(twin: "Twin", context: ReportContext) -> Iterator[Sheet]:
    """Sheets in their order; the report's context gives the numbers both of them print."""
    programme = twin.programme()
    yield _sheet("lisez_moi", _about(context, programme))
    yield _sheet("territoire", _communes(twin))
    yield _sheet("couches", [(x.title, x.count, x.rejected, x.duplicates, x.outside) for x in context.layers])
    yield _sheet("origines", _origins(context))
    yield _sheet("indicateurs", _indicators(context))
    yield _sheet("actions", _actions(twin, programme))
    yield _sheet("programme", _chosen(context))
    yield _sheet("partages", _shared(twin, programme))
    yield _sheet("financement", _funding(twin, programme))
    yield _sheet("besoins", pooled(programme, needs() | own.own_needs(twin.view)))
    yield _sheet("budgets", _budgets(programme))
    yield _sheet("sources", _sources(twin))
    yield _sheet("rejets", _rejects(twin))


def _sheet(name: str, rows: Rows) -> Sheet:
    """The columns of a sheet are `feuille_NAME`: title and kind, a letter, of each."""
    columns = []
    for one in t(f"classeur.feuille_{name}").split("|"):
        title, _, letter = one.rpartition(":")
        columns.append(SheetColumn(title, _KINDS[letter], _WIDTHS[letter]))
    return Sheet(title=t(f"classeur.titre_{name}"), columns=tuple(columns), rows=rows)


def _about(context: ReportContext, programme: Programme | None) -> Rows:
    rows: Rows = [
        (t("classeur.territoire"), context.territory),
        (t("classeur.date"), context.date.isoformat()),
        (t("classeur.etat"), str(context.commit)),
        (t("classeur.nature"), t("classeur.synthetique" if context.synthetic else "classeur.reelle")),
        (t("classeur.lecture"), t("rapport.lire")),
        (t("classeur.couts"), t("rapport.methode_couts")),
    ]
    if programme is not None and context.programme is not None:
        cost = context.programme.cost
        gap = t("rapport.inconnu") if programme.gap is None else f"{programme.gap:.4%}"
        rows += [(t("classeur.cout_total"), cost.value), (t("classeur.ecart"), gap)]
        rows += [(t("classeur.reserve"), said) for said in programme.caveats]
    return rows + [(t("classeur.limite"), said) for said in context.notes]


def _communes(twin: "Twin") -> Rows:
    names = ["commune", "nom", "epci", "population", "schematic"]
    known = referential()
    rows: Rows = []
    for row in twin.view.read("commune", columns=names).sort_by("commune").to_pylist():
        epci = known.epcis[row["epci"]].nom if row["epci"] in known.epcis else row["epci"]
        rows.append((row["commune"], row["nom"], epci, row["population"], bool(row["schematic"])))
    return rows


def _origins(context: ReportContext) -> Rows:
    return [(x.title, one.title, *(one.shares.get(o, 0.0) for o in ORIGINS)) for x in context.layers for one in x.attributes]


def _indicators(context: ReportContext) -> Rows:
    rows: Rows = []
    for section in context.indicators:
        for one in (section.total, *section.communes):
            head = (one.code, one.label, section.title, section.unit, one.range.value, one.range.low, one.range.high)
            rows.append((*head, *(one.shares.get(o, 0.0) for o in ORIGINS[:4]), one.known, one.unknown))
    return rows


def _actions(twin: "Twin", programme: Programme | None) -> Rows:
    """All the actions, chosen or not, and why not."""
    try:
        actions, _ = planning.gathered(twin)
    except NotFoundError:
        return []
    year, why = {}, {}
    if programme is not None:
        year = dict(zip(*(programme.chosen[c].to_pylist() for c in ("action", "year")), strict=True))
        why = dict(zip(*(programme.left_out[c].to_pylist() for c in ("action", "explanation")), strict=True))
    rows: Rows = []
    for x in actions.sort_by("id").to_pylist():
        place = reporting.place(x["commune"]) if x["commune"] else ""
        head = (x["id"], x["field"], x["title"], x["need"], collectivite_name(x["owner"]), place, x["quantity"], x["unit"])
        cost = (x["cost_eur"], x["cost_eur_low"], x["cost_eur_high"], x["price_year"], x["cost_source"], x["lifetime_y"])
        rows.append((*head, *(_single(c) for c in cost), x["id"] in year, year.get(x["id"]), why.get(x["id"], "")))
    return rows


def _single(value: Any) -> Any:
    """A number kept in single precision, as its shortest decimal form."""
    return float(f"{value:.7g}") if isinstance(value, float) else value


def _chosen(context: ReportContext) -> Rows:
    found = context.programme
    rows: Rows = []
    for x in found.actions if found else ():
        cost = (x.cost.value, x.cost.low, x.cost.high)
        rows.append((x.id, x.year, x.title, x.owner, x.place, x.need, x.quantity, x.unit, *cost))
    return rows


def _shared(twin: "Twin", programme: Programme | None) -> Rows:
    rows: Rows = []
    for x in planning.shared_equipment(twin, programme) if programme else ():
        head = (x["provider"], x["title"], collectivite_name(x["owner"]), x["year"], x["cost_eur"], x["places"])
        rows.append((*head, x["user"], x["user_title"], collectivite_name(x["user_owner"]), x["user_year"], x["used"]))
    return rows


def _funding(twin: "Twin", programme: Programme | None) -> Rows:
    rows: Rows = []
    for action, plan in (financing.plans(twin, programme) if programme else {}).items():
        amounts: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for i, scenario in enumerate(plan.scenarios):
            for line in scenario.lines:
                amounts[line.kind, line.label, line.payer, line.rule, line.reference][i] += line.cents / 100
        rows += [(action, *key[1:], *values) for key, values in sorted(amounts.items())]
    return rows


def pooled(programme: Programme | None, known: Mapping[str, Need]) -> Rows:
    """Quantities and costs of the chosen actions by need and unit: what could be bought together."""
    if programme is None:
        return []
    table = programme.chosen.group_by(["need", "unit"]).aggregate(
        [("quantity", "sum"), ("cost_eur", "sum"), ("owner", "count_distinct"), ([], "count_all")]
    )
    rows: Rows = []
    for x in table.sort_by([("need", "ascending"), ("unit", "ascending")]).to_pylist():
        title = known[x["need"]].title if x["need"] in known else x["need"]
        rows.append(
            (x["need"], title, x["quantity_sum"], x["unit"], x["owner_count_distinct"], x["count_all"], x["cost_eur_sum"])
        )
    return rows


def _budgets(programme: Programme | None) -> Rows:
    rows: Rows = []
    for x in programme.spending.to_pylist() if programme else ():
        status = t("rapport.budget_hypothese" if x["hypothesis"] else "rapport.budget_vote")
        rows.append((collectivite_name(x["owner"]), x["owner"], x["year"], x["budget_eur"], x["spent_eur"], status))
    return rows


def _sources(twin: "Twin") -> Rows:
    return [
        (s.id, s.title, s.licence, s.vintage, s.sha256, s.synthetic, s.public)
        for s in sorted(twin.view.sources().values(), key=lambda s: s.id)
    ]


def _rejects(twin: "Twin") -> Rows:
    rows: Rows = []
    for file, layer, table in imports.rejects(twin.view):
        for x in table.slice(0, REJECTS - len(rows)).to_pylist():
            # a line that could not be cut is shown whole to whom imports it only: it may hold an address or a name
            value = x["value"] if x["field"] else None
            rows.append((file, layer, x["row"], x["field"], value, x["reason"], x["action"], x["effect"]))
    return rows
