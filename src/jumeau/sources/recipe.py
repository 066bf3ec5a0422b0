"""The recipe of a territory: a YAML that says which files become which layers, under which licence and vintage."""

from pathlib import Path
from typing import Any

import msgspec

from jumeau.errors import InputError
from jumeau.model.provenance import Source
from jumeau.sources.mapping import ColumnMap, Mapping
from jumeau.sources.raw import Reading
from jumeau.texts import t

MAX_BYTES = 1_000_000


class RecipeSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The source cited for a layer. rank, public: see `model.provenance.Source`."""

    id: str
    title: str
    licence: str = ""
    vintage: str = ""
    url: str = ""
    rank: int = 0
    public: bool = False

    def source(self) -> Source:
        """As a provenance struct."""
        return Source(**msgspec.structs.asdict(self))


class RecipeLayer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file of one layer. mapping: column -> field or fields; constants: field -> value for every row.

    keep: column -> cell or cells wanted, for a file that holds more than the territory. values: field -> spelling ->
    choice. crs, table, encoding: what the file does not say of itself. optional: its absence is no warning.
    """

    layer: str
    file: str
    source: RecipeSource
    mapping: dict[str, str | tuple[str, ...]] = {}
    constants: dict[str, Any] = {}
    keep: dict[str, str | tuple[str, ...]] = {}
    values: dict[str, dict[str, str]] = {}
    crs: str = ""
    table: str = ""
    encoding: str = ""
    optional: bool = False

    def read_as(self) -> Mapping:
        """How the file is read; without `mapping`, the columns are proposed from their names."""
        reason = t("imports.raison_donnee")
        columns = tuple(
            ColumnMap(column=column, field=field, reason=reason)
            for column, fields in self.mapping.items()
            for field in ((fields,) if isinstance(fields, str) else fields)
        )
        return Mapping(
            columns=columns,
            values=self.values,
            constants=self.constants,
            crs=self.crs,
            reading=Reading(table=self.table, encoding=self.encoding),
            keep={column: (cells,) if isinstance(cells, str) else cells for column, cells in self.keep.items()},
        )


class RecipeTerritory(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The communes of the twin. contours: a file of polygons with a commune code; without it, schematic cells."""

    departement: str
    contours: str = ""


class RecipePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The programme asked for. budgets: owner -> € a year; required: actions already decided."""

    first_year: int | None = None
    years: int = 10
    budgets: dict[str, float] = {}
    required: tuple[str, ...] = ()


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole recipe. own_layers: field CSV of the user's own layers, beside the recipe; facts: files of what decides of
    grants and taxes (layer `fait_financement`), beside the recipe too."""

    title: str
    territory: RecipeTerritory
    layers: tuple[RecipeLayer, ...] = ()
    own_layers: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    plan: RecipePlan = RecipePlan()
    seed: int = 0
    synthetic: bool = False


def read_recipe(path: Path) -> Recipe:
    """Read a recipe. Raises InputError that names the file and the key."""
    import yaml

    if not path.is_file():
        raise InputError("jumeau.fichier_absent", file=path)
    if path.stat().st_size > MAX_BYTES:
        raise InputError("jumeau.recette_cle", file=path.name, reason="> 1 Mo")
    try:
        return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Recipe, strict=False)
    except (msgspec.ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError("jumeau.recette_cle", file=path.name, reason=error) from error


def inside(folder: Path, relative: str) -> Path:
    """A file of the data folder; a path that leaves the folder is refused."""
    found = (folder / relative).resolve()
    if not found.is_relative_to(folder.resolve()):
        raise InputError("jumeau.recette_dehors", path=relative, folder=folder)
    return found
