"""What it would take for a part that nothing satisfies: the cheapest way out of each kind."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InfeasibleError, SolverError
from jumeau.invest.formulation import Part
from jumeau.invest.rows import RowName
from jumeau.kernels.highs import Limits, Model, Rows, maximise
from jumeau.model.dictionary import indicators
from jumeau.texts import t

RELAXABLE = {
    "budget": (-1.0, "programme.budget_insuffisant"),
    "debt": (-1.0, "programme.dette_insuffisante"),
    "target": (1.0, "programme.objectif_trop_haut"),
    "minimum": (1.0, "programme.minimum_trop_haut"),
    "contractor": (-1.0, "programme.entreprises_insuffisantes"),
    "required": (1.0, "programme.obligations_contraires"),
}
"""Kinds of rows that may give way: sign of the miss in the row, and what is said of it."""


def conflict(part: Part, limits: Limits) -> InfeasibleError:
    """Name the ways out, each the cheapest of its kind: euros by owner and year, a lower target, obligations that clash."""
    ways = []
    for kind, (_, text) in RELAXABLE.items():
        soft = [r for r, _ in part.names.rows_of(kind)]
        if not soft:
            continue
        try:
            solution = maximise(_relaxed(part.model, soft, kind), limits)
        except SolverError:
            continue
        slack = solution.x[part.model.gain.size :]
        missing = [(part.names[r], float(s)) for r, s in zip(soft, slack, strict=True) if s > 1e-6]
        if missing:
            ways.append(t(text, what=" ; ".join(_say(name, amount) for name, amount in missing)))
    if not ways:
        return InfeasibleError("programme.sans_solution")
    return InfeasibleError("programme.contraintes_contraires", ways=f" {t('programme.ou_bien')} ".join(ways))


def without(part: Part, kind: str, but: set[RowName]) -> Part:
    """A part less its rows of a kind, but some."""
    rows, free = part.model.rows, [r for r, name in part.names.rows_of(kind) if name not in but]
    lower, upper = rows.lower.copy(), rows.upper.copy()
    lower[free], upper[free] = -np.inf, np.inf
    freed = msgspec.structs.replace(rows, lower=lower, upper=upper)
    return msgspec.structs.replace(part, model=msgspec.structs.replace(part.model, rows=freed))


def possible(model: Model, limits: Limits) -> bool:
    """False when nothing satisfies a model; True too when that is not known in time."""
    try:
        maximise(msgspec.structs.replace(model, gain=np.zeros(model.gain.size)), limits)
    except InfeasibleError:
        return False
    except SolverError:
        return True
    return True


def _say(name: RowName, amount: float) -> str:
    shown = {"owner": name.what, "year": name.year, "amount": f"{amount:,.0f}".replace(",", " ")}
    if name.kind == "required":
        return name.what
    if name.kind == "target":
        about = indicators()[name.what]
        return t("programme.manque_objectif", **shown | {"owner": about.title, "unit": about.unit})
    return t("programme.manque" if name.kind in ("budget", "debt") else "programme.manque_autre", **shown)


def _relaxed(model: Model, soft: list[int], kind: str) -> Model:
    """The model that only minimises how much the rows `soft` are missed by."""
    rows, size = model.rows, model.gain.size
    sign = RELAXABLE[kind][0]
    start, index, value = [0], [], []
    extra = {r: size + n for n, r in enumerate(soft)}
    for r in range(rows.lower.size):
        span = slice(int(rows.start[r]), int(rows.start[r + 1]))
        index += rows.index[span].tolist()
        value += rows.value[span].tolist()
        if r in extra:
            index.append(extra[r])
            value.append(sign)
        start.append(len(index))
    upper = model.upper.copy()
    if kind == "budget":
        upper[model.integer] = 1.0
    if kind == "debt":
        upper[np.concatenate([rows.index[rows.start[r] : rows.start[r + 1]] for r in soft])] = np.inf
    count = len(soft)
    grown = Rows(np.array(start, np.int32), np.array(index, np.int32), np.array(value), rows.lower, rows.upper)

    def join(old: NDArray[np.float64], new: float) -> NDArray[np.float64]:
        return np.concatenate([old, np.full(count, new)])

    return msgspec.structs.replace(
        model,
        gain=join(np.zeros(size), -1.0),
        lower=join(model.lower, 0.0),
        upper=join(upper, np.inf),
        integer=np.concatenate([model.integer, np.zeros(count, np.bool_)]),
        rows=grown,
    )
