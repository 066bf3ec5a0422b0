"""`/api/financement`: who pays for the chosen actions, by owner and by action, in cents."""

from typing import Any

from fastapi import APIRouter, Response

from jumeau.errors import NotFoundError
from jumeau.funding import Financing, PlanDeFinancement, ToConfirm, resources, share_of, unsettled
from jumeau.model.territory import collectivite_name
from jumeau.rules import rule
from jumeau.rules.loader import facts
from jumeau.web.answers import answer
from jumeau.web.api.indicators import communes
from jumeau.web.api.programme import owner_name
from jumeau.web.ports import Twin


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.get("/financement")
    def financing() -> Response:
        found = twin.financing() if twin.view.sees_all else None
        if found is None:
            raise NotFoundError("web.pas_de_programme")
        return answer(described(found, communes(twin)))

    return routes


def described(found: Financing, names: dict[str, str]) -> dict[str, Any]:
    """The plans for the page. names: of communes, by code."""
    mine: dict[str, list[PlanDeFinancement]] = {}
    for one in found.actions:
        mine.setdefault(one.owner, []).append(one.plan)
    owners = [
        {"id": owner, "nom": _name(owner, names)} | _plan(plan) | {"to_confirm": _to_confirm(unsettled(mine[owner]))}
        for owner, plan in found.owners().items()
    ]
    actions = [
        {"id": one.action, "title": one.title, "owner": one.owner, "year": one.year}
        | _plan(one.plan)
        | {"to_confirm": _to_confirm(unsettled([one.plan]))}
        for one in found.actions
    ]
    whole = found.whole()
    total = _plan(whole) if whole else None
    return {"on": found.on, "owners": owners, "actions": actions, "total": total, "warnings": found.warnings()}


def _name(owner: str, names: dict[str, str]) -> str:
    given = owner_name(owner, names)
    try:
        return collectivite_name(owner) if given == owner else given
    except NotFoundError:
        return owner


def _plan(plan: PlanDeFinancement) -> dict[str, Any]:
    lines = [
        {
            "kind": one.line.kind,
            "label": one.line.label,
            "payer": one.line.payer,
            "low_cents": one.low,
            "cents": one.mid,
            "high_cents": one.high,
            "rule": one.line.rule or None,
            "rule_title": rule(one.line.rule).title if one.line.rule else None,
            "reference": one.line.reference,
            "confidence": one.line.confidence or None,
            "checked_on": one.line.checked_on,
            "stale": one.line.stale,
        }
        for one in resources(plan)
        if one.line.kind != "own"
    ]
    least, own, most = share_of(plan, "own")[::-1]
    return {
        "cost_cents": plan.cost_ttc_cents,
        "vat_cents": plan.vat_cents,
        "lines": lines,
        "own_cents": own,
        "own_low_cents": least,
        "own_high_cents": most,
        "balance_cents": plan.cost_ttc_cents - plan.mid.cents(),
    }


def _to_confirm(found: list[ToConfirm]) -> list[dict[str, Any]]:
    return [
        {
            "rule": one.rule,
            "rule_title": one.title,
            "payer": one.payer,
            "missing": [facts()[name].title for name in one.missing],
            "actions": one.actions,
        }
        for one in found
    ]
