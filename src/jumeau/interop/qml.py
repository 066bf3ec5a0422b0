"""Styles for QGIS (QML), written by hand: classes of a number, or of an origin, unknown always drawn apart."""

from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec

Form = Callable[[Element], None]
BLUES = ("#eff3ff", "#bdd7e7", "#6baed6", "#3182bd", "#08519c")
UNKNOWN = "#d5d8dc"
_SYMBOLS = {"point": "marker", "line": "line", "polygon": "fill"}
_CLASSES = {"point": "SimpleMarker", "line": "SimpleLine", "polygon": "SimpleFill"}


class Rule(msgspec.Struct, frozen=True):
    """Features that pass `test` (a QGIS expression) are drawn in `colour` (`#rrggbb`) under the name `label`."""

    label: str
    test: str
    colour: str


def style(geometry: str, rules: Sequence[Rule], form: Form | None = None) -> str:
    """A rule-based style. geometry: `point`, `line` or `polygon`; form: what adds the fields' form to it."""
    categories = "Symbology" if form is None else "Symbology|Fields|Forms"
    root = Element("qgis", version="3.28.0", styleCategories=categories)
    renderer(root, geometry, rules)
    if form is not None:
        form(root)
    SubElement(root, "blendMode").text = "0"
    SubElement(root, "layerGeometryType").text = str(("point", "line", "polygon").index(geometry))
    text = tostring(root, encoding="unicode")
    return f"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n{text}"


def renderer(root: Element, geometry: str, rules: Sequence[Rule]) -> None:
    """Add the renderer of some rules to a style or to a layer of a project."""
    kind = SubElement(root, "renderer-v2", type="RuleRenderer", symbollevels="0", forceraster="0", enableorderby="0")
    tree = SubElement(kind, "rules", key="jumeau")
    symbols = SubElement(kind, "symbols")
    for i, rule in enumerate(rules):
        SubElement(tree, "rule", key=f"jumeau-{i}", symbol=str(i), label=rule.label, filter=rule.test)
        _symbol(symbols, geometry, str(i), rule.colour)


def _symbol(parent: Element, geometry: str, name: str, colour: str) -> None:
    symbol = SubElement(parent, "symbol", type=_SYMBOLS[geometry], name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    layer = SubElement(symbol, "layer", {"class": _CLASSES[geometry], "enabled": "1", "locked": "0", "pass": "0"})
    options = SubElement(layer, "Option", type="Map")
    for key, value in _options(geometry, colour).items():
        SubElement(options, "Option", type="QString", name=key, value=value)


def _options(geometry: str, colour: str) -> dict[str, str]:
    paint, edge = _rgba(colour), _rgba("#5b6570")
    if geometry == "line":
        return {"line_color": paint, "line_width": "0.5", "line_width_unit": "MM", "line_style": "solid"}
    common = {"color": paint, "outline_color": edge, "outline_style": "solid", "outline_width_unit": "MM"}
    if geometry == "polygon":
        return common | {"style": "solid", "outline_width": "0.1"}
    return common | {"name": "circle", "size": "1.6", "size_unit": "MM", "outline_width": "0.1"}


def _rgba(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},255"


def column(name: str) -> str:
    """A column name in a QGIS expression."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text in a QGIS expression."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def classes(name: str, breaks: Sequence[float], labels: Sequence[str], unknown: str) -> list[Rule]:
    """Rules of a number cut at `breaks`, one more label than breaks (five at most), lowest first, then the unknown."""
    me = column(name)
    bounds: list[float | None] = [None, *breaks, None]
    out = []
    for i, label in enumerate(labels):
        low, high = bounds[i], bounds[i + 1]
        tests = [f"{me} IS NOT NULL"]
        tests += [] if low is None else [f"{me} >= {low!r}"]
        tests += [] if high is None else [f"{me} < {high!r}"]
        out.append(Rule(label, " AND ".join(tests), BLUES[min(len(BLUES) - 1, i + (len(labels) < 3))]))
    return [*out, Rule(unknown, f"{me} IS NULL", UNKNOWN)]
