"""What the programme asks to buy: purchases, all that their papers say, and volumes for industry."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from jumeau.documents.pieces import Dossier, Effect, PriceUsed
from jumeau.errors import InputError, NotFoundError
from jumeau.funding import FinancedAction, total
from jumeau.funding.cash import cash_of
from jumeau.invest import Programme
from jumeau.model.action import EFFECT_SCHEMA
from jumeau.model.dictionary import indicators
from jumeau.model.money import to_cents
from jumeau.model.need import needs
from jumeau.model.provenance import Source
from jumeau.model.territory import collectivite_name
from jumeau.procurement import Purchase, Volumes, calendar, legal_forms, pooling, purchases, volumes
from jumeau.texts import t
from jumeau.twin import keys, means, own

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

SHOWN = ("kWh/an", "€/an", "kgCO2e/an", "m3/an")
"""Units of the yearly effects a paper tells."""
WORKS_MONTH = 6
"""Month in which works are supposed to start when nobody says."""


# purchases ----------------------------------------------------------------------------------------------------------
def bought(twin: "Twin") -> list[Purchase]:
    """Purchases of the latest programme. Raises NotFoundError before any."""
    return purchases(_programme(twin).chosen, own.all_needs(twin.view))


def purchase(twin: "Twin", name: str) -> Purchase:
    """One of them, by id. Raises NotFoundError with the known ids."""
    found = {p.id: p for p in bought(twin)}
    if name not in found:
        raise NotFoundError("achats.inconnu", name=name, known=", ".join(found))
    return found[name]


def _programme(twin: "Twin") -> Programme:
    found = twin.programme()
    if found is None or not found.chosen.num_rows:
        raise NotFoundError("achats.sans_programme")
    return found


def published(twin: "Twin") -> Volumes:
    """Volumes for industry: nobody is named, and what too few ask for is not told."""
    return volumes(bought(twin), own.all_needs(twin.view))


def dossier(
    twin: "Twin",
    name: str,
    *,
    works_on: date | None = None,
    coordinator: str | None = None,
    share_rule: str | None = None,
) -> Dossier:
    """All that the papers of a purchase say. works_on: start of works (default: June of its first year); share_rule: of the
    key written in the agreement, none by default.

    Raises InputError for a coordinator that is not a member.
    """
    found, view = purchase(twin, name), twin.view
    owners = [m.owner for m in found.members]
    if coordinator is not None and coordinator not in owners:
        raise InputError("achats.coordonnateur", owner=coordinator, known=", ".join(owners))
    today = twin.instant().date()
    about = twin.territory()
    together = pooling(found, today)
    start = works_on or date(found.first_year, WORKS_MONTH, 1)
    return Dossier(
        territory=about["name"],
        date=today,
        actor=view.actor.name,
        commit=view.head(),
        synthetic=about["synthetic"],
        purchase=found,
        needs=own.all_needs(view),
        names={owner: collectivite_name(owner) for owner in owners},
        titles=_titles(twin, found),
        pooling=together,
        calendar=calendar(together.together, len(owners), start, today),
        forms=tuple(legal_forms(found, own.all_needs(view), today)),
        coordinator=coordinator,
        effects=_effects(twin, found),
        **_money(twin, found),
        prices=_prices(twin, found),
        **_shared(twin, found, share_rule),
        sources=tuple(_told(s) for s in view.sources().values() if s.title and s.licence),
    )


def _shared(twin: "Twin", found: Purchase, rule: str | None) -> dict[str, Any]:
    """What a dossier says of the sharing of a purchase, nothing without a rule or for a single member."""
    name = keys.read_rule(rule)
    if name is None or len(found.members) < 2:
        return {}
    made = keys.keys(twin, found, name)
    return {
        "shares": {owner: part.key for owner, part in made.parts.items()},
        "share_rule": made.title,
        "payments": {owner: (part.alone_eur, part.pays_eur) for owner, part in made.parts.items()},
        "share_notes": made.notes,
    }


def _told(source: Source) -> str:
    """A source, when it dates from, and its licence."""
    return f"{source.title} ({', '.join(x for x in (source.vintage, source.licence) if x)})"


def _mine(chosen: pa.Table, found: Purchase) -> pa.Table:
    """Chosen actions of a purchase."""
    years = pc.and_(pc.greater_equal(chosen["year"], found.first_year), pc.less_equal(chosen["year"], found.last_year))
    return chosen.filter(pc.and_(years, pc.is_in(chosen["need"], value_set=pa.array(found.needs))))


def _titles(twin: "Twin", found: Purchase) -> dict[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    for row in _mine(_programme(twin).chosen, found).select(["owner", "year", "title"]).to_pylist():
        out.setdefault(row["owner"], []).append(f"{row['title']} ({row['year']})")
    return {owner: tuple(titles) for owner, titles in out.items()}


def _money(twin: "Twin", found: Purchase) -> dict[str, Any]:
    """Plan de financement and cash calendar of each member."""
    funded = twin.financing()
    if funded is None:
        return {"plans": {}}
    ids = set(_mine(_programme(twin).chosen, found)["action"].to_pylist())
    by_owner: dict[str, list[FinancedAction]] = {}
    for one in funded.actions:
        if one.action in ids:
            by_owner.setdefault(one.owner, []).append(one)
    return {
        "plans": {owner: total([x.plan for x in mine]) for owner, mine in by_owner.items()},
        "cash": {owner: tuple(cash_of([(x.year, x.plan.mid) for x in mine], funded.on)) for owner, mine in by_owner.items()},
    }


def _prices(twin: "Twin", found: Purchase) -> tuple[PriceUsed, ...]:
    """What the actions of each owner were priced at, need by need, and where that comes from."""
    offered = twin.offered()
    if offered is None:
        return ()
    about = offered.select(["id", "price_year", "cost_source"]).rename_columns(["action", "price_year", "cost_source"])
    money = ["cost_eur_low", "cost_eur", "cost_eur_high"]
    mine = _mine(_programme(twin).chosen, found).select(["action", "owner", "need", "unit", "quantity", *money])
    groups = mine.join(about, "action", join_type="inner").group_by(["owner", "need", "unit", "price_year", "cost_source"])
    rows = groups.aggregate([(name, "sum") for name in ("quantity", *money)])
    order = [("owner", "ascending"), ("need", "ascending"), ("cost_source", "ascending")]
    out = []
    for row in rows.sort_by(order).to_pylist():
        mid = row["cost_eur_sum"]
        low, high = (mid if row[f"{n}_sum"] is None else row[f"{n}_sum"] for n in ("cost_eur_low", "cost_eur_high"))
        low_cents, cents, high_cents = (to_cents(round(x, 2)) for x in (low, mid, high))
        out.append(
            PriceUsed(
                owner=row["owner"],
                need=row["need"],
                unit=row["unit"],
                quantity=row["quantity_sum"],
                low_cents=low_cents,
                cents=cents,
                high_cents=high_cents,
                year=row["price_year"],
                source=row["cost_source"].strip().rstrip(".").rstrip(),
            )
        )
    return tuple(out)


def _effects(twin: "Twin", found: Purchase) -> Mapping[str, tuple[Effect, ...]]:
    """Yearly effects of the actions of each member, the first year after the works, brought to what the actions of the
    programme do together; unknown ones left out."""
    tables = [made.select(EFFECT_SCHEMA.names) for field in found.fields if (made := twin.effects(field)) is not None]
    if not tables:
        return {}
    mine = _mine(_programme(twin).chosen, found).select(["action", "owner"])
    effects = pa.concat_tables(tables)
    shown = pc.and_(pc.is_in(effects["unit"], value_set=pa.array(SHOWN)), pc.is_valid(effects["value"]))
    first = pc.less_equal(effects["from_year"], pc.min(effects["from_year"]))
    rows = (
        effects.filter(pc.and_(shown, first)).select(["action", "indicator", "value"]).join(mine, "action", join_type="inner")
    )
    known, ratios = indicators(), means.together(_programme(twin).whole)
    out: dict[str, list[Effect]] = {}
    for row in rows.group_by(["owner", "indicator"]).aggregate([("value", "sum")]).sort_by("indicator").to_pylist():
        about = known.get(row["indicator"])
        value = row["value_sum"] * ratios.get(row["indicator"], 1.0)
        if about is not None and about.total == "sum" and round(value, about.decimals):
            made = Effect(title=about.title, value=value, unit=about.unit, decimals=about.decimals)
            out.setdefault(row["owner"], []).append(made)
    return {owner: tuple(told) for owner, told in out.items()}


def subject(found: Purchase) -> str:
    """What a purchase buys, in French."""
    known = needs()
    if any(need.family == found.family for need in known.values()):
        return t(f"pieces.famille_{found.family}")
    return ", ".join(known[n].title if n in known else n for n in found.needs)
