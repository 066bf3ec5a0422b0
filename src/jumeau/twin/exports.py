"""The export verbs: sheets of communes, a workbook of everything, a GeoPackage."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.twin import places

if TYPE_CHECKING:
    from jumeau.twin.core import Twin


def write_all(twin: "Twin", out: Path, on: date | None = None) -> dict[str, Path]:
    """Write the workbook and the GeoPackage in `out`. Gives the path of each kind."""
    from jumeau.twin import geopackage, workbook

    return {"xlsx": workbook.write(twin, out / "jumeau.xlsx", on), "gpkg": geopackage.write(twin, out / "jumeau.gpkg", on)}


def write_sheets(twin: "Twin", out: Path, on: date | None = None, commune: str | None = None) -> dict[str, Path]:
    """Write the sheets of all communes, or of one, as PDF and HTML in `out`. Gives the path of each kind."""
    from jumeau.documents.render import render_places_html, render_places_pdf

    context = places.build(twin, on, commune)
    stem = "fiches-communes" if commune is None else f"fiche-{commune}"
    return {
        "pdf": render_places_pdf(context, out / f"{stem}.pdf"),
        "html": render_places_html(context, out / f"{stem}.html"),
    }
