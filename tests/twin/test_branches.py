"""Branches as people use them: compare, merge commune by commune, resolve conflicts on the screen or in a file."""

import csv
from pathlib import Path
from typing import Any

import pytest
import shapely
import yaml
from openpyxl import load_workbook
from tests.twin.conftest import ids_of
from typer.testing import CliRunner, Result

from jumeau.cli import app
from jumeau.errors import ConflictError, InputError, JumeauError, NotFoundError
from jumeau.model.claim import EXISTS, GEOMETRY, Claim
from jumeau.model.origin import Origin
from jumeau.sharing.actors import ANONYMOUS
from jumeau.store.port import Moment
from jumeau.twin import Twin, conflict_files, merging, open_twin
from jumeau.twin.branching import compare, moment_of, totals

WORKS = "travaux"


def said(layer: str, asset: str, attribute: str, value: Any) -> Claim:
    return Claim(layer=layer, asset=asset, attribute=attribute, value=value, source="saisie:local", origin=Origin.MEASURED)


@pytest.fixture
def works(lit: Twin) -> dict[str, str]:
    """A branch where a light was changed, one moved, one removed and one added; the main line disagrees on two values."""
    ids = ids_of(lit)
    lit.view.create_branch(WORKS)
    lit.edit("luminaire", ids["PL0001"], {"lamp_power_w": 40.0}, message="LED", branch=WORKS)
    lit.edit("luminaire", ids["PL0004"], {"lamp_power_w": 41.0}, message="LED", branch=WORKS)
    here = shapely.from_wkb(lit.view.read("luminaire", ids=[ids["PL0002"]])[GEOMETRY][0].as_py())
    moved = shapely.to_wkb(shapely.Point(here.x + 30, here.y + 40))
    lit.view.commit([said("luminaire", ids["PL0002"], GEOMETRY, moved)], message="déplacé", branch=WORKS)
    lit.view.commit([said("luminaire", ids["PL0003"], EXISTS, False)], message="déposé", branch=WORKS)
    new = [said("luminaire", "neuf", "commune", "34172"), said("luminaire", "neuf", "code", "PL-NEUF")]
    lit.view.commit([*new, said("luminaire", "neuf", GEOMETRY, moved)], message="posé", branch=WORKS)
    lit.edit("luminaire", ids["PL0001"], {"lamp_power_w": 55.0}, message="relevé")
    lit.edit("luminaire", ids["PL0004"], {"lamp_power_w": 56.0}, message="relevé")
    return ids


def run(twin_place: str, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, [*words, "--twin", twin_place], input=typed)


def test_differences_say_what_happened_to_each_asset(lit: Twin, works: dict[str, str]) -> None:
    found = {one.label: one for one in compare(lit.view, Moment(), Moment(WORKS))}
    kinds = {label: one.kind for label, one in found.items()}
    assert kinds == {"PL0001": "changed", "PL0002": "moved", "PL0003": "removed", "PL0004": "changed", "PL-NEUF": "added"}
    assert found["PL0002"].moved_m == pytest.approx(50.0)
    assert [(v.before, v.after) for v in found["PL0001"].values] == [(55.0, 40.0)]
    assert totals(found.values()) == {"added": 1, "removed": 1, "moved": 1, "changed": 2}
    place = found["PL0002"].commune
    only = compare(lit.view, Moment(), Moment(WORKS), communes={place or ""})
    assert {one.label for one in only} == {label for label, one in found.items() if one.commune == place}


def test_a_moment_is_named_by_branch_day_or_commit(lit: Twin, works: dict[str, str]) -> None:
    past = moment_of(lit.view, "principale#2")
    assert [one.label for one in compare(lit.view, past, Moment())] == ["PL0001", "PL0004"]
    assert moment_of(lit.view, "travaux@2026-03-01").as_of.isoformat() == "2026-03-01T23:59:59.999999+01:00"  # type: ignore[union-attr]
    with pytest.raises(NotFoundError, match="ailleurs"):
        moment_of(lit.view, "ailleurs")
    with pytest.raises(InputError, match="hier"):
        moment_of(lit.view, "principale@hier")


def test_conflicts_tell_both_sides(lit: Twin, works: dict[str, str]) -> None:
    found = {c.label: c for c in merging.conflicts(lit.view, WORKS, "principale")}
    assert set(found) == {"PL0001", "PL0004"}
    one = found["PL0001"]
    assert (one.ours.value, one.theirs.value) == (55.0, 40.0)
    assert one.ours.author == one.theirs.author == "local"
    assert one.ours.instant is not None
    assert one.theirs.instant is not None
    with pytest.raises(ConflictError, match="--choices"):
        merging.merge(lit.view, WORKS)


def test_works_are_merged_commune_by_commune(lit: Twin, works: dict[str, str]) -> None:
    before = {one.label: one for one in compare(lit.view, Moment(), Moment(WORKS))}
    place = before["PL0002"].commune or ""
    merging.merge(lit.view, WORKS, communes={place}, kept=lambda found: {c.key: WORKS for c in found})
    left = {one.label for one in compare(lit.view, Moment(), Moment(WORKS))}
    assert left == {label for label, one in before.items() if one.commune != place}
    with pytest.raises(NotFoundError, match="34003"):
        merging.merge(lit.view, WORKS, communes={"34003"})


