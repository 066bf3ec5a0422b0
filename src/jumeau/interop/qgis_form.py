"""How QGIS and QField show the fields of a layer: French names, lists of values, limits, what may not be changed."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from jumeau.model.dictionary import Field, Layer
from jumeau.model.typed import editable
from jumeau.texts import t

_NOT_NULL, _EXPRESSION, _STRONG = 1, 4, "1"


def alias(field: Field) -> str:
    """What a person reads above a field: its description and its unit."""
    return f"{field.description or field.name} ({field.unit})" if field.unit else field.description or field.name


def _heading(name: str, fields: dict[str, Field]) -> str:
    """What a person reads above a column; the columns that say where a value comes from are named after its field."""
    bare, _, end = name.partition("__")
    if bare in fields and end in ("origin", "source"):
        return t(f"echange.colonne_{end}", field=fields[bare].description or bare)
    return alias(fields[name]) if name in fields else name


def form(parent: Element, layer: Layer, names: Iterable[str]) -> None:
    """Add to a style or a project layer the form of the columns `names`; columns the layer does not declare are read only."""
    fields = {f.name: f for f in layer.fields}
    columns = list(names)
    configuration = SubElement(parent, "fieldConfiguration")
    for name in columns:
        _widget(SubElement(configuration, "field", name=name), fields.get(name))
    aliases = SubElement(parent, "aliases")
    for index, name in enumerate(columns):
        said = _heading(name, fields)
        SubElement(aliases, "alias", index=str(index), field=name, name=said)
    _constraints(parent, fields, columns)
    state = SubElement(parent, "editable")
    for name in columns:
        free = name in fields and editable(fields[name])
        SubElement(state, "field", name=name, editable="1" if free else "0")


def _widget(place: Element, field: Field | None) -> None:
    kind, options = "TextEdit", {}
    if field is not None and field.type == "boolean":
        kind = "CheckBox"
    elif field is not None and field.type == "date":
        kind, options = "DateTime", {"display_format": "dd/MM/yyyy", "field_format": "yyyy-MM-dd", "calendar_popup": "true"}
    elif field is not None and field.constraint.choices:
        kind = "ValueMap"
    config = SubElement(SubElement(place, "editWidget", type=kind), "config")
    top = SubElement(config, "Option", type="Map")
    if kind == "ValueMap" and field is not None:
        choices = SubElement(top, "Option", type="List", name="map")
        for choice in field.constraint.choices:
            pair = SubElement(choices, "Option", type="Map")
            SubElement(pair, "Option", type="QString", name=spelled(choice), value=choice)
    for key, value in options.items():
        SubElement(top, "Option", type="bool" if value == "true" else "QString", name=key, value=value)


def spelled(choice: str) -> str:
    """A code of the dictionary as a person reads it."""
    words = choice.replace("_", " ")
    return words if len(words) <= 4 else words[:1].upper() + words[1:]


def _constraints(parent: Element, fields: dict[str, Field], columns: list[str]) -> None:
    flags, tests = SubElement(parent, "constraints"), SubElement(parent, "constraintExpressions")
    for name in columns:
        field = fields.get(name)
        test = _limits(field) if field is not None else ""
        needed = field is not None and field.constraint.required
        bits = _NOT_NULL * needed + _EXPRESSION * bool(test)
        SubElement(flags, "constraint", field=name, constraints=str(bits), unique_strength="0",
                   notnull_strength=_STRONG if needed else "0", exp_strength=_STRONG if test else "0")  # fmt: skip
        SubElement(tests, "constraint", field=name, exp=test, desc=_span(field) if test and field else "")


def _limits(field: Field) -> str:
    low, high = field.constraint.minimum, field.constraint.maximum
    column = '"' + field.name.replace('"', '""') + '"'
    tests = [f"{column} >= {low:g}"] if low is not None else []
    tests += [f"{column} <= {high:g}"] if high is not None else []
    return f"{column} IS NULL OR ({' AND '.join(tests)})" if tests else ""


def _span(field: Field) -> str:
    low, high = field.constraint.minimum, field.constraint.maximum
    return f"[{'' if low is None else f'{low:g}'} ; {'' if high is None else f'{high:g}'}] {field.unit}".strip()
