"""The closed vocabulary in which a rule is written: conditions and amounts as small trees, never as code."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Literal, TypeAlias

import msgspec

OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in")
Scalar: TypeAlias = float | int | bool | str | date


class Constant(msgspec.Struct, frozen=True, tag=True):
    """A number, text, truth value or date written in the rule, or a list of them for `in`."""

    value: Any


class Fact(msgspec.Struct, frozen=True, tag=True):
    """What is known of the case; unknown when it is not given."""

    name: str


class Value(msgspec.Struct, frozen=True, tag=True):
    """A dated value of the rule."""

    name: str


class Lookup(msgspec.Struct, frozen=True, tag=True):
    """The entry `key` of a dated value that is a table; unknown when the table has no such entry."""

    table: str
    key: "Node"


class Bracket(msgspec.Struct, frozen=True, tag=True):
    """The value of the last step at or below `of`, in a dated value that is a scale (list of [from, value])."""

    scale: str
    of: "Node"


class ShareOf(msgspec.Struct, frozen=True, tag=True):
    """`share` times `of`: a ceiling or a rate stays relative to what it is a share of."""

    share: "Node"
    of: "Node"


class Arithmetic(msgspec.Struct, frozen=True, tag=True):
    """sum, difference, product, quotient, minimum or maximum of what it holds; unknown when a part is."""

    op: Literal["sum", "difference", "product", "quotient", "minimum", "maximum"]
    of: tuple["Node", ...]


class Other(msgspec.Struct, frozen=True, tag=True):
    """An amount of another rule, at the same date and on the same facts."""

    rule: str
    amount: str


class Choose(msgspec.Struct, frozen=True, tag=True):
    """The amount of the first condition that holds, else `otherwise`; unknown when a condition met before is unknown."""

    cases: tuple[tuple["Node", "Node"], ...]
    otherwise: "Node"


class Compare(msgspec.Struct, frozen=True, tag=True):
    """`left op right`; unknown when a side is."""

    left: "Node"
    op: str
    right: "Node"


class Known(msgspec.Struct, frozen=True, tag=True):
    """True when the fact is given."""

    fact: str


class All(msgspec.Struct, frozen=True, tag=True):
    """Every condition holds."""

    of: tuple["Node", ...]


class Any_(msgspec.Struct, frozen=True, tag="Any"):
    """One condition at least holds."""

    of: tuple["Node", ...]


class Not(msgspec.Struct, frozen=True, tag=True):
    """The condition does not hold."""

    of: "Node"


Node: TypeAlias = (
    Constant | Fact | Value | Lookup | Bracket | ShareOf | Arithmetic | Other | Choose | Compare | Known | All | Any_ | Not
)
_ARITHMETIC = ("sum", "difference", "product", "quotient", "minimum", "maximum")
_PAIRS = ("difference", "quotient")


Path: TypeAlias = tuple[str | int, ...]


class Misread(Exception):
    """A tree that cannot be read: key of the text that says it, path of the fault in the file, words of the text."""

    def __init__(self, key: str, /, *, path: Path, **words: object) -> None:
        self.key, self.path, self.words = key, path, words
        super().__init__(key)


def parse(raw: Any, path: Path) -> Node:
    """Read a tree written in YAML, that stands at `path` of its file.

    Raises Misread on an unknown word, a missing part or a wrong shape, with the path of the fault.
    """
    if isinstance(raw, bool | int | float | str | date):
        return Constant(raw)
    if isinstance(raw, list) and all(isinstance(x, bool | int | float | str | date) for x in raw):
        return Constant(tuple(raw))
    if not isinstance(raw, dict) or not raw:
        raise Misread("regles.forme", path=path, given=repr(raw))
    words = set(raw)
    for keys, read in _READERS.items():
        if words == set(keys):
            return read(raw, path)
    if len(words) == 1 and (word := next(iter(words))) in _ARITHMETIC:
        parts = _list(raw[word], (*path, word))
        if word in _PAIRS and len(parts) != 2:
            raise Misread("regles.deux_termes", path=path, word=word)
        return Arithmetic(word, parts)
    raise Misread("regles.mot_inconnu", path=path, words=", ".join(sorted(map(str, words))))


def _list(raw: Any, path: Path) -> tuple[Node, ...]:
    if not isinstance(raw, list) or not raw:
        raise Misread("regles.liste", path=path)
    return tuple(parse(x, (*path, i)) for i, x in enumerate(raw))


def _name(raw: Any, path: Path) -> str:
    if not isinstance(raw, str):
        raise Misread("regles.forme", path=path, given=repr(raw))
    return raw


def _compare(raw: dict[str, Any], path: Path) -> Node:
    parts = raw["compare"]
    if not isinstance(parts, list) or len(parts) != 3 or parts[1] not in OPERATORS:
        raise Misread("regles.comparaison", path=path, known=" ".join(OPERATORS))
    return Compare(parse(parts[0], (*path, "compare", 0)), parts[1], parse(parts[2], (*path, "compare", 2)))


def _choose(raw: dict[str, Any], path: Path) -> Node:
    cases = []
    for i, case in enumerate(raw["choose"] if isinstance(raw["choose"], list) else [None]):
        if not isinstance(case, dict) or set(case) != {"when", "then"}:
            raise Misread("regles.forme", path=(*path, "choose", i), given=repr(case))
        when, then = (parse(case[word], (*path, "choose", i, word)) for word in ("when", "then"))
        cases.append((when, then))
    return Choose(tuple(cases), parse(raw["otherwise"], (*path, "otherwise")))


_READERS: Mapping[tuple[str, ...], Callable[[dict[str, Any], Path], Node]] = {
    ("fact",): lambda r, w: Fact(_name(r["fact"], w)),
    ("value",): lambda r, w: Value(_name(r["value"], w)),
    ("known",): lambda r, w: Known(_name(r["known"], w)),
    ("lookup", "key"): lambda r, w: Lookup(_name(r["lookup"], w), parse(r["key"], (*w, "key"))),
    ("bracket", "of"): lambda r, w: Bracket(_name(r["bracket"], w), parse(r["of"], (*w, "of"))),
    ("share", "share_of"): lambda r, w: ShareOf(parse(r["share"], (*w, "share")), parse(r["share_of"], (*w, "share_of"))),
    ("rule", "amount"): lambda r, w: Other(_name(r["rule"], w), _name(r["amount"], w)),
    ("compare",): _compare,
    ("choose", "otherwise"): _choose,
    ("all",): lambda r, w: All(_list(r["all"], (*w, "all"))),
    ("any",): lambda r, w: Any_(_list(r["any"], (*w, "any"))),
    ("not",): lambda r, w: Not(parse(r["not"], (*w, "not"))),
}


def walk(node: Node) -> Iterator[Node]:
    """The node and everything under it."""
    yield node
    match node:
        case Lookup(key=key):
            yield from walk(key)
        case Bracket(of=of) | Not(of=of):
            yield from walk(of)
        case ShareOf(share=share, of=of):
            yield from walk(share)
            yield from walk(of)
        case Arithmetic(of=parts) | All(of=parts) | Any_(of=parts):
            for part in parts:
                yield from walk(part)
        case Compare(left=left, right=right):
            yield from walk(left)
            yield from walk(right)
        case Choose(cases=cases, otherwise=otherwise):
            for when, then in cases:
                yield from walk(when)
                yield from walk(then)
            yield from walk(otherwise)
        case _:
            return
