"""Who pays for the programme: a plan de financement by chosen action, and their sum as the documents print it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.documents.context import FundingLine, FundingSection, Range
from jumeau.funding import PlanDeFinancement, plan_for, total
from jumeau.invest import Programme
from jumeau.model.action import Action, actions_list
from jumeau.model.territory import referential
from jumeau.texts import t
from jumeau.twin import planning
from jumeau.twin.unknowns import INVENTORY, STUDY

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

VAT = 0.20
_EPCI = {
    "CC": "communaute_de_communes",
    "CA": "communaute_agglomeration",
    "CU": "communaute_urbaine",
    "METRO": "metropole",
    "MET69": "metropole",
    "EPT": "ept",
}


def plans(twin: "Twin", programme: Programme) -> dict[str, PlanDeFinancement]:
    """Plan de financement of each chosen action whose cost is known, at the cost and in the year of the programme."""
    actions, _ = planning.gathered(twin)
    rows = {row["action"]: row for row in programme.chosen.select(["action", "year", "cost_eur"]).to_pylist()}
    chosen = actions.filter(pc.is_in(actions["id"], value_set=pa.array(list(rows), pa.string())))
    out = {}
    for action in actions_list(chosen):
        row = rows[action.id]
        if row["cost_eur"] is not None:
            costed = msgspec.structs.replace(action, cost_eur=row["cost_eur"])
            out[action.id] = plan_for(costed, action.owner, facts(action), date(row["year"], 1, 1), VAT)
    return out


def facts(action: Action) -> dict[str, Any]:
    """What is known, or taken for granted and said (`sorties.fiche_hypotheses`), of an action and its owner."""
    known = referential()
    kind, _, code = action.owner.partition(":")
    out: dict[str, Any] = {"works_started": False}
    if kind == "commune" and known.knows(code):
        out["population"] = known.commune(code).population
    elif kind == "epci" and code in known.epcis:
        epci = known.epcis[code]
        out |= {"population": epci.population, "owner_type": _EPCI.get(epci.type)}
    if action.field != "water":
        out |= {"vat_regime": "fctva", "third_party_asset": False}
    if action.kind not in (INVENTORY, STUDY):
        out["expense_kind"] = "immobilisation"
    return {name: value for name, value in out.items() if value is not None}


def section(found: Sequence[PlanDeFinancement], fields: Iterable[str]) -> FundingSection | None:
    """The sum of some plans, None when there is none. fields: fields of action they come from."""
    if not found:
        return None
    whole = total(found)
    amounts: dict[tuple[str, str, str], list[float]] = {}
    for i, scenario in enumerate(whole.scenarios):
        for line in scenario.lines:
            amounts.setdefault((line.kind, line.label, line.payer), [0.0, 0.0, 0.0])[i] += line.cents / 100
    lines = tuple(
        FundingLine(label=label, payer=payer, low=low, mid=mid, high=high)
        for (kind, label, payer), (low, mid, high) in amounts.items()
        if kind != "own"
    )
    own = [scenario.cents("own") / 100 for scenario in whole.scenarios]
    label = next(line.label for line in whole.mid.lines if line.kind == "own")
    last = FundingLine(label=label, payer="", low=own[0], mid=own[1], high=own[2])
    return FundingSection(
        before_tax=whole.cost_ht_cents / 100,
        tax=whole.vat_cents / 100,
        lines=(*lines, last),
        own=Range(own[1], min(own), max(own)),
        to_confirm=tuple(e.title for e in whole.to_confirm),
        hypotheses=t("sorties.fiche_hypotheses_eau" if set(fields) == {"water"} else "sorties.fiche_hypotheses"),
    )
