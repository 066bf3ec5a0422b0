"""Official DPE files (XML of the ADEME observatory): many files to one set of columns, hostile files refused by name."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np

from jumeau.errors import HostileFileError, InputError
from jumeau.model.dpe import KINDS, DpeBatch, Elements
from jumeau.sources.guard import Limits, check_file, check_xml

LIMITS = Limits(file_bytes=50_000_000, xml_bytes=50_000_000)
_ROWS = 20_000
_COLUMNS = 300
_TEXT = 200
_FACTS = frozenset({"administratif", "diagnostiqueur", "caracteristique_generale", "meteo", "inertie", "production_elec_enr"})
_OUTPUTS = frozenset(
    {
        "deperdition",
        "apport_et_besoin",
        "ef_conso",
        "ep_conso",
        "emission_ges",
        "cout",
        "production_electricite",
        "confort_ete",
        "qualite_isolation",
    }
)
SKIPPED = frozenset(
    {
        "fiche_technique_collection",
        "justificatif_collection",
        "descriptif_enr_collection",
        "descriptif_simplifie_collection",
        "descriptif_geste_entretien_collection",
        "descriptif_travaux",
        "geolocalisation",
        "description",
    }
)
TEXTS = frozenset(
    {
        "numero_dpe",
        "date_etablissement_dpe",
        "version_moteur_calcul",
        "dpe_immeuble_associe",
        "identifiant_reseau_chaleur",
        "date_arrete_reseau_chaleur",
        "reference",
        "reference_lnc",
        "reference_paroi",
        "reference_1",
        "reference_2",
        "reference_generateur_mixte",
        "classe_bilan_dpe",
        "classe_emission_ges",
    }
)
_NAME = re.compile(r"[a-z0-9_]{1,80}")
_LININGS = (("doublage connu", 5.0), ("lame d'air su", 4.0), ("doublage indéterminé", 3.0), ("lame d'air inf", 3.0))
"""What the sentence on a wall says of its lining, in the codes of the schema: some software lost the code."""


class _Done(Exception):
    """Everything that is needed has been read."""


class _Rows:
    """Rows of one kind, filled value by value."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.owner: list[int] = []
        self.parent: list[int] = []
        self.values: dict[str, tuple[list[int], list[float]]] = {}
        self.words: dict[str, tuple[list[int], list[str]]] = {}

    def table(self) -> Elements:
        """The rows as columns."""
        size = len(self.owner)
        out = Elements(np.array(self.owner, dtype=np.int64), np.array(self.parent, dtype=np.int64))
        for name, (rows, values) in self.values.items():
            column = np.full(size, np.nan)
            column[rows] = values
            out.columns[name] = column
        for name, (rows, words) in self.words.items():
            texts = [""] * size
            for row, word in zip(rows, words, strict=True):
                texts[row] = word
            out.texts[name] = texts
        return out


class _Target:
    """What the parser calls: one file at a time, into shared rows."""

    def __init__(self, rows: dict[str, _Rows], facts: _Rows) -> None:
        self.rows = rows
        self.facts = facts
        self.path: list[str] = []
        self.open: list[tuple[str, int]] = []
        self.skip = 0
        self.prefix = ""
        self.section = ""
        self.buffer: list[str] = []
        self.inside = False

    def begin(self) -> None:
        """A new file: one more row of facts."""
        self.facts.owner.append(len(self.facts.owner))
        self.facts.parent.append(-1)
        self.path, self.open, self.skip, self.prefix, self.section, self.inside = [], [], 0, "", "", False

    def start(self, tag: str, _: Any) -> None:
        """An element opens."""
        if self.skip or (tag in SKIPPED and not (tag == "description" and self.open and self.open[-1][0] == "mur")):
            self.skip += 1
            return
        self.path.append(tag)
        self.buffer.clear()
        if tag in KINDS:
            rows = self.rows[tag]
            if len(rows.owner) - _first(rows, len(self.facts.owner) - 1) > _ROWS:
                raise InputError("dpe.trop_long", element=tag, limit=_ROWS)
            above = KINDS[tag]
            parent = next((row for kind, row in reversed(self.open) if kind == above), -1) if above else -1
            rows.owner.append(len(self.facts.owner) - 1)
            rows.parent.append(parent)
            self.open.append((tag, len(rows.owner) - 1))
            self.prefix = ""
        elif tag == "donnee_intermediaire":
            self.prefix = "di."
        elif tag == "donnee_entree":
            self.prefix = ""
        elif tag in _FACTS or tag in _OUTPUTS:
            self.section = tag
        elif tag in ("logement", "dpe", "audit"):
            self.inside = True

    def data(self, text: str) -> None:
        """Some text."""
        if not self.skip:
            self.buffer.append(text)

    def end(self, tag: str) -> None:
        """An element closes: a leaf becomes a value."""
        if self.skip:
            self.skip -= 1
            return
        self.path.pop()
        text = "".join(self.buffer).strip()
        self.buffer.clear()
        if text:
            self._leaf(tag, text)
        if self.open and tag == self.open[-1][0]:
            self.open.pop()
            self.prefix = ""
        elif tag == "donnee_intermediaire":
            self.prefix = ""
        elif tag == self.section:
            self.section = ""
        elif tag == "logement":
            raise _Done

    def close(self) -> None:
        """The end of the file."""

    def _leaf(self, tag: str, text: str) -> None:
        if self.open:
            kind, row = self.open[-1]
            rows, name = self.rows[kind], self.prefix + tag
        elif self.section:
            rows, row = self.facts, len(self.facts.owner) - 1
            name = f"sortie.{tag}" if self.section in _OUTPUTS else self.prefix + tag
        elif tag == "numero_dpe":
            rows, row, name = self.facts, len(self.facts.owner) - 1, tag
        else:
            return
        if not _NAME.fullmatch(tag):
            return
        if tag == "description":
            lining = _lining(text)
            if lining:
                _put(rows.values, "doublage_dit", row, lining)
            return
        if tag in TEXTS:
            _put(rows.words, name, row, text[:_TEXT])
            return
        try:
            value = float(text)
        except ValueError:
            return
        if value == value and abs(value) < 1e15:
            _put(rows.values, name, row, value)


