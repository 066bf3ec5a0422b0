"""DPE of the ADEME observatory as CSV, in its three ways of naming columns; addresses are not read.

`Etiquette_DPE` (2021 to 2024), `etiquette_dpe` (2025), `classe_consommation_energie` (before July 2021): once accents, case
and punctuation are gone the first two are one.
"""

import csv
import gzip
import io
from pathlib import Path

import msgspec

from jumeau.errors import InputError
from jumeau.sources.names import fold, is_unknown, slug
from jumeau.texts import t

MOST_BYTES = 512 * 2**20
NAMES = {
    "number": ("numero_dpe", "num_dpe", "n_dpe"),
    "rnb": ("id_rnb", "rnb_id", "rnb_id_filtered"),
    "ban": ("identifiant_ban",),
    "x": ("coordonnee_cartographique_x_ban",),
    "y": ("coordonnee_cartographique_y_ban",),
    "commune": ("code_insee_ban", "code_insee_commune_actualise", "code_insee_commune"),
    "label": ("etiquette_dpe", "classe_consommation_energie"),
    "dwelling": ("surface_habitable_logement", "surface_utile"),
    "building": ("surface_habitable_immeuble", "surface_thermique_lot"),
    "year": ("annee_construction",),
    "energy": ("type_energie_principale_chauffage", "type_energie_num_1", "type_energie_n1"),
    "per_m2": ("conso_5_usages_par_m2_ep", "conso_5_usages_m2_e_primaire", "consommation_energie"),
    "total": ("conso_5_usages_ep", "conso_5_usages_e_primaire"),
    "date": ("date_etablissement_dpe",),
}
ENERGIES = (
    ("electricite", ("electri",)), ("reseau", ("reseau",)), ("gaz", ("gaz naturel", "gaz")), ("fioul", ("fioul",)),
    ("gpl", ("gpl", "propane", "butane")), ("bois", ("bois",)), ("autre", ("charbon",)),
)  # fmt: skip
LABELS = "ABCDEFG"
TOLERANCE = 0.1


class Dpe(msgspec.Struct, frozen=True, kw_only=True):
    """One diagnosis. floor: of the dwelling, else of the building [m²]; x, y: EPSG:2154; None where the file does not say."""

    number: str
    rnb: str | None
    ban: str | None
    x: float | None
    y: float | None
    commune: str | None
    label: str | None
    floor: float | None
    year: int | None
    heating_energy: str | None
    date: str | None


class DpeFile(msgspec.Struct, frozen=True):
    """Diagnoses kept, and what was said of those that contradict themselves."""

    rows: tuple[Dpe, ...]
    remarks: tuple[str, ...]


def is_dpe_csv(path: Path) -> bool:
    """Whether a file has the column of numbers of DPE that `read_dpe_csv` asks for."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            head = file.readline(1 << 20)
    except (OSError, EOFError):
        return False
    names = {slug(n) for n in head.decode("utf-8-sig", errors="replace").replace(";", ",").split(",")}
    return bool(names & set(NAMES["number"]))


def read_dpe_csv(path: Path) -> DpeFile:
    """Diagnoses of a CSV file, gzipped or not. Raises InputError for a file without a column of numbers of DPE."""
    text = _text(path)
    head = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    names = [slug(h) for h in next(rows, [])]
    columns = {key: names.index(n) for key, known in NAMES.items() for n in reversed(known) if n in names}
    columns |= {key: names.index(n) for key, known in NAMES.items() for n in known[:1] if n in names}
    if "number" not in columns:
        raise InputError("batiments.dpe_sans_numero", file=path.name, found=", ".join(names[:12]))
    out: list[Dpe] = []
    remarks: list[str] = []
    for row in rows:
        if row:
            said = {k: row[i].strip() for k, i in columns.items() if i < len(row) and not is_unknown(row[i])}
            found = _diagnosis(said, remarks)
            if found:
                out.append(found)
    return DpeFile(tuple(out), tuple(remarks))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise InputError("batiments.dpe_illisible", file=path.name) from error
    if len(data) > MOST_BYTES:
        raise InputError("batiments.dpe_trop_gros", file=path.name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _number(said: dict[str, str], key: str) -> float | None:
    try:
        value = float(said[key].replace(" ", "").replace("\u202f", "").replace(",", "."))
    except (KeyError, ValueError):
        return None
    return value if abs(value) < 1e12 else None


def _diagnosis(said: dict[str, str], remarks: list[str]) -> Dpe | None:
    number = said.get("number")
    if not number:
        return None
    label = said.get("label", "").upper()
    per_m2, total = _number(said, "per_m2"), _number(said, "total")
    floor = _floor(said, number, per_m2, total, remarks)
    if label and label not in LABELS:
        remarks.append(t("batiments.dpe_etiquette", number=number, label=label[:10]))
    year = _number(said, "year")
    if year is not None and not 800 <= year <= 2100:
        remarks.append(t("batiments.dpe_annee", number=number, year=int(year)))
        year = None
    return Dpe(
        number=number, rnb=said.get("rnb"), ban=said.get("ban"), x=_number(said, "x"), y=_number(said, "y"),
        commune=said.get("commune"), label=label if label and label in LABELS else None, floor=floor,
        year=None if year is None else int(year), heating_energy=_energy(said.get("energy", "")),
        date=said.get("date", "")[:10] or None,
    )  # fmt: skip


def _floor(said: dict[str, str], number: str, per_m2: float | None, total: float | None, remarks: list[str]) -> float | None:
    """Floor area, dropped where the diagnosis' own energy says that it is in another unit or of another thing."""
    dwelling, building = (_number(said, k) for k in ("dwelling", "building"))
    floor = dwelling or building
    if floor is None or floor <= 0:
        return None
    if dwelling and building and dwelling > building * (1 + TOLERANCE):
        remarks.append(t("batiments.dpe_logement_plus_grand", number=number))
        return None
    if per_m2 and total and per_m2 > 0:
        meant = total / per_m2
        fits = [s for s in (dwelling, building) if s and abs(s / meant - 1) <= TOLERANCE + 1.5 / meant + 0.6 / per_m2]
        if not fits:
            remarks.append(t("batiments.dpe_surface", number=number, said=f"{floor:.0f}", meant=f"{meant:.0f}"))
            return None
        return fits[0]
    return floor


def _energy(text: str) -> str | None:
    words = fold(text)
    return next((name for name, starts in ENERGIES if any(s in words for s in starts)), None) if words else None
