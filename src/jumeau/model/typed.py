"""Values typed by a person, checked against the field dictionary before anything is written."""

import re
from datetime import date
from typing import Any

from jumeau.errors import InputError
from jumeau.model.dictionary import Field, Layer

MAX_TEXT = 500
YES, NO = ("oui", "vrai", "true", "1"), ("non", "faux", "false", "0")


def editable(field: Field) -> bool:
    """False for what names or places the asset: a register's key, an id, the commune."""
    return not field.constraint.register and field.type not in ("commune", "id")


def parse(layer: Layer, name: str, value: Any) -> Any:
    """The value as the store keeps it. Raises InputError naming the field."""
    field = layer[name]
    if not editable(field):
        raise InputError("modele.champ_fige", field=name, layer=layer.title)
    parsed = _typed(field, value)
    limits = field.constraint
    if limits.choices and parsed not in limits.choices:
        raise InputError("modele.choix", field=name, value=value, known=", ".join(limits.choices))
    if limits.pattern and not re.fullmatch(limits.pattern, str(parsed)):
        raise InputError("modele.motif", field=name, value=value, pattern=limits.pattern)
    if isinstance(parsed, int | float) and not isinstance(parsed, bool):
        _bounded(field, parsed)
    return parsed


def from_text(field: Field, text: str) -> Any:
    """A value typed as text (`70`, `1 234,5`, `oui`) in the type of its field. Raises InputError naming the field."""
    said = text.strip()
    if field.type == "boolean" and said.lower() in (*YES, *NO):
        return said.lower() in YES
    if field.type in ("integer", "number"):
        try:
            return float(re.sub(r"\s", "", said).replace(",", "."))
        except ValueError as error:
            raise InputError("modele.type", field=field.name, value=said[:60], type=field.type) from error
    return said


def _bounded(field: Field, value: float) -> None:
    low, high = field.constraint.minimum, field.constraint.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        span = f"[{'' if low is None else f'{low:g}'} ; {'' if high is None else f'{high:g}'}]"
        raise InputError("modele.bornes", field=field.name, value=value, unit=field.unit, span=span)


def _typed(field: Field, value: Any) -> Any:
    if field.type == "boolean" and isinstance(value, bool):
        return value
    if field.type in ("integer", "number") and isinstance(value, int | float) and not isinstance(value, bool):
        if field.type == "number" and abs(value) < 1e15:
            return float(value)
        if field.type == "integer" and float(value).is_integer() and abs(value) < 2**31:
            return int(value)
    if isinstance(value, str) and 0 < len(value.strip()) <= MAX_TEXT and value.isprintable():
        if field.type in ("text", "choice"):
            return value.strip()
        if field.type == "date":
            return _date(field, value)
    raise InputError("modele.type", field=field.name, value=str(value)[:60], type=field.type)


def _date(field: Field, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InputError("modele.type", field=field.name, value=value[:60], type=field.type) from error
