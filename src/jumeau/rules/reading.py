"""YAML written by people, read with the line of every word, refused in French at the first doubt."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import yaml

from jumeau.errors import RuleError
from jumeau.texts import t

try:
    from yaml import CSafeLoader as _Safe
except ImportError:
    from yaml import SafeLoader as _Safe  # type: ignore[assignment]

Path = Sequence[str | int]
_PROBLEMS = (
    ("could not find expected ':'", "deux_points"),
    ("mapping values are not allowed", "deux_points_de_trop"),
    ("end of stream", "pas_ferme"),
    ("',' or", "virgule"),
    ("nesting depth", "emboitement"),
    ("constructor for the tag", "etiquette"),
    ("tag handle", "etiquette"),
    ("control characters", "caractere"),
    ("unacceptable character", "caractere"),
    ("expected", "alignement"),
)
"""What the parser says, and the text that says it in French; the first that is found in its message."""


class _Loader(_Safe):
    """Safe YAML where a key may not come twice, only `true` and `false` are truth values, and numbers are finite.

    libyaml reads the catalogue ten times faster where it is there.
    """


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            key = str(key_node.value)
        if key in out:
            raise yaml.MarkedYAMLError(problem=key, problem_mark=key_node.start_mark, note="cle_double")
        out[key] = loader.construct_object(value_node, deep=True)
    return out


def _day(loader: _Loader, node: yaml.ScalarNode) -> Any:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError as error:
        raise yaml.MarkedYAMLError(problem=node.value, problem_mark=node.start_mark, note="jour_impossible") from error


def _number(loader: _Loader, node: yaml.ScalarNode) -> float:
    number = loader.construct_yaml_float(node)
    if not math.isfinite(number):
        raise yaml.MarkedYAMLError(problem=node.value, problem_mark=node.start_mark, note="nombre_infini")
    return float(number)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _day)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in pairs if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Document(msgspec.Struct, frozen=True):
    """A YAML text as plain objects, and where each of them stands."""

    file: str
    data: Any
    node: Any

    def line(self, path: Path, word: str = "") -> int:
        """Line (from 1) of the deepest part of `path` that exists, or of `word` under it. A step into a list is a rank, or
        the `id` of the entry."""
        node = self.node
        for step in path:
            below = _below(node, step)
            if below is None:
                break
            node = below
        if node is None:
            return 1
        found = next((n for n in _scalars(node) if n.value == word), node) if word else node
        return int(found.start_mark.line) + 1

    def refuse(self, key: str, path: Path, word: str = "", /, **words: object) -> RuleError:
        """The error `key`, with the file and the line of `word` under `path`."""
        return RuleError(key, file=self.file, row=self.line(path, word), **words)


def read_document(text: str, file: str) -> Document:
    """YAML text with its lines. Raises RuleError naming file and line."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        _refuse_aliases(node, file)
        return Document(file, None if node is None else loader.construct_document(node), node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        row = mark.line + 1 if mark else 1
        if error.note:
            raise RuleError(f"regles.{error.note}", file=file, row=row, problem=error.problem) from error
        raise RuleError("regles.yaml", file=file, row=row, problem=_in_french(str(error.problem), text, mark)) from error
    except yaml.YAMLError as error:
        raise RuleError("regles.yaml", file=file, row=1, problem=_in_french(str(error))) from error
    except RecursionError as error:
        raise RuleError("regles.yaml", file=file, row=1, problem=t("regles.yaml_emboitement")) from error
    finally:
        loader.dispose()


def _in_french(problem: str, text: str = "", mark: Any = None) -> str:
    line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
    if line[: mark.column + 1 if mark else 0].strip(" ").startswith("\t"):
        return t("regles.yaml_tabulation")
    name = next((name for said, name in _PROBLEMS if said in problem), "autre")
    return t(f"regles.yaml_{name}")


def _refuse_aliases(root: yaml.Node | None, file: str) -> None:
    """An alias repeats a part: ten lines of them unfold into billions of words, or into a circle."""
    seen: set[int] = set()
    waiting = [] if root is None else [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            raise RuleError("regles.yaml_alias", file=file, row=node.start_mark.line + 1)
        seen.add(id(node))
        waiting += _children(node)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _below(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode):
        if isinstance(step, int):
            return node.value[step] if step < len(node.value) else None
        return next((n for n in node.value if (name := _below(n, "id")) is not None and name.value == step), None)
    return None


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    for child in _children(node):
        yield from _scalars(child)
