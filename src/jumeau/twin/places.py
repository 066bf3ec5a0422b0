"""The sheets of communes and owners: what the twin knows of one place, as the documents print it."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.documents.commune import owners_cost
from jumeau.documents.context import ActionLine, KnownLine, PlaceIndicator, PlacesContext, PlaceSheet, Range
from jumeau.documents.numbers import number
from jumeau.engines.protocol import Engine
from jumeau.errors import NotFoundError
from jumeau.funding import PlanDeFinancement
from jumeau.invest.programme import combine
from jumeau.model.dictionary import Layer, indicators
from jumeau.model.origin import Origin
from jumeau.model.territory import collectivite_name, referential
from jumeau.sharing.view import View
from jumeau.texts import t
from jumeau.twin import financing, planning
from jumeau.twin.registry import engine
from jumeau.twin.reporting import action_line
from jumeau.twin.summary import rows

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

Details = list[dict[str, Any]]


class _Facts:
    """Everything the sheets draw on, read once."""

    def __init__(self, twin: "Twin") -> None:
        self.view = twin.view
        self.programme = twin.programme()
        self.details = planning.details(twin, self.programme) if self.programme else []
        self.plans = financing.plans(twin, self.programme) if self.programme else {}
        self.by_place, self.by_owner = _grouped(self.details, "commune"), _grouped(self.details, "owner")
        self.left = _left(twin, self.programme.left_out) if self.programme else {}
        self.known = known_by_commune(twin.view)
        self.groups = {field: d.groups for field in twin.fields if (d := twin.diagnosis(field)) is not None}
        self.reads = {field: _sources(twin.view, engine(field)) for field in twin.fields}
        communes = twin.view.read("commune", columns=["commune", "nom", "schematic"]).sort_by("commune")
        self.communes = {row["commune"]: row for row in communes.to_pylist()}


def build(twin: "Twin", on: date | None = None, commune: str | None = None) -> PlacesContext:
    """Sheets of all communes and other owners, or of one commune. Raises NotFoundError for a commune not in the twin."""
    about = twin.territory()
    facts = _Facts(twin)
    if commune is not None and commune not in facts.communes:
        raise NotFoundError("sorties.commune_absente", code=commune, example=next(iter(facts.communes), "34172"))
    wanted = list(facts.communes) if commune is None else [commune]
    found = [_commune(facts, code) for code in wanted]
    if commune is None:
        found += [_owner(facts, owner) for owner in sorted(facts.by_owner) if not owner.startswith("commune:")]
    return PlacesContext(
        title=t("sorties.fiches_titre"),
        territory=about["name"],
        date=on or twin.instant().date(),
        actor=twin.view.actor.name,
        sheets=tuple(found),
        synthetic=about["synthetic"],
        commit=twin.view.head(),
        price_year=planning.price_year(facts.details, facts.programme.first_year) if facts.programme else None,
    )


def _commune(facts: _Facts, code: str) -> PlaceSheet:
    mine = facts.by_place.get(code, [])
    owner = f"commune:{code}"
    own = [row for row in mine if row["owner"] == owner]
    own += [row for row in facts.by_owner.get(owner, []) if row["commune"] != code]
    foreign = tuple(action_line(row) for row in mine if row["owner"] != owner)
    known = {layer: line for (place, layer), line in facts.known.items() if place == code}
    missing = [t(f"sorties.manque_{field}") for field, layers in facts.reads.items() if layers.isdisjoint(known)]
    return PlaceSheet(
        code=code,
        title=facts.communes[code]["nom"] or code,
        detail=_detail(code),
        **_money(facts.plans, own),
        others=owners_cost(foreign),
        left_out=facts.left.get(code, 0),
        indicators=tuple(_indicators(facts, code, [*own, *(row for row in mine if row["owner"] != owner)])),
        known=tuple(known.values()),
        missing=tuple(missing),
        schematic=bool(facts.communes[code]["schematic"]),
    )


def _owner(facts: _Facts, owner: str) -> PlaceSheet:
    return PlaceSheet(
        code=owner,
        title=collectivite_name(owner),
        detail=t("sorties.fiche_detail_maitre", owner=owner),
        **_money(facts.plans, facts.by_owner[owner]),
    )


def _money(plans: dict[str, PlanDeFinancement], details: Details) -> dict[str, Any]:
    """Actions of one owner, their cost and who pays."""
    actions: tuple[ActionLine, ...] = tuple(action_line(row) for row in details)
    if not actions:
        return {}
    found = [plans[row["action"]] for row in details if row["action"] in plans]
    funding = financing.section(found, {row["field"] for row in details}) if len(found) == len(details) else None
    costs = [(row["cost_eur"], row["cost_eur_low"], row["cost_eur_high"], row["need"]) for row in details]
    return {"actions": actions, "cost": summed(costs), "funding": funding}


def summed(rows: Iterable[tuple[float | None, float | None, float | None, str]]) -> Range:
    """Sum of (value, low, high, need): errors add within a need, and are independent between needs."""
    table = list(rows)
    value, low, high = (np.array([np.nan if r[i] is None else r[i] for r in table], np.float64) for i in range(3))
    found = combine(value, low, high, np.array([r[3] for r in table], object), "")
    return Range(found.value, found.low, found.high)


def _indicators(facts: _Facts, code: str, details: Details) -> Iterable[PlaceIndicator]:
    effects: dict[str, list[tuple[float | None, float | None, float | None, str]]] = defaultdict(list)
    for row in details:
        for e in row["effects"]:
            effects[e["indicator"]].append((e["value"], e["value_low"], e["value_high"], row["need"]))
    shown: set[str] = set()
    for groups in facts.groups.values():
        if code not in groups.keys:
            continue
        for found in rows(groups, code):
            estimate = found.estimate
            shown.add(found.name)
            additive = indicators()[found.name].total == "sum"
            yield PlaceIndicator(
                title=found.title,
                unit=estimate.unit,
                decimals=found.decimals,
                today=Range(estimate.value, estimate.low, estimate.high),
                effect=summed(effects[found.name]) if additive and found.name in effects else None,
                unknown=found.unknown,
            )
    for name in sorted(set(effects) - shown):
        about = indicators()[name]
        declared = summed(effects[name])
        yield PlaceIndicator(title=about.title, unit=about.unit, decimals=about.decimals, today=Range(), effect=declared)


def _sources(view: View, made: Engine) -> set[str]:
    """Layers that say something of a field: its main layer, or those it is made from."""
    return {made.main} if made.main in view.layers() and view.count(made.main) else set(made.reads)


def _detail(code: str) -> str:
    known = referential()
    if not known.knows(code):
        return code
    epci, population = known.epci_of(code), known.commune(code).population
    said = t("sorties.fiche_population_inconnue")
    if population is not None:
        said = t("sorties.fiche_habitants", count=number(population))
    return t("sorties.fiche_detail", code=code, epci=epci.nom if epci else t("sorties.fiche_sans_epci"), population=said)


def _grouped(details: Details, key: str) -> dict[str, Details]:
    out: dict[str, Details] = defaultdict(list)
    for row in details:
        out[row[key] or ""].append(row)
    return dict(out)


def _left(twin: "Twin", left: pa.Table) -> dict[str, int]:
    """Actions left out, by commune."""
    actions, _ = planning.gathered(twin)
    places = actions.filter(pc.is_in(actions["id"], value_set=left["action"].combine_chunks()))["commune"].drop_null()
    return {row["values"]: row["counts"] for row in pc.value_counts(places).to_pylist()}


def known_by_commune(view: View) -> dict[tuple[str, str], KnownLine]:
    """What each commune knows of each layer: assets, and origins of the values that may be uncertain."""
    out: dict[tuple[str, str], KnownLine] = {}
    for name, layer in view.layers().items():
        if name not in ("commune", "budget") and "commune" in layer.names and view.count(name):
            out |= _known_of(view, layer)
    return out


def _known_of(view: View, layer: Layer) -> dict[tuple[str, str], KnownLine]:
    scoped = [field.name for field in layer.fields if field.scope and field.name != "commune"]
    table = view.read(layer.name, columns=["commune", *scoped], provenance=True)
    table = table.filter(pc.is_valid(table["commune"]))
    counts = {row["values"]: row["counts"] for row in pc.value_counts(table["commune"]).to_pylist()}
    shares: dict[str, dict[str, float]] = {code: defaultdict(float) for code in counts}
    for name in scoped:
        origin = pc.fill_null(pc.cast(table[f"{name}__origin"], pa.string()), Origin.UNKNOWN.value)
        pairs = pa.table({"commune": table["commune"], "origin": origin}).group_by(["commune", "origin"])
        for row in pairs.aggregate([([], "count_all")]).to_pylist():
            shares[row["commune"]][row["origin"]] += row["count_all"] / counts[row["commune"]] / len(scoped)
    return {
        (code, layer.name): KnownLine(title=layer.title, count=count, shares=dict(shares[code]))
        for code, count in counts.items()
    }
