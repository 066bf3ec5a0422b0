"""The referential of territories, loaded once and on demand from the embedded facts."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jumeau.errors import NotFoundError
from jumeau.model.purse import split_purse
from jumeau.model.territory.facts import read_rows, usual_siren
from jumeau.model.territory.movements import Movement, Successors
from jumeau.model.territory.names import joined, normalise
from jumeau.model.territory.structs import Commune, Component, Departement, Epci, Region
from jumeau.texts import t


class Referential:
    """Communes, EPCI, départements and régions of the code officiel géographique, and the succession of codes.

    Source: the files named by `vintages()`. Reading it costs nothing until the first question.
    """

    @cached_property
    def departements(self) -> dict[str, Departement]:
        """Départements by code."""
        rows = read_rows("departements.csv")
        return {
            r[0]: Departement(code=r[0], nom=r[1], liaison=int(r[2]), region=r[3], chef_lieu=r[4], zone=r[5]) for r in rows
        }

    @cached_property
    def regions(self) -> dict[str, Region]:
        """Régions by code."""
        rows = read_rows("regions.csv")
        return {r[0]: Region(code=r[0], nom=r[1], liaison=int(r[2]), chef_lieu=r[3], zone=r[4]) for r in rows}

    @cached_property
    def _communes(self) -> dict[str, Commune]:
        regions = {code: departement.region for code, departement in self.departements.items()}
        out = {}
        for code, nom, liaison, arrondissement, siren, epci, ept, *counts in read_rows("communes.csv.gz"):
            departement = departement_of(code)
            population, population_epci, total = (int(n) if n else None for n in counts)
            out[code] = Commune(
                code=code,
                nom=nom,
                liaison=int(liaison or 0),
                departement=departement,
                region=regions[departement],
                arrondissement=arrondissement or None,
                siren=siren or usual_siren(code),
                epci=epci or None,
                ept=ept or None,
                population=population,
                population_epci=population_epci,
                population_totale=total,
            )
        return out

    @cached_property
    def components(self) -> dict[str, Component]:
        """Communes déléguées, associées and arrondissements municipaux by code.

        A déléguée may bear the code of its commune; `commune` then means the commune.
        """
        rows = read_rows("composantes.csv.gz")
        return {r[0]: Component(code=r[0], nom=r[1], type=r[2], commune=r[3]) for r in rows}

    @cached_property
    def epcis(self) -> dict[str, Epci]:
        """EPCI à fiscalité propre and établissements publics territoriaux by SIREN."""
        members: dict[str, list[str]] = defaultdict(list)
        for commune in self._communes.values():
            for siren in (commune.epci, commune.ept):
                if siren:
                    members[siren].append(commune.code)
        return {
            r[0]: Epci(
                siren=r[0],
                nom=r[1],
                type=r[2],
                financement=r[3],
                population=int(r[4]) if r[4] else None,
                population_totale=int(r[5]) if r[5] else None,
                membres=tuple(members[r[0]]),
            )
            for r in read_rows("epci.csv.gz")
        }

    @cached_property
    def _successors(self) -> Successors:
        names = COLUMNS_OF_MOVEMENT
        return Successors(Movement(**dict(zip(names, r, strict=True))) for r in read_rows("mouvements.csv.gz"))

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for commune in self._communes.values():
            found[normalise(commune.nom)].append(commune.code)
        return found

    @cached_property
    def _by_old_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for part in self.components.values():
            found[normalise(part.nom)].append(part.code)
        for code, moves in self._successors.by_code.items():
            for name in {m.name_before for m in moves if m.code_before == code}:
                if code not in found[normalise(name)]:
                    found[normalise(name)].append(code)
        return found

    def knows(self, code: str) -> bool:
        """True for a code of a commune, today's or not, of a component or of an arrondissement municipal."""
        return code in self._communes or code in self.components or code in self._successors.codes

    def resolve(self, code: str, on: date | None = None) -> tuple[str, ...]:
        """Today's codes of the land that `code` names, sorted; several after a split.

        on: the date the code was written; without it, a code in use today is itself and another one is what it was when it
        was last given up. Raises NotFoundError on a code that never existed since 1943.
        """
        if not self.knows(code):
            raise self._unknown(code)
        if code not in self._communes and code in self.components:
            return (self.components[code].commune,)
        if on is not None and code in self._successors.codes:
            found = {c for c in self._successors.after(code, on) if c in self._communes}
            if found:
                return tuple(sorted(found))
        if code in self._communes:
            return (code,)
        return tuple(sorted(self._successors.since_last(code)))

    def resolve_array(self, codes: NDArray[Any] | Sequence[str | None]) -> NDArray[np.object_]:
        """Today's code of each of `codes` (n,); None where it is unknown or names several communes today."""
        values = np.asarray(codes, dtype=object)
        known = np.array([isinstance(v, str) for v in values], dtype=bool)
        out = np.full(values.shape, None, dtype=object)
        if known.any():
            unique, inverse = np.unique(values[known].astype(str), return_inverse=True)
            out[known] = np.array([self._single(str(code)) for code in unique], dtype=object)[inverse]
        return out

    def commune(self, code: str, on: date | None = None) -> Commune:
        """Today's commune of a code, of today or written on the date `on`.

        Raises NotFoundError on an unknown code, with near names or codes, and on a code shared between several communes.
        """
        codes = self.resolve(code, on)
        if len(codes) > 1:
            listed = ", ".join(f"{self._communes[c].nom} ({c})" for c in codes)
            raise NotFoundError("territoire.commune_partagee", code=code, communes=listed)
        return self._communes[codes[0]]

    def communes(self, departement: str | None = None, epci: str | None = None) -> list[Commune]:
        """Communes of today by code, of a département or of an EPCI if asked. Raises NotFoundError if these do not exist."""
        if departement is not None:
            self.departement(departement)
        members = None if epci is None else frozenset(self.epci(epci).membres)
        return [
            c
            for c in self._communes.values()
            if (departement is None or c.departement == departement) and (members is None or c.code in members)
        ]

    def find(self, name: str, departement: str | None = None) -> list[Commune]:
        """Today's communes of that name, whatever its accents, case, hyphens or Saint/St; an older name gives its heir."""
        key = normalise(name)
        codes = set(self._by_name.get(key, ()))
        if not codes:
            codes = {c for old in self._by_old_name.get(key, ()) for c in self.resolve(old)}
        found = [self._communes[c] for c in sorted(codes)]
        return [c for c in found if departement is None or c.departement == departement]

    def suggest(self, text: str, count: int = 3) -> list[Commune]:
        """Communes whose name or code looks like `text`, nearest first."""
        if text.isdigit() and len(text) == 4 and f"0{text}" in self._communes:
            return [self._communes[f"0{text}"]]
        if text[:2].isdigit():
            near = [c for c in self._communes if c[:2] == text[:2]]
            return [self._communes[c] for c in get_close_matches(text, near, count)]
        names = get_close_matches(normalise(text), list(self._by_name), count, 0.75)
        return [self._communes[c] for name in names for c in self._by_name[name]][:count]

    def history(self, code: str) -> list[Movement]:
        """Movements that name `code`, oldest first. Raises NotFoundError on an unknown code."""
        if not self.knows(code):
            raise self._unknown(code)
        return sorted(self._successors.by_code.get(code, []), key=lambda m: (m.date, m.code_before, m.code_after))

    @cached_property
    def _communes_by_siren(self) -> dict[str, str]:
        return {commune.siren: code for code, commune in self._communes.items() if commune.siren}

    def owner_of_siren(self, siren: str) -> str | None:
        """The owner (`commune:34172`, `epci:243400017`) a SIREN is that of, None when it is neither's."""
        code = self._communes_by_siren.get(siren)
        if code is not None:
            return f"commune:{code}"
        return f"epci:{siren}" if siren in self.epcis else None

    def epci(self, siren: str) -> Epci:
        """The EPCI of a SIREN. Raises NotFoundError."""
        if siren not in self.epcis:
            raise NotFoundError("territoire.epci_inconnu", siren=siren)
        return self.epcis[siren]

    def epci_of(self, commune: str) -> Epci | None:
        """The EPCI à fiscalité propre of a commune, of any age; None for the few communes that have none."""
        siren = self.commune(commune).epci
        return None if siren is None else self.epci(siren)

    def departement(self, code: str) -> Departement:
        """The département of a code. Raises NotFoundError."""
        if code not in self.departements:
            raise NotFoundError("territoire.departement_inconnu", code=code)
        return self.departements[code]

    def region(self, code: str) -> Region:
        """The région of a code. Raises NotFoundError."""
        if code not in self.regions:
            raise NotFoundError("territoire.region_inconnue", code=code)
        return self.regions[code]

    def _single(self, code: str) -> str | None:
        if code in self._communes:
            return code
        codes = self.resolve(code) if self.knows(code) else ()
        return codes[0] if len(codes) == 1 else None

    def _unknown(self, code: str) -> NotFoundError:
        near = ", ".join(f"{c.nom} ({c.code})" for c in self.suggest(code))
        if near:
            return NotFoundError("territoire.commune_inconnue_proche", code=code, near=near)
        return NotFoundError("territoire.commune_inconnue", code=code)


