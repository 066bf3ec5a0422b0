"""The arrêté of 27 December 2018 against each luminaire, and what to measure first to know more.

References: [1] arrêté du 27 décembre 2018 (NOR TREP1831126A), prévention des nuisances lumineuses, articles 2 to 5 and 8;
its values are data in `rules/catalogue/nuisances_lumineuses`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.tables import floats, texts
from jumeau.rules.evaluate import confidence_on, is_stale
from jumeau.rules.loader import Rule, catalogue, facts
from jumeau.rules.many import NO, UNKNOWN, YES, asked, hold
from jumeau.rules.vocabulary import All

Codes = NDArray[np.int8]
Floats = NDArray[np.float64]

OUTSIDE = np.int8(2)
"""The rule does not concern the luminaire."""

STATES = {int(YES): "conforme", int(NO): "non_conforme", int(UNKNOWN): "inconnu", int(OUTSIDE): "hors_champ"}
APART = ("lumiere_donnees", "lumiere_eau", "lumiere_intrusive", "lumiere_patrimoine_ciel", "lumiere_temperature_parcs",
         "lumiere_temperature_reserves")  # fmt: skip
"""Rules told apart from the overall state: inspections, papers, and those of protected places."""

ROAD_TYPES = ("lanterne", "luminaire_ambiance", "borne", "boule")
DAWN_H = 6.0


class Need(msgspec.Struct, frozen=True):
    """A fact to go and get: `alone`, luminaires for which it alone would decide of a rule; `involved`, those it is missing
    for in a rule that is not decided."""

    fact: str
    title: str
    alone: int
    involved: int


class Point(msgspec.Struct, frozen=True):
    """A rule as it is shown."""

    id: str
    title: str
    reference: str
    confidence: str
    stale: bool
    apart: bool


class Law(msgspec.Struct, frozen=True):
    """points: R rules; states: (N, R) YES, NO, UNKNOWN or OUTSIDE; overall: (N,) over the rules not told apart; needs: what
    to measure first, the most useful first; guessed: luminaires whose use was inferred from their type or road class."""

    points: list[Point]
    states: Codes
    overall: Codes
    needs: list[Need]
    guessed: int


def law(table: pa.Table, on: date) -> Law:
    """Judge the luminaires of a conformed table on a day."""
    rows = table.num_rows
    given, guessed = lighting_facts(table)
    laws = [rule for rule in catalogue().values() if rule.kind == "duty" and "lighting" in rule.fields]
    states = np.stack([_state(rule, given, rows, on) for rule in laws], axis=1) if laws else np.zeros((rows, 0), np.int8)
    points = [Point(r.id, r.title, r.reference, confidence_on(r, on), is_stale(r, on), r.id in APART) for r in laws]
    counted = states[:, [not p.apart for p in points]]
    return Law(points, states, worst(counted), _needs(laws, states, given), guessed)


def worst(states: Codes) -> Codes:
    """One state a row: failed as soon as one rule is, then unknown, then kept, outside when no rule concerns it."""
    out = np.where((states == YES).any(axis=1), YES, OUTSIDE)
    out = np.where((states == UNKNOWN).any(axis=1), UNKNOWN, out)
    return np.where((states == NO).any(axis=1), NO, out).astype(np.int8)


def lighting_facts(table: pa.Table) -> tuple[dict[str, NDArray[Any]], int]:
    """Facts of the rules for each luminaire (N,), unknown as NaN or None, and how many uses were inferred."""
    use, guessed = _use(table)
    flux, width, spacing = (floats(table, x) for x in ("luminous_flux_lm", "road_width_m", "spacing_m"))
    both = np.isin(texts(table, "arrangement").astype(str), ["bilateral", "quinconce"])
    arrangement_known = texts(table, "arrangement") != ""
    density = np.where(arrangement_known, np.where(both, 2, 1) * flux / (width * spacing), np.nan)
    ulr, tilt = floats(table, "ulr"), floats(table, "tilt_deg")
    off = np.where(texts(table, "regime") == "permanent", DAWN_H, floats(table, "off_from_h"))
    return {
        "installation_type": use,
        "built_up": _truth(floats(table, "built_up")),
        "protected_zone": _some(texts(table, "protected_zone")),
        "luminaire_year": floats(table, "install_year"),
        "ulr": ulr,
        "ulr_installed": np.where(tilt == 0, ulr, np.nan),
        "cie_flux_code_3": floats(table, "cie_flux_code_3"),
        "cct_k": floats(table, "cct_k"),
        "system_power_w": floats(table, "system_power_w"),
        "luminous_flux_lm": flux,
        "flux_density_lm_per_m2": density,
        "off_from_h": off,
    }, guessed


def _use(table: pa.Table) -> tuple[NDArray[np.object_], int]:
    """Use of each luminaire: the one declared, else the road for a road lantern or where a road class is known."""
    told = texts(table, "installation_type")
    road = np.isin(texts(table, "luminaire_type").astype(str), ROAD_TYPES) | (texts(table, "road_class") != "")
    inferred = (told == "") & road
    return _some(np.where(inferred, "voirie", told)), int(inferred.sum())


def _some(values: NDArray[np.object_]) -> NDArray[np.object_]:
    out = values.astype(object)
    out[values == ""] = None
    return out


def _truth(values: Floats) -> NDArray[np.object_]:
    out = np.full(len(values), None, object)
    out[values == 1], out[values == 0] = True, False
    return out


def _state(rule: Rule, given: Mapping[str, NDArray[Any]], rows: int, on: date) -> Codes:
    """State of one rule: outside where a condition of scope fails, unknown where it is not known to hold unless what the
    rule asks holds anyway."""
    scope = tuple(c.when for c in rule.conditions if c.id.startswith("concerne"))
    wanted = tuple(c.when for c in rule.conditions if not c.id.startswith("concerne"))
    concerned, kept = (
        hold(rule, All(scope), given, rows, on) if scope else np.full(rows, YES),
        hold(rule, All(wanted), given, rows, on),
    )
    return np.where(concerned == NO, OUTSIDE, np.where((concerned == UNKNOWN) & (kept == NO), UNKNOWN, kept)).astype(np.int8)


def _needs(laws: list[Rule], states: Codes, given: Mapping[str, NDArray[Any]]) -> list[Need]:
    rows = len(states)
    alone: dict[str, NDArray[np.bool_]] = {}
    involved: dict[str, NDArray[np.bool_]] = {}
    for r, rule in enumerate(laws):
        if rule.id in ("lumiere_donnees", "lumiere_intrusive", "lumiere_eau"):
            continue
        names = sorted(set().union(*(asked(c.when) for c in rule.conditions)))
        missing = {name: _missing(given, name, rows) for name in names}
        count = np.sum(list(missing.values()), axis=0)
        open_ = states[:, r] == UNKNOWN
        for name, gone in missing.items():
            involved[name] = involved.get(name, np.zeros(rows, bool)) | (open_ & gone)
            alone[name] = alone.get(name, np.zeros(rows, bool)) | (open_ & gone & (count == 1))
    found = [Need(n, facts()[n].title, int(alone[n].sum()), int(involved[n].sum())) for n in involved if involved[n].any()]
    return sorted(found, key=lambda n: (-n.alone, -n.involved, n.fact))


def _missing(given: Mapping[str, NDArray[Any]], name: str, rows: int) -> NDArray[np.bool_]:
    values = given.get(name)
    if values is None:
        return np.ones(rows, bool)
    return np.asarray(np.isnan(values) if values.dtype.kind == "f" else np.equal(values, np.array(None, object)), bool)
