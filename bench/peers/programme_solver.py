"""One general solver on one MPS file (NAME FILE SECONDS): prints its plan, its bound and its CPU seconds as JSON.

SECONDS are of processor where the solver can count them (SCIP, HiGHS), so that a shared machine does not wrong a peer."""

import json
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


def main() -> None:
    """Run one."""
    name, file, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    began, cpu = time.perf_counter(), time.process_time()
    plan, bound = {"highs": highs, "scip": scip, "cpsat": cpsat}[name](file, seconds)
    said = {"plan": plan, "bound": bound, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
