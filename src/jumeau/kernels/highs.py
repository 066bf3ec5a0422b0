"""The one HiGHS helper: one thread count per process, a fixed seed, a status that is always checked, a bound always given.

Two HiGHS objects with different thread counts in one process make the second return zeros without an error: THREADS is
therefore a constant, and an answer whose status is not understood is an error, never a plan.
"""

import atexit
import os
import sys
from functools import cache
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.errors import InfeasibleError, SolverError

THREADS = 1
CLOCK_PER_PROCESSOR = 10
"""Clock a search may take for each second of processor it is given [-]: reached only where the machine is stuck."""
OPTIMAL, STOPPED = "optimal", "stopped"


class Rows(msgspec.Struct, frozen=True):
    """Sparse rows `lower <= A x <= upper`: CSR arrays `start` (R+1,), `index`, `value` (N,), bounds (R,)."""

    start: NDArray[np.int32]
    index: NDArray[np.int32]
    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A linear model to maximise: `gain` (C,), bounds `lower`, `upper` (C,), `integer` (C,) bool, and its rows."""

    gain: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    integer: NDArray[np.bool_]
    rows: Rows


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """When to stop: relative `gap` [-], `nodes` of the search tree (the same on every machine) or `seconds` of processor [s],
    so that what else the machine does changes nothing; `seed` fixes the search."""

    gap: float = 1e-6
    nodes: int = 10**8
    seconds: float = 60.0
    seed: int = 0


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """`x` (C,), integers rounded; `objective` reached; `bound` no plan can exceed; `gap` [-]; `status`
    `optimal` (within the gap asked) or `stopped` (a limit came first); `row_dual` (R,) for a model without integers."""

    x: NDArray[np.float64]
    objective: float
    bound: float
    gap: float
    status: str
    seconds: float
    row_dual: NDArray[np.float64] | None = None


def dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Sum of the products of two vectors (N,), without BLAS: its threads wait by turning, which costs as much processor as
    the sum, and share it out by the number of cores, so that another machine rounds it another way."""
    return float(np.einsum("i,i->", a, b))


def relative_gap(objective: float, bound: float) -> float:
    """Distance to the bound as a share of the objective [-]: 0 when they meet, infinite when the objective alone is 0."""
    if not np.isfinite(bound):
        return float("inf")
    distance = max(0.0, bound - objective)
    if distance <= 1e-9 * max(1.0, abs(bound)):
        return 0.0
    return distance / abs(objective) if objective else float("inf")


def maximise(model: Model, limits: Limits = Limits(), start: NDArray[np.float64] | None = None) -> Solution:
    """Solve `model`; `start` (C,) is a plan to begin with.

    Raises InfeasibleError when no x satisfies the rows, SolverError when HiGHS stops without a plan, answers something
    that is not a plan, or the model is unbounded or malformed.
    """
    began = perf_counter()
    if model.gain.size == 0:
        return _empty(model)
    solver = _solver(limits)
    import highspy

    if solver.passModel(_lp(model)) != highspy.HighsStatus.kOk:
        raise SolverError("programme.modele_refuse")
    if start is not None:
        warm = highspy.HighsSolution()
        warm.col_value = start.tolist()
        solver.setSolution(warm)
    _stop_after(solver, limits.seconds)
    solver.run()
    return _read(solver, model, perf_counter() - began)


@cache
def _say_nothing() -> None:
    """Make the first HiGHS of the process, which writes a banner on the standard output whatever its options are."""
    import highspy

    atexit.register(highspy.Highs.resetGlobalScheduler, True)

    sys.stdout.flush()
    kept = os.dup(1)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            highspy.Highs()  # type: ignore[no-untyped-call]
        finally:
            os.dup2(kept, 1)
            os.close(kept)


def _solver(limits: Limits) -> Any:
    import highspy

    _say_nothing()
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    options = {
        "output_flag": False,
        "threads": THREADS,
        "random_seed": limits.seed,
        "time_limit": CLOCK_PER_PROCESSOR * float(limits.seconds),
        "mip_rel_gap": limits.gap,
        "mip_max_nodes": limits.nodes,
        "mip_abs_gap": 1e-6,
        "mip_feasibility_tolerance": 1e-9,
        "primal_feasibility_tolerance": 1e-9,
    }
    for name, value in options.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SolverError("programme.option_refusee", name=name, value=value)
    return solver


