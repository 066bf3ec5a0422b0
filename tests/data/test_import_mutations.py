"""Real files mutated in many ways: cut, re-encoded, columns renamed, system dropped, bytes flipped.

Whatever comes out is either rows of the layer or a JumeauError that names the file; never another exception.
"""

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from jumeau.errors import InputError
from jumeau.model.dictionary import builtin_layers
from jumeau.model.territory import referential
from jumeau.sources.guard import Limits
from jumeau.sources.importer import prepare

pytestmark = pytest.mark.data
LAYERS = builtin_layers()
SMALL = Limits(file_bytes=200_000_000, unpacked_bytes=200_000_000)
FILES = {
    "eclairage/montpellier-34/VilleMTP_MTP_EclairagePublic.zip": "luminaire",
    "eclairage/montpellier-34/VilleMTP_MTP_EclairagePublic_kml.zip": "luminaire",
    "batiments/montpellier-34/Batiments/VilleMTP_MTP_Batiments.csv": "batiment",
    "batiments/montpellier-34/Batiments/VilleMTP_MTP_Batiments.geojson": "batiment",
    "batiments/montpellier-34/Batiments/VilleMTP_MTP_Batiments.zip": "batiment",
    "batiments/montpellier-34/EtabliPublic/VilleMTP_MTP_EtabliPublic.ods": "etablissement",
    "batiments/montpellier-34/EtabliPublic/VilleMTP_MTP_EtabliPublic.xls": "etablissement",
    "batiments/montpellier-34-iris-bdtopo/batiments.parquet": "batiment",
    "batiments/rnb-echantillons/batid/fixtures/bdtopo_for_test.gpkg": "batiment",
    "risques/herault-34-ddtm/Exemple_Couche_Repere_Crue.zip": "repere_crue",
    "risques/toulouse-31-garonne-crues/station.xlsx": "repere_crue",
    "numerique/arcep-ftth-2018/communes.csv.gz": "couverture_fibre",
}
Mutation = Callable[[bytes, random.Random], bytes]


def cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


def cut_head(content: bytes, chance: random.Random) -> bytes:
    return content[chance.randrange(1, min(len(content), 5_000)) :]


def flip(content: bytes, chance: random.Random) -> bytes:
    out = bytearray(content)
    for _ in range(chance.randrange(1, 60)):
        out[chance.randrange(len(out))] = chance.randrange(256)
    return bytes(out)


def flip_head(content: bytes, chance: random.Random) -> bytes:
    out = bytearray(content)
    for _ in range(chance.randrange(1, 20)):
        out[chance.randrange(min(len(out), 600))] = chance.randrange(256)
    return bytes(out)


def hole(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.randrange(1, 4_000) :]


def noise(content: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + chance.randbytes(chance.randrange(1, 300)) + content[start:]


def recode(content: bytes, chance: random.Random) -> bytes:
    text = content.decode("latin-1")
    return text.encode(chance.choice(["utf-8", "utf-16", "utf-8-sig"]))


MUTATIONS: list[Mutation] = [cut, cut_head, flip, flip_head, hole, noise, recode]


def attempt(path: Path, layer: str) -> int | None:
    try:
        done = prepare(path, LAYERS[layer], resolve=referential().resolve_array, limits=SMALL)
    except InputError as error:
        said = str(error)
        done = None
    if done is None:
        assert said.endswith((".", ")"))
        return None
    counts = done.counts
    assert counts["read"] == counts["kept"] + counts["rejected"] + counts["merged"]
    assert done.table.num_rows == counts["kept"]
    assert len(set(done.table["id"].to_pylist())) == counts["kept"]
    return counts["kept"]


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda m: m.__name__)
@pytest.mark.parametrize("name", FILES)
def test_mutated_bytes(name: str, mutate: Mutation, data_dir: Path, tmp_path: Path) -> None:
    content = (data_dir / name).read_bytes()
    chance = random.Random(f"{name}{mutate.__name__}")
    for rank in range(3):
        path = tmp_path / f"{rank}{Path(name).name}"
        path.write_bytes(mutate(content, chance))
        attempt(path, FILES[name])
        assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(str(rank))) == [path.name]


@pytest.mark.parametrize("name", [n for n in FILES if n.endswith(".zip")])
@pytest.mark.parametrize("mutate", [cut, flip, flip_head, hole, noise], ids=lambda m: m.__name__)
def test_mutated_members(name: str, mutate: Mutation, data_dir: Path, tmp_path: Path) -> None:
    """The archive is sound, one of its files is not."""
    chance = random.Random(f"{name}{mutate.__name__}")
    with zipfile.ZipFile(data_dir / name) as source:
        members = {i.filename: source.read(i) for i in source.infolist() if not i.is_dir()}
    for rank, victim in enumerate(sorted(members)):
        if victim.lower().endswith((".sbn", ".sbx", ".qml", ".xml")) or not members[victim]:
            continue
        path = tmp_path / f"{rank}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for member, content in members.items():
                out.writestr(member, mutate(content, chance) if member == victim else content)
        kept = attempt(path, FILES[name])
        assert kept is None or kept <= 40_000


@pytest.mark.parametrize("name", [n for n in FILES if n.endswith(".zip") and "kml" not in n])
def test_dropped_parts(name: str, data_dir: Path, tmp_path: Path) -> None:
    """Without .prj the same places are found; without .shx, .dbf or .shp what is left is read and said."""
    with zipfile.ZipFile(data_dir / name) as source:
        members = {i.filename: source.read(i) for i in source.infolist() if not i.is_dir()}
    whole = prepare(data_dir / name, LAYERS[FILES[name]], resolve=referential().resolve_array)
    for suffix in (".prj", ".shx", ".dbf", ".shp"):
        path = tmp_path / f"sans{suffix[1:]}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for member, content in members.items():
                if not member.endswith(suffix):
                    out.writestr(member, content)
        done = prepare(path, LAYERS[FILES[name]], resolve=referential().resolve_array)
        assert done.counts["read"] == whole.counts["read"]
        assert suffix in " ".join(done.notes)
        if suffix in {".prj", ".shx"}:
            assert done.table["geometry"].equals(whole.table["geometry"])


@pytest.mark.parametrize("name", [n for n in FILES if n.endswith((".csv", ".geojson"))])
def test_renamed_columns(name: str, data_dir: Path, tmp_path: Path) -> None:
    """With columns no one knows, rows still load and the columns are listed as left aside."""
    text = (data_dir / name).read_bytes().decode("latin-1")
    for column in ("OBJECTID", "CODCOMM", "PATRLIB", "TYPE"):
        text = text.replace(column, f"Q{column[::-1]}Q")
    path = tmp_path / Path(name).name
    path.write_bytes(text.encode("latin-1"))
    done = prepare(path, LAYERS[FILES[name]])
    assert done.counts["kept"] == 3_356
    assert "QMMOCDOCQ" in done.mapping.unused
