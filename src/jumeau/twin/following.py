"""The follow-up verbs: take the programme's actions under watch, say what happened to them, see what is due."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError, NotFoundError
from jumeau.invest.follow import LAYER, Account, Fault, Reminder, Settled, accounts, faults, reminders, settled, state
from jumeau.model.claim import Commit
from jumeau.model.ids import keyed_ids
from jumeau.model.origin import Origin
from jumeau.model.provenance import Source
from jumeau.sharing.view import View
from jumeau.store.port import ClaimTable
from jumeau.texts import t
from jumeau.twin import editing
from jumeau.twin.editing import Edit

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

SOURCE = Source(id="programme", title="Programme du jumeau", licence="")
_COPIED = {"title": "title", "owner": "owner", "need": "need", "commune": "commune", "year": "planned_year"}


def start(twin: "Twin") -> int:
    """Put every chosen action of the latest programme under follow-up; what is known of its life stays. Gives how many.

    Raises NotFoundError before any programme.
    """
    programme = twin.programme()
    if programme is None or not programme.chosen.num_rows:
        raise NotFoundError("suivi.sans_programme")
    chosen = programme.chosen
    columns = {new: chosen[old] for old, new in _COPIED.items()}
    columns |= {"action": chosen["action"], "planned_cost_eur": chosen["cost_eur"]}
    columns["id"] = pa.array(keyed_ids(LAYER, SOURCE.id, chosen["action"].to_pylist()), pa.string())
    table = pa.table(columns)
    origins = dict.fromkeys((n for n in table.column_names if n != "id"), Origin.DECLARED)
    change = ClaimTable(layer=LAYER, table=table, source=SOURCE, origins=origins)
    twin.view.commit([change], message=t("suivi.message_debut"), kind="import")
    return int(chosen.num_rows)


def rows(view: View) -> list[dict[str, Any]]:
    """Followed actions, by owner, planned year and title, with their state."""
    found = view.read(LAYER).to_pylist()
    out = [row | {"state": state(row)} for row in found]
    return sorted(out, key=lambda r: (r["owner"], r["planned_year"] or 0, r["title"] or "", r["action"]))


def record(view: View, action: str, changes: Mapping[str, Any], *, message: str = "") -> Commit:
    """Write what happened to a followed action: dates, amounts. One commit, that can be taken back.

    Raises NotFoundError for an action that is not followed, InputError for a field that is not one of the follow-up.
    """
    known = {row["action"]: row["id"] for row in view.read(LAYER, columns=["action"]).to_pylist()}
    if action not in known:
        raise NotFoundError("suivi.action_inconnue", action=action, known=", ".join(sorted(known)[:5]))
    layer = view.layer(LAYER)
    for field in changes:
        if field not in layer.names:
            raise InputError("suivi.champ_inconnu", field=field, known=", ".join(layer.names))
    kinds = {field.name: field.type for field in layer.fields}
    typed = {name: _typed(kinds[name], value) for name, value in changes.items()}
    edit = Edit(message=message or t("suivi.message_suite"), origin=Origin.DECLARED)
    return editing.correct(view, LAYER, known[action], typed, edit)


def _typed(kind: str, value: Any) -> Any:
    """A number typed as text, as a command line and a form give it; the dictionary refuses what is no number."""
    if kind not in ("number", "integer") or not isinstance(value, str):
        return value
    try:
        number = float(value.replace("\u202f", "").replace(" ", "").replace(",", "."))
    except ValueError:
        return value
    return int(number) if kind == "integer" and number.is_integer() else number


def board(view: View, on: date) -> tuple[list[Account], list[Reminder], list[Fault]]:
    """Plan against reality by owner, what is due, and what cannot be. late: actions of which something is overdue."""
    found = rows(view)
    due = reminders(found, on)
    late: dict[str, set[str]] = {}
    for one in due:
        if one.late:
            late.setdefault(one.owner, set()).add(one.action)
    made = accounts(found, on)
    told = [msgspec.structs.replace(one, late=max(one.late, len(late.get(one.owner, ())))) for one in made]
    return told, due, faults(found, on)


def done(view: View) -> Settled:
    """What a new plan takes as done; empty when nothing is followed."""
    return settled(rows(view) if view.count(LAYER) else [])


def still_to_plan(view: View, actions: pa.Table, start: int) -> tuple[pa.Table, dict[str, int]]:
    """Actions a plan that begins in `start` may still choose, at their real cost when it is known, and those already ordered
    in its years (action -> year). What was done before, or abandoned, is left out.
    """
    if not view.count(LAYER):
        return actions, {}
    known = done(view)
    past = [name for name, year in known.fixed.items() if year < start]
    out = pa.array([*past, *known.withdrawn], pa.string())
    left = actions.filter(pc.invert(pc.is_in(actions["id"], value_set=out)))
    ids = left["id"].to_pylist()
    for name in ("cost_eur", "cost_eur_low", "cost_eur_high"):
        values = [known.costs.get(i, v) for i, v in zip(ids, left[name].to_pylist(), strict=True)]
        column = left.column_names.index(name)
        left = left.set_column(column, left.schema.field(name), pa.array(values, left.schema.field(name).type))
    there = set(ids)
    return left, {name: year for name, year in known.fixed.items() if year >= start and name in there}
