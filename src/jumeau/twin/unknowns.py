"""What is not known, commune by commune and field by field, and the inventories and studies that would make it known."""

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.engines.groups import summary
from jumeau.engines.protocol import Context, Groups
from jumeau.engines.tally import Draws
from jumeau.kernels.draws import Floats, Ids
from jumeau.model.action import ACTION_SCHEMA, Action, actions_table
from jumeau.model.ids import asset_id
from jumeau.model.origin import ORIGINS, Origin
from jumeau.model.territory import referential
from jumeau.model.territory.names import linked
from jumeau.texts import t

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

INVENTORY, STUDY = "inventory", "study"
NEEDS = {INVENTORY: "inventaire_communal", STUDY: "etude_communale"}
LIFETIME_Y = 10
PRICE_YEAR = 2026
DECLARED_MARGIN = 0.01
"""How much more than its cost an inventory or a study of a commune without data is counted [-]: a hypothesis that lends it
no benefit, so that it is done when money is left and never instead of works that pay."""


class Knowledge(msgspec.Struct, frozen=True, kw_only=True):
    """What a commune knows in a field.

    assets: those diagnosed, 0 when the commune holds none. measured, declared, inferred, default: shares of the first
    indicator of the field that rest on each origin, which sum to 1 when something is known; unknown: share of the assets
    of which it cannot be said, 1 when there is none.
    """

    commune: str
    field: str
    assets: int
    measured: float
    declared: float
    inferred: float
    default: float
    unknown: float


def knowledge(twin: "Twin") -> list[Knowledge]:
    """One row per commune of the territory and field diagnosed, in order."""
    codes = sorted(twin.view.read("commune", columns=["commune"])["commune"].drop_null().to_pylist())
    out = []
    for field in twin.fields:
        diagnosis = twin.diagnosis(field)
        if diagnosis is not None:
            out += _of_field(field, codes, diagnosis.groups)
    return sorted(out, key=lambda row: row.commune)


def _of_field(field: str, codes: list[str], groups: Groups) -> list[Knowledge]:
    place = {key: g for g, key in enumerate(groups.keys)}
    return [_row(field, code, groups, place.get(code)) for code in codes]


def _row(field: str, code: str, groups: Groups, g: int | None) -> Knowledge:
    empty = dict.fromkeys(("measured", "declared", "inferred", "default"), 0.0)
    assets = 0 if g is None else int(groups.known[g, 0] + groups.unknown[g, 0])
    if g is None or not assets:
        return Knowledge(commune=code, field=field, assets=0, unknown=1.0, **empty)
    shares = {o.value: round(float(x), 4) for o, x in zip(ORIGINS, groups.shares[g, 0], strict=True)}
    unknown = round(float(groups.unknown[g, 0]) / assets, 4)
    known = {name: shares[name] for name in empty}
    return Knowledge(commune=code, field=field, assets=assets, unknown=unknown, **known)


def proposed(rows: list[Knowledge], ctx: Context, surveyed: frozenset[tuple[str, str]] = frozenset()) -> pa.Table:
    """Inventories and studies (ACTION_SCHEMA) of the communes that know nothing, or little, of a field.

    surveyed: (commune, field) of which the engine already proposes an inventory. The owner is the commune; no asset and no
    budget is made up. A commune of unknown population has an unknown cost.
    """
    draw = _Costs(ctx, "unknowns")
    threshold = draw.law("empty_from_ratio").mode
    out: list[Action] = []
    for row in rows:
        if row.unknown < threshold:
            continue
        first = None
        if (row.commune, row.field) not in surveyed:
            first = _action(row, INVENTORY, draw, ())
            out.append(first)
        if not row.assets:
            out.append(_action(row, STUDY, draw, (first.id,) if first else ()))
    return actions_table(out) if out else ACTION_SCHEMA.empty_table()


class _Costs(Draws):
    """Draws kept from one commune to the next: every parameter here is the same for the whole territory."""

    def __init__(self, ctx: Context, field: str) -> None:
        super().__init__(ctx, field)
        self._kept: dict[str, Floats] = {}

    def __call__(self, name: str, ids: Ids = None) -> Floats:
        if name not in self._kept:
            self._kept[name] = super().__call__(name, ids)
        return self._kept[name]


def _action(row: Knowledge, kind: str, draw: Draws, requires: tuple[str, ...]) -> Action:
    known = referential()
    place = known.commune(row.commune) if known.knows(row.commune) else None
    fixed, each = (f"{kind}_{what}.{row.field}" for what in ("fixed_eur", "eur_per_capita"))
    cost: tuple[float | None, float | None, float | None] = (None, None, None)
    if place is not None and place.population is not None:
        cost = summary((draw(fixed) + place.population * draw(each))[0])
    name = linked(place.nom, place.liaison) if place else t("inconnus.de_commune", commune=row.commune)
    what = "again" if kind == INVENTORY and row.assets else kind
    share = f"{row.unknown:.0%}".replace("%", "\u202f%")
    source = f"{draw.law(fixed).source} ; {draw.law(each).source}"
    return Action(
        id=asset_id("action", "unknowns", f"{row.field}|{kind}|{row.commune}"),
        kind=kind,
        field=row.field,
        title=t(f"inconnus.{what}_{row.field}", of_commune=name, share=share),
        owner=f"commune:{row.commune}",
        commune=row.commune,
        need=NEEDS[kind],
        quantity=1.0,
        unit="commune",
        cost_eur=cost[0],
        cost_eur_low=cost[1],
        cost_eur_high=cost[2],
        price_year=PRICE_YEAR,
        cost_source=source if cost[0] is not None else t("inconnus.population_inconnue"),
        lifetime_y=LIFETIME_Y,
        requires_all=requires,
    )


def declared_values(actions: pa.Table, price_year: int, yearly_change: float) -> dict[str, float]:
    """Action -> what it is counted for [€ of `price_year`]: its cost and a margin, when it touches no asset of a commune
    without data.
    """
    from jumeau.model.money import at_price_year

    mine = actions.filter(pa.array(np.isin(actions["need"].to_pylist(), list(NEEDS.values()))))
    rows = mine.select(["id", "cost_eur", "price_year"]).to_pylist()
    return {
        row["id"]: (1 + DECLARED_MARGIN) * at_price_year(row["cost_eur"], row["price_year"], price_year, yearly_change)
        for row in rows
        if row["cost_eur"] is not None
    }


def overall(rows: list[Knowledge]) -> dict[str, dict[str, float]]:
    """Field -> communes with assets, communes without, and the mean shares over communes that know something."""
    out = {}
    for field in dict.fromkeys(row.field for row in rows):
        mine = [row for row in rows if row.field == field]
        some = [row for row in mine if row.assets]
        shares = {o.value: _mean([getattr(row, o.value) for row in some]) for o in ORIGINS if o is not Origin.UNKNOWN}
        out[field] = {"communes": len(some), "communes_without_data": len(mine) - len(some)} | shares
    return out


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0
