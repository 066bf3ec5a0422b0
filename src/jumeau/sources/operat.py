"""Exports of the tertiary register OPERAT: one row per entity and year, read as the layer of declared consumptions is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from jumeau.errors import InputError
from jumeau.model.dictionary import builtin_layers
from jumeau.sources.importer import prepare
from jumeau.texts import t

LAYER = "consommation_tertiaire"
NEEDED = {"entity": "Référence EFA", "year": "Année", "energy_kwh": "Consommation d'énergie finale (kWh)"}
"""Fields without which nothing can be followed, and a header that says each."""


@dataclass(slots=True)
class Register:
    """An export. table: its rows in the columns of the layer; rejected: (line of the file, why) of what was left out; notes:
    what was said of the reading, in French."""

    table: pa.Table
    rejected: list[tuple[int, str]]
    notes: Sequence[str]


def read_operat(path: Path) -> Register:
    """Read an export of OPERAT (CSV, XLSX, ODS). Raises InputError naming the column that is missing."""
    layer = builtin_layers()[LAYER]
    try:
        found = prepare(path, layer)
    except InputError as error:
        if error.key != "imports.champ_obligatoire":
            raise
        raise _missing(path, str(error.where["field"])) from error
    if "energy_kwh" not in found.table.column_names:
        raise _missing(path, "energy_kwh")
    rejected: dict[int, str] = {}
    for row in found.rejects.to_pylist():
        title = layer[row["field"]].description if row["field"] in layer.names else row["field"]
        said = t("dpe.operat_ligne", line=row["row"], field=title, value=row["value"] or "", reason=row["reason"])
        rejected.setdefault(row["row"], said)
    return Register(found.table, sorted(rejected.items()), found.notes)


def _missing(path: Path, field: str) -> InputError:
    layer = builtin_layers()[LAYER]
    return InputError("dpe.operat_colonne", file=path.name, column=layer[field].description, said=NEEDED[field])
