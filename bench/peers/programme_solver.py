"""One general solver on one MPS file (NAME FILE SECONDS): prints its plan, its bound and its CPU seconds as JSON."""

import json
import sys
import time


def highs(file: str, seconds: float) -> tuple[float | None, float | None]:
    """HiGHS, one thread, the file maximised."""
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 2)
    solver.setOptionValue("time_limit", seconds)
    solver.readModel(file)
    solver.run()
    info = solver.getInfo()
    found = info.primal_solution_status == 2
    return (-info.objective_function_value if found else None), -info.mip_dual_bound


def scip(file: str, seconds: float) -> tuple[float | None, float | None]:
    """SCIP."""
    from pyscipopt import Model

    model = Model()
    model.hideOutput()
    model.readProblem(file)
    model.setParam("limits/time", seconds)
    model.optimize()
    found = model.getNSols() > 0
    return (-model.getObjVal() if found else None), -model.getDualbound()


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
