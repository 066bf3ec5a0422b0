"""Communes that know nothing get inventories and studies, and nothing made up."""

from datetime import date

import pyarrow as pa
import pytest

from jumeau.engines.protocol import Context
from jumeau.model.action import actions_list
from jumeau.model.draws import parameters
from jumeau.model.need import needs
from jumeau.model.provenance import Source
from jumeau.model.territory import referential
from jumeau.twin import Twin, planning, runs, unknowns
from jumeau.twin.unknowns import Knowledge

CTX = Context(date=date(2026, 1, 1))
NOTHING = {"measured": 0.0, "declared": 0.0, "inferred": 0.0, "default": 0.0}


def row(commune: str, field: str = "lighting", assets: int = 0, unknown: float = 1.0) -> Knowledge:
    return Knowledge(commune=commune, field=field, assets=assets, unknown=unknown, **NOTHING)


@pytest.fixture
def planned(twin: Twin, lights) -> Twin:
    twin.import_file(lights, "luminaire", source=Source(id="essai", title="Essai"))
    twin.diagnose("lighting")
    return twin


def test_every_commune_says_what_it_knows_of_every_field_diagnosed(planned: Twin) -> None:
    rows = planned.knowledge()
    assert len(rows) == planned.view.count("commune")
    by_commune = {one.commune: one for one in rows}
    known = by_commune["34172"]
    assert known.assets == 20
    assert known.measured + known.declared + known.inferred + known.default == pytest.approx(1, abs=1e-3)
    empty = by_commune["34001"]
    assert (empty.assets, empty.unknown, empty.declared, empty.default) == (0, 1.0, 0.0, 0.0)


def test_nothing_is_made_up_for_a_commune_without_data(planned: Twin) -> None:
    actions, effects = planning.gathered(planned)
    mine = actions.filter(pa.array([c == "34001" for c in actions["commune"].to_pylist()]))
    found = {a.kind: a for a in actions_list(mine)}
    assert set(found) == {"inventory", "study"}
    assert found["study"].requires_all == (found["inventory"].id,)
    assert found["inventory"].title == "Relever l'éclairage public d'Abeilhan : aucun inventaire connu"
    for action in found.values():
        assert action.owner == "commune:34001"
        assert action.assets == ()
        assert action.need in needs()
        assert action.cost_eur_low < action.cost_eur < action.cost_eur_high
        assert "Hypothèse" in action.cost_source
    assert not set(effects["action"].to_pylist()) & {a.id for a in found.values()}
    assert planned.view.count("luminaire") == 60
    assert planned.view.count("budget") == 0


def test_cost_is_the_stated_hypothesis_worked_by_hand() -> None:
    """Mean of a triangular law is (low + mode + high) / 3, here on 256 draws; Abeilhan (34001), population of the COG."""
    action = actions_list(unknowns.proposed([row("34001", "water")], CTX))[0]
    people = referential().commune("34001").population
    laws = parameters("unknowns")
    fixed, each = laws["inventory_fixed_eur.water"], laws["inventory_eur_per_capita.water"]
    expected = (fixed.low + fixed.mode + fixed.high) / 3 + people * (each.low + each.mode + each.high) / 3
    assert action.cost_eur == pytest.approx(expected, rel=0.06)


def test_unknown_population_gives_an_unknown_cost_never_zero() -> None:
    for action in actions_list(unknowns.proposed([row("99999")], CTX)):
        assert action.cost_eur is None
        assert "population inconnue" in action.cost_source


def test_a_known_field_asks_for_nothing_and_an_engine_survey_is_not_doubled() -> None:
    assert unknowns.proposed([row("34001", assets=10, unknown=0.2)], CTX).num_rows == 0
    partly = actions_list(unknowns.proposed([row("34001", "buildings", assets=10, unknown=0.9)], CTX))
    assert [a.kind for a in partly] == ["inventory"]
    assert "90" in partly[0].title
    assert unknowns.proposed([row("34001", assets=10, unknown=0.9)], CTX, frozenset({("34001", "lighting")})).num_rows == 0


def test_declared_value_lends_no_benefit_and_is_said(planned: Twin) -> None:
    programme = planned.plan(first_year=2027, years=3)
    ours = [r for r in programme.chosen.to_pylist() if r["need"] in unknowns.NEEDS.values()]
    assert len(ours) > 200, "most communes can pay their inventory"
    for one in ours:
        assert 0 <= one["npv_eur"] <= unknowns.DECLARED_MARGIN * one["cost_eur"] * 1.001
    assert any("hypothèse à confirmer" in caveat for caveat in programme.caveats)
    assert all(r["spent_eur"] <= r["available_eur"] + 0.01 for r in programme.spending.to_pylist())


def test_a_territory_without_centres_is_named_and_not_drawn(tmp_path) -> None:
    from jumeau.twin import open_twin, territory

    with open_twin(tmp_path / "jumeau", create=True) as opened:
        assert opened.load_communes("12") == 285
        assert territory.without_geometry(opened.view) == 285
        assert opened.territory()["bbox"] is None


def test_a_diagnosis_with_indicators_of_before_is_to_be_made_again(planned: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    assert planned.diagnosis("lighting") is not None
    less = {name: one for name, one in runs.indicators().items() if name != "lighting_annual_cost_eur"}
    monkeypatch.setattr(runs, "indicators", lambda: less)
    planned._outcomes.clear()
    assert planned.diagnosis("lighting") is None
    monkeypatch.undo()
    assert planned.diagnosis("lighting") is not None
