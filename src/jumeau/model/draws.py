"""Uncertain parameters and the law of their draws. The draws themselves come from `kernels.draws`."""

import csv
from functools import cache
from importlib.resources import files

import msgspec

LAWS = ("fixed", "uniform", "normal", "lognormal", "triangular")
DRAWS = 256


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """An uncertain quantity.

    scope: `asset`, `commune` or `territory`: one draw per asset, per commune, or one everywhere.
    law: `fixed` (mode), `uniform` (low to high), `normal` and `lognormal` (low and high are the 5 % and 95 % quantiles),
    triangular (low, mode, high). low, mode, high: [unit]. confidence: `low`, `medium` or `high`.
    """

    name: str
    scope: str
    law: str
    low: float
    mode: float
    high: float
    unit: str
    source: str
    confidence: str


@cache
def parameters(field: str) -> dict[str, Parameter]:
    """Parameters of a field of action, by name, from `model/parameters/FIELD.csv`."""
    text = files("jumeau.model").joinpath("parameters", f"{field}.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["name"]: msgspec.convert(row, Parameter, strict=False) for row in rows}
