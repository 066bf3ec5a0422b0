"""The recipes on real files: counts, and files mutated until they break, without a traceback nor half a twin."""

import random
from pathlib import Path

import pyarrow as pa
import pytest
from tests.data import dirt

from jumeau.errors import InputError
from jumeau.sources.recipe import RecipeLayer, read_recipe
from jumeau.twin import Twin, open_twin

pytestmark = pytest.mark.data
RECIPES = Path(__file__).resolve().parents[2] / "recipes"
LAYERS = {f"{name}-{i}-{one.layer}": one for name in ("herault", "olemps") for i, one in enumerate(
    read_recipe(RECIPES / f"{name}.yaml").layers)}  # fmt: skip
SAME_FILE = ("olemps-1-projet_subventionne", "olemps-2-couverture_fibre")
"""The file of another recipe, read with another filter."""
EXPECTED_KINDS = {
    "herault-7-couverture_fibre": 7,
    "herault-8-compte": 6,
    "herault-2-batiment": 6,
    "herault-3-etablissement": 6,
}
EXPECTED = {
    "herault-0-luminaire": (29_969, 29_969, 0),
    "herault-1-batiment": (3_356, 3_356, 0),
    "herault-2-batiment": (766, 766, 0),
    "herault-3-etablissement": (1_024, 1_024, 0),
    "herault-4-zone_alea": (419, 419, 0),
    "herault-5-repere_crue": (5_133, 5_133, 0),
    "herault-6-projet_subventionne": (24_811, 178, 24_633),
    "herault-7-couverture_fibre": (35_361, 341, 35_018),
    "herault-8-compte": (1_697, 1_697, 0),
    "olemps-0-batiment": (2_273, 2_273, 0),
    "olemps-1-projet_subventionne": (24_811, 429, 24_382),
    "olemps-2-couverture_fibre": (35_361, 285, 35_076),
}


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Twin:
    with open_twin(tmp_path_factory.mktemp("recettes") / "jumeau", create=True) as opened:
        opened.load_communes("34")
        yield opened


def take(twin: Twin, wanted: RecipeLayer, path: Path) -> dict[str, int]:
    done = twin.import_file(path, wanted.layer, mapping=wanted.read_as(), source=wanted.source.source())
    return done.counts


@pytest.mark.parametrize("name", [n for n in LAYERS if n != "olemps-1-projet_subventionne"])
def test_every_layer_of_the_recipes_is_read_and_accounted_for(name: str, twin: Twin, data_dir: Path) -> None:
    """Rows read of the files as their SOURCE.md counts them, and rows of the département."""
    counts = take(twin, LAYERS[name], data_dir / LAYERS[name].file)
    assert (counts["read"], counts["kept"], counts["elsewhere"]) == EXPECTED[name]
    assert counts["read"] == counts["kept"] + counts["rejected"] + counts["merged"] + counts["elsewhere"]


def state(twin: Twin, layer: str) -> tuple[int, int]:
    return twin.view.head(), twin.view.count(layer)


def parts_of(file: Path) -> dirt.Parts:
    """The file, or all the files of a shapefile."""
    beside = file.parent.glob(f"{file.stem}.*") if file.suffix == ".shp" else (file,)
    return {other.suffix: other.read_bytes() for other in beside}


def taken_or_named(twin: Twin, wanted: RecipeLayer, path: Path) -> None:
    """A whole commit whose rows are all accounted for, or an error that names the file and a twin as it was."""
    before = state(twin, wanted.layer)
    try:
        counts = take(twin, wanted, path)
    except InputError as error:
        said, counts = str(error), None
    if counts is None:
        assert state(twin, wanted.layer) == before, "an import that fails leaves the twin as it was"
        assert path.name.split(".")[0] in said
        return
    assert twin.view.head() in (before[0], before[0] + 1)
    assert counts["read"] == counts["kept"] + counts["rejected"] + counts["merged"] + counts["elsewhere"]
    assert twin.view.count(wanted.layer) >= counts["kept"]


@pytest.mark.parametrize("name", [n for n in LAYERS if n not in SAME_FILE])
def test_every_kind_of_dirt_gives_a_whole_commit_or_nothing(name: str, twin: Twin, data_dir: Path, tmp_path: Path) -> None:
    """Every file of the recipes, whatever its size: cut, holed, bits flipped; and where the format lets it, re-encoded, with
    a BOM, a preamble, other separators, columns renamed, its system or a part of a shapefile lost.
    """
    wanted = LAYERS[name]
    file = data_dir / wanted.file
    parts = parts_of(file)
    kinds = [*dirt.ALWAYS, *dirt.WHERE_IT_CAN, dirt.renamed(tuple(wanted.mapping))]
    done = []
    for one in kinds:
        chance = random.Random(f"{name}{one.__name__}")
        found = one(parts, chance)
        if found is None:
            continue
        folder = tmp_path / one.__name__
        folder.mkdir()
        for suffix, content in found.items():
            (folder / f"{file.stem}{suffix}" if len(parts) > 1 else folder / file.name).write_bytes(content)
        taken_or_named(twin, wanted, folder / file.name)
        done.append(one.__name__)
    assert {"cut", "hole", "flip"} <= set(done)
    assert len(done) >= EXPECTED_KINDS.get(name, 3), done


def table_of(data_dir: Path, wanted: RecipeLayer) -> pa.Table:
    from jumeau.sources.readers import read

    return read(data_dir / wanted.file, wanted.read_as().reading).columns.slice(0, 200)


@pytest.mark.parametrize("name", [n for n, one in LAYERS.items() if one.mapping and "projet" not in n])
def test_a_renamed_column_is_named_and_nothing_is_written(name: str, twin: Twin, data_dir: Path, tmp_path: Path) -> None:
    import pyarrow.csv as pacsv

    wanted = LAYERS[name]
    table = table_of(data_dir, wanted)
    victim = next(iter(wanted.mapping))
    path = tmp_path / "renomme.csv"
    pacsv.write_csv(table.rename_columns([f"{n}_neuf" if n == victim else n for n in table.column_names]), path)
    before = state(twin, wanted.layer)
    with pytest.raises(InputError, match=r"renomme\.csv"):
        take(twin, wanted, path)
    assert state(twin, wanted.layer) == before


def test_a_shapefile_without_its_system_is_placed_all_the_same(twin: Twin, data_dir: Path, tmp_path: Path) -> None:
    wanted = LAYERS["herault-4-zone_alea"]
    file = data_dir / wanted.file
    for other in file.parent.glob(f"{file.stem}.*"):
        if other.suffix != ".prj":
            (tmp_path / other.name).write_bytes(other.read_bytes())
    dry = twin.import_file(tmp_path / file.name, wanted.layer, mapping=wanted.read_as(), dry_run=True)
    assert dry.counts["kept"] == 419
    assert any(".prj" in note for note in dry.notes)


def test_an_incomplete_shapefile_is_named(twin: Twin, data_dir: Path) -> None:
    """The DDTM's N_INOND_HORSPPRI came without its .shp: attributes are read, and the loss is said."""
    file = data_dir / "risques/herault-34-ddtm/N_INOND_HORSPPRI_ZINF_S_034.dbf"
    try:
        dry = twin.import_file(file, "zone_alea", dry_run=True)
        said = " ".join(dry.notes)
    except InputError as error:
        said = str(error)
    assert "N_INOND_HORSPPRI_ZINF_S_034" in said
    assert ".shp" in said or "position" in said
