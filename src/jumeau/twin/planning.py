"""The plan verb: actions of every field, budgets by owner, the optimiser, and the programme simulated whole."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError, NotFoundError
from jumeau.invest import BUDGET_SCHEMA, Programme, Settings, Together
from jumeau.invest.capacity import open_to_users, shared, uses
from jumeau.invest.options import BY_EPCI, Options, settings_of
from jumeau.invest.question import Question, answer
from jumeau.invest.settings import COST_CHANGE
from jumeau.model.action import ACTION_SCHEMA, EFFECT_SCHEMA
from jumeau.model.purse import split_purse
from jumeau.model.territory import referential
from jumeau.sharing.view import View
from jumeau.store.port import NOW
from jumeau.texts import t
from jumeau.twin import following, legal, own, purses, unknowns

if TYPE_CHECKING:
    from jumeau.twin.core import Twin
    from jumeau.twin.runs import Outcome

LATEST, RUN = "latest", "programme"
TABLES = ("chosen", "spending", "left_out", "owners")
SHARED = ("lots", "grants", "trenches", "loans", "transfers")
HYPOTHESIS_EUR_PER_CAPITA = {"": 7.4, "eau": 13.3}
"""Yearly budget when nobody says, by name of purse [€/inhabitant]: what France spends to renew public lighting (0.5 Md€ a
year [1]), and drinking water networks (2.7 Md€ needed less 1.8 Md€ missing [2]), over its 67.8 million inhabitants.

