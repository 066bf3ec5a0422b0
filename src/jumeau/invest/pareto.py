"""What more of one good costs of another: the plans nobody can better on both."""

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.errors import SolverError
from jumeau.invest.gains import savings
from jumeau.invest.problem import read_problem
from jumeau.invest.programme import Programme
from jumeau.invest.question import Question, answer
from jumeau.invest.settings import NPV
from jumeau.invest.together import Target

PARETO_SCHEMA = pa.schema(
    [
        pa.field("saving", pa.float64(), nullable=False),
        pa.field("gain_eur", pa.float64(), nullable=False),
        pa.field("bound_eur", pa.float64(), nullable=False),
        pa.field("cost_eur", pa.float64(), nullable=False),
        pa.field("actions", pa.int32(), nullable=False),
        pa.field("price_eur", pa.float64()),
    ]
)
"""One row per plan, by saving [unit of the indicator a year, in full service]. gain_eur: its net present value; bound_eur:
what no plan that saves as much can exceed; price_eur: gain given up for one more unit a year since the row before [€]."""


class Front(msgspec.Struct, frozen=True):
    """The plans of a front, by saving of `indicator`, and their table."""

    indicator: str
    table: pa.Table
    plans: tuple[Programme, ...]


def front(question: Question, indicator: str, points: int = 6) -> Front:
    """Plans of the largest net present value that save at least so much of `indicator`, from the best plan's saving to the
    most that can be saved. Raises as `optimise` does."""
    s = msgspec.structs.replace(question.settings, maximise=NPV)
    saved = savings(question.actions, question.effects, indicator)
    at = {a: i for i, a in enumerate(question.actions["id"].to_pylist())}

    def saving(plan: Programme) -> float:
        return float(sum(saved[at[a]] for a in plan.chosen["action"].to_pylist()))

    best = answer(msgspec.structs.replace(question, settings=s))
    most = answer(msgspec.structs.replace(question, settings=msgspec.structs.replace(s, maximise=indicator)))
    low, high = saving(best), saving(most)
    plans = [best]
    for amount in np.linspace(low, high, points)[1:] if high > low * (1 + 1e-9) + 1e-9 else ():
        target = Target(indicator=indicator, amount=float(amount) * (1 - 1e-9))
        together = msgspec.structs.replace(s.together, targets=(*s.together.targets, target))
        try:
            plans.append(answer(msgspec.structs.replace(question, settings=msgspec.structs.replace(s, together=together))))
        except SolverError:
            continue
    found = sorted({round(saving(p), 6): p for p in reversed(plans)}.items())
    rows: list[dict[str, float | None]] = []
    before: tuple[float, float] | None = None
    for value, plan in found:
        price = None if before is None else (before[1] - plan.objective) / (value - before[0])
        before = (value, plan.objective)
        row = {"saving": value, "gain_eur": plan.objective, "bound_eur": plan.bound, "actions": plan.chosen.num_rows}
        rows.append(row | {"cost_eur": plan.totals["cost_eur"].value or 0.0, "price_eur": price})
    return Front(indicator, pa.Table.from_pylist(rows, schema=PARETO_SCHEMA), tuple(p for _, p in found))


def offered(question: Question) -> list[str]:
    """Indicators that some action improves, so that a front makes sense."""
    problem = read_problem(question.actions, question.effects, question.budgets, question.settings)
    names = sorted(set(problem.effects["indicator"].to_pylist()))
    return [n for n in names if savings(question.actions, question.effects, n).max(initial=0.0) > 0]
