"""The export verbs: sheets of communes, a workbook of everything, a GeoPackage."""

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.documents.context import PlacesContext
from jumeau.twin import places

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

SHEET = re.compile(r"([0-9ab]{5}|epci|syndicat|departement|region)-")


def write_all(twin: "Twin", out: Path, on: date | None = None) -> dict[str, Path]:
    """Write the workbook, the GeoPackage and its QGIS project in `out`. Gives the path of each kind."""
    from jumeau.twin import geopackage, workbook

    gpkg = geopackage.write(twin, out / "jumeau.gpkg", on)
    return {"xlsx": workbook.write(twin, out / "jumeau.xlsx", on), "gpkg": gpkg, "qgz": gpkg.with_suffix(".qgz")}


def write_sheets(twin: "Twin", out: Path, on: date | None = None, commune: str | None = None) -> dict[str, Path]:
    """Write the sheets of all communes, or of one, as PDF and HTML in `out`. Gives the path of each kind.

    All of them are one HTML file, and a folder with a PDF each.
    """
    from jumeau.documents.render import render_places_html, render_places_pdf

    context = places.build(twin, on, commune)
    stem = "fiches-communes" if commune is None else f"fiche-{commune}"
    html = render_places_html(context, out / f"{stem}.html")
    pdf = _folder(twin, context, out / "fiches") if commune is None else render_places_pdf(context, out / f"{stem}.pdf")
    return {"pdf": pdf, "html": html}


def _folder(twin: "Twin", context: PlacesContext, folder: Path) -> Path:
    """One PDF by sheet in `folder`; those of an earlier run that are no longer there go."""
    from jumeau.documents.render import place_pages, print_page, write_whole

    written = {write_whole(folder / name, pdf) for name, pdf in twin.executor.map(print_page, place_pages(context))}
    for old in {path for path in folder.glob("*.pdf") if SHEET.match(path.name)} - written:
        old.unlink()
    return folder