[1] Ademe, 2017. [2] Union des industries et entreprises de l'eau, M. Salvetti, October 2022.
"""
GAP, NODES = 1e-3, 100
"""How far a search goes: costs are not known within a thousandth, and the gap reached is printed with the programme."""
YEARS = 10


def remember(view: View, key: str, value: str) -> None:
    """Keep the name of the latest run of a verb."""
    view.put_result(_latest(view), key.replace(":", "-"), pa.table({"value": [value]}))


def remembered(view: View, key: str) -> str | None:
    """The name kept by `remember`, None before any."""
    name = key.replace(":", "-")
    if name not in view.results(_latest(view)):
        return None
    value: str = view.get_result(_latest(view), name)["value"][0].as_py()
    return value


def _latest(view: View) -> str:
    """Where the latest of each verb is kept: apart for each moment that is looked at."""
    if view.moment == NOW:
        return LATEST
    text = msgspec.json.encode(view.moment, order="deterministic")
    return f"{LATEST}-{hashlib.sha256(text).hexdigest()[:16]}"


def plan(twin: "Twin", options: Options) -> Programme:
    """Choose actions and years for every owner, keep the programme, and simulate it whole."""
    twin.view.require("plan")
    return keep(twin, asked(twin, options))


def asked(twin: "Twin", options: Options) -> Question:
    """The question of a twin: its actions and effects, the budgets of their owners, and what the user asks."""
    view = twin.view
    actions, effects = gathered(twin)
    start = options.first_year or twin.instant().year + 1
    years = options.years or YEARS
    actions, fixed = following.still_to_plan(view, actions, start)
    owners = set(actions["owner"].to_pylist())
    owed = legal.declared_values(twin, start)
    worth = unknowns.declared_values(actions, start, COST_CHANGE) | owed | own.own_values(view)
    purses.check_balanced(options.balanced, twin.instant().date())
    settings = settings_of(options, start, years, groups_of(options, owners), worth, purses.of_the_law())
    table = budget_table(view, purses.payers(actions, settings.together), range(start, start + years), options.budgets)
    settings = msgspec.structs.replace(settings, fixed={**settings.fixed, **fixed}, required=(*settings.required, *fixed))
    return Question(actions, effects, table, msgspec.structs.replace(settings, gap=GAP, nodes=NODES))


def keep(twin: "Twin", question: Question, programme: Programme | None = None) -> Programme:
    """Answer a question, unless its answer is given; simulate the programme whole, and keep both."""
    found = programme or answer(question, twin.executor.map)
    start = question.settings.first_year
    counts = {
        "inconnus.valeur": len(unknowns.declared_values(question.actions, start, COST_CHANGE)),
        "inconnus.valeur_obligation": len(legal.declared_values(twin, start)),
    }
    said = (t(key, count=count) for key, count in counts.items() if count)
    caveats = (*found.caveats, *(line for line in said if line not in found.caveats))
    found = msgspec.structs.replace(found, whole=whole_effects(twin, found), caveats=caveats)
    _keep(twin.view, found, question)
    return found


def groups_of(options: Options, owners: Iterable[str]) -> dict[str, str]:
    """Owner -> group: as given, or the EPCI of each commune. Raises InputError for another word."""
    if not isinstance(options.groups, str):
        return dict(options.groups)
    if options.groups != BY_EPCI:
        raise InputError("programme.groupes_refuses", value=options.groups)
    known, out = referential(), {}
    for owner in owners:
        kind, _, code = owner.partition(":")
        epci = code if kind == "epci" else known.commune(code).epci if kind == "commune" and known.knows(code) else None
        if epci:
            out[owner] = f"epci:{epci}"
    return out


def gathered(twin: "Twin") -> tuple[pa.Table, pa.Table]:
    """Actions and effects of the latest diagnosis of every field, what would make the unknown known, and those of users.

    Raises NotFoundError when there is neither a diagnosis nor an action of a user.
    """
    mine, benefits = own.own_actions(twin.view)
    found = [o for o in (twin.outcome(field) for field in twin.fields) if o is not None]
    if not found:
        if mine.num_rows:
            return mine, benefits
        raise NotFoundError("jumeau.sans_diagnostic")
    key = (twin.view.head(), *(o.run for o in found))
    actions, effects = twin.once("offered", key, lambda: _offered(twin, found))
    if mine.num_rows:
        actions = pa.concat_tables([actions, mine.cast(actions.schema)])
        effects = pa.concat_tables([effects, benefits])
    opened = twin.once("open", (key, mine.num_rows, mine), lambda: open_to_users(actions))
    return own.at_own_prices(twin.view, opened, twin.instant().date()), effects


def _offered(twin: "Twin", found: Sequence["Outcome"]) -> tuple[pa.Table, pa.Table]:
    """Actions and effects of the diagnoses, and what would make the unknown known."""
    actions = pa.concat_tables([o.actions.select(ACTION_SCHEMA.names) for o in found])
    surveys = actions.filter(pc.equal(actions["kind"], unknowns.INVENTORY)).select(["commune", "field"]).to_pylist()
    surveyed = frozenset((row["commune"], row["field"]) for row in surveys)
    missing = unknowns.proposed(unknowns.knowledge(twin), found[0].ctx, surveyed)
    actions = pa.concat_tables([actions, missing.cast(actions.schema)])
    return actions, pa.concat_tables([o.effects.select(EFFECT_SCHEMA.names) for o in found])


def budget_table(view: View, owners: set[str], years: Iterable[int], given: Mapping[str, float]) -> pa.Table:
    """Budgets of purses: those given, then the layer `budget`, then a labelled hypothesis by inhabitant for communes."""
    unknown = set(given) - owners
    if unknown:
        raise InputError("jumeau.budget_inconnu", owner=", ".join(sorted(unknown)), known=", ".join(sorted(owners)[:5]))
    kept = view.read("budget", columns=["owner", "year", "budget_eur", "label", "hypothesis"]).to_pylist()
    declared = {(row["owner"], row["year"]): row for row in kept if row["budget_eur"] is not None}
    rows = []
    for owner in sorted(owners):
        for year in years:
            row = declared.get((owner, year))
            if owner in given:
                rows.append(_budget(owner, year, given[owner], t("jumeau.budget_donne"), hypothesis=False))
            elif row:
                rows.append(_budget(owner, year, row["budget_eur"], row["label"] or "", hypothesis=bool(row["hypothesis"])))
            elif (guess := _hypothesis(owner)) is not None:
                label = t(f"jumeau.budget_hypothese_{split_purse(owner)[1] or 'principal'}")
                rows.append(_budget(owner, year, guess, label, hypothesis=True))
    return pa.Table.from_pylist(rows, schema=BUDGET_SCHEMA)


def _budget(owner: str, year: int, amount: float, label: str, *, hypothesis: bool) -> dict[str, Any]:
    return {"owner": owner, "year": year, "budget_eur": amount, "label": label, "hypothesis": hypothesis}


def _hypothesis(purse: str) -> float | None:
    owner, name = split_purse(purse)
    kind, _, code = owner.partition(":")
    known = referential()
    if kind == "commune" and known.knows(code):
        population = known.commune(code).population
    elif kind == "epci" and code in known.epcis:
        population = known.epcis[code].population
    else:
        return None
    each = HYPOTHESIS_EUR_PER_CAPITA.get(name)
    return None if population is None or each is None else round(population * each, 2)


def whole_effects(twin: "Twin", programme: Programme) -> pa.Table | None:
    """The chosen actions simulated together, field by field: what they do at once against the sum of what each does."""
    from jumeau.twin.whole import whole

    return whole(twin, programme)


def latest_name(view: View) -> str | None:
    """The name of the latest programme kept, None before any."""
    return remembered(view, RUN)


def _keep(view: View, programme: Programme, question: Question) -> None:
    head = msgspec.structs.asdict(programme)
    tables = {name: head.pop(name) for name in (*TABLES, *SHARED, "whole")}
    text = msgspec.json.encode(head, order="deterministic")
    settings = msgspec.json.encode(question.settings)
    name = f"{RUN}-{hashlib.sha256(text + settings).hexdigest()[:16]}"
    for part, table in tables.items():
        if table is not None:
            view.put_result(name, part, table)
    view.put_result(name, "budgets", question.budgets)
    view.put_result(name, "settings", pa.table({"json": [settings.decode()]}))
    view.put_result(name, "head", pa.table({"json": [text.decode()]}))
    remember(view, RUN, name)


def kept_question(twin: "Twin") -> Question:
    """The question of the latest programme, with the actions as they are now. Raises NotFoundError before any."""
    name = remembered(twin.view, RUN)
    if name is None or "settings" not in twin.view.results(name):
        raise NotFoundError("programme.pas_de_question")
    settings = msgspec.json.decode(twin.view.get_result(name, "settings")["json"][0].as_py(), type=Settings)
    actions, effects = gathered(twin)
    return Question(actions, effects, twin.view.get_result(name, "budgets").cast(BUDGET_SCHEMA), settings)


def kept_together(view: View) -> Together:
    """What owners shared in the latest programme; nothing before any."""
    name = remembered(view, RUN)
    if name is None or "settings" not in view.results(name):
        return Together()
    return msgspec.json.decode(view.get_result(name, "settings")["json"][0].as_py(), type=Settings).together


def load(view: View, name: str) -> Programme:
    """The programme kept under a name."""
    parts = set(view.results(name))
    head = msgspec.json.decode(view.get_result(name, "head")["json"][0].as_py())
    tables = {part: view.get_result(name, part) if part in parts else None for part in (*TABLES, *SHARED, "whole")}
    return msgspec.structs.replace(_head(head), **tables)


def _head(plain: dict[str, Any]) -> Programme:
    """A programme without its tables; JSON writes an infinite gap or bound as nothing."""
    empty = pa.table({})
    names = {field.name: field.type for field in msgspec.structs.fields(Programme)}
    parts = [_told(part) for part in plain["components"]]
    plain = _told(plain) | {"components": parts}
    values: dict[str, Any] = {k: msgspec.convert(v, names[k], strict=False) for k, v in plain.items() if k in names}
    return Programme(**values, **dict.fromkeys(TABLES, empty))


def _told(plain: dict[str, Any]) -> dict[str, Any]:
    return plain | {name: float("inf") for name in ("gap", "bound") if plain[name] is None}


def shared_equipment(twin: "Twin", programme: Programme) -> list[dict[str, Any]]:
    """Rows of `invest.capacity.USES_SCHEMA` of the equipment of a programme that serves several owners or fields."""
    actions, _ = gathered(twin)
    rows: list[dict[str, Any]] = shared(uses(actions, programme.chosen)).to_pylist()
    return rows


def price_year(rows: list[dict[str, Any]], default: int) -> int:
    """Price year of the costs of a programme: that of its actions, the latest when they differ."""
    return max((row["price_year"] for row in rows), default=default)


def details(twin: "Twin", programme: Programme) -> list[dict[str, Any]]:
    """Chosen actions by year and owner, each with its effects, price year and cost source."""
    actions, effects = gathered(twin)
    about = {row["id"]: row for row in actions.select(["id", "price_year", "cost_source", "lifetime_y"]).to_pylist()}
    chosen = pa.array(programme.chosen["action"].to_pylist(), pa.string())
    by_action: dict[str, list[dict[str, Any]]] = {}
    for row in effects.filter(pc.is_in(effects["action"], value_set=chosen)).to_pylist():
        by_action.setdefault(row["action"], []).append(row)
    return [
        row | about[row["action"]] | {"effects": by_action.get(row["action"], [])} for row in programme.chosen.to_pylist()
    ]
