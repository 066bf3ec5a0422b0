"""Burners told by their recorded figures: the row of the table that a software used, and the power of its other use."""

from functools import lru_cache

import numpy as np

from jumeau.engines.buildings.dpe.combustion import burner_rows, in_kw, kinds
from jumeau.model.dpe import F64, I64, DpeBatch, Elements

_BOTH_USES = 3
_CELL = 0.002


def power_of_boiler(batch: DpeBatch) -> F64:
    """Recorded power of each heating generator [W]; where it has none, that of the hot water that it makes too."""
    source, water = batch.of("generateur_chauffage"), batch.of("generateur_ecs")
    other = np.full(batch.size, np.nan)
    mixed = water.code("enum_usage_generateur_id", 2) == _BOTH_USES
    other[water.owner[mixed]] = water.get("di.pn")[mixed]
    own = source.get("di.pn")
    both = np.isnan(own) & (source.code("enum_usage_generateur_id", 1) == _BOTH_USES)
    return np.where(both, other[source.owner], own)


def told_row(code: I64, pn: F64, rpn: F64, rpint: F64, qp0: F64) -> I64:
    """Row of the table of burners whose figures at this power are those that a file records, where no row of its kind of
    generator fits them; -1 elsewhere. The figure wins over the kind, as in every table (see `tables.recorded`).

    code [-]: heating generator of the schema; pn, qp0 [kW]; rpn, rpint [-].
    """
    figures = burner_rows()[1]
    power = np.minimum(pn[:, None], figures[:, 2])
    log = np.log10(np.maximum(power, 1e-3))
    wanted = ((rpn, (figures[:, 3] + figures[:, 4] * log) / 100), (rpint, (figures[:, 5] + figures[:, 6] * log) / 100))
    fits = np.abs(qp0[:, None] - pn[:, None] * figures[:, 7] / 100) < _CELL * pn[:, None] / 100
    fits &= (figures[:, 8] == 0) & (figures[:, 9] == 0)
    for seen, cell in wanted:
        fits &= np.abs(seen[:, None] - cell) < _CELL * cell
    own = np.zeros((200, len(figures)), dtype=bool)
    for place, row in enumerate(burner_rows()[0]):
        own[row["ch"], place] = True
    mine = own[np.clip(code, 0, 199)]
    known = mine.any(axis=1) & ~(fits & mine).any(axis=1) & fits.any(axis=1)
    return np.where(known, fits.argmax(axis=1), -1)


def as_told(
    source: Elements, code: I64, way: I64, part: F64, values: tuple[F64, F64, F64, F64, I64]
) -> tuple[F64, F64, F64, I64]:
    """(Rpn [-], Rpint [-], Qp0 [kW], part of the method) of heating generators, read from the row of the table that their
    recorded figures are of, where their software did not use the one of their kind; see `told_row`.

    part [-]: of a shared boiler that is the dwelling's; values: (Pn [kW], Rpn, Rpint, Qp0, part of the method) before.
    """
    pn, rpn, rpint, qp0, kind = values
    seen = (source.get("di.rpn"), source.get("di.rpint"), in_kw(source.get("di.qp0"), pn))
    with np.errstate(invalid="ignore"):
        odd = (np.abs(seen[0] - rpn) > _CELL * rpn) | (np.abs(seen[1] - rpint) > _CELL * rpint)
    # few differ from their own row: only those are looked for in the others
    places = np.flatnonzero((odd | (np.abs(seen[2] - qp0) > _CELL * qp0)) & ~np.isin(way, (3, 4, 5)))
    whole = part[places]
    rows = told_row(code[places], pn[places] / whole, seen[0][places], seen[1][places], seen[2][places] / whole)
    use, like = places[rows >= 0], rows[rows >= 0]
    new = [value.copy() for value in (rpn, rpint, qp0)]
    for value, told in zip(new, seen, strict=True):
        value[use] = told[use]
    kinds_of = kind.copy()
    kinds_of[use] = _kinds_of_rows()[like]
    return new[0], new[1], new[2], kinds_of


@lru_cache(maxsize=1)
def _kinds_of_rows() -> I64:
    """Part of the method of each row of the table of burners; see `combustion.kinds`."""
    return np.array([kinds()[row["ch"][0]] if row["ch"] else 0 for row in burner_rows()[0]])
