"""The twin used as a person would: import, diagnose, plan, edit, undo, report."""

from pathlib import Path

import numpy as np
import pytest

from jumeau.errors import InputError, NotFoundError, RightsError
from jumeau.model.dictionary import builtin_layers
from jumeau.model.provenance import Source
from jumeau.model.typed import from_text
from jumeau.sharing.actors import ANONYMOUS
from jumeau.store.port import Moment
from jumeau.twin import Twin, open_twin

SOURCE = Source(id="essai", title="Essai")


@pytest.fixture
def loaded(twin: Twin, lights: Path, tmp_path: Path) -> Twin:
    twin.import_file(lights, "luminaire", source=SOURCE, reports=tmp_path / "rejets")
    return twin


def test_import_keeps_what_can_be_kept_and_reports_the_rest(twin: Twin, lights: Path, tmp_path: Path) -> None:
    report = twin.import_file(lights, "luminaire", source=SOURCE, reports=tmp_path / "rejets")
    assert report.counts["read"] == 61
    assert report.counts["kept"] == 60
    assert report.counts["rejected"] == 1
    assert report.report is not None
    assert "62" in report.report.read_text(encoding="utf-8-sig")
    assert twin.view.count("luminaire") == 60


def test_second_import_of_the_same_file_changes_nothing(loaded: Twin, lights: Path) -> None:
    head = loaded.view.head()
    again = loaded.import_file(lights, "luminaire", source=SOURCE)
    assert again.unchanged
    assert again.commit is None
    assert loaded.view.head() == head


def test_an_older_vintage_imported_again_comes_back(loaded: Twin, lights: Path, tmp_path: Path) -> None:
    lines = lights.read_text(encoding="utf-8").splitlines()
    newer = tmp_path / "plus-recent.csv"
    newer.write_text("\n".join(line.replace(";LANTERNE;", ";BORNE;") for line in lines), encoding="utf-8")
    kinds = []
    for file in (newer, lights):
        done = loaded.import_file(file, "luminaire", source=SOURCE)
        assert not done.unchanged
        kinds.append(set(loaded.view.read("luminaire", columns=["luminaire_type"])["luminaire_type"].to_pylist()))
    assert kinds == [{"borne"}, {"lanterne"}]


def test_dry_run_writes_nothing(twin: Twin, lights: Path) -> None:
    head = twin.view.head()
    report = twin.import_file(lights, "luminaire", source=SOURCE, dry_run=True)
    assert report.counts["kept"] == 60
    assert twin.view.head() == head
    assert twin.view.count("luminaire") == 0


