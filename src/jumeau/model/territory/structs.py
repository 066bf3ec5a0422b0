"""What the referential knows of a place."""

import msgspec


class Commune(msgspec.Struct, frozen=True, kw_only=True):
    """A commune of today.

    code: code officiel géographique. liaison: INSEE's link type of the name (`tncc`, 0 to 8). epci: SIREN of its EPCI à
    fiscalité propre, ept: SIREN of its établissement public territorial (Grand Paris). population: municipale, in force with
    the vintage; population_epci, population_totale: municipale and totale of the EPCI register, an older
    vintage [inhabitants]. None where the official file says nothing.
    """

    code: str
    nom: str
    liaison: int
    departement: str
    region: str
    arrondissement: str | None
    siren: str | None
    epci: str | None
    ept: str | None
    population: int | None
    population_epci: int | None
    population_totale: int | None


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A commune déléguée, commune associée or arrondissement municipal, and the commune it belongs to today."""

    code: str
    nom: str
    type: str
    commune: str


class Epci(msgspec.Struct, frozen=True, kw_only=True):
    """An EPCI. type: `CC`, `CA`, `CU`, `METRO`, `MET69` (Lyon) or `EPT`. population: municipale [inhabitants]."""

    siren: str
    nom: str
    type: str
    financement: str
    population: int | None
    population_totale: int | None
    membres: tuple[str, ...]


class Departement(msgspec.Struct, frozen=True, kw_only=True):
    """A département, or an overseas territory of the same rank. zone: `metro`, `drom` or `com`."""

    code: str
    nom: str
    liaison: int
    region: str
    chef_lieu: str
    zone: str


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A région, or an overseas territory of the same rank. zone: `metro`, `drom` or `com`."""

    code: str
    nom: str
    liaison: int
    chef_lieu: str
    zone: str
