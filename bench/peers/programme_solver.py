"""One general solver on one MPS file (NAME FILE SECONDS): prints its plan, its bound and its CPU seconds as JSON.

SECONDS are of processor where the solver can count them (SCIP, HiGHS), so that a shared machine does not wrong a peer. One
that does not look at its limit (HiGHS while it simplifies a model) is stopped by the system after twice as many.
"""

import json
import os
import resource
import signal
import sys
import time
from typing import Any

CLOCK = 6.0
"""Clock seconds a solver may take for one of processor, on a shared machine."""
NONE = 1e19
"""A bound this far is none."""


def highs(file: str, seconds: float) -> tuple[float | None, float | None]:
    """HiGHS, one thread, stopped after so many seconds of processor; the file maximised."""
    import highspy

    solver = highspy.Highs()
    for name, value in {"output_flag": False, "threads": 1, "time_limit": CLOCK * seconds}.items():
        solver.setOptionValue(name, value)
    solver.readModel(file)

    def late(event: Any) -> None:
        if time.process_time() > seconds:
            event.interrupt()

    solver.cbMipInterrupt += late
    solver.cbSimplexInterrupt += late
    solver.run()
    info = solver.getInfo()
    found = info.primal_solution_status == 2
    bound = -info.mip_dual_bound
    return (-info.objective_function_value if found else None), bound if abs(bound) < NONE else None


def scip(file: str, seconds: float) -> tuple[float | None, float | None]:
    """SCIP, stopped after so many seconds of processor."""
    from pyscipopt import Model

    model = Model()
    model.hideOutput()
    model.readProblem(file)
    model.setParam("timing/clocktype", 1)
    model.setParam("limits/time", seconds)
    model.optimize()
    found = model.getNSols() > 0
    bound = -model.getDualbound()
    return (-model.getObjVal() if found else None), bound if abs(bound) < NONE else None


def cpsat(file: str, seconds: float) -> tuple[float | None, float | None]:
    """CP-SAT, two workers."""
    from ortools.linear_solver.python import model_builder

    model = model_builder.Model()
    model.import_from_mps_file(file)
    solver = model_builder.Solver("sat")
    solver.set_time_limit_in_seconds(seconds)
    solver.set_solver_specific_parameters("num_workers:2")
    status = solver.solve(model)
    found = status in (model_builder.SolveStatus.OPTIMAL, model_builder.SolveStatus.FEASIBLE)
    return (-solver.objective_value if found else None), -solver.best_objective_bound if found else None


def _stop_at(seconds: float, began: float) -> None:
    """Say that nothing was found and leave, after so many seconds of processor, in a process that watches this one."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
        return
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
        print(json.dumps({"plan": None, "bound": None, "seconds": time.perf_counter() - began, "cpu": seconds}))
        os._exit(0)
    os._exit(os.waitstatus_to_exitcode(status))


def main() -> None:
    """Run one."""
    name, file, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    began, cpu = time.perf_counter(), time.process_time()
    if name == "highs":
        _stop_at(2 * seconds, began)
    plan, bound = {"highs": highs, "scip": scip, "cpsat": cpsat}[name](file, seconds)
    said = {"plan": plan, "bound": bound, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
