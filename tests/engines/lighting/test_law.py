"""The arrêté of 27 December 2018 over many luminaires: the same as one by one, and what to measure first."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from jumeau.engines.lighting.law import NO, OUTSIDE, UNKNOWN, YES, law, lighting_facts
from jumeau.engines.tables import conform
from jumeau.rules.evaluate import explain
from jumeau.rules.loader import catalogue
from jumeau.rules.many import hold
from jumeau.rules.vocabulary import All

ON = date(2026, 3, 1)
RULES = [r for r in catalogue().values() if r.kind == "duty" and "lighting" in r.fields]
CHOICES: dict[str, list[Any]] = {
    "installation_type": ["voirie", "parc_jardin", "stationnement", "chantier", None],
    "built_up": [True, False, None],
    "protected_zone": ["aucun", "reserve_naturelle", "parc_naturel", "parc_national_coeur", "site_observation", None],
    "luminaire_year": [2010.0, 2020.0, 2023.0, None],
    "ulr": [0.0, 0.009, 0.01, 0.6, None],
    "ulr_installed": [0.0, 0.039, 0.04, None],
    "cie_flux_code_3": [0.9, 0.95, 0.97, None],
    "cct_k": [2200.0, 2400.0, 2700.0, 3000.0, 4000.0, None],
    "flux_density_lm_per_m2": [10.0, 20.0, 24.0, 30.0, 35.0, None],
    "off_from_h": [0.5, 1.0, 2.0, 23.0, None],
    "system_power_w": [40.0, None],
}
TEXTS = {"installation_type", "built_up", "protected_zone"}


def luminaires(**columns: list[Any]) -> pa.Table:
    rows = len(next(iter(columns.values())))
    return conform({"luminaire": pa.table({"id": [f"l{i}" for i in range(rows)], **columns})}, "luminaire")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries({k: st.sampled_from(v) for k, v in CHOICES.items()}), min_size=1, max_size=6))
def test_many_cases_are_judged_as_one_by_one(cases: list[dict[str, Any]]) -> None:
    columns = {
        name: np.array([c[name] for c in cases], object)
        if name in TEXTS
        else np.array([np.nan if c[name] is None else c[name] for c in cases])
        for name in CHOICES
    }
    words = {"yes": YES, "no": NO, "unknown": UNKNOWN}
    for rule in RULES:
        ours = hold(rule, All(tuple(c.when for c in rule.conditions)), columns, len(cases), ON)
        alone = [words[explain(rule, {k: v for k, v in c.items() if v is not None}, ON).decision] for c in cases]
        assert ours.tolist() == alone, rule.id


def test_a_street_of_luminaires_and_what_to_measure_first() -> None:
    table = luminaires(
        luminaire_type=["lanterne", "lanterne", "boule", "projecteur", "lanterne"],
        install_year=[2022, 2022, 1990, None, 2022],
        ulr=[0.0, 0.02, 0.55, None, None],
        cie_flux_code_3=[0.97, 0.97, None, None, 0.97],
        cct_k=[3000, 4000, None, None, 3000],
        luminous_flux_lm=[4000.0, 4000.0, None, None, 4000.0],
        road_width_m=[7.0, 7.0, None, None, 7.0],
        spacing_m=[28.0, 28.0, None, None, 28.0],
        arrangement=["unilateral", "unilateral", None, None, "unilateral"],
        tilt_deg=[0.0, 0.0, None, None, 0.0],
        regime=["permanent"] * 5,
    )
    found = law(table, ON)
    at = {p.id: i for i, p in enumerate(found.points)}
    column = {name: found.states[:, i].tolist() for name, i in at.items()}
    assert column["lumiere_ulr"] == [YES, NO, OUTSIDE, UNKNOWN, UNKNOWN]
    assert column["lumiere_temperature"] == [YES, NO, OUTSIDE, UNKNOWN, YES]
    assert column["lumiere_boules"] == [YES, YES, NO, UNKNOWN, UNKNOWN]
    assert column["lumiere_densite"] == [YES, YES, OUTSIDE, UNKNOWN, YES]
    assert column["lumiere_donnees"] == [NO] * 5
    assert found.overall.tolist() == [YES, NO, NO, UNKNOWN, UNKNOWN]
    assert found.guessed == 4
    needs = {n.fact: n for n in found.needs}
    assert needs["ulr"].alone == 1
    assert needs["installation_type"].involved == 1
    assert found.needs == sorted(found.needs, key=lambda n: (-n.alone, -n.involved, n.fact))
    assert {p.confidence for p in found.points} <= {"sourced", "derived", "recalled", "recalled_low"}


def test_the_density_counts_both_rows_and_needs_the_street() -> None:
    table = luminaires(
        luminous_flux_lm=[3500.0] * 3,
        road_width_m=[7.0] * 3,
        spacing_m=[25.0, 25.0, None],
        arrangement=["bilateral", None, None],
    )
    facts, _ = lighting_facts(table)
    assert facts["flux_density_lm_per_m2"][0] == 2 * 3500 / 175
    assert np.isnan(facts["flux_density_lm_per_m2"][1:]).all()


def test_a_park_lit_all_night_and_one_switched_off_before_one() -> None:
    regimes, off = ["permanent", "coupure", "coupure"], [None, 0.5, None]
    table = luminaires(installation_type=["parc_jardin"] * 3, regime=regimes, off_from_h=off)
    found = law(table, ON)
    column = next(i for i, p in enumerate(found.points) if p.id == "lumiere_extinction_jardins")
    assert found.states[:, column].tolist() == [NO, YES, UNKNOWN]
    assert law(luminaires(ulr=[]), ON).overall.size == 0
