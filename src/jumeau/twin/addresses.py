"""An address to a point, by the address file imported in the layer `adresse` (BAN): normalised, matched, scored."""

import re
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.model.claim import GEOMETRY
from jumeau.sharing.view import View
from jumeau.sources.names import fold

LAYER = "adresse"
ENOUGH = 0.62
"""Score under which an address is another address."""
_SHORT = {
    "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "boul": "boulevard", "r": "rue", "pl": "place",
    "ch": "chemin", "che": "chemin", "chem": "chemin", "imp": "impasse", "rte": "route", "st": "saint", "ste": "sainte",
    "all": "allee", "sq": "square", "fg": "faubourg", "fbg": "faubourg", "crs": "cours", "qu": "quai", "res": "residence",
    "lot": "lotissement", "pass": "passage", "psg": "passage", "mte": "montee", "gal": "general", "mal": "marechal",
    "dr": "docteur", "prof": "professeur", "cdt": "commandant", "cne": "capitaine", "pdt": "president",
}  # fmt: skip
_REPEATS = {"b": "bis", "t": "ter", "q": "quater"}
_NUMBER = re.compile(r"^0*(\d{1,5})\s*(bis|ter|quater|[a-h](?![a-z0-9]))?\b[ ,]*")
_POSTAL = re.compile(r"(?<!\d)(\d{5}|2[ab]\d{3})(?!\d)")
_EMPTY = frozenset(
    {"de", "du", "des", "la", "le", "les", "l", "d", "a", "au", "aux", "et", "en", "sur", "sous", "cedex", "france"}
)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place an address may be. score: 0 to 1; exact: the number itself was found, not a neighbour or the street alone;
    point: WKB, EPSG:2154.
    """

    asset: str
    label: str
    commune: str | None
    score: float
    exact: bool
    point: bytes


class _Query(msgspec.Struct, frozen=True):
    number: int | None
    repeat: str
    postal: str
    words: str


class Index:
    """Streets of an address table, ready to be matched."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        names = [
            c.to_pylist()
            for c in (_streets(table), table["lieu_dit"], table["nom_commune"], table["code_postal"], table["commune"])
        ]
        keys: dict[tuple[Any, ...], int] = {}
        at = np.empty(table.num_rows, np.int64)
        for row, (street, locality, town, postal, code) in enumerate(zip(*names, strict=True)):
            at[row] = keys.setdefault((street or locality or "", town or "", postal or "", code or ""), len(keys))
        self.keys = list(keys)
        order = np.argsort(at, kind="stable")
        self.rows = np.split(order, np.cumsum(np.bincount(at, minlength=len(keys)))[:-1]) if len(keys) else []
        self.streets = [words(k[0]) for k in self.keys]
        self.whole = [f"{street} {words(k[1])}".strip() for street, k in zip(self.streets, self.keys, strict=True)]
        self.postal = np.array([k[2] for k in self.keys], object)
        self.code = np.array([k[3] for k in self.keys], object)


def _streets(table: pa.Table) -> pa.ChunkedArray:
    """Names of streets with their type, where the file keeps it apart."""
    kind, name = table["type_voie"], table["voie"]
    return pc.coalesce(pc.binary_join_element_wise(kind, name, " "), name)


def words(text: str) -> str:
    """An address as it is compared: no accent, no punctuation, no small word, abbreviations in full."""
    found = re.findall(r"[a-z0-9]+", fold(text))
    return " ".join(w for w in (_SHORT.get(w, w) for w in found) if w not in _EMPTY)


def parse(text: str) -> _Query:
    """Number, repetition index, postal or INSEE code, and words of a typed address. Raises InputError without words.

    Of several lines, the one that starts with a number counts; else the first.
    """
    lines = [line for line in text.splitlines() if line.strip()] or [text]
    codes = _POSTAL.findall(lines[-1])
    text = next((line for line in lines if _NUMBER.match(fold(line))), lines[0])
    text = text if not codes or codes[-1] in text else f"{text} {codes[-1]}"
    plain = re.sub(r"[^a-z0-9' ]+", " ", fold(text)).strip()
    number, repeat = None, ""
    if (found := _NUMBER.match(plain)) and not (_POSTAL.match(plain) and len(found[1]) == 5):
        number, repeat = int(found[1]), _REPEATS.get(found[2] or "", found[2] or "")
        plain = plain[found.end() :]
    postal = ""
    for code in _POSTAL.finditer(plain):
        postal = code[1].upper()
    rest = words(_POSTAL.sub(" ", plain))
    rest = " ".join(dict.fromkeys(rest.split()))
    if not rest:
        raise InputError("recherche.adresse", text=text[:80], field="q")
    return _Query(number, repeat, postal, rest)


