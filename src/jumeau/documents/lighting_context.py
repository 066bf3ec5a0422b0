"""What a draft of a schéma directeur d'aménagement lumière is made of."""

from datetime import date

import msgspec

from jumeau.documents.context import Range

Trials = tuple[tuple[str, Range, Range, str], ...]


class WorkLine(msgspec.Struct, frozen=True):
    """Works of one kind. title; actions; luminaires touched; cost [€]; energy [kWh/year] and money [€/year] they change, each
    taken alone, None where there is nothing to count (a gateway, a survey)."""

    title: str
    actions: int
    quantity: float
    unit: str
    cost: Range
    energy: Range | None
    money: Range | None


class YearLine(msgspec.Struct, frozen=True):
    """A year of the programme: its works in words and their cost [€]."""

    year: int
    works: str
    cost: Range


class MoneyLine(msgspec.Struct, frozen=True):
    """Who pays: label and amounts [€] with tax, low, likely and high."""

    label: str
    payer: str
    low: float
    mid: float
    high: float


class RuleLine(msgspec.Struct, frozen=True):
    """A rule: luminaires that meet it, do not, cannot be judged; its reference and how sure its text is."""

    title: str
    met: int
    broken: int
    unknown: int
    reference: str
    apart: bool


class NeedLine(msgspec.Struct, frozen=True):
    """A fact to measure: luminaires it alone would decide, and those it is missing for."""

    title: str
    alone: int
    involved: int


class LightingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a draft says of one commune.

    kinds: (technology in words, luminaires, luminaires of known power); classes: (class, luminaires); energy, cost, failures:
    of a year; known: share of the energy that rests on measures or declarations; upward: light towards the sky [lm]; alone:
    luminaires far from any other; due: (years in words, luminaires); ageless: luminaires of unknown age; faded: light lost
    with age, in luminaires; trials: (calendar in words, energy, cost, light kept in words); cabinets: (story in words,
    cabinets, energy burnt for nothing a year); contract: (contracts known, to change, saving a year); works, years, money:
    see their structs, the last two empty without a programme; verdicts: (state in words, why, relampings concerned); sources:
    (title, licence, vintage); dots: some luminaires on the plane, see `charts.dot_map`, their kind as in `kinds`.
    """

    place: str
    territory: str
    synthetic: bool
    date: date
    luminaires: int
    kinds: tuple[tuple[str, int, int], ...]
    classes: tuple[tuple[str, int], ...]
    energy: Range
    cost: Range
    failures: Range
    known: float
    upward: Range
    alone: int
    due: tuple[tuple[str, int], ...]
    ageless: int
    oddities: tuple[str, ...]
    trials: Trials
    cabinets: tuple[tuple[str, int, Range], ...]
    contract: tuple[int, int, Range]
    works: tuple[WorkLine, ...]
    verdicts: tuple[tuple[str, str, int], ...]
    faded: Range
    years: tuple[YearLine, ...]
    money: tuple[MoneyLine, ...]
    rules: tuple[RuleLine, ...]
    needs: tuple[NeedLine, ...]
    sources: tuple[tuple[str, str, str], ...]
    dots: tuple[tuple[float, float, int], ...]