def _stop_after(solver: Any, seconds: float) -> None:
    """Interrupt a search of integers once its thread has used the processor that long: HiGHS itself only knows the clock."""
    until = thread_time() + seconds

    def stop(event: Any) -> None:
        if thread_time() > until:
            event.interrupt()

    solver.cbMipInterrupt.subscribe(stop)


def _lp(model: Model) -> Any:
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = model.gain.size, model.rows.lower.size
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.gain, model.lower, model.upper
    lp.row_lower_, lp.row_upper_ = model.rows.lower, model.rows.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = model.rows.start, model.rows.index, model.rows.value
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    if model.integer.any():
        lp.integrality_ = [kinds[int(i)] for i in model.integer]
    return lp


def _read(solver: Any, model: Model, seconds: float) -> Solution:
    import highspy

    status, info = solver.getModelStatus(), solver.getInfo()
    kinds = highspy.HighsModelStatus
    if status == kinds.kInfeasible:
        raise InfeasibleError("programme.sans_solution")
    stopped = {kinds.kTimeLimit, kinds.kIterationLimit, kinds.kSolutionLimit, kinds.kInterrupt, kinds.kMemoryLimit}
    name = solver.modelStatusToString(status)
    if status != kinds.kOptimal and status not in stopped:
        raise SolverError("programme.etat_inattendu", status=name)
    solution = solver.getSolution()
    x = np.array(solution.col_value, dtype=np.float64)
    if x.size != model.gain.size or not feasible(model, x):
        raise SolverError("programme.arret_sans_plan", status=name, seconds=round(seconds, 1))
    x = np.where(model.integer, np.round(x), x)
    if not feasible(model, x):
        raise SolverError("programme.arret_sans_plan", status=name, seconds=round(seconds, 1))
    objective = dot(model.gain, x)
    mixed = bool(model.integer.any())
    bound = float(info.mip_dual_bound) if mixed else objective
    if not mixed and status != kinds.kOptimal:
        bound = float("inf")
    return Solution(
        x=x,
        objective=objective,
        bound=max(objective, bound),
        gap=relative_gap(objective, bound),
        status=OPTIMAL if status == kinds.kOptimal else STOPPED,
        seconds=seconds,
        row_dual=None if mixed else np.array(solution.row_dual, dtype=np.float64),
    )


def feasible(model: Model, x: NDArray[np.float64], tolerance: float = 1e-5) -> bool:
    """True when `x` (C,) satisfies every bound and row of `model` within `tolerance` of its scale."""
    if not np.isfinite(x).all() or (x < model.lower - tolerance).any() or (x > model.upper + tolerance).any():
        return False
    from scipy.sparse import csr_matrix

    rows = model.rows
    activity = csr_matrix((rows.value, rows.index, rows.start), shape=(rows.lower.size, x.size)) @ x
    slack = tolerance * np.maximum(1.0, np.abs(activity) * 1e-3)
    return bool((activity >= rows.lower - slack).all() and (activity <= rows.upper + slack).all())


def _empty(model: Model) -> Solution:
    if (model.rows.lower > 0).any() or (model.rows.upper < 0).any():
        raise InfeasibleError("programme.sans_solution")
    nothing = np.zeros(0)
    return Solution(x=nothing, objective=0.0, bound=0.0, gap=0.0, status=OPTIMAL, seconds=0.0)


def write_mps(model: Model, file: Path) -> None:
    """Write a model as an MPS file to minimise (the gain with its sign changed), for another solver to read."""
    solver = _solver(Limits())
    import highspy

    lp = _lp(msgspec.structs.replace(model, gain=-model.gain))
    lp.sense_ = highspy.ObjSense.kMinimize
    if solver.passModel(lp) != highspy.HighsStatus.kOk or solver.writeModel(str(file)) == highspy.HighsStatus.kError:
        raise SolverError("programme.modele_refuse")
