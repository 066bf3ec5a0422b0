"""Accounts of collectivités in the XML of the TOTEM tool (DocumentBudgetaire), one row per budget line [1].

[1] DGFiP and DGCL, schema of the Document budgetaire (demat "Actes budgetaires", namespace docbudgetaire).
"""

from pathlib import Path
from xml.etree.ElementTree import ParseError

import pyarrow as pa

from jumeau.errors import HostileFileError, InputError
from jumeau.model.territory import referential
from jumeau.sources.guard import DEFAULT, Limits, check_shape, check_xml
from jumeau.sources.raw import RawTable

LINE, YEAR, NAME, ROOT, BUDGET = "LigneBudget", "Exer", "LibelleEtab", "DocumentBudgetaire", "Budget"
COLUMNS = ("Nature", "Fonction", "CodRD", "MtPrev", "CredOuv", "MtReal", "OpBudg")
HEADS = ("IdColl", NAME, YEAR, "Nomenclature", "CodTypBud")
TITLES = {
    "IdColl": "SIRET", NAME: "Etablissement", YEAR: "Exercice", "Nomenclature": "Nomenclature", "CodTypBud": "TypeBudget",
}  # fmt: skip
POPULATION, DEBT = "PopTot", "ValEncDettePop"
"""Inhabitants, and outstanding debt by inhabitant [€], as the document prints them."""
_HEAD = 2048


def is_totem(path: Path) -> bool:
    """True for an XML file whose root is a DocumentBudgetaire."""
    with path.open("rb") as source:
        return f"<{ROOT}".encode() in source.read(_HEAD).replace(b"\x00", b"")


def read_totem(path: Path, limits: Limits = DEFAULT) -> RawTable:
    """Budget lines as text columns: `COLUMNS`, `TITLES`, `Collectivite` and `EncoursDette`, amounts as written.

    A file may hold several budgets: each line takes the year, the name, the kind (P principal, A annexe) and the debt of its
    own. Collectivite: the owner its SIRET is that of. Raises InputError for a damaged
    file, HostileFileError for one that declares entities.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    check_xml(path, limits)
    rows: list[dict[str, str]] = []
    budgets: list[dict[str, str]] = [{}]
    collectivite: dict[str, str] = {}
    try:
        for event, element in iterparse(str(path), events=("start", "end"), forbid_dtd=True):
            tag = str(element.tag).rpartition("}")[2]
            if event == "start":
                if tag == BUDGET:
                    budgets.append({})
            elif tag == "IdColl":
                collectivite[tag] = element.get("V", "")
            elif tag in HEADS:
                budgets[-1].setdefault(tag, element.get("V", ""))
            elif tag == "Information" and element.get("Code") in (POPULATION, DEBT):
                budgets[-1][str(element.get("Code"))] = element.get("V", "")
            elif tag == LINE:
                cells = {str(child.tag).rpartition("}")[2]: child.get("V", "") for child in element}
                rows.append({c: cells.get(c, "") for c in COLUMNS} | {BUDGET: str(len(budgets) - 1)})
                element.clear()
                if len(rows) % 100_000 == 0:
                    check_shape(len(rows), len(COLUMNS) + len(TITLES) + 2, path.name, limits)
    except DefusedXmlException as error:
        raise HostileFileError("imports.xml_entites", file=path.name) from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise InputError("imports.illisible", file=path.name, format="TOTEM", reason=error) from error
    columns = {c: pa.array([row[c] or None for row in rows], pa.string()) for c in COLUMNS}
    heads = [collectivite | budget for budget in budgets]
    said = {title: [head.get(tag) or None for head in heads] for tag, title in TITLES.items()}
    said["Collectivite"] = [referential().owner_of_siren(head.get("IdColl", "").replace(" ", "")[:9]) for head in heads]
    said["EncoursDette"] = [_debt(head) for head in heads]
    at = pa.array([int(row[BUDGET]) for row in rows], pa.int32())
    for title, values in said.items():
        columns[title] = pa.array(values, pa.string()).take(at)
    return RawTable(format="totem", columns=pa.table(columns))


def _debt(head: dict[str, str]) -> str | None:
    try:
        return f"{float(head[DEBT].replace(',', '.')) * float(head[POPULATION].replace(' ', '')):.2f}"
    except (KeyError, ValueError):
        return None
