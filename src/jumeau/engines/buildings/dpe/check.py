"""What a DPE says that cannot be true together: surfaces, units, dates, sums, systems."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.dpe.label import classes
from jumeau.engines.buildings.dpe.segments import sums
from jumeau.model.dpe import F64, DpeBatch

_LOWEST_M2, _HIGHEST_M2 = 5.0, 100_000.0
_HEIGHTS_M = (1.8, 6.0)
_SUM_GAP, _AREA_GAP = 0.02, 0.05
_PERIODS = (0, 1948, 1975, 1978, 1983, 1989, 2001, 2006, 2013, 2022, 9999)


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing that cannot be: row of the DPE, key of its sentence in `texts/dpe.toml`, field, and the figures."""

    row: int
    key: str
    field: str
    found: float
    wanted: float = float("nan")


def oddities(batch: DpeBatch) -> list[Oddity]:
    """Contradictions of each DPE, by row then in the order of the checks. None of them stops the calculation."""
    facts = batch.facts
    one, whole = facts.get("surface_habitable_logement"), facts.get("surface_habitable_immeuble")
    area = np.where(one > 0, one, whole)
    out: list[Oddity] = []

    def say(when: NDArray[np.bool_], key: str, field: str, found: F64, wanted: F64 | None = None) -> None:
        for row in np.flatnonzero(when).tolist():
            out.append(Oddity(row, key, field, float(found[row]), float("nan") if wanted is None else float(wanted[row])))

    say(~(area > 0), "sans_surface", "surface_habitable_logement", area)
    say((area > 0) & ((area < _LOWEST_M2) | (area > _HIGHEST_M2)), "surface_folle", "surface_habitable_logement", area)
    say((one > whole * (1 + _AREA_GAP)) & (whole > 0), "plus_grand_que_immeuble", "surface_habitable_logement", one, whole)
    height = facts.get("hsp")
    say((height < _HEIGHTS_M[0]) | (height > _HEIGHTS_M[1]), "hauteur_folle", "hsp", height)
    glass = _total(batch, "baie_vitree", "surface_totale_baie")
    wall = _total(batch, "mur", "surface_paroi_opaque")
    big = np.fmax(area, np.nan_to_num(whole))
    say((big > 0) & (glass > 1.5 * big), "vitrage_fou", "surface_totale_baie", glass, big)
    say((big > 0) & (wall > 15 * big), "murs_fous", "surface_paroi_opaque", wall, big)
    thick = np.zeros(batch.size)
    np.maximum.at(thick, batch.of("mur").owner, batch.of("mur").get("epaisseur_structure", 0.0))
    say(thick > 120, "mur_epais", "epaisseur_structure", thick)
    say(_count(batch, "mur") == 0, "sans_mur", "mur_collection", _count(batch, "mur"))
    say(
        _count(batch, "generateur_chauffage") == 0,
        "sans_chauffage",
        "generateur_chauffage",
        _count(batch, "generateur_chauffage"),
    )
    year, period = facts.get("annee_construction"), facts.code("enum_periode_construction_id")
    known = (year > 0) & (period >= 1) & (period <= 10)
    bounds = np.array(_PERIODS, dtype=np.float64)
    place = np.clip(period, 1, 10)
    say(
        known & ((year < bounds[place - 1] - 1) | (year > bounds[place])),
        "annee_contre_periode",
        "annee_construction",
        year,
        period.astype(np.float64),
    )
    say(
        facts.get("enum_zone_climatique_id") != facts.get("enum_zone_climatique_id"),
        "sans_zone",
        "enum_zone_climatique_id",
        area,
    )
    parts = sum((np.nan_to_num(facts.get(f"sortie.deperdition_{name}")) for name in _PARTS), np.zeros(batch.size))
    total = facts.get("sortie.deperdition_enveloppe")
    say(np.abs(parts - total) > _SUM_GAP * np.abs(total) + 1, "pertes_sans_somme", "deperdition_enveloppe", total, parts)
    _label(batch, area, say)
    return sorted(out, key=lambda odd: odd.row)


_PARTS = ("mur", "plancher_bas", "plancher_haut", "baie_vitree", "porte", "pont_thermique", "renouvellement_air")


def _label(batch: DpeBatch, area: F64, say: object) -> None:
    """A recorded label that its own figures do not give."""
    facts = batch.facts
    ep, ges = facts.get("sortie.ep_conso_5_usages_m2"), facts.get("sortie.emission_ges_5_usages_m2")
    recorded = np.array(facts.text("sortie.classe_bilan_dpe"))
    days = np.array(facts.text("date_etablissement_dpe"))
    height, zone = facts.code("enum_classe_altitude_id", 1), facts.code("enum_zone_climatique_id", 1)
    new, _, _ = classes(ep, ges, area, height, zone, True)
    old, _, _ = classes(ep, ges, area, height, zone, False)
    fits = (recorded == np.where(days >= "2024-07-01", new, old)) | (new == "?") | (recorded == "")
    say(~fits, "etiquette_sans_ses_chiffres", "classe_bilan_dpe", ep, ges)  # type: ignore[operator]


def _total(batch: DpeBatch, kind: str, name: str) -> F64:
    part = batch.of(kind)
    return sums(part.owner, part.get(name, 0.0), batch.size)


def _count(batch: DpeBatch, kind: str) -> F64:
    part = batch.of(kind)
    return np.bincount(part.owner, minlength=batch.size).astype(np.float64)
