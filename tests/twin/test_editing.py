"""Everyday edits from Python and the command line, on both adapters."""

from pathlib import Path

import pytest
import shapely
from pyproj import Transformer
from tests.twin.conftest import ids_of
from typer.testing import CliRunner

from jumeau.cli import app
from jumeau.errors import ConflictError, HostileFileError, InputError, JumeauError, NotFoundError, RightsError
from jumeau.model.origin import Origin
from jumeau.sharing.actors import ANONYMOUS, Actor, Kind
from jumeau.sharing.view import ATTACHMENTS
from jumeau.store.port import Moment
from jumeau.twin import Twin, asset_history, attachments, editing, erasing, localising, open_twin, searching
from jumeau.twin.editing import Edit
from jumeau.twin.searching import Filter

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
PDF = b"%PDF-1.7\n%%EOF\n"


def where_is(twin: Twin, asset: str) -> tuple[float, float]:
    shape = shapely.from_wkb(twin.view.read("luminaire", ids=[asset])["geometry"][0].as_py())
    return shape.x, shape.y


def test_an_asset_is_added_moved_and_removed_and_each_is_taken_back(lit: Twin) -> None:
    view, ids = lit.view, ids_of(lit)
    x, y = where_is(lit, ids["PL0000"])
    shape = localising.point(f"{x + 5},{y}")
    new, _ = editing.add(view, "luminaire", {"code": "NEUF", "lamp_power_w": 35}, Edit(message="pose"), geometry=shape)
    row = view.read("luminaire", ids=[new], provenance=True).to_pylist()[0]
    assert (row["code"], row["lamp_power_w"], row["commune"]) == ("NEUF", 35.0, "34172")
    assert (row["commune__origin"], row["code__origin"]) == ("inferred", "declared")
    other = where_is(lit, ids["PL0001"])
    commit = editing.move(view, "luminaire", new, localising.point(f"{other[0]},{other[1]}"), Edit(origin=Origin.MEASURED))
    row = view.read("luminaire", ids=[new]).to_pylist()[0]
    assert row["commune"] == "34057"
    assert where_is(lit, new) == pytest.approx(other, abs=0.01)
    view.revert(commit.id)
    assert where_is(lit, new) == pytest.approx((x + 5, y), abs=0.01)
    gone = editing.remove(view, "luminaire", [new, ids["PL0000"]], Edit(message="dépose"))
    assert view.count("luminaire") == 11
    view.revert(gone.id)
    assert view.count("luminaire") == 13


def test_positions_are_read_as_people_write_them() -> None:
    from_degrees = shapely.from_wkb(localising.point("3.8767, 43.6108"))
    from_metres = shapely.from_wkb(localising.point("770780.5;6279476.1"))
    assert shapely.distance(from_degrees, from_metres) < 20
    for text in ("", "là-bas", "43.6", "9e9,1", "43.6108,93.8767"):
        with pytest.raises(InputError):
            localising.point(text)


def test_what_cannot_be_added_is_refused_whole(lit: Twin) -> None:
    view, head = lit.view, lit.view.head()
    shape = localising.point("770780,6279476")
    with pytest.raises(InputError, match="position"):
        editing.add(view, "luminaire", {"code": "X"}, Edit())
    with pytest.raises(InputError, match="lamp_power_w"):
        editing.add(view, "luminaire", {"lamp_power_w": 90_000}, Edit(), geometry=shape)
    with pytest.raises(InputError, match="commune"):
        editing.add(view, "luminaire", {}, Edit(), geometry=localising.point("2.35,48.85"))
    with pytest.raises(NotFoundError):
        editing.move(view, "luminaire", "absent", shape, Edit())
    with pytest.raises(InputError):
        editing.remove(view, "luminaire", [], Edit())
    assert view.head() == head


