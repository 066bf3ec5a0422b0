"""The export verbs: sheets of communes, a workbook of everything, a GeoPackage."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.documents.blocks import Document
from jumeau.documents.context import PlacesContext, ReportContext
from jumeau.twin import places

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

SHEET = re.compile(r"([0-9ab]{5}|epci|syndicat|departement|region)-")


def write_all(twin: "Twin", out: Path, on: date | None = None, context: ReportContext | None = None) -> dict[str, Path]:
    """Write the workbook, the GeoPackage and its QGIS project in `out`. context: of the report, when it is known. Gives the
    path of each kind.
    """
    from jumeau.twin import geopackage, workbook

    gpkg = geopackage.write(twin, out / "jumeau.gpkg", on)
    return {"xlsx": workbook.write(twin, out / "jumeau.xlsx", on, context), "gpkg": gpkg, "qgz": gpkg.with_suffix(".qgz")}


def write_sheets(twin: "Twin", out: Path, on: date | None = None, commune: str | None = None) -> dict[str, Path]:
    """Write the sheets of all communes, or of one, as PDF and HTML in `out`. Gives the path of each kind.

    All of them are one HTML file, and a folder with a PDF each.
    """
    from jumeau.documents.commune import sheets
    from jumeau.documents.render import print_html, print_pdf

    context = places.build(twin, on, commune)
    documents = sheets(context)
    stem = "fiches-communes" if commune is None else f"fiche-{commune}"
    html = print_html(documents, out / f"{stem}.html")
    if commune is None:
        return {"pdf": _folder(twin, context, documents, out / "fiches"), "html": html}
    return {"pdf": print_pdf(documents, out / f"{stem}.pdf", context.date, dense=True), "html": html}


def _folder(twin: "Twin", context: PlacesContext, documents: Sequence[Document], folder: Path) -> Path:
    """One PDF by sheet in `folder`; those of an earlier run that are no longer there go."""
    from jumeau.documents.render import place_pages, print_page, write_whole

    pages = place_pages(context, documents)
    written = {write_whole(folder / name, pdf) for name, pdf in twin.executor.map(print_page, pages)}
    for old in {path for path in folder.glob("*.pdf") if SHEET.match(path.name)} - written:
        old.unlink()
    return folder
