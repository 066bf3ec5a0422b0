"""The numbers and the articles of the policy reference, as it writes them, section by section."""

import os
import re
from collections import Counter
from pathlib import Path

REFERENCE = Path(os.environ.get("JUMEAU_DATA", "absent")).parent / "reference" / "policy.md"
"""Where the reference stands beside the data, on a machine that has it."""

_LINKS = re.compile(r"https?://\S+|`https?[^`]*`")
_MARKS = re.compile(r"\[[^\]\[]*\b(?:sourced|recalled|recalled-low|derived|gap)\b[^\]\[]*\]")
_SOURCES = re.compile(r"\bS\d+b?(?:-S?\d+b?)?\b")
_NAMES = re.compile(r"[A-Za-zÀ-ÿ_]+[\w]*(?:[-./][\w]+)*")
_NUMBERS = re.compile(r"\d{4}-\d{2}-\d{2}|\d{4}-\d{2,4}(?!\d)|\d{1,3}(?:[ \u202f]\d{3})+(?:\.\d+)?(?!\d)|\d*\.\d+|\d+")
_HEADING = re.compile(r"#{2,3} (\d+(?:\.\d+)?)\b")
_ARTICLES = re.compile(r"\b[LRD]\d{3,4}-\d+(?:-\d+)*")
_SPAN = re.compile(r"\b([LRD]\d{3,4}-[\d-]*\d+) à ([LRD]\d{3,4}-[\d-]*\d+)")


def body() -> str:
    """The text before its list of sources."""
    text = REFERENCE.read_text(encoding="utf-8")
    return text[: text.index("\n## 10.")]


def numbers() -> dict[str, Counter[str]]:
    """Numbers and dates written in each section; names that hold digits (RES-EC-104, L1111-10, H1b) are not numbers."""
    found: dict[str, Counter[str]] = {}
    section = "0"
    for line in body().splitlines():
        heading = _HEADING.match(line)
        if heading:
            section, line = heading[1], line[heading.end() :]
        found.setdefault(section, Counter()).update(_written(re.sub(r"^(#+|\d+\.) ", "", line)))
    return {name: count for name, count in found.items() if count}


def _written(line: str) -> list[str]:
    plain = _SOURCES.sub("", _MARKS.sub("", _LINKS.sub("", line)))
    bare = _NAMES.sub(lambda m: " " if re.search(r"\d", m[0]) else m[0], plain)
    return [m[0].replace("\u202f", " ") for m in _NUMBERS.finditer(bare)]


def articles(text: str) -> set[str]:
    """Articles of codes named in a text, those of `X à Y` too."""
    found = set(_ARTICLES.findall(text))
    for first, last in _SPAN.findall(text):
        (stem, low), (other, high) = first.rsplit("-", 1), last.rsplit("-", 1)
        if stem == other:
            found |= {f"{stem}-{n}" for n in range(int(low), int(high) + 1)}
    return found