@pytest.mark.parametrize("end", ["xlsx", "csv", "yaml"])
def test_conflicts_are_settled_in_a_file(lit: Twin, works: dict[str, str], place: str, tmp_path: Path, end: str) -> None:
    if end != "csv" and place.startswith("postgresql"):
        pytest.skip("one kind of file is enough on the second adapter")
    path = tmp_path / f"conflits.{end}"
    found = merging.conflicts(lit.view, WORKS, "principale")
    conflict_files.write(path, found, lit.view.layers(), WORKS, "principale", lit.instant().date())
    assert conflict_files.parse(path, found, WORKS, "principale") == {}
    fill(path, {"PL0001": "Travaux ", "PL0004": "principale"})
    kept = conflict_files.parse(path, found, WORKS, "principale")
    assert {key[1]: branch for key, branch in kept.items()} == {works["PL0001"]: WORKS, works["PL0004"]: "principale"}
    merging.merge(lit.view, WORKS, kept=kept)
    now = lit.view.read("luminaire", columns=["lamp_power_w"], ids=[works["PL0001"], works["PL0004"]])
    assert dict(zip(now["id"].to_pylist(), now["lamp_power_w"].to_pylist(), strict=True)) == {
        works["PL0001"]: 40.0,
        works["PL0004"]: 56.0,
    }
    assert lit.view.count("luminaire") == 12
    assert not compare(lit.view, Moment(), Moment(), "luminaire")


def fill(path: Path, choices: dict[str, str]) -> None:
    """Type choices in the last column, as a person would."""
    if path.suffix == ".xlsx":
        book = load_workbook(path)
        sheet = book.active
        assert sheet is not None
        assert sheet.data_validations.dataValidation[0].formula1 == '"principale,travaux"'
        for row in sheet.iter_rows(min_row=2):
            row[-1].value = choices[row[3].value]
        book.save(path)
    elif path.suffix == ".csv":
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
        for row in rows[1:]:
            row[-1] = choices[row[3]]
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            csv.writer(out, delimiter=";").writerows(rows)
    else:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
        for row in body:
            row["branche à garder"] = choices[row["équipement"]]
        path.write_text(yaml.safe_dump(body, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("couche;identifiant;champ\na;b;c\n", "branche à garder"),
        ("couche;identifiant;champ;branche à garder\nluminaire;x;lamp_power_w;peut-être\n", "ligne 2"),
    ],
)
def test_a_bad_file_of_conflicts_is_named(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "conflits.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=match):
        conflict_files.parse(path, [], WORKS, "principale")
    (tmp_path / "conflits.yaml").write_text("&a [*a, 3]: {", encoding="utf-8")
    with pytest.raises(InputError, match=r"conflits\.yaml"):
        conflict_files.parse(tmp_path / "conflits.yaml", [], WORKS, "principale")
    with pytest.raises(InputError, match=r"\.xlsx"):
        conflict_files.parse(tmp_path / "conflits.doc", [], WORKS, "principale")


def test_the_commands_do_it_all(lit: Twin, works: dict[str, str], place: str, tmp_path: Path) -> None:
    listed = run(place, "branch")
    assert "travaux" in listed.output
    assert "5 écriture(s) propre(s)" in listed.output
    told = run(place, "diff", "principale", WORKS)
    assert "déplacée de 50.0 m" in told.output
    assert "1 ajouté(s), 1 retiré(s), 1 déplacé(s), 2 modifié(s)" in told.output
    table = tmp_path / "differences.csv"
    assert run(place, "diff", "principale", WORKS, "--out", str(table)).exit_code == 0
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert {row["changement"] for row in rows} == {"ajouté", "retiré", "déplacé", "modifié"}
    stopped = run(place, "merge", WORKS)
    assert isinstance(stopped.exception, JumeauError)
    assert "55.0 W   Saisie de Administrateur local" in stopped.output
    asked = run(place, "merge", WORKS, "--interactive", typed="travaux\nprincipale\n")
    assert asked.exit_code == 0, asked.output
    assert run(place, "diff", "principale", WORKS, "--layer", "luminaire").output.count("lamp_power_w") == 1
    last = lit.view.commits()[-1].id
    assert run(place, "revert", str(last)).exit_code == 0
    assert lit.view.count("luminaire") == 12
    assert "[travaux]" in run(place, "log", "--branch", WORKS).output


def test_a_merge_taken_back_comes_again_by_taking_that_back(lit: Twin, works: dict[str, str]) -> None:
    commit = merging.merge(lit.view, WORKS, kept=lambda found: {c.key: WORKS for c in found})
    undone = lit.view.revert(commit.id)
    assert len(compare(lit.view, Moment(), Moment(WORKS))) > 0
    with pytest.raises(InputError, match="revert"):
        merging.merge(lit.view, WORKS, kept=lambda found: {c.key: WORKS for c in found})
    lit.view.revert(undone.id)
    assert compare(lit.view, Moment(), Moment(WORKS)) == []


def test_an_anonymous_reader_sees_no_branch(lit: Twin, works: dict[str, str], place: str) -> None:
    with open_twin(place, actor=ANONYMOUS) as other:
        with pytest.raises(NotFoundError):
            moment_of(other.view, WORKS)
        with pytest.raises(JumeauError):
            merging.merge(other.view, WORKS)
        with pytest.raises(JumeauError):
            other.view.create_branch("pirate")