_KEPT: dict[tuple[str, int, int], Index] = {}


def index(view: View) -> Index | None:
    """The addresses the actor sees; None when there are none. The last ones are kept while nothing changes."""
    if LAYER not in view.layers() or not view.count(LAYER):
        return None
    key = (view.actor.id, id(view._store), view.head())
    if key not in _KEPT:
        columns = ["commune", "numero", "repetition", "type_voie", "voie", "lieu_dit", "code_postal", "nom_commune"]
        table = view.read(LAYER, columns=columns)
        if GEOMETRY not in table.column_names:
            return None
        _KEPT.clear()
        _KEPT[key] = Index(table.filter(table[GEOMETRY].is_valid()))
    return _KEPT[key]


def locate(view: View, text: str, limit: int = 5) -> list[Place]:
    """Places an address may be, best first; none when no address file was imported. Raises InputError."""
    asked, known = parse(text), index(view)
    return match(known, asked, limit) if known is not None and known.keys else []


def match(known: Index, asked: _Query, limit: int) -> list[Place]:
    """The best places of an index."""
    score = scores(known, asked)
    best = [int(i) for i in np.argsort(-score, kind="stable")[: limit * 3] if score[i] >= ENOUGH]
    found = [_place(known, street, asked, float(score[street])) for street in best]
    return sorted(found, key=lambda p: -p.score)[:limit]


def scores(known: Index, asked: _Query) -> NDArray[np.float64]:
    """How well each street fits, 0 to 1: its words with its town, or alone; another postal code weighs against it."""
    from rapidfuzz import fuzz, process

    def ratio(choices: list[str], scorer: Any) -> NDArray[np.float64]:
        return np.asarray(process.cdist([asked.words], choices, scorer=scorer, dtype=np.float32)[0], np.float64) / 100

    alone, whole = ratio(known.streets, fuzz.token_sort_ratio), ratio(known.whole, fuzz.token_sort_ratio)
    out = np.maximum(alone * 0.97, whole)
    if asked.postal:
        same = (known.postal == asked.postal) | (known.code == asked.postal)
        out = np.where(same, out, out * 0.8)
    return out


def _place(known: Index, street: int, asked: _Query, score: float) -> Place:
    rows = known.rows[street]
    table = known.table
    numbers = [table["numero"][int(r)].as_py() for r in rows]
    repeats = [_REPEATS.get(fold(x), fold(x)) if (x := table["repetition"][int(r)].as_py()) else "" for r in rows]
    pick, exact, factor = len(rows) // 2, False, 0.85 if asked.number is not None else 1.0
    if asked.number is not None:
        gaps = [_gap(n, r, asked) for n, r in zip(numbers, repeats, strict=True)]
        pick = int(np.argmin(gaps))
        exact = gaps[pick] == 0.0
        factor = 1.0 if exact else 0.95 if gaps[pick] < 1 else 0.9 if gaps[pick] <= 10 else 0.85
    row, key = int(rows[pick]), known.keys[street]
    number = (
        " ".join(str(x) for x in (numbers[pick], table["repetition"][row].as_py()) if x) if asked.number is not None else ""
    )
    label = " ".join(x for x in (number, key[0], key[2], key[1]) if x)
    return Place(
        asset=table["id"][row].as_py(), label=label, commune=key[3] or None, score=round(score * factor, 3), exact=exact,
        point=table[GEOMETRY][row].as_py(),
    )  # fmt: skip


def _gap(number: int | None, repeat: str, asked: _Query) -> float:
    """How far a number is from the one asked: 0 the same, under 1 another index, then neighbours, same side first."""
    if number is None or asked.number is None:
        return 1e6
    if number == asked.number:
        return 0.0 if repeat == asked.repeat else 0.5
    return abs(number - asked.number) + (1.5 if (number - asked.number) % 2 else 0.0) + 0.5
