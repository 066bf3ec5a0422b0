"""The field dictionary: one CSV a layer, read by creation, validation, documentation, import mapping and the page.

Columns of a layer's CSV: name, type, unit, decimals, default, description, source_name, constraint, standard, scope,
synonyms. The row `geometry` gives the kind of geometry and, as its description, the title of the layer; the row `_layer`
gives, as its description, the field of action (`lighting`, `water`, `risks`, `buildings`, `territory`, `own`).
"""

import csv
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
import pyarrow as pa

from jumeau.errors import InputError, NotFoundError

GEOMETRIES = ("point", "line", "polygon", "none")
SCOPES = ("asset", "commune", "territory", "")
_ARROW = {
    "text": pa.string(),
    "choice": pa.string(),
    "commune": pa.string(),
    "id": pa.string(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
COLUMNS = (
    "name", "type", "unit", "decimals", "default", "description", "source_name", "constraint", "standard", "scope",
    "synonyms",
)  # fmt: skip
_NAME = re.compile(r"^[a-z_][a-z0-9_]{0,62}$")


class Constraint(msgspec.Struct, frozen=True):
    """Bounds in the unit of the field, closed list of values, pattern; `sentinels` are values that mean unknown.

    register: the field is the key of an official register, so that sources which cite it speak of the same asset.
    """

    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    required: bool = False
    sentinels: tuple[str, ...] = ()
    register: str = ""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a layer. `scope` is the scope of the draws of its uncertainty."""

    name: str
    type: str
    unit: str = ""
    decimals: int | None = None
    default: str = ""
    description: str = ""
    source_name: str = ""
    constraint: Constraint = Constraint()
    standard: str = ""
    scope: str = ""
    synonyms: tuple[str, ...] = ()

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type of the column."""
        return _ARROW[self.type]


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of asset as a typed table."""

    name: str
    title: str
    field: str
    geometry: str
    fields: tuple[Field, ...]

    def __getitem__(self, name: str) -> Field:
        for field in self.fields:
            if field.name == name:
                return field
        raise NotFoundError("modele.champ_inconnu", layer=self.name, field=name)

    @property
    def register(self) -> Field | None:
        """The field that is the key of an official register, if the layer has one."""
        return next((field for field in self.fields if field.constraint.register), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, without geometry."""
        return tuple(field.name for field in self.fields)

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of a resolved row: id, commune first, then the fields, then WKB geometry when there is one."""
        columns = [pa.field("id", pa.string(), nullable=False)]
        columns += [pa.field(f.name, f.arrow, metadata={"unit": f.unit}) for f in self.fields]
        if self.geometry != "none":
            columns.append(pa.field("geometry", pa.binary()))
        return pa.schema(columns)


def parse_constraint(text: str) -> Constraint:
    """Read `min=0;max=2000;enum=a|b;pattern=...;required;sentinels=-9999|0;register=cog`."""
    found: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in text.split(";"))):
        key, _, value = part.partition("=")
        found[key] = value
    return Constraint(
        minimum=float(found["min"]) if "min" in found else None,
        maximum=float(found["max"]) if "max" in found else None,
        choices=tuple(found["enum"].split("|")) if "enum" in found else (),
        pattern=found.get("pattern", ""),
        required="required" in found,
        sentinels=tuple(found["sentinels"].split("|")) if "sentinels" in found else (),
        register=found.get("register", ""),
    )


def parse_layer(name: str, lines: Iterable[str], file: str = "") -> Layer:
    """Read a layer from the lines of its CSV. Raises InputError naming the file and the row."""
    file = file or f"{name}.csv"
    if not _NAME.match(name):
        raise InputError("modele.nom_couche", name=name, file=file)
    fields: list[Field] = []
    geometry, title, domain = "none", name, "own"
    for number, row in enumerate(csv.DictReader(lines), start=2):
        row = {key: (row.get(key) or "").strip() for key in COLUMNS}
        if row["name"] == "_layer":
            domain = row["description"]
        elif row["name"] == "geometry":
            geometry, title = row["type"], row["description"]
            if geometry not in GEOMETRIES:
                raise InputError("modele.type_inconnu", file=file, row=number, type=geometry)
        else:
            fields.append(_parse_field(row, file, number))
    if not fields:
        raise InputError("modele.dictionnaire_vide", file=file)
    names = [field.name for field in fields]
    for twice in {n for n in names if names.count(n) > 1}:
        raise InputError("modele.champ_double", file=file, field=twice)
    return Layer(name=name, title=title, field=domain, geometry=geometry, fields=tuple(fields))


def _parse_field(row: dict[str, str], file: str, number: int) -> Field:
    if not _NAME.match(row["name"]) or row["name"] in ("id",):
        raise InputError("modele.nom_champ", file=file, row=number, name=row["name"])
    if row["type"] not in _ARROW or row["scope"] not in SCOPES:
        raise InputError("modele.type_inconnu", file=file, row=number, type=f"{row['type']} {row['scope']}".strip())
    try:
        return Field(
            name=row["name"],
            type=row["type"],
            unit=row["unit"],
            decimals=int(row["decimals"]) if row["decimals"] else None,
            default=row["default"],
            description=row["description"],
            source_name=row["source_name"],
            constraint=parse_constraint(row["constraint"]),
            standard=row["standard"],
            scope=row["scope"],
            synonyms=tuple(filter(None, row["synonyms"].split("|"))),
        )
    except ValueError as error:
        raise InputError("modele.ligne_illisible", file=file, row=number, reason=error) from error


@cache
def builtin_layers() -> dict[str, Layer]:
    """Layers of the package, by name."""
    folder = files("jumeau.model").joinpath("fields")
    out = {}
    for entry in sorted(folder.iterdir(), key=lambda f: f.name):
        if entry.name.endswith(".csv"):
            name = entry.name[:-4]
            out[name] = parse_layer(name, entry.read_text(encoding="utf-8").splitlines(), entry.name)
    return out


def read_layer(path: Path) -> Layer:
    """A layer of the user's own, from a CSV file named after it."""
    return parse_layer(path.stem, path.read_text(encoding="utf-8-sig").splitlines(), path.name)


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """One output of a diagnosis. total: how assets add up to a group: `sum`, `mean`,
    or `a/b`, the ratio of the sums of two other indicators of the same engine, known on the same assets; better: `lower`
    or `higher`.
    """

    name: str
    field: str
    unit: str
    decimals: int
    total: str
    better: str
    title: str
    description: str
    source: str


@cache
def indicators() -> dict[str, Indicator]:
    """The dictionary of indicators, by name."""
    text = files("jumeau.model").joinpath("indicators.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["name"]: msgspec.convert(row, Indicator, strict=False) for row in rows}
