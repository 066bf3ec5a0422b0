"""The habits of French print: curly apostrophes, and spaces that do not break before « : ; ! ? » and inside quotes."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import msgspec

from jumeau.documents.blocks import Document
from jumeau.documents.numbers import NBSP, THIN

_RULES = (
    (re.compile(r"(?<=\w)'(?=\w)"), "’"),
    (re.compile(r" (?=[:»])"), NBSP),
    (re.compile(r" (?=[;!?])"), THIN),
    (re.compile(r"(?<=«) "), NBSP),
    (re.compile(r"(?<=\bart\.) "), NBSP),
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))"), THIN),
    (re.compile(r"(?<=\d) (?=[%€°]|(?:K|W|kW|h|m|m²|lm)\b)"), NBSP),
)


def typeset_text(text: str) -> str:
    """One text, as a French typographer would set it."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def typeset(document: Document) -> Document:
    """All the texts of a document; drawings are left as they are."""
    return _each(document, typeset_text, skip=("svg", "type", "align"))


def drawable_document(document: Document) -> Document:
    """The document with nothing the embedded fonts cannot draw."""
    return _each(document, drawable, skip=("type", "align"))


def _each(document: Document, change: Callable[[str], str], skip: tuple[str, ...]) -> Document:
    def walk(node: Any, key: str = "") -> Any:
        if isinstance(node, dict):
            return {name: walk(value, name) for name, value in node.items()}
        if isinstance(node, list | tuple):
            return [walk(value, key) for value in node]
        return change(node) if isinstance(node, str) and key not in skip else node

    return msgspec.convert(walk(msgspec.to_builtins(document)), Document)


# An accessible PDF refuses a character its fonts cannot draw, and one such name must not cost the whole report.
_UNDRAWN = re.compile(
    r"[^\n\u0020-\u007e\u00a0-\u00ac\u00ae-\u017f\u0391-\u03a1\u03a3-\u03c9\u0401-\u040c\u040e-\u044f\u0451-\u045c"
    r"\u1e80-\u1e85\u1ef2\u1ef3\u2010-\u2015\u2018-\u201e\u2020-\u2022\u2026\u202f\u2030\u2039\u203a\u2070\u2074-\u2079"
    r"\u2080-\u2089\u20ac\u2116\u2122\u2190-\u2193\u2212\u221e\u2248\u2260\u2264\u2265]"
)


def drawable(text: str) -> str:
    """`text` with what the embedded fonts cannot draw shown as `?`; control and invisible characters become spaces."""
    composed = unicodedata.normalize("NFC", text)
    return _UNDRAWN.sub(lambda found: " " if unicodedata.category(found[0])[0] in "CZ" else "?", composed)
