"""A plan taken up again after something happened, changed as little as possible, beside the best that could now be done."""

from collections.abc import Iterable, Mapping

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError
from jumeau.invest.programme import Programme
from jumeau.invest.question import Question, answer
from jumeau.invest.settings import KEPT

CHANGES_SCHEMA = pa.schema(
    [
        pa.field("action", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("title", pa.string(), nullable=False),
        pa.field("change", pa.string(), nullable=False),
        pa.field("from_year", pa.int16()),
        pa.field("to_year", pa.int16()),
    ]
)
"""change: `moved`, `dropped`, `added`, `withdrawn` (of an owner that left)."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What happened. withdrawn: owners that leave. refused: (action, envelope). closed: envelopes with no more money.
    done: actions already engaged, in their year of the plan. budgets: owner -> € a year from now on."""

    withdrawn: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    closed: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    budgets: Mapping[str, float] = {}


class Replan(msgspec.Struct, frozen=True, kw_only=True):
    """`programme`: the plan that keeps the most; `free`: the best one now; changes of each against the plan before."""

    question: Question
    programme: Programme
    free: Programme
    changes: pa.Table
    free_changes: int
    gain_before: float


def replan(question: Question, before: Programme, event: Event) -> Replan:
    """Plan again after an event. Raises as `optimise` does, and InputError for an owner, action or envelope unknown.

    The plan keeps as many actions in their year as is possible, ties broken by gain; then all the rest is chosen for its
    gain. `free` ignores the plan before, and shows what keeping it costs.
    """
    now = changed(question, before, event)
    s = now.settings
    free = answer(now)
    years = dict(zip(before.chosen["action"].to_pylist(), before.chosen["year"].to_pylist(), strict=True))
    known = set(now.actions["id"].to_pylist())
    wanted = {a: y for a, y in years.items() if a in known}
    first = answer(msgspec.structs.replace(now, settings=msgspec.structs.replace(s, maximise=KEPT, keep=wanted)))
    pairs = zip(first.chosen["action"].to_pylist(), first.chosen["year"].to_pylist(), strict=True)
    held = {a: y for a, y in pairs if wanted.get(a) == y}
    found = answer(msgspec.structs.replace(now, settings=msgspec.structs.replace(s, fixed={**held, **s.fixed})))
    changes = compare(before, found, event.withdrawn)
    moved = compare(before, free, event.withdrawn)
    return Replan(
        question=now, programme=found, free=free, changes=changes, gain_before=before.objective,
        free_changes=sum(c in ("moved", "dropped") for c in moved["change"].to_pylist()),
    )  # fmt: skip


def changed(question: Question, before: Programme, event: Event) -> Question:
    """The question as it is after an event."""
    s = question.settings
    _check(question, event)
    gone = pa.array(event.withdrawn, pa.string())
    actions = question.actions.filter(pc.invert(pc.is_in(question.actions["owner"], value_set=gone)))
    kept = set(actions["id"].to_pylist())
    years = dict(zip(before.chosen["action"].to_pylist(), before.chosen["year"].to_pylist(), strict=True))
    envelopes = tuple(e for e in s.together.envelopes if e.name not in event.closed)
    refused = tuple(sorted({*s.together.refused, *event.refused}))
    together = msgspec.structs.replace(s.together, envelopes=envelopes, refused=refused)
    fixed = {a: y for a, y in {**s.fixed, **{a: years[a] for a in event.done if a in years}}.items() if a in kept}
    settings = msgspec.structs.replace(s, together=together, fixed=fixed, required=tuple(a for a in s.required if a in kept))
    budgets = question.budgets.to_pylist()
    for row in budgets:
        if row["owner"] in event.budgets:
            row["budget_eur"] = event.budgets[row["owner"]]
    return Question(actions, question.effects, pa.Table.from_pylist(budgets, schema=question.budgets.schema), settings)


def _check(question: Question, event: Event) -> None:
    owners, actions = set(question.actions["owner"].to_pylist()), set(question.actions["id"].to_pylist())
    envelopes = {e.name for e in question.settings.together.envelopes}
    asked: list[tuple[Iterable[str], set[str], str]] = [
        (event.withdrawn, owners, "programme.maitre_ouvrage_inconnu"),
        (event.budgets, set(question.budgets["owner"].to_pylist()), "programme.maitre_ouvrage_inconnu"),
        ((*event.done, *(a for a, _ in event.refused)), actions, "programme.action_absente"),
        ((*event.closed, *(e for _, e in event.refused)), envelopes, "programme.enveloppe_inconnue"),
    ]
    for names, known, text in asked:
        for name in names:
            if name not in known:
                raise InputError(text, action=name, name=name, known=", ".join(sorted(known)[:5]))


def compare(before: Programme, after: Programme, withdrawn: Iterable[str] = ()) -> pa.Table:
    """What changed from one plan to another (CHANGES_SCHEMA), by owner and action."""
    old = {row["action"]: row for row in before.chosen.to_pylist()}
    new = {row["action"]: row for row in after.chosen.to_pylist()}
    left = set(withdrawn)
    rows = []
    for action in sorted({*old, *new}, key=lambda a: ((old.get(a) or new[a])["owner"], a)):
        was, now = old.get(action), new.get(action)
        about = was or now or {}
        kind = "moved" if was and now else "added" if now else "withdrawn" if about["owner"] in left else "dropped"
        if was and now and was["year"] == now["year"]:
            continue
        row = {"action": action, "owner": about["owner"], "title": about["title"], "change": kind}
        rows.append(row | {"from_year": was and was["year"], "to_year": now and now["year"]})
    return pa.Table.from_pylist(rows, schema=CHANGES_SCHEMA)
