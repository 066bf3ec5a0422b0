"""The HiGHS helper: status, bound and gap on models whose answer is known."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.optimize import linprog

from jumeau.errors import InfeasibleError, SolverError
from jumeau.kernels.highs import Limits, Model, Rows, maximise, relative_gap


def model(gain: list[float], matrix: list[list[float]], upper: list[float], *, whole: bool, top: float = 1.0) -> Model:
    a = np.array(matrix, dtype=np.float64).reshape(len(upper), len(gain))
    count, size = a.shape
    rows = Rows(
        np.arange(0, size * count + 1, size, dtype=np.int32),
        np.tile(np.arange(size, dtype=np.int32), count),
        a.ravel(),
        np.full(count, -np.inf),
        np.array(upper, dtype=np.float64),
    )
    return Model(gain=np.array(gain), lower=np.zeros(size), upper=np.full(size, top), integer=np.full(size, whole), rows=rows)


def test_textbook_knapsack() -> None:
    """Weights 5, 4, 6, 3, values 10, 40, 30, 50, room 10: the best is items 2 and 4, worth 90 (a classical exercise)."""
    answer = maximise(model([10, 40, 30, 50], [[5, 4, 6, 3]], [10], whole=True))
    assert answer.objective == 90
    assert answer.x.tolist() == [0, 1, 0, 1]
    assert (answer.status, answer.gap, answer.bound) == ("optimal", 0.0, pytest.approx(90))


def test_linear_programme_agrees_with_scipy_and_gives_prices() -> None:
    rng = np.random.default_rng(0)
    gain, matrix, upper = rng.random(8), rng.random((5, 8)), rng.random(5) + 1
    answer = maximise(model(gain.tolist(), matrix.tolist(), upper.tolist(), whole=False))
    other = linprog(-gain, A_ub=matrix, b_ub=upper, bounds=(0, 1), method="highs-ds")
    assert answer.objective == pytest.approx(-other.fun)
    assert answer.row_dual is not None
    assert np.abs(answer.row_dual) == pytest.approx(np.abs(other.ineqlin.marginals), abs=1e-7)


def test_no_plan_and_no_limit_are_errors() -> None:
    with pytest.raises(InfeasibleError):
        maximise(model([1.0], [[1.0]], [-1.0], whole=True))
    with pytest.raises(SolverError, match="nbounded"):
        maximise(model([1.0], [[-1.0]], [0.0], whole=False, top=np.inf))


def test_many_calls_in_one_process_all_answer() -> None:
    answers = [
        maximise(model([10, 40, 30, 50], [[5, 4, 6, 3]], [10], whole=True), Limits(seed=s)).objective for s in range(4)
    ]
    assert answers == [90.0] * 4


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [(100, 110, 0.1), (0, 0, 0), (0, 5, float("inf")), (-50, -40, 0.2), (0, float("inf"), float("inf"))],
)
def test_gap(objective: float, bound: float, gap: float) -> None:
    assert relative_gap(objective, bound) == pytest.approx(gap)


def test_nothing_is_written_on_the_standard_output() -> None:
    """The banner of HiGHS would spoil a JSON answer."""
    code = (
        "import numpy as np; from jumeau.kernels.highs import Model, Rows, maximise; one = np.ones(1); "
        "rows = Rows(np.array([0, 1], np.int32), np.zeros(1, np.int32), one, -one, one); "
        "print(maximise(Model(gain=one, lower=one * 0, upper=one, integer=one > 0, rows=rows)).objective)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1.0\n"
