"""Tables that say which names a building bears elsewhere: links of the BDNB, exports of the RNB.

BDNB: `rel_batiment_groupe_adresse`, `batiment_groupe_adresse`, `rel_batiment_groupe_parcelle`, `rel_batiment_groupe_rnb`,
`batiment_construction` (one column names the building, others its group, address, parcel or RNB id; `lien_valide` false is
left out). RNB: `rnb_id` with lists of `addresses`, `plots` and `ext_ids`. An address is kept by its BAN key alone.
"""

import re
from pathlib import Path

import msgspec

from jumeau.errors import InputError
from jumeau.sources.names import slug
from jumeau.sources.raw import RawTable
from jumeau.sources.readers import read
from jumeau.sources.values import as_text
from jumeau.texts import t

BAN, RNB, PARCEL, BDNB = "ban", "rnb", "parcelle", "bdnb"
BUILDINGS = ("batiment_construction_id", "batiment_groupe_id", "rnb_id")
"""Columns that name the building of a row; the first that is there."""
NAMES = {
    BAN: ("cle_interop_adr", "cle_interop_adr_principale_ban", "cle_interop", "cle_interop_ban", "addresses"),
    PARCEL: ("parcelle_id", "parcelle_unifiee_id", "id_parcelle", "plots"),
    RNB: ("rnb_id", "id_rnb", "rnb_ids"),
    BDNB: ("batiment_groupe_id", "ext_ids"),
}
SHAPES = {
    BAN: re.compile(r"(?<![0-9A-Za-z_])(?:\d{5}|2[ABab]\d{3})_[0-9a-z]{4,8}(?:_\d{1,5}(?:_[0-9a-z]+)?)?(?![0-9A-Za-z_])"),
    PARCEL: re.compile(r"(?<![0-9A-Za-z])(?:\d{5}|2[AB]\d{3})\d{3}[0-9A-Z ]{2}\d{4}(?![0-9A-Za-z])"),
    RNB: re.compile(r"(?<![0-9A-Z])[0-9A-Z]{12}(?![0-9A-Z])"),
    BDNB: re.compile(r"(?<![\w-])(?:[0-9u][0-9A-Za-z]{11,13}_[0-9a-f]{13,17}|bdnb-b[gc]-[0-9A-Z-]{14})(?![\w-])"),
}
FALSE = frozenset({"0", "f", "false", "faux", "non"})
VALID = ("lien_valide",)
LINK = 0.9


class Link(msgspec.Struct, frozen=True):
    """A building, as the file names it, has this name in a register."""

    building: str
    register: str
    name: str


class Links(msgspec.Struct, frozen=True):
    """Links of a file in its order, without doubles; rows read; what was said of those left out."""

    links: tuple[Link, ...]
    rows: int
    remarks: tuple[str, ...]


def parcel(text: str) -> str:
    """A parcel as it is compared: fourteen signs, blanks of the section as zeros."""
    return text.upper().replace(" ", "0")


def named_in(register: str, text: str) -> list[str]:
    """Every name of a register in a cell: one alone, a list of PostgreSQL, JSON or separated by bars."""
    found = SHAPES[register].findall(text)
    return [parcel(x) for x in found] if register == PARCEL else found


def is_links(raw: RawTable) -> bool:
    """Whether a table names buildings of the BDNB or of the RNB, and gives them names elsewhere."""
    names = {slug(n) for n in raw.columns.column_names}
    owner = next((n for n in BUILDINGS if n in names), None)
    if owner is None:
        return False
    return any(n in names and n != owner for known in NAMES.values() for n in known)


def read_links(path: Path, raw: RawTable | None = None) -> Links:
    """The links of a file. Raises InputError for a file that has none."""
    raw = raw or read(path)
    known = {slug(n): n for n in raw.columns.column_names}
    owner = next((n for n in BUILDINGS if n in known), None)
    if owner is None or not is_links(raw):
        raise InputError("batiments.liens_sans_colonne", file=path.name, found=", ".join(raw.columns.column_names[:20]))
    cells = {n: [(x or "").strip() for x in as_text(raw.columns[known[n]].combine_chunks()).to_pylist()] for n in known}
    valid = next((cells[n] for n in VALID if n in cells), None)
    kept = [valid is None or valid[i].lower() not in FALSE for i in range(raw.columns.num_rows)]
    out: dict[Link, None] = {}
    for register, names in NAMES.items():
        for column in names:
            if column not in cells or column == owner:
                continue
            for building, text, good in zip(cells[owner], cells[column], kept, strict=True):
                if good and building and text:
                    out |= dict.fromkeys(Link(building, register, name) for name in named_in(register, text))
    left = kept.count(False)
    remarks = (t("batiments.liens_invalides", count=left),) if left else ()
    return Links(tuple(out), raw.columns.num_rows, remarks)
