"""Which column of a file is which field of the dictionary: proposed with a confidence and a reason, or given in YAML."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from jumeau.errors import InputError, MappingError
from jumeau.model.dictionary import Layer
from jumeau.sources.raw import Reading
from jumeau.texts import t

MAX_BYTES = 1_000_000


class ColumnMap(msgspec.Struct, frozen=True, kw_only=True):
    """One column read as one field. confidence [0-1]; unit: unit of the cells when the column or the user says it."""

    column: str
    field: str
    confidence: float = 1.0
    reason: str = ""
    unit: str = ""


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is read. values: field -> spelling -> choice, "" for a spelling that says nothing is known; constants:
    field -> value of every row.

    columns: when empty, they are proposed. crs, x, y: geometry when the file does not say it. where: column -> text that
    the rows to read have (files with several tables in one). suggested: columns too doubtful to be read unless the user
    says so. unused: columns left out. keep: column -> cells wanted, when the file holds more than the territory: rows left
    aside are counted as `elsewhere`.
    """

    columns: tuple[ColumnMap, ...] = ()
    values: dict[str, dict[str, str]] = {}
    constants: dict[str, Any] = {}
    crs: str = ""
    x: str = ""
    y: str = ""
    reading: Reading = Reading()
    where: dict[str, str] = {}
    suggested: tuple[ColumnMap, ...] = ()
    unused: tuple[str, ...] = ()
    keep: dict[str, tuple[str, ...]] = {}

    @property
    def key(self) -> str:
        """Short hash of what the mapping says, so that the same file read the same way is known again."""
        said = [(c.column, c.field, c.unit) for c in self.columns]
        rest: tuple[Any, ...] = (self.values, self.constants, self.crs, self.x, self.y, self.reading, self.where)
        rest += (self.keep,) if self.keep else ()
        return hashlib.sha256(msgspec.json.encode((said, *rest), order="sorted")).hexdigest()[:16]

    def field(self, name: str) -> ColumnMap | None:
        """The column read as a field."""
        return next((column for column in self.columns if column.field == name), None)


def mapping_of(columns: dict[str, str], constants: dict[str, Any] | None = None) -> Mapping:
    """A mapping given as column -> field."""
    given = tuple(ColumnMap(column=c, field=f, reason=t("imports.raison_donnee")) for c, f in columns.items())
    return Mapping(columns=given, constants=constants or {})


class _Column(msgspec.Struct, forbid_unknown_fields=True):
    field: str
    unit: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """Keys of a mapping file."""

    columns: dict[str, str | _Column] = {}
    values: dict[str, dict[str, str]] = {}
    constants: dict[str, str | int | float | bool] = {}
    crs: str = ""
    x: str = ""
    y: str = ""
    where: dict[str, str] = {}
    table: str = ""
    encoding: str = ""
    separator: str = ""


def read_mapping(path: Path) -> Mapping:
    """Read a YAML mapping file. Raises MappingError that names the file and the key."""
    import yaml

    try:
        if path.stat().st_size > MAX_BYTES:
            raise MappingError("imports.correspondance_illisible", file=path.name, reason=t("imports.trop_long"))
        text = path.read_text(encoding="utf-8-sig")
        said = msgspec.convert(yaml.safe_load(text) or {}, _File, strict=False)
    except OSError as error:
        raise InputError("imports.fichier_absent", file=path.name) from error
    except (msgspec.ValidationError, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise MappingError("imports.correspondance_illisible", file=path.name, reason=reason) from error
    reason = t("imports.raison_donnee")
    columns = tuple(
        ColumnMap(column=name, field=to, reason=reason)
        if isinstance(to, str)
        else ColumnMap(column=name, field=to.field, unit=to.unit, reason=reason)
        for name, to in said.columns.items()
    )
    reading = Reading(table=said.table, encoding=said.encoding, separator=said.separator)
    return Mapping(
        columns=columns,
        values=said.values,
        constants=dict(said.constants),
        crs=said.crs,
        x=said.x,
        y=said.y,
        where=said.where,
        reading=reading,
    )


def write_mapping(mapping: Mapping, path: Path) -> None:
    """Write a mapping as YAML that a person can correct and give back."""
    import yaml

    columns = {c.column: {"field": c.field, "unit": c.unit} if c.unit else c.field for c in mapping.columns}
    said: dict[str, Any] = {"columns": columns, "values": mapping.values, "constants": mapping.constants}
    said |= {"crs": mapping.crs, "x": mapping.x, "y": mapping.y, "where": mapping.where} | msgspec.structs.asdict(
        mapping.reading
    )
    body = yaml.safe_dump({k: v for k, v in said.items() if v}, allow_unicode=True, sort_keys=False)
    lines = [f"# {c.column} -> {c.field} : {c.confidence:.0%}, {c.reason}" for c in mapping.columns]
    lines += [f"# ? {c.column}: {c.field} ({c.confidence:.0%}, {c.reason})" for c in mapping.suggested]
    lines += [f"# {name} : {t('imports.colonne_laissee')}" for name in mapping.unused]
    path.write_text("\n".join([*lines, body]), encoding="utf-8")


def check_mapping(mapping: Mapping, layer: Layer, columns: list[str], file: str) -> None:
    """Refuse a mapping that names a column the file lacks, a field the layer lacks, or a field twice."""
    for name in (*(c.column for c in mapping.columns), mapping.x, mapping.y, *mapping.where):
        if name and name not in columns:
            raise MappingError("imports.colonne_absente", file=file, column=name, known=", ".join(columns[:40]))
    seen: set[str] = set()
    for name in (*(c.field for c in mapping.columns), *mapping.constants, *mapping.values):
        if name not in layer.names:
            raise MappingError("imports.champ_absent", file=file, field=name, layer=layer.name, known=", ".join(layer.names))
    for column in mapping.columns:
        if column.field in seen or column.field in mapping.constants:
            raise MappingError("imports.champ_double", file=file, field=column.field)
        seen.add(column.field)
    for field, words in mapping.values.items():
        choices = ("true", "false") if layer[field].type == "boolean" else layer[field].constraint.choices
        wrong = [choice for choice in words.values() if choice and choice not in choices]
        if wrong:
            raise MappingError("imports.choix_absent", file=file, field=field, choice=wrong[0], known=", ".join(choices))


def describe_mapping(mapping: Mapping, layer: Layer) -> str:
    """The mapping as lines a person reads before importing."""
    lines = []
    for column in mapping.columns:
        title = layer[column.field].description or column.field
        unit = f" [{column.unit}]" if column.unit else ""
        lines.append(
            t(
                "imports.ligne_correspondance",
                column=column.column + unit,
                field=column.field,
                title=title,
                confidence=f"{column.confidence:.0%}".replace("%", " %"),
                reason=column.reason,
            )
        )
    for column in mapping.suggested:
        confidence = f"{column.confidence:.0%}".replace("%", " %")
        said = {"column": column.column, "field": column.field, "confidence": confidence, "reason": column.reason}
        lines.append(t("imports.ligne_suggestion", **said))
    lines += [t("imports.ligne_constante", field=name, value=value) for name, value in mapping.constants.items()]
    if mapping.x and mapping.y:
        lines.append(t("imports.ligne_xy", x=mapping.x, y=mapping.y))
    if mapping.unused:
        lines.append(t("imports.ligne_inutilisees", names=", ".join(mapping.unused)))
    return "\n".join(lines) or t("imports.aucune_correspondance")