def test_an_edit_over_another_is_refused_with_what_moved(lit: Twin) -> None:
    view, asset = lit.view, ids_of(lit)["PL0001"]
    read = view.head()
    x, y = where_is(lit, asset)
    editing.move(view, "luminaire", asset, localising.point(f"{x + 1},{y}"), Edit())
    with pytest.raises(ConflictError):
        editing.move(view, "luminaire", asset, localising.point(f"{x + 2},{y}"), Edit(expect=read))
    editing.correct(view, "luminaire", asset, {"lamp_power_w": 60}, Edit(expect=read))
    with pytest.raises(ConflictError) as told:
        editing.remove(view, "luminaire", [asset], Edit(expect=read))
    assert {m.attribute for m in told.value.where["changed"]} == {"geometry", "lamp_power_w"}  # type: ignore[attr-defined]


def test_a_selection_is_kept_found_and_corrected_at_once(lit: Twin) -> None:
    view = lit.view
    wanted = Filter(layer="luminaire", commune="34057", where=("lamp_power_w>=100", "lamp_technology=shp"))
    found = searching.ids(view, wanted)
    rows = view.read("luminaire", columns=["commune", "lamp_power_w"]).to_pylist()
    assert set(found) == {r["id"] for r in rows if r["commune"] == "34057" and (r["lamp_power_w"] or 0) >= 100}
    searching.keep(view, "Fortes puissances", wanted)
    assert searching.ids(view, searching.selection(view, "Fortes puissances").filter) == found
    commit = editing.correct_many(view, "luminaire", found, {"lamp_technology": "led"}, Edit(message="travaux"))
    assert searching.ids(view, wanted) == []
    assert len(searching.ids(view, Filter(layer="luminaire", where=("lamp_technology=led",)))) == len(found)
    view.revert(commit.id)
    assert searching.ids(view, wanted) == found
    assert {one.label for one in searching.search(view, "pl000 SHP")} == {f"PL000{i}" for i in (1, 2, 4, 5, 7, 8)}
    assert [one.label for one in searching.search(view, "PL0007")] == ["PL0007"]
    assert searching.search(view, "montpelliér")[0].layer == "commune"
    view.identify("luminaire", [(found[0], "rnb", "PG46YY6YWCX8", 1.0)])
    assert [one.id for one in searching.search(view, "PG46YY6YWCX8")] == [found[0]]


@pytest.mark.parametrize("text", ["lamp_power_w", "lamp_power_w~3", "lamp_power_w>=beaucoup", "inconnu=3", "lamp_power_w>?"])
def test_a_condition_that_cannot_be_read_is_named(lit: Twin, place: str, text: str) -> None:
    with pytest.raises((InputError, NotFoundError)):
        searching.ids(lit.view, Filter(layer="luminaire", where=(text,)))


def test_a_photo_is_attached_read_and_erased(lit: Twin, place: str) -> None:
    view, asset = lit.view, ids_of(lit)["PL0002"]
    piece, _ = attachments.attach(view, "luminaire", asset, PNG, filename="../../mat.png", label="Mât rouillé", edit=Edit())
    assert [(p.label, p.filename, p.media_type) for p in attachments.attached(view, "luminaire", asset)] == [
        ("Mât rouillé", "mat.png", "image/png")
    ]
    path, kind, _ = view.attachment(piece)
    assert (path.read_bytes(), kind) == (PNG, "image/png")
    with open_twin(place, actor=ANONYMOUS) as other, pytest.raises(NotFoundError):
        other.view.attachment(piece)
    sha256 = path.name
    attachments.erase(view, piece, "demande d'un riverain")
    assert attachments.attached(view, "luminaire", asset) == []
    with pytest.raises(NotFoundError):
        view.get_file(sha256)
    assert {s.reason for s in view.tombstones(ATTACHMENTS, piece)} == {"demande d'un riverain"}


