"""Words of the identifiers of the project, by where they are met."""

import csv
import re
import unicodedata
from pathlib import Path

from jumeau.model.dictionary import builtin_layers, indicators

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "jumeau"


def dictionary_names() -> dict[str, str]:
    """Layers, fields, indicators and needs -> the file that declares each."""
    found: dict[str, str] = {}
    for layer in builtin_layers().values():
        found.setdefault(layer.name, f"fields/{layer.name}.csv")
        for field in layer.fields:
            found.setdefault(field.name, f"fields/{layer.name}.csv")
    found |= dict.fromkeys(indicators(), "indicators.csv")
    return found | {name: where for name, where, _ in rows_with_units() if where == "needs.csv"}


def code_names() -> dict[str, str]:
    """Folders and files of the package, and parameters -> where each is met."""
    found = {name: where for name, where, _ in rows_with_units() if where != "needs.csv"}
    for path in PACKAGE.rglob("*.py"):
        for part in path.relative_to(PACKAGE).with_suffix("").parts:
            found.setdefault(part, f"src/jumeau/{path.relative_to(PACKAGE)}")
    return found


def french_words() -> set[str]:
    """Words of the texts users read, without accents: what a French word in the code would be taken from."""
    text = " ".join(path.read_text(encoding="utf-8") for path in (PACKAGE / "texts").glob("*.toml"))
    bare = unicodedata.normalize("NFKD", re.sub(r"[{`][^}`]*[}`]", " ", text)).encode("ascii", "ignore").decode()
    return set(re.findall(r"(?<![\w.])[a-z]{2,}(?![\w.]*=)", bare.lower()))


def rows_with_units() -> list[tuple[str, str, str]]:
    """(name, file, unit) of every parameter and need."""
    out = []
    for path in sorted((PACKAGE / "model" / "parameters").glob("*.csv")):
        out += [(row["name"], path.name, row["unit"]) for row in _rows(path)]
    return out + [(row["id"], "needs.csv", row["unit"]) for row in _rows(PACKAGE / "model" / "needs.csv")]


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def words(name: str) -> list[str]:
    """Words of an identifier, without numbers and without letters that are units or classes."""
    return [word for word in re.split(r"[_.\d]+", name) if len(word) > 1]


def table_rows(page: str) -> list[list[str]]:
    """Cells of the Markdown tables of a page of docs/, without their heads."""
    lines = (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    out = []
    for before, line in zip(["", *lines], lines, strict=False):
        inside = line.startswith("|") and before.startswith("|")
        if inside and not set(line) <= set("|-: "):
            out.append([cell.strip() for cell in line.strip("|").split("|")])
    return out
