"""Writes docs/champs.md, the field dictionary for reading: `python -m jumeau.documents.champs docs/champs.md`."""

import sys
from pathlib import Path

from jumeau.model.dictionary import Field, Layer, builtin_layers, indicators
from jumeau.texts import t


def fields_page() -> str:
    """The page, from the dictionary and nothing else."""
    parts = [t("champs.tete")]
    parts += [_layer(layer) for layer in builtin_layers().values()]
    parts.append(_indicators())
    return "\n\n".join(parts) + "\n"


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def _rows(head: str, rows: list[tuple[object, ...]]) -> str:
    titles = t(head).split("|")
    lines = [titles, ["---"] * len(titles), *([_cell(x) for x in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _layer(layer: Layer) -> str:
    geometry = t(f"champs.geometrie_{layer.geometry}")
    head = t("champs.couche", name=layer.name, title=layer.title, geometry=geometry, field=layer.field)
    return f"{head}\n\n" + _rows("champs.colonnes", [_field(field) for field in layer.fields])


def _field(field: Field) -> tuple[object, ...]:
    rule = field.constraint
    said = [t("champs.obligatoire")] if rule.required else []
    if rule.minimum is not None or rule.maximum is not None:
        low, high = ("…" if x is None else f"{x:g}".replace(".", ",") for x in (rule.minimum, rule.maximum))
        said.append(t("champs.bornes", low=low, high=high))
    if rule.choices:
        said.append(", ".join(f"`{choice}`" for choice in rule.choices))
    if rule.pattern:
        said.append(f"`{rule.pattern}`")
    if rule.sentinels:
        said.append(t("champs.sentinelles", values=", ".join(rule.sentinels)))
    scope = t(f"champs.portee_{field.scope}") if field.scope else ""
    kind = field.unit or t(f"champs.type_{field.type}")
    return (f"`{field.name}`", kind, field.description, " ; ".join(said), scope, field.standard)


def _indicators() -> str:
    rows: list[tuple[object, ...]] = [
        (f"`{x.name}`", x.unit, x.title, x.description, x.source) for x in indicators().values()
    ]
    return t("champs.indicateurs") + "\n\n" + _rows("champs.colonnes_indicateur", rows)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(fields_page(), encoding="utf-8")
