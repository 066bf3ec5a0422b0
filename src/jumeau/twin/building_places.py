"""Where buildings are looked at: a commune, an EPCI or a département, named by its code; those where the twin has some."""

import re
from collections import Counter
from typing import Any

import msgspec

from jumeau.engines.buildings.choices import LAYER
from jumeau.errors import InputError
from jumeau.model.territory import collectivite_name, referential
from jumeau.model.territory.referential import departement_of
from jumeau.model.territory.structs import Commune
from jumeau.store.port import NOW, Moment
from jumeau.twin.buildings import Seen

_KINDS = {
    "commune": re.compile(r"[0-9][0-9AB][0-9]{3}"), "epci": re.compile(r"[0-9]{9}"),
    "departement": re.compile(r"[0-9][0-9AB]|97[0-9]|98[0-9]"),
}  # fmt: skip
"""How the code of each kind of place is written."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place with buildings. kind: `commune`, `epci` or `departement`; buildings: how many the twin has there; communes: in
    how many communes of it."""

    code: str
    kind: str
    name: str
    buildings: int
    communes: int


def kind_of_place(code: str) -> str:
    """What a code is of. Raises InputError for one that is of nothing."""
    for kind, pattern in _KINDS.items():
        if pattern.fullmatch(code):
            return kind
    raise InputError("batiments.lieu_inconnu", code=code[:20])


def communes_of(code: str) -> tuple[str, ...]:
    """Codes of the communes of a place. Raises InputError for a code that is of nothing, NotFoundError for an unknown EPCI or
    département."""
    kind = kind_of_place(code)
    if kind == "commune":
        return (code,)
    known: list[Commune] = referential().communes(**{kind: code})
    return tuple(one.code for one in known)


def place_name(code: str) -> str:
    """A place in words: « Montpellier », « Communauté de communes du Clermontois », « Département de l'Hérault »."""
    kind = kind_of_place(code)
    if kind == "commune":
        return referential().commune(code).nom if referential().knows(code) else code
    return collectivite_name(f"{kind}:{code}")


def places(twin: Seen, moment: Moment = NOW) -> list[Place]:
    """Communes where the twin has buildings, then EPCI and départements of more than one of them; by name."""
    if LAYER not in twin.view.layers():
        return []
    counts = Counter(
        code for code in twin.view.read(LAYER, columns=["commune"], moment=moment)["commune"].to_pylist() if code
    )
    known = referential()
    above: dict[tuple[str, str], list[str]] = {}
    for code in counts:
        if known.knows(code):
            epci = known.epci_of(code)
            groups = [("departement", departement_of(code)), *([("epci", epci.siren)] if epci else [])]
            for group in groups:
                above.setdefault(group, []).append(code)
    out = [_place(code, "commune", counts, [code]) for code in counts]
    out += [_place(code, kind, counts, some) for (kind, code), some in above.items() if len(some) > 1]
    return sorted(out, key=lambda p: (list(_KINDS).index(p.kind), p.name, p.code))


def _place(code: str, kind: str, counts: dict[str, int], some: list[str]) -> Place:
    total = sum(counts[one] for one in some)
    return Place(code=code, kind=kind, name=place_name(code), buildings=total, communes=len(some))


def told_places(twin: Seen, moment: Moment = NOW) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [msgspec.to_builtins(one) for one in places(twin, moment)]