def test_missing_file_is_named(twin: Twin, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.csv"):
        twin.import_file(tmp_path / "absent.csv", "luminaire")


def test_diagnosis_is_kept_and_repeats_itself(loaded: Twin) -> None:
    first = loaded.diagnose("lighting")
    groups = first.diagnosis.groups
    assert set(groups.keys) == {"34172", "34057", "34129"}
    again = loaded.diagnose("lighting")
    assert again.run == first.run
    assert np.array_equal(again.diagnosis.groups.draws, groups.draws, equal_nan=True)
    kept = loaded.outcome("lighting")
    assert kept is not None
    assert kept.actions.num_rows == first.actions.num_rows > 0


def test_no_diagnosis_is_said(twin: Twin) -> None:
    assert twin.diagnosis("lighting") is None
    with pytest.raises(NotFoundError, match="diagnose"):
        twin.plan()


def test_plan_respects_budgets_and_is_simulated_whole(loaded: Twin) -> None:
    loaded.diagnose("lighting")
    programme = loaded.plan(first_year=2027, years=5, budgets={"commune:34172": 20_000.0})
    for row in programme.spending.to_pylist():
        assert row["spent_eur"] <= row["available_eur"] + 0.01
        assert row["hypothesis"] == (row["owner"] != "commune:34172")
    assert programme.chosen.num_rows > 0
    assert programme.gap <= 1e-4
    assert programme.whole is not None
    energy = next(r for r in programme.whole.to_pylist() if r["indicator"] == "lighting_annual_energy_kwh")
    assert energy["whole"] < 0
    assert energy["whole_low"] <= energy["whole"] <= energy["whole_high"]
    kept = loaded.programme()
    assert kept is not None
    assert kept.chosen.equals(programme.chosen)
    assert kept.totals == programme.totals


def test_budget_of_an_unknown_owner_is_refused(loaded: Twin) -> None:
    loaded.diagnose("lighting")
    with pytest.raises(InputError, match="commune:75056"):
        loaded.plan(budgets={"commune:75056": 1.0})


def test_edit_is_seen_in_claims_and_can_be_undone(loaded: Twin) -> None:
    asset = loaded.view.read("luminaire", columns=["lamp_power_w"])["id"][0].as_py()
    before = loaded.view.read("luminaire", columns=["lamp_power_w"], ids=[asset])["lamp_power_w"][0].as_py()
    commit = loaded.edit("luminaire", asset, {"lamp_power_w": 42.0}, message="plaque lue sur place")
    claims = loaded.view.claims("luminaire", asset, "lamp_power_w")
    assert claims[0].value == 42.0
    assert claims[0].commit == commit.id
    assert loaded.view.read("luminaire", ids=[asset])["lamp_power_w"][0].as_py() == 42.0
    loaded.view.revert(commit.id)
    assert loaded.view.read("luminaire", ids=[asset])["lamp_power_w"][0].as_py() == before


def test_two_sources_in_conflict_both_stay(loaded: Twin, lights: Path, tmp_path: Path) -> None:
    asset = loaded.view.read("luminaire", columns=["code"])
    row = asset["code"].to_pylist().index("PL0001")
    name = asset["id"][row].as_py()
    loaded.edit("luminaire", name, {"lamp_power_w": 55.0}, message="mesure", origin="measured")
    claims = loaded.view.claims("luminaire", name, "lamp_power_w")
    assert len(claims) == 2
    assert {c.source for c in claims} == {"essai", claims[0].source}
    assert claims[0].value == 55.0


def test_read_on_a_branch_and_as_of(loaded: Twin) -> None:
    asset = loaded.view.read("luminaire", columns=["code"])["id"][0].as_py()
    then = loaded.instant()
    loaded.view.create_branch("essai-led")
    loaded.edit("luminaire", asset, {"lamp_technology": "led"}, message="pilote", branch="essai-led")
    loaded.edit("luminaire", asset, {"lamp_technology": "im"}, message="relevé")

    def technology(moment: Moment) -> object:
        return loaded.view.read("luminaire", ids=[asset], moment=moment)["lamp_technology"][0].as_py()

    assert technology(Moment(branch="essai-led")) == "led"
    assert technology(Moment()) == "im"
    assert technology(Moment(as_of=then)) not in ("led", "im")


def test_report_says_ranges_sources_and_hypotheses(loaded: Twin, tmp_path: Path) -> None:
    loaded.diagnose("lighting")
    loaded.plan(first_year=2027, years=3)
    paths = loaded.report(tmp_path / "sortie")
    text = paths["html"].read_text(encoding="utf-8")
    assert paths["pdf"].read_bytes().startswith(b"%PDF")
    for said in ("Essai", "hypothèse", "Énergie annuelle", "de "):
        assert said in text
    kept = loaded.report_file("html")
    assert kept is not None
    assert kept.read_text(encoding="utf-8") == text


def test_anonymous_reader_sees_only_what_is_public(loaded: Twin, tmp_path: Path) -> None:
    with open_twin(tmp_path / "jumeau", actor=ANONYMOUS) as public:
        assert "luminaire" not in public.view.layers()
        assert public.view.count("commune") == 341
        with pytest.raises(RightsError):
            public.plan()


def test_no_twin_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="jumeau init"):
        open_twin(tmp_path / "rien")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("lamp_power_w", 99_999.0, "bornes"),
        ("lamp_technology", "neuf", "Valeurs admises"),
        ("commune", "34057", "ne se modifie pas"),
    ],
)
def test_an_edit_outside_the_dictionary_is_refused(loaded: Twin, name: str, value: object, said: str) -> None:
    asset = loaded.view.read("luminaire", columns=["code"])["id"][0].as_py()
    head = loaded.view.head()
    with pytest.raises(InputError, match=said):
        loaded.edit("luminaire", asset, {name: value}, message="essai")
    assert loaded.view.head() == head


def test_typed_text_takes_the_type_of_its_field() -> None:
    layer = builtin_layers()["luminaire"]
    assert from_text(layer["lamp_power_w"], "1 234,5") == 1234.5
    assert from_text(layer["remote_managed"], "oui") is True
    assert from_text(layer["lamp_technology"], " led ") == "led"
    with pytest.raises(InputError, match="lamp_power_w"):
        from_text(layer["lamp_power_w"], "soixante")
