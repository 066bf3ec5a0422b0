"""Accounts of collectivités in the XML of the TOTEM tool (DocumentBudgetaire), one row per budget line [1].

[1] DGFiP and DGCL, schema of the Document budgetaire (demat "Actes budgetaires", namespace docbudgetaire).
"""

from pathlib import Path
from xml.etree.ElementTree import ParseError

import pyarrow as pa

from jumeau.errors import HostileFileError, InputError
from jumeau.sources.guard import DEFAULT, Limits, check_shape, check_xml
from jumeau.sources.raw import RawTable

LINE, YEAR, NAME, ROOT = "LigneBudget", "Exer", "LibelleEtab", "DocumentBudgetaire"
COLUMNS = ("Nature", "Fonction", "CodRD", "MtPrev", "CredOuv", "MtReal")
_HEAD = 2048


def is_totem(path: Path) -> bool:
    """True for an XML file whose root is a DocumentBudgetaire."""
    with path.open("rb") as source:
        return f"<{ROOT}".encode() in source.read(_HEAD).replace(b"\x00", b"")


def read_totem(path: Path, limits: Limits = DEFAULT) -> RawTable:
    """Budget lines as text columns: `COLUMNS`, `Exercice` and `Etablissement`, amounts as written.

    A file may hold several budgets: each line takes the year and the name of its own. Raises InputError for a damaged
    file, HostileFileError for one that declares entities.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    check_xml(path, limits)
    rows: list[dict[str, str]] = []
    budget: dict[str, str] = {}
    try:
        for _, element in iterparse(str(path), events=("end",), forbid_dtd=True):
            tag = str(element.tag).rpartition("}")[2]
            if tag in (YEAR, NAME):
                budget[tag] = element.get("V", "")
            elif tag == LINE:
                cells = {str(child.tag).rpartition("}")[2]: child.get("V", "") for child in element}
                rows.append({c: cells.get(c, "") for c in COLUMNS} | budget)
                element.clear()
                if len(rows) % 100_000 == 0:
                    check_shape(len(rows), len(COLUMNS) + 2, path.name, limits)
    except DefusedXmlException as error:
        raise HostileFileError("imports.xml_entites", file=path.name) from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise InputError("imports.illisible", file=path.name, format="TOTEM", reason=error) from error
    columns = {c: pa.array([row[c] or None for row in rows], pa.string()) for c in COLUMNS}
    for title, tag in (("Exercice", YEAR), ("Etablissement", NAME)):
        columns[title] = pa.array([row.get(tag) or None for row in rows], pa.string())
    return RawTable(format="totem", columns=pa.table(columns))