@pytest.mark.parametrize(
    ("content", "name", "label"),
    [
        (b"", "vide.png", "Photo"),
        (b"<svg onload=alert(1)>", "photo.png", "Photo"),
        (b"MZ\x90", "photo.jpg", "Photo"),
        (PNG, "photo.png", "  "),
        (PNG, "photo.png", "a" * 501),
    ],
)
def test_what_cannot_be_attached_is_refused(tmp_path: Path, content: bytes, name: str, label: str) -> None:
    with open_twin(tmp_path / "jumeau", create=True) as twin:
        twin.load_communes("34")
        town = twin.view.read("commune", columns=[])["id"][0].as_py()
        head = twin.view.head()
        with pytest.raises((InputError, HostileFileError), match=name if name[0] == "v" else "."):
            attachments.attach(twin.view, "commune", town, content, filename=name, label=label, edit=Edit())
        assert twin.view.head() == head


def test_the_history_of_an_asset_says_who_and_what_even_erased(lit: Twin) -> None:
    view, asset = lit.view, ids_of(lit)["PL0001"]
    first = editing.correct(view, "luminaire", asset, {"lamp_power_w": 60}, Edit(message="plaque lue"))
    view.revert(first.id)
    editing.correct(view, "luminaire", asset, {"owner": "M. Dupont, 3 rue Basse"}, Edit(message="convention"))
    measured = editing.correct(view, "luminaire", asset, {"lamp_power_w": 61}, Edit(origin=Origin.MEASURED))
    editing.correct(view, "luminaire", asset, {"lamp_power_w": 62}, Edit(origin=Origin.DECLARED))
    assert view.read("luminaire", ids=[asset])["lamp_power_w"].to_pylist() == [62.0]
    editing.correct(view, "luminaire", asset, {"lamp_power_w": None}, Edit())
    with pytest.raises(InputError):
        editing.correct(view, "luminaire", asset, {"luminaire_type": None}, Edit())
    assert view.commits()[-1].id > measured.id
    erasing.erase(view, "luminaire", asset, "owner", "donnée personnelle")
    steps = asset_history.steps(view, "luminaire", asset)
    assert [s.kind for s in steps] == ["erase", *["edit"] * 4, "import"]
    assert steps[0].erased == ("owner",)
    assert steps[0].message == "donnée personnelle"
    assert [s.undone for s in steps] == [False, False, False, False, True, False]
    assert steps[1].taken == ("lamp_power_w",)
    assert "Dupont" not in str(steps)


def test_an_agent_edits_its_communes_only(lit: Twin, place: str) -> None:
    ids = ids_of(lit)
    agent = Actor("agent-34057", "Agent de Castries", Kind.AGENT, ("34057",))
    with open_twin(place, actor=agent) as other:
        editing.correct(other.view, "luminaire", ids["PL0001"], {"lamp_power_w": 60}, Edit())
        piece, _ = attachments.attach(
            other.view, "luminaire", ids["PL0001"], PDF, filename="a.pdf", label="Arrêté", edit=Edit()
        )
        assert other.view.attachment(piece)[1] == "application/pdf"
        with pytest.raises(NotFoundError):
            editing.remove(other.view, "luminaire", [ids["PL0001"], ids["PL0000"]], Edit())
        shape = shapely.to_wkb(shapely.Point(*where_is(lit, ids["PL0000"])))
        with pytest.raises(RightsError):
            editing.add(other.view, "luminaire", {}, Edit(), geometry=shape, commune="34172")
        with pytest.raises(JumeauError):
            erasing.erase(other.view, "luminaire", ids["PL0001"], "lamp_power_w", "essai")
    with open_twin(place, actor=ANONYMOUS) as nobody:
        for verb in (
            lambda: editing.correct(nobody.view, "luminaire", ids["PL0001"], {"lamp_power_w": 1}, Edit()),
            lambda: editing.remove(nobody.view, "luminaire", [ids["PL0001"]], Edit()),
            lambda: searching.keep(nobody.view, "x", Filter(layer="luminaire")),
        ):
            with pytest.raises(JumeauError):
                verb()
        assert searching.search(nobody.view, "PL0001") == []