COLUMNS_OF_MOVEMENT = Movement.__struct_fields__


def departement_of(code: str) -> str:
    """Code of the département of a commune of today.

    >>> departement_of("34172"), departement_of("2A004"), departement_of("97411")
    ('34', '2A', '974')
    """
    return code[:3] if code[:2] in ("97", "98") else code[:2]


@cache
def referential() -> Referential:
    """The referential of the package, one for the whole process."""
    return Referential()


_COMMUNITIES = {"CC": "Communauté de communes", "CA": "Communauté d'agglomération", "CU": "Communauté urbaine"}


def collectivite_name(owner: str) -> str:
    """French name of an owner: `commune:34172`, `epci:243400017`, `departement:34`, `region:76`, `syndicat:NAME`; or of
    one of its purses, `commune:34172/eau`.

    Raises NotFoundError when the code or the kind of owner is unknown.
    """
    owner, purse = split_purse(owner)
    if purse:
        return t(f"territoire.bourse_{purse}", name=collectivite_name(owner))
    kind, _, key = owner.partition(":")
    known = referential()
    if kind == "commune":
        commune = known.commune(key)
        return joined(t("territoire.commune"), commune.nom, commune.liaison)
    if kind == "epci":
        epci = known.epci(key)
        head, _, rest = epci.nom.partition(" ")
        return f"{_COMMUNITIES[head]} {rest}" if head in _COMMUNITIES else epci.nom
    if kind == "departement":
        departement = known.departement(key)
        return joined(t("territoire.departement"), departement.nom, departement.liaison)
    if kind == "region":
        region = known.region(key)
        return joined(t("territoire.region"), region.nom, region.liaison)
    if kind == "syndicat" and key:
        return key if normalise(key).startswith("syndicat") else t("territoire.syndicat", name=key)
    raise NotFoundError("territoire.proprietaire_inconnu", owner=owner)
