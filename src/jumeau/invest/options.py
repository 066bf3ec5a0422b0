"""What a user writes about a programme in a file: the same words as Settings and Together, flat."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from jumeau.errors import InputError
from jumeau.invest.settings import NPV, Settings
from jumeau.invest.together import Deadline, Debt, Envelope, Lot, Minimum, Target, Together

BY_EPCI = "epci"
_PLACE = re.compile(r" - at `(?:key in |value in )?\$\.?(.*)`$")
_UNKNOWN = re.compile(r"unknown field `(.+?)`")
_MISSING = re.compile(r"missing required field `(.+?)`")
_SHARED = (
    "lots",
    "envelopes",
    "targets",
    "minimums",
    "deadlines",
    "debts",
    "ceiling",
    "ceilings",
    "trench_share",
    "balanced",
)


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a programme may be asked for, each as in Settings and Together.

    groups: owner -> group, or `epci` for communes grouped by theirs. budgets: purse -> € a year. purses: as the law says
    when not given.
    """

    first_year: int | None = None
    years: int | None = None
    maximise: str = NPV
    discount_rate: float | None = None
    prices: Mapping[str, float] | None = None
    carbon: bool = True
    carry_over: bool = False
    required: tuple[str, ...] = ()
    fixed: Mapping[str, int] = {}
    capacity: Mapping[str, float] = {}
    budgets: Mapping[str, float] = {}
    lots: tuple[Lot, ...] = ()
    envelopes: tuple[Envelope, ...] = ()
    targets: tuple[Target, ...] = ()
    minimums: tuple[Minimum, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    debts: Mapping[str, Debt] = {}
    groups: Mapping[str, str] | str = {}
    ceiling: float = 0.8
    ceilings: Mapping[str, float] = {}
    trench_share: Mapping[str, float] = {}
    purses: Mapping[str, str] | None = None
    balanced: Mapping[str, str] = {}
    exact: bool = False
    seconds: float = 60.0


def read_options(plain: Any, file: str) -> Options:
    """Options out of a YAML document already parsed. Raises InputError that names the file and the key."""
    try:
        return msgspec.convert(plain or {}, Options, strict=False)
    except msgspec.ValidationError as error:
        raise _refused(str(error), file) from error


def _refused(said: str, file: str) -> InputError:
    """What msgspec says of a wrong file, in French."""
    at = _PLACE.search(said)
    place = at[1] if at else ""
    if found := _UNKNOWN.search(said):
        known = ", ".join(sorted(Options.__struct_fields__))
        text = "programme.option_inconnue" if not place else "programme.option_inconnue_dans"
        return InputError(text, file=file, name=found[1], place=place, known=known)
    if found := _MISSING.search(said):
        return InputError("programme.option_absente", file=file, name=found[1], place=place or file)
    return InputError("programme.option_illisible", file=file, place=place or file)


def settings_of(
    options: Options,
    first_year: int,
    years: int,
    groups: Mapping[str, str],
    worth: Mapping[str, float],
    purses: Mapping[str, str] = {},
) -> Settings:
    """Settings of a programme. groups: owner -> group, resolved; worth: declared value of actions [€]; purses: those of the
    law, for options that give none."""
    same = ("maximise", "prices", "carbon", "carry_over", "required", "fixed", "capacity", "exact", "seconds")
    fields: dict[str, Any] = {name: getattr(options, name) for name in same}
    if options.discount_rate is not None:
        fields["discount_rate"] = options.discount_rate
    together = Together(
        groups=groups,
        purses=purses if options.purses is None else options.purses,
        **{name: getattr(options, name) for name in _SHARED},
    )
    return Settings(first_year=first_year, years=years, together=together, action_value_eur=worth, **fields)
