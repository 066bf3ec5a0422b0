"""r-tables of road surfaces read from a CSV their user has: the grid of CIE 144, checked by its own Q0 and S1."""

import csv
import io
from pathlib import Path

import numpy as np

from jumeau.errors import InputError
from jumeau.model.road_surface import BETAS_DEG, TANS, Surface, mean_coefficient, specular_factor
from jumeau.sources.guard import Limits, check_file
from jumeau.texts import t

LIMITS = Limits(file_bytes=200_000)
AGREE = 0.03


def read_surface(path: Path, *, q0: float | None = None, s1: float | None = None) -> Surface:
    """The surface of a CSV: first line the 20 angles β [deg], then 29 lines tan ε; r [1e-4]; lines in # are notes.

    q0, s1: what the table is said to have; both are computed from it and must agree within 3 %. An empty cell is 0, as the
    published tables have it. Raises InputError naming the file and the cell.
    """
    check_file(path, LIMITS)
    lines = [x for x in path.read_text(encoding="utf-8-sig", errors="replace").splitlines() if x.strip() and x[0] != "#"]
    separator = max(";\t,", key=lambda x: lines[0].count(x)) if lines else ";"
    cells = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
    rows, columns = len(cells) - 1, max((len(row) for row in cells), default=1) - 1
    if rows != len(TANS) or any(len(row) != len(BETAS_DEG) + 1 for row in cells):
        problem = t("voirie.surface_lignes", rows=rows, columns=columns)
        raise InputError("voirie.surface_format", file=path.name, problem=problem)
    numbers = np.array([[_cell(path, i, j, text) for j, text in enumerate(row)] for i, row in enumerate(cells)])
    if not np.allclose(numbers[0, 1:], BETAS_DEG) or not np.allclose(numbers[1:, 0], TANS):
        raise InputError("voirie.surface_format", file=path.name, problem=t("voirie.surface_angles"))
    table = numbers[1:, 1:]
    nadir = table[0]
    if nadir.min() <= 0 or nadir.max() > 1.02 * nadir.min():
        raise InputError("voirie.surface_nadir", file=path.name, low=nadir.min(), high=nadir.max())
    mean = mean_coefficient(table)
    for name, found, stated in (("Q0", mean, q0), ("S1", specular_factor(table), s1)):
        if stated is not None and abs(found - stated) > AGREE * abs(stated):
            raise InputError("voirie.surface_controle", file=path.name, name=name, found=f"{found:.3f}", stated=stated)
    return Surface(name=path.stem, source=path.name, q0=mean, table=table)


def _cell(path: Path, i: int, j: int, text: str) -> float:
    if (i == 0 and j == 0) or not text.strip():
        return 0.0
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e5:
        raise InputError("voirie.surface_format", file=path.name, problem=t("voirie.surface_nombre", row=i + 1, column=j + 1))
    return value
