"""The glossary, the units page, the fields page and the map say what the code says."""

import ast
import re
from pathlib import Path

from tests.docs.words import PACKAGE, ROOT, code_names, dictionary_names, french_words, rows_with_units, table_rows, words

from jumeau.documents.champs import fields_page
from jumeau.model.dictionary import builtin_layers, indicators

ENGLISH = set((Path(__file__).parent / "english.txt").read_text(encoding="utf-8").split())


def glossary() -> list[str]:
    return [row[0] for row in table_rows("glossaire.md")]


def unexplained(names: dict[str, str], suspects: set[str] | None = None) -> list[str]:
    explained = {part for name in glossary() for part in (name, *words(name))} | ENGLISH
    return sorted(
        f"{word} ({name}, {where})"
        for name, where in names.items()
        for word in words(name)
        if word not in explained and (suspects is None or word in suspects)
    )


def test_every_word_of_the_dictionary_is_english_or_in_the_glossary() -> None:
    missing = unexplained(dictionary_names())
    assert not missing, f"add a line to docs/glossaire.md, or an English word to tests/docs/english.txt: {missing}"


def test_every_french_word_of_the_code_is_in_the_glossary() -> None:
    french = french_words()
    assert {"commune", "donnees", "couche"} <= french
    missing = unexplained(code_names(), french)
    assert not missing, f"add a line to docs/glossaire.md, or an English word to tests/docs/english.txt: {missing}"
    assert unexplained({"releve_compteur": "here"}, french | {"releve"}) == ["releve (releve_compteur, here)"]


def test_the_glossary_has_each_word_once_and_explains_it() -> None:
    rows = table_rows("glossaire.md")
    names = [row[0] for row in rows]
    assert len(names) == len(set(names))
    assert all(len(row) == 2 and row[1].endswith(".") for row in rows)
    assert {"commune", "armoire", "luminaire", "epci"} <= set(names)


def test_no_french_word_hides_among_the_english() -> None:
    assert not ENGLISH & set(glossary())
    assert all(word.isascii() and word.islower() for word in ENGLISH)


def units() -> dict[str, str]:
    return {row[0]: row[1].strip("`") for row in table_rows("units.md")}


def used_units() -> list[tuple[str, str, str]]:
    fields = [(f.name, layer.name, f.unit) for layer in builtin_layers().values() for f in layer.fields]
    measured = [(x.name, "indicators.csv", x.unit) for x in indicators().values()]
    return [row for row in [*fields, *measured, *rows_with_units()] if row[2]]


def test_every_unit_used_is_on_the_units_page() -> None:
    known = units()
    missing = sorted({f"{unit} ({name}, {where})" for name, where, unit in used_units() if unit not in known})
    assert not missing, f"add a line to docs/units.md: {missing}"
    rows = [row[0] for row in table_rows("units.md")]
    assert len(rows) == len(set(rows))


def test_a_field_ends_with_the_suffix_of_its_unit() -> None:
    known = units()
    fields = [(f.name, layer.name, f.unit) for layer in builtin_layers().values() for f in layer.fields]
    measured = [(x.name, "indicators.csv", x.unit) for x in indicators().values()]
    wrong = [row for row in fields + measured if known.get(row[2]) and not row[0].endswith(known[row[2]])]
    allowed = {("renewed_5y_km", "service_eau", "km")}
    assert not set(wrong) - allowed


def test_the_fields_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "champs.md").read_text(encoding="utf-8") == fields_page(), "run: make docs"


def test_every_room_is_on_the_map_and_every_room_of_the_map_exists() -> None:
    page = (ROOT / "docs" / "carte.md").read_text(encoding="utf-8")
    section = page.split("## Les pièces")[1].split("\n## ")[0]
    named = {part.strip("`") for line in section.splitlines() if line.startswith("| `")
             for part in line.split("|")[1].replace("(le protocole)", "").replace(" ", "").split(",")}  # fmt: skip
    rooms = {p.stem for p in PACKAGE.iterdir() if (p.is_dir() and (p / "__init__.py").exists()) or p.suffix == ".py"}
    rooms -= {"__init__", "__main__"}
    engines = {f"engines.{p.name}" for p in (PACKAGE / "engines").iterdir() if (p / "__init__.py").exists()}
    assert rooms | engines <= named
    assert named - rooms <= {"engines.lighting", "engines.water", "engines.risks", "engines.buildings"}


def test_a_room_said_empty_is_empty_and_an_empty_room_is_said() -> None:
    page = (ROOT / "docs" / "carte.md").read_text(encoding="utf-8")
    alone = [p for p in PACKAGE.iterdir() if [x.name for x in p.glob("*.py")] == ["__init__.py"]]
    empty = {p.name for p in alone if len(ast.parse((p / "__init__.py").read_text(encoding="utf-8")).body) == 1}
    rows = [line for line in page.splitlines() if line.startswith("| `") and "encore vide" in line]
    said = [{name for name in re.findall(r"`([a-z]+)`", row) if name in empty} for row in rows]
    assert set().union(*said) == empty
    assert all(said)
