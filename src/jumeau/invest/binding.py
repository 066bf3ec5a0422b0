"""What holds a plan back: the shadow price of each budget, envelope, contractor, target; and what leaving a group does."""

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.errors import InputError
from jumeau.invest.formulation import formulate
from jumeau.invest.problem import read_problem
from jumeau.invest.programme import Programme
from jumeau.invest.question import Question, answer
from jumeau.invest.replan import Event, changed
from jumeau.invest.screen import components, screen
from jumeau.kernels.highs import Limits, maximise
from jumeau.texts import t

PRICED = ("budget", "debt", "envelope", "contractor", "target", "minimum", "capacity")

WORTH_SAYING = 0.005
"""Smallest shadow price shown [€/unit]."""

BINDING_SCHEMA = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("what", pa.string(), nullable=False),
        pa.field("year", pa.int16()),
        pa.field("price", pa.float64(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
    ]
)
"""One row per limit that binds, the dearest first. price: what the plan would gain for one more unit of it (a euro of
budget or of envelope, a unit of work, a unit less of a target), read on the linear relaxation."""


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """What happens if an owner leaves, everything being chosen again. together, without, alone: best gains [€] of the whole
    group, of the group without it, of the owner alone; lost: together less the two others, what the group is for;
    staying: what the owner gains in the common plan less what it would alone; others: what the others lose."""

    owner: str
    together: float
    without: float
    alone: float
    lost: float
    staying: float
    others: float


def binding(question: Question, limits: Limits = Limits()) -> pa.Table:
    """Shadow prices (BINDING_SCHEMA) of the limits of a question. Raises as `optimise` does."""
    problem = read_problem(question.actions, question.effects, question.budgets, question.settings)
    alive, _ = screen(problem)
    rows = []
    for items in components(problem, alive):
        part = formulate(problem, items)
        relaxed = msgspec.structs.replace(part.model, integer=np.zeros_like(part.model.integer))
        found = maximise(relaxed, limits)
        if found.row_dual is None:
            continue
        for name, price in zip(part.names, np.abs(found.row_dual).tolist(), strict=True):
            if name.kind in PRICED and price >= WORTH_SAYING:
                rows.append({"kind": name.kind, "what": name.what, "year": name.year or None, "price": price})
    rows.sort(key=lambda r: (PRICED.index(r["kind"]), -r["price"], r["what"], r["year"] or 0))
    for row in rows:
        said = {"what": row["what"], "year": row["year"] or "", "price": f"{row['price']:.2f}".replace(".", ",")}
        row["text"] = t(f"programme.prix_{row['kind']}", **said)
    return pa.Table.from_pylist(rows, schema=BINDING_SCHEMA)


def leaving(question: Question, programme: Programme, owner: str) -> Leaving:
    """Compute the plan of the group without an owner, and that of the owner alone. Raises as `optimise` does."""
    owners = sorted(set(question.actions["owner"].to_pylist()))
    if owner not in owners:
        raise InputError("programme.maitre_ouvrage_inconnu", name=owner, known=", ".join(owners[:5]))
    without = answer(changed(question, programme, Event(withdrawn=(owner,)))).objective
    alone = answer(changed(question, programme, Event(withdrawn=tuple(o for o in owners if o != owner)))).objective
    mine = gain_of(question, programme).get(owner, 0.0)
    return Leaving(
        owner=owner, together=programme.objective, without=without, alone=alone,
        lost=programme.objective - without - alone, staying=mine - alone, others=programme.objective - mine - without,
    )  # fmt: skip


def gain_of(question: Question, programme: Programme) -> dict[str, float]:
    """Gain of each owner in a plan [€]: that of its works, and its part of rebates and trenches in proportion to cost."""
    s = question.settings
    out: dict[str, float] = {}
    chosen = programme.chosen.to_pylist()
    place = dict(zip(question.actions["id"].to_pylist(), question.actions["synergy_place"].to_pylist(), strict=True))
    for row in chosen:
        out[row["owner"]] = out.get(row["owner"], 0.0) + (row["npv_eur"] or 0.0)
    shared = [(r, "lot") for r in programme.lots.to_pylist()] if programme.lots is not None else []
    shared += [(r, "place") for r in programme.trenches.to_pylist()] if programme.trenches is not None else []
    for row, kind in shared:
        now = row["saved_eur"] * (1 + s.discount_rate) ** -(row["year"] - s.first_year)
        inside = [
            x for x in chosen
            if x["year"] == row["year"]
            and (x["lot"] == row["lot"] if kind == "lot" else place.get(x["action"]) == row["place"]
                 and s.together.trench_share.get(x["kind"], 0.0) > 0)
        ]  # fmt: skip
        total = sum(x["cost_eur"] for x in inside)
        for x in inside:
            out[x["owner"]] = out.get(x["owner"], 0.0) + (now * x["cost_eur"] / total if total else 0.0)
    return out