def _lining(text: str) -> float:
    """Lining that the sentence on a wall names, 0 when it names none."""
    if "doublage" not in text:
        return 0.0
    plain = text.replace("’", "'")
    return next((code for words, code in _LININGS if words in plain), 0.0)


def lining_words(text: str) -> str:
    """The words of a sentence on a wall that name its lining, without the rest; '' where it names none."""
    code = _lining(text)
    return next((f"doublage : {words}" for words, one in _LININGS if one == code), "") if code else ""


def _first(rows: _Rows, owner: int) -> int:
    """First row of the current DPE."""
    from bisect import bisect_left

    return bisect_left(rows.owner, owner)


def _put(columns: dict[str, tuple[list[int], list[Any]]], name: str, row: int, value: Any) -> None:
    column = columns.get(name)
    if column is None:
        if len(columns) >= _COLUMNS:
            return
        column = columns[name] = ([], [])
    column[0].append(row)
    column[1].append(value)


def read_dpe(
    paths: Iterable[Path], refused: Callable[[Path, Exception], None] | None = None, limits: Limits = LIMITS
) -> DpeBatch:
    """Read DPE files into columns.

    paths: files; refused: told of each file that cannot be used, the others go on (without it the first one raises).
    Raises HostileFileError (entities, size, link), InputError (not XML, not a DPE of a dwelling).
    """
    rows, facts = {kind: _Rows(kind) for kind in KINDS}, _Rows("dpe")
    numbers: list[str] = []
    for path in paths:
        mark = {kind: len(table.owner) for kind, table in rows.items()}
        try:
            _read_one(path, rows, facts, limits)
        except (InputError, HostileFileError) as error:
            if refused is None:
                raise
            _undo(rows, facts, mark, len(numbers))
            refused(path, error)
            continue
        words = facts.words.get("numero_dpe", ([], []))
        numbers.append(words[1][-1] if words[0] and words[0][-1] == len(numbers) else path.stem)
    return DpeBatch(numbers, facts.table(), {kind: table.table() for kind, table in rows.items() if table.owner})


def _read_one(path: Path, rows: dict[str, _Rows], facts: _Rows, limits: Limits) -> None:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    check_file(path, limits)
    check_xml(path, limits)
    target = _Target(rows, facts)
    target.begin()
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(1 << 16):
                parser.feed(chunk)
        parser.close()
    except _Done:
        pass
    except DefusedXmlException as error:
        raise HostileFileError("imports.xml_entites", file=path.name) from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise InputError("imports.illisible", file=path.name, format="XML", reason=error) from error
    row = len(facts.owner) - 1
    if not any(column[0] and column[0][-1] == row for column in facts.values.values()):
        raise InputError("dpe.inconnu", file=path.name)


def _undo(rows: dict[str, _Rows], facts: _Rows, mark: dict[str, int], keep: int) -> None:
    """Take back what a refused file had begun to write."""
    for kind, table in rows.items():
        _cut(table, mark[kind])
    _cut(facts, keep)


def _cut(table: _Rows, size: int) -> None:
    del table.owner[size:], table.parent[size:]
    for columns in (table.values, table.words):
        for places, values in columns.values():
            while places and places[-1] >= size:
                places.pop()
                values.pop()
