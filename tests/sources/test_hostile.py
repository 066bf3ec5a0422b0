"""Files made to harm: each is refused with a sentence that names it, and nothing else happens."""

import gzip
import zipfile
from pathlib import Path

import openpyxl
import pytest

from jumeau.errors import HostileFileError, InputError
from jumeau.sources.guard import Limits
from jumeau.sources.readers import read


def _zip(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return path


def test_zip_bomb(tmp_path: Path) -> None:
    bomb = _zip(tmp_path / "bombe.zip", lampes_dot_csv=b"0" * 25_000_000)
    with pytest.raises(HostileFileError, match=r"lampes\.csv"):
        read(bomb)


def test_declared_size_that_lies(tmp_path: Path) -> None:
    """The directory says 10 bytes, the content is longer: the count stops at what was announced."""
    path = _zip(tmp_path / "menteur.zip", lampes_dot_csv=b"x;y\n" + b"1;2\n" * 1000)
    data = bytearray(path.read_bytes())
    start = data.rindex(b"PK\x01\x02")
    data[start + 24 : start + 28] = (10).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"menteur\.zip"):
        read(path)


def test_huge_declared_size(tmp_path: Path) -> None:
    path = _zip(tmp_path / "enorme.zip", lampes_dot_csv=b"x;y\n1;2\n")
    data = bytearray(path.read_bytes())
    start = data.rindex(b"PK\x01\x02")
    data[start + 24 : start + 28] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    with pytest.raises(HostileFileError):
        read(path, limits=Limits(unpacked_bytes=1_000_000_000))


@pytest.mark.parametrize(
    "name", ["../dehors.csv", "/etc/dehors.csv", "a/../../dehors.csv", "..\\dehors.csv", "C:/dehors.csv"]
)
def test_path_that_leaves_the_archive(tmp_path: Path, name: str) -> None:
    path = tmp_path / "chemin.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, b"x;y\n1;2\n")
    with pytest.raises(HostileFileError, match="chemin interdit"):
        read(path)
    assert not (tmp_path / "dehors.csv").exists()


def test_link_in_archive(tmp_path: Path) -> None:
    path = tmp_path / "lien.zip"
    member = zipfile.ZipInfo("lampes.csv")
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(HostileFileError, match="lien"):
        read(path)


def test_link_as_file(tmp_path: Path) -> None:
    (tmp_path / "vrai.csv").write_text("x;y\n1;2\n")
    (tmp_path / "faux.csv").symlink_to(tmp_path / "vrai.csv")
    with pytest.raises(HostileFileError, match=r"faux\.csv"):
        read(tmp_path / "faux.csv")


def test_archive_in_archive(tmp_path: Path) -> None:
    inner = _zip(tmp_path / "dedans.zip", lampes_dot_csv=b"x;y\n1;2\n").read_bytes()
    with pytest.raises(InputError, match="archive dans une archive"):
        read(_zip(tmp_path / "dehors.zip", dedans_dot_zip=inner))


def test_too_many_members(tmp_path: Path) -> None:
    path = tmp_path / "foule.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(30):
            archive.writestr(f"{i}.csv", b"")
    with pytest.raises(HostileFileError, match="30"):
        read(path, limits=Limits(members=20))


def test_gzip_bomb(tmp_path: Path) -> None:
    path = tmp_path / "bombe.csv.gz"
    with gzip.open(path, "wb") as out:
        out.write(b"0" * 25_000_000)
    with pytest.raises(HostileFileError):
        read(path)


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><kml><Placemark><name>&c;</name></Placemark></kml>"""


@pytest.mark.parametrize("codec", ["ascii", "utf-16"])
def test_billion_laughs(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "rires.kml"
    path.write_bytes(LAUGHS if codec == "ascii" else LAUGHS.decode().encode(codec))
    with pytest.raises(InputError):
        read(path)


def test_laughs_in_kmz_and_xlsx(tmp_path: Path) -> None:
    with pytest.raises(HostileFileError, match="entités"):
        read(_zip(tmp_path / "rires.kmz", doc_dot_kml=LAUGHS))
    with pytest.raises(HostileFileError, match="entités"):
        read(_zip(tmp_path / "rires.xlsx", xl__workbook_dot_xml=LAUGHS))


def test_a_sheet_with_a_far_cell_is_not_held_in_memory(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"], book.worksheets[0]["XFD1048576"] = "id", 1
    book.save(tmp_path / "loin.xlsx")
    with pytest.raises(HostileFileError, match="1048576 lignes"):
        read(tmp_path / "loin.xlsx")


def test_external_entity(tmp_path: Path) -> None:
    path = tmp_path / "voleur.kml"
    path.write_text('<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY f SYSTEM "file:///etc/passwd">]><kml>&f;</kml>')
    with pytest.raises(HostileFileError, match=r"voleur\.kml"):
        read(path)


def test_line_of_50_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "ligne.csv"
    path.write_bytes(b"x;y\n1;2\n" + b"9" * 50_000_000 + b";3\n")
    with pytest.raises(HostileFileError, match="ligne 3"):
        read(path)


def test_unclosed_quote_stays_bounded(tmp_path: Path) -> None:
    path = tmp_path / "guillemet.csv"
    path.write_text('x;y\n1;"2\n' + "3;4\n" * 1000)
    assert read(path).num_rows >= 1


def test_nul_bytes(tmp_path: Path) -> None:
    path = tmp_path / "nuls.csv"
    path.write_bytes(b"x;nom\n1;ab\x00c\n2;d\n")
    raw = read(path)
    assert raw.columns["nom"].to_pylist() == ["abc", "d"]
    assert "octets nuls" in " ".join(raw.notes)
    path.write_bytes(b"\x00\x01\x02" * 5000)
    with pytest.raises(InputError, match=r"nuls\.csv"):
        read(path)


def test_wrong_extension_is_not_trusted(tmp_path: Path) -> None:
    """A GDAL virtual file dressed as GeoJSON must not be opened: it could read other files."""
    path = tmp_path / "piege.geojson"
    path.write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    )
    with pytest.raises(InputError, match="reconnu"):
        read(path)


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7 ...", b"Rar!\x1a\x07", b"\x89PNG\r\n\x1a\n" + b"\x00" * 200, b"{", b"[1, 2", b"<a/>"]
)
def test_not_a_table(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rien.geojson"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"rien\.geojson"):
        read(path)


def test_absent_empty_and_folder(tmp_path: Path) -> None:
    (tmp_path / "vide.csv").touch()
    for name, said in (("absent.csv", "introuvable"), ("vide.csv", "vide"), (".", "pas un fichier")):
        with pytest.raises(InputError, match=said):
            read(tmp_path / name)


def test_ods_that_repeats_a_row_a_billion_times(tmp_path: Path) -> None:
    oasis = "urn:oasis:names:tc:opendocument:xmlns"
    names = " ".join(f'xmlns:{name}="{oasis}:{name}:1.0"' for name in ("office", "table", "text"))
    cells = "<table:table-cell><text:p>a</text:p></table:table-cell>" * 2
    many = f'<table:table-row table:number-rows-repeated="1000000000">{cells}</table:table-row>'
    rows = f'<table:table table:name="F"><table:table-row>{cells}</table:table-row>{many}</table:table>'
    content = f"<office:document-content {names}>{rows}</office:document-content>"
    path = tmp_path / "repete.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    assert read(path).num_rows <= 1_000
