"""`/api/programme`: every action offered, the year it was given or the reason it was not, and the budgets."""

from collections import defaultdict
from typing import Any

import pyarrow as pa
from fastapi import APIRouter, Response

from jumeau.errors import NotFoundError
from jumeau.model.dictionary import indicators
from jumeau.model.estimate import triple
from jumeau.web.answers import answer
from jumeau.web.api.assets import rounded
from jumeau.web.api.indicators import communes
from jumeau.web.ports import Programme, Twin

_OWN_COMMUNE = "commune:"


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
    return {
        "first_year": programme.first_year,
        "years": list(range(programme.first_year, last)),
        "status": programme.status,
        "objective": rounded(programme.objective, 2),
        "bound": rounded(programme.bound, 2),
        "gap": rounded(programme.gap, 6),
        "owners": _owners(programme.budgets, names),
        "actions": [
            _action(actions[row["action"]], row, effects.get(row["action"], []), names)
            for row in programme.chosen.to_pylist()
            if row["action"] in actions
        ],
        "totals": [_effect(row) for row in programme.totals.to_pylist()],
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


def _action(
    action: dict[str, Any], choice: dict[str, Any], effects: list[dict[str, Any]], names: dict[str, str]
) -> dict[str, Any]:
    shown = {name: action[name] for name in ("id", "kind", "title", "commune", "owner", "quantity", "unit")}
    cost = {
        "value": rounded(action["cost_eur"], 2),
        "low": rounded(action["cost_eur_low"], 2),
        "high": rounded(action["cost_eur_high"], 2),
        "unit": "€",
        "source": action["cost_source"],
    }
    named = {"owner_nom": owner_name(action["owner"], names), "year": choice["year"], "reason": choice["reason"]}
    return shown | named | {"cost": cost, "effects": effects}


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
    """The name of a commune that owns; other owners by their id."""
    code = owner.removeprefix(_OWN_COMMUNE)
    return names.get(code, owner) if owner.startswith(_OWN_COMMUNE) else owner