def test_the_commands_do_it_all(lit: Twin, place: str, tmp_path: Path) -> None:
    ids = ids_of(lit)
    x, y = where_is(lit, ids["PL0000"])

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--twin", place])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    new = run(
        "add", "luminaire", "code=NEUF", "lamp_power_w=1 035,5", "--position", f"{x:.2f},{y:.2f}", "-m", "pose"
    ).split()[0]
    run("move", "luminaire", new, "--position", f"{x + 1:.2f},{y:.2f}")
    photo = tmp_path / "photo.png"
    photo.write_bytes(PNG)
    run("attach", "luminaire", new, str(photo), "--label", "Face avant")
    run("select", "Puissants", "--layer", "luminaire", "--where", "lamp_power_w>1000")
    assert "1 équipement(s)" in run("set", "luminaire", "lamp_technology=led", "--selection", "Puissants")
    assert new in run("select", "Puissants")
    assert "NEUF" in run("search", "neuf")
    told = run("history", "luminaire", new)
    assert "lamp_power_w = 1035.5" in told
    assert "lamp_technology = led" in told
    assert "#" in run("erase", "luminaire", new, "code", "--reason", "essai", "--yes")
    assert "valeur effacée" in run("history", "luminaire", new)
    run("remove", "luminaire", new)
    assert lit.view.count("luminaire") == 12
    assert lit.view.count("luminaire", Moment(as_of=lit.view.commits()[-2].instant)) == 13


def test_an_asset_is_shown_by_its_id_or_its_number(lit: Twin, place: str) -> None:
    ask = ["show", "luminaire", "--twin", place]
    by_number, by_id = (CliRunner().invoke(app, [*ask, name]).output for name in ("PL0001", ids_of(lit)["PL0001"]))
    assert by_number == by_id
    assert "PL0001" in by_number
    assert isinstance(CliRunner().invoke(app, [*ask, "PL1234"]).exception, NotFoundError)


def test_lines_are_added_and_redrawn_as_people_write_them(lit: Twin, place: str) -> None:
    def run(*words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, [*words, "--twin", place])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    line = "LINESTRING (770000 6279000, 770100 6279000)"
    asset = run("add", "canalisation", "code=C1", "--position", line).split()[0]
    drawn = '{"type": "LineString", "coordinates": [[3.87, 43.61], [3.871, 43.61], [3.871, 43.611]]}'
    run("move", "canalisation", asset, "--position", drawn)
    (row,) = lit.view.read("canalisation", ids=[asset]).to_pylist()
    shape = shapely.from_wkb(row["geometry"])
    there = Transformer.from_crs("OGC:CRS84", "EPSG:2154", always_xy=True)
    assert row["commune"] == "34172"
    assert shape.coords[0] == pytest.approx(there.transform(3.87, 43.61), abs=0.002)
    assert shape.length == pytest.approx(192.3, abs=1)
    for wrong in ("POINT (770000 6279000)", "LINESTRING (1 2", "LINESTRING EMPTY", "LINESTRING (9e9 0, 9e9 1)", "{}"):
        done = CliRunner().invoke(app, ["move", "canalisation", asset, "--position", wrong, "--twin", place])
        assert isinstance(done.exception, JumeauError), wrong
    assert lit.view.head() == lit.view.commits()[-1].id


def test_an_attachment_is_listed_and_erased_by_command(lit: Twin, place: str, tmp_path: Path) -> None:
    asset = ids_of(lit)["PL0001"]
    path = tmp_path / "f.pdf"
    path.write_bytes(b"%PDF-1.4 secret")

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, "--twin", place])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    piece = run("attach", "luminaire", asset, str(path), "--label", "Facture").split()[0]
    listed = run("attachments", "luminaire", asset)
    assert piece in listed
    assert "Facture  (f.pdf, 1 ko)" in listed
    kept = lit.view.attachment(piece)[0]
    assert "sauvegardes" in run("erase-attachment", piece, "--reason", "demande", "--yes")
    assert "Aucune" in run("attachments", "luminaire", asset)
    with pytest.raises(NotFoundError):
        lit.view.get_file(kept.name)
    assert not kept.exists()
