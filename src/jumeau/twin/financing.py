"""Who pays for the programme: a plan de financement by chosen action, and their sum as the documents print it."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.documents.context import FinancingSection, FundingLine, FundingSection, OwnerFinancing, Range, ResourceLine
from jumeau.documents.numbers import number
from jumeau.errors import EngineError, NotFoundError
from jumeau.funding import FinancedAction, Financing, PlanDeFinancement, Resource, ToConfirm, plan_for, resources, total
from jumeau.funding.eligibility import case_of
from jumeau.funding.financing import DOUBTFUL
from jumeau.invest import Programme
from jumeau.model.action import Action, actions_list
from jumeau.model.territory import collectivite_name, referential
from jumeau.model.territory.referential import departement_of
from jumeau.rules import is_stale, rule
from jumeau.rules.evaluate import confidence_on
from jumeau.rules.show import checked_words, missing_words
from jumeau.sharing.view import View
from jumeau.texts import t
from jumeau.twin import means, planning
from jumeau.twin.facts import Given, given, of_action
from jumeau.twin.unknowns import INVENTORY, STUDY

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

PART = "financing"
SCHEMA = pa.schema(
    [
        pa.field("action", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("on", pa.date32(), nullable=False),
        pa.field("cost_cents", pa.int64(), nullable=False),
        pa.field("own_cents", pa.int64(), nullable=False),
        pa.field("json", pa.string(), nullable=False),
    ]
)
"""One row per chosen action: cost with tax and part of the owner in the middle scenario [cents], the plan as JSON."""
RUNNING = ("recherche_fuites", "programmation_coupure")
"""Needs whose spending may be a running cost: FCTVA is not taken for granted."""
NO_LUMINAIRE = ("horloge_astronomique", "programmation_coupure", "telegestion_armoire")
"""Needs of lighting that replace no luminaire."""
OVERSEAS = ("97", "98")
_ON, _SAID = b"on", b"said"
_VAT_TERRITORY = {
    "2A": "corse", "2B": "corse", "971": "antilles_reunion", "972": "antilles_reunion", "974": "antilles_reunion",
    "973": "guyane_mayotte", "976": "guyane_mayotte",
}  # fmt: skip


def plans(twin: "Twin", programme: Programme) -> dict[str, PlanDeFinancement]:
    """Plan de financement of each chosen action: those kept with the programme, else made now."""
    found = twin.financing()
    if found is None or {one.action for one in found.actions} != set(programme.chosen["action"].to_pylist()):
        found = finance(twin, programme, twin.instant().date())
    return {one.action: one.plan for one in found.actions}


def finance(twin: "Twin", programme: Programme, on: date) -> Financing:
    """Who pays for each chosen action, at the cost of the programme and under the rules known on a day.

    Raises EngineError, naming the first, when plans do not balance to the cent.
    """
    actions, _ = planning.gathered(twin)
    rows = {row["action"]: row for row in programme.chosen.to_pylist()}
    chosen = actions.filter(pc.is_in(actions["id"], value_set=pa.array(list(rows), pa.string())))
    said, wrong = given(twin.view)
    said = [*means.given(twin.view), *said]
    found = actions_list(chosen.sort_by("id"))
    used = {one.words() for one in said if any(one.concerns(action) for action in found)}
    plans = tuple(_financed(action, rows[action.id], said, on) for action in found)
    made = Financing(on=on, actions=plans, facts=tuple(sorted(used)), left_aside=tuple(wrong))
    if faults := made.faults():
        raise EngineError("financement.faux", count=len(faults), first=faults[0])
    return made


def _financed(action: Action, row: dict[str, Any], said: list[Given], on: date) -> FinancedAction:
    costed = msgspec.structs.replace(action, cost_eur=row["cost_eur"])
    known = facts(action) | of_action(said, action)
    return FinancedAction(
        action=action.id,
        title=action.title,
        owner=action.owner,
        field=action.field,
        year=row["year"],
        cost_low_eur=row["cost_eur_low"],
        cost_high_eur=row["cost_eur_high"],
        plan=plan_for(costed, action.owner, known, on),
    )


def keep(view: View, found: Financing) -> None:
    """Keep the plans beside the latest programme: one row an action, the whole of it as JSON.

    Raises NotFoundError before any programme.
    """
    name = planning.remembered(view, planning.RUN)
    if name is None:
        raise NotFoundError("jumeau.sans_programme")
    rows = [
        {
            "action": one.action,
            "owner": one.owner,
            "on": found.on,
            "cost_cents": one.plan.cost_ttc_cents,
            "own_cents": one.plan.mid.cents("own"),
            "json": msgspec.json.encode(one, order="deterministic").decode(),
        }
        for one in found.actions
    ]
    said = msgspec.json.encode([found.facts, found.left_aside])
    schema = SCHEMA.with_metadata({_ON: found.on.isoformat(), _SAID: said})
    view.put_result(name, PART, pa.Table.from_pylist(rows, schema=schema))


def is_kept(view: View, programme: str) -> bool:
    """True when plans were kept with the programme of that name."""
    return PART in view.results(programme)


def kept(view: View, programme: str) -> Financing:
    """The plans kept with the programme of that name."""
    table = view.get_result(programme, PART)
    decoder = msgspec.json.Decoder(FinancedAction)
    actions = tuple(decoder.decode(text) for text in table["json"].to_pylist())
    about = table.schema.metadata
    said, wrong = msgspec.json.decode(about.get(_SAID, b"[[],[]]"), type=tuple[tuple[str, ...], tuple[str, ...]])
    return Financing(on=date.fromisoformat(about[_ON].decode()), actions=actions, facts=said, left_aside=wrong)


def facts(action: Action) -> dict[str, Any]:
    """What is known, or taken for granted and said (`sorties.fiche_hypotheses`), of an action and its owner."""
    known = referential()
    kind, _, code = action.owner.partition(":")
    out: dict[str, Any] = {"works_started": False, "departement": departement_of(action.commune) if action.commune else None}
    if kind == "commune" and known.knows(code):
        out |= {"population": known.commune(code).population, "overseas": code.startswith(OVERSEAS)}
        out["vat_territory"] = _VAT_TERRITORY.get(code[:3], _VAT_TERRITORY.get(code[:2], "metropole"))
    elif kind == "epci" and code in known.epcis:
        out["population"] = known.epcis[code].population
    if action.field != "water":
        out |= {"vat_regime": "fctva", "third_party_asset": False}
    if action.kind in (INVENTORY, STUDY) or action.need in NO_LUMINAIRE:
        out["led"] = False
    if action.kind not in (INVENTORY, STUDY) and action.need not in RUNNING:
        out["expense_kind"] = "immobilisation"
    return {name: value for name, value in out.items() if value is not None}


def case(twin: "Twin", name: str, on: date) -> dict[str, Any]:
    """Facts of `rules/facts.yaml` known of a proposed action, by its id or the beginning of it.

    Raises NotFoundError when no action, or more than one, has that name.
    """
    actions, _ = planning.gathered(twin)
    found = actions_list(actions.filter(pc.starts_with(actions["id"], pattern=name)))
    if len(found) != 1:
        raise NotFoundError("financement.action_inconnue", name=name, count=len(found))
    action = found[0]
    said, _ = given(twin.view)
    return case_of(action, action.owner, facts(action) | of_action([*means.given(twin.view), *said], action), on)


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


def printed(found: Financing) -> FinancingSection:
    """The plans as the report prints them [€]."""
    owners = found.owners()
    return FinancingSection(
        on=found.on,
        whole=tuple(_printed(one) for one in resources(total(list(owners.values())))) if owners else (),
        owners=tuple(
            OwnerFinancing(
                owner=collectivite_name(owner),
                before_tax=plan.cost_ht_cents / 100,
                tax=plan.vat_cents / 100,
                lines=tuple(_printed(one) for one in resources(plan)),
            )
            for owner, plan in owners.items()
        ),
        to_confirm=tuple(_unsure(one) for one in found.to_confirm()),
        warnings=found.warnings(),
        hypotheses=t("sorties.fiche_hypotheses"),
        facts=(*found.facts, *found.left_aside),
    )


def _printed(one: Resource) -> ResourceLine:
    line = one.line
    said = t(f"regles.confiance_{line.confidence}") if line.confidence else ""
    return ResourceLine(
        kind=line.kind,
        label=line.label,
        payer=line.payer,
        low=one.low / 100,
        mid=one.mid / 100,
        high=one.high / 100,
        confidence=said,
        checked_on=line.checked_on,
        stale=line.stale,
        after_years=line.after_years,
    )


def _unsure(one: ToConfirm) -> str:
    missing = missing_words(one.missing)
    return t("sorties.plan_a_confirmer", title=one.title, payer=one.payer, missing=missing, count=number(one.actions))


def doubts(found: Financing) -> list[str]:
    """Stale or doubtful rules that paid something or may yet, one French sentence each."""
    used = {line.rule for one in found.actions for s in one.plan.scenarios for line in s.lines if line.rule}
    used |= {one.rule for one in found.to_confirm()}
    out = []
    for law in (rule(name) for name in sorted(used)):
        known = confidence_on(law, found.on)
        if is_stale(law, found.on) or known in DOUBTFUL:
            confidence = t(f"regles.confiance_{known}")
            out.append(t("sorties.plan_regle", title=law.title, confidence=confidence, checked=checked_words(law, found.on)))
    return out
