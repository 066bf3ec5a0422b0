"""Commands of the catalogue of optics: makers' lanterns and road surfaces kept in the twin."""

from pathlib import Path
from typing import Annotated

import typer

from jumeau.cli.lighting import lighting
from jumeau.cli.shared import HERE, Json, Place, number, say, say_json
from jumeau.texts import t

optics = typer.Typer(help=t("eclairage.aide_catalogue"), no_args_is_help=True)
lighting.add_typer(optics, name="catalogue")


@optics.command("add", help=t("eclairage.aide_catalogue_ajout"))
def add(
    files: Annotated[list[Path], typer.Argument(help=t("eclairage.aide_catalogue_fichiers"))],
    name: Annotated[str, typer.Option(help=t("eclairage.aide_catalogue_nom"))] = "",
    power: Annotated[float | None, typer.Option(min=0.1, max=5000, help=t("eclairage.aide_catalogue_puissance"))] = None,
    twin: Place = HERE,
) -> None:
    """Keep files in the catalogue; a file that cannot be read is said and the others go on."""
    from jumeau.errors import JumeauError
    from jumeau.twin import open_twin
    from jumeau.twin.optics import add_optics

    failed = False
    with open_twin(twin) as opened:
        for path in files:
            try:
                entry, doubts = add_optics(opened.view, path, name=name if len(files) == 1 else "", power_w=power)
            except JumeauError as error:
                say(str(error))
                failed = True
                continue
            say(t("eclairage.catalogue_garde", name=entry.code, kind=t(f"eclairage.catalogue_{entry.kind}")))
            for doubt in doubts:
                say("  " + doubt)
    if failed:
        raise typer.Exit(2)


@optics.command("list", help=t("eclairage.aide_catalogue_liste"))
def show(twin: Place = HERE, as_json: Json = False) -> None:
    """List the catalogue."""
    from rich.console import Console
    from rich.table import Table

    from jumeau.twin import open_twin
    from jumeau.twin.optics import catalogue

    with open_twin(twin) as opened:
        found = catalogue(opened.view)
    if as_json:
        say_json(found)
        return
    if not found:
        say(t("eclairage.catalogue_vide"))
        return
    table = Table(*t("eclairage.colonnes_catalogue").split("|"), box=None)
    for e in found:
        ratio = ["" if x is None else f"{100 * x:.1f} %".replace(".", ",") for x in (e.ulr, e.cie_flux_code_3)]
        numbers = ["" if x is None else number(x) for x in (e.power_w, e.luminous_flux_lm, e.cct_k)]
        q0 = "" if e.q0 is None else f"{e.q0:.3f}".replace(".", ",")
        table.add_row(e.code, t(f"eclairage.catalogue_{e.kind}"), *numbers, *ratio, q0, e.filename)
    Console(width=max(130, Console().width)).print(table)


@optics.command("remove", help=t("eclairage.aide_catalogue_retrait"))
def remove(name: Annotated[str, typer.Argument(help=t("eclairage.aide_catalogue_nom"))], twin: Place = HERE) -> None:
    """Take an entry out."""
    from jumeau.twin import open_twin
    from jumeau.twin.optics import remove_optics

    with open_twin(twin) as opened:
        remove_optics(opened.view, name)
        say(t("eclairage.catalogue_retire", name=name))
