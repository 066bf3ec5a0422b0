"""`/api/programme`: every action offered, the year it was given or the reason it was not, and the budgets."""

from collections import defaultdict
from typing import Any

import pyarrow as pa
from fastapi import APIRouter, Response

from jumeau.errors import NotFoundError
from jumeau.invest.programme import Programme
from jumeau.model.dictionary import indicators
from jumeau.model.estimate import triple
from jumeau.model.territory import collectivite_name
from jumeau.web.answers import answer
from jumeau.web.api.assets import rounded
from jumeau.web.api.indicators import communes
from jumeau.web.ports import Twin

_OWN_COMMUNE = "commune:"
_EFFECT = "effect "


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.get("/programme")
    def programme() -> Response:
        found = twin.programme() if twin.view.sees_all else None
        if found is None:
            raise NotFoundError("web.pas_de_programme")
        return answer(described(twin, found))

    return routes


def described(twin: Twin, programme: Programme) -> dict[str, Any]:
    """A programme for the page."""
    names = communes(twin)
    actions, effects = offered(twin), effects_of(twin)
    last = programme.first_year + programme.years
    chosen = [
        _action(actions[row["action"]] | row, effects, names)
        for row in programme.chosen.to_pylist()
        if row["action"] in actions
    ]
    left = [
        _action(actions[row["action"]] | {"year": None, "explanation": row["explanation"]}, effects, names)
        for row in programme.left_out.to_pylist()
        if row["action"] in actions
    ]
    return {
        "first_year": programme.first_year,
        "years": list(range(programme.first_year, last)),
        "status": programme.status,
        "objective": rounded(programme.objective, 2),
        "bound": rounded(programme.bound, 2),
        "gap": rounded(programme.gap, 6),
        "owners": _owners(programme.spending, names),
        "actions": chosen + left,
        "totals": _totals(programme),
        "caveats": programme.caveats,
    }


def offered(twin: Twin) -> dict[str, dict[str, Any]]:
    """Actions of the latest diagnoses, by id."""
    wanted = ["id", "kind", "title", "commune", "owner", "quantity", "unit", "cost_source", *triple("cost_eur")]
    tables = (twin.actions(field) for field in twin.fields)
    return {row["id"]: row for table in tables if table is not None for row in table.select(wanted).to_pylist()}


def effects_of(twin: Twin) -> dict[str, list[dict[str, Any]]]:
    """Yearly effects by action, as they begin."""
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for table in filter(None, (twin.effects(field) for field in twin.fields)):
        for row in table.to_pylist():
            out[row["action"]].append(_effect(row))
    return out


def _effect(row: dict[str, Any]) -> dict[str, Any]:
    about = indicators().get(row["indicator"])
    decimals = about.decimals if about else None
    return {
        "indicator": row["indicator"],
        "title": about.title if about else row["indicator"],
        "unit": row["unit"],
        "value": rounded(row["value"], decimals),
        "low": rounded(row["value_low"], decimals),
        "high": rounded(row["value_high"], decimals),
    }


def _action(row: dict[str, Any], effects: dict[str, list[dict[str, Any]]], names: dict[str, str]) -> dict[str, Any]:
    shown = {name: row[name] for name in ("id", "kind", "title", "commune", "owner", "quantity", "unit", "year")}
    value, low, high = (rounded(row[name], 2) for name in triple("cost_eur"))
    cost = {"value": value, "low": low, "high": high, "unit": "€", "source": row["cost_source"]}
    named = {"owner_nom": owner_name(row["owner"], names), "reason": row.get("explanation")}
    return shown | named | {"cost": cost, "effects": effects.get(row["id"], [])}


def _totals(programme: Programme) -> list[dict[str, Any]]:
    """Effects of the programme simulated whole when it was, else the sums of single effects."""
    if programme.whole is not None:
        columns = {"value": "whole", "value_low": "whole_low", "value_high": "whole_high"}
        rows = programme.whole.to_pylist()
        return [
            _effect({"indicator": r["indicator"], "unit": r["unit"]} | {k: r[c] for k, c in columns.items()}) for r in rows
        ]
    return [
        _effect(
            {
                "indicator": name.removeprefix(_EFFECT),
                "unit": e.unit,
                "value": e.value,
                "value_low": e.low,
                "value_high": e.high,
            }
        )
        for name, e in programme.totals.items()
        if name.startswith(_EFFECT)
    ]


def _owners(budgets: pa.Table, names: dict[str, str]) -> list[dict[str, Any]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in budgets.to_pylist():
        rows[row["owner"]].append(
            {
                "year": row["year"],
                "budget": rounded(row["budget_eur"], 2),
                "spent": rounded(row["spent_eur"], 2),
                "hypothesis": bool(row["hypothesis"]),
            }
        )
    return [{"id": owner, "nom": owner_name(owner, names), "budgets": rows[owner]} for owner in sorted(rows)]


def owner_name(owner: str, names: dict[str, str]) -> str:
    """The name of an owner; its id when it is in no register."""
    if owner.startswith(_OWN_COMMUNE) and owner.removeprefix(_OWN_COMMUNE) in names:
        return names[owner.removeprefix(_OWN_COMMUNE)]
    try:
        return collectivite_name(owner)
    except NotFoundError:
        return owner
