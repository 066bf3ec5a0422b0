"""Commands that compute and write: diagnose, plan, report, export, serve, run, demo."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.cli.shared import (
    HERE,
    AsOf,
    At,
    Data,
    Json,
    OnBranch,
    Out,
    Place,
    app,
    cores,
    data_folder,
    opened,
    say,
    say_json,
    show_table,
)
from jumeau.texts import t


@app.command(help=t("cli.aide_diagnose"))
def diagnose(
    field: Annotated[list[str] | None, typer.Argument(help=t("cli.champ"))] = None,
    twin: Place = HERE,
    at: At = None,
    as_of: AsOf = None,
    branch: OnBranch = None,
    as_json: Json = False,
) -> None:
    """Diagnose one field or all."""
    from jumeau.twin.summary import totals

    with opened(twin, at, as_of, branch) as seen:
        found = {name: totals(_diagnose(seen, name).diagnosis.groups) for name in field or seen.fields}
    if as_json:
        say_json(found)
        return
    for name, rows in found.items():
        say(f"{name} ({t('jumeau.sans_actif')})" if not rows else name)
        show_table(rows)


def _diagnose(twin: Any, field: str) -> Any:
    """Diagnose with a progress bar on a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(t("cli.etape_diagnostic", field=field), total=None)
        return twin.diagnose(field, progress=lambda done, total: bar.update(task, completed=done, total=total))


@app.command(help=t("cli.aide_report"))
def report(
    out: Out = Path("sortie"),
    twin: Place = HERE,
    commune: Annotated[str | None, typer.Option(help=t("cli.fiche"))] = None,
    at: At = None,
    as_of: AsOf = None,
    branch: OnBranch = None,
) -> None:
    """Write the report and the sheets of communes, or the sheet of one."""
    with opened(twin, at, as_of, branch) as seen:
        written = [] if commune else list(seen.report(out).values())
        for path in [*written, *seen.sheets(out, commune=commune).values()]:
            say(t("cli.etape_rapport", path=path))


@app.command(help=t("cli.aide_export"))
def export(
    out: Out = Path("sortie"),
    twin: Place = HERE,
    layer: Annotated[list[str] | None, typer.Option("--layer", help=t("cli.couches_exportees"))] = None,
    kind: Annotated[str | None, typer.Option("--format", help=t("cli.format"))] = None,
    commune: Annotated[str | None, typer.Option("--commune", help=t("cli.commune_exportee"))] = None,
    values_only: Annotated[bool, typer.Option("--values-only", help=t("cli.sans_origines"))] = False,
    at: At = None,
    as_of: AsOf = None,
    branch: OnBranch = None,
) -> None:
    """Write the workbook and the GeoPackage, or layers one by one."""
    with opened(twin, at, as_of, branch) as seen:
        if layer or kind:
            from jumeau.twin.layer_exports import export_layers

            paths = export_layers(seen, layer or [], kind or "gpkg", out, commune=commune, values_only=values_only)
        else:
            paths = list(seen.export(out).values())
        for path in paths:
            say(t("cli.etape_export", path=path))


@app.command(help=t("cli.aide_serve"))
def serve(
    twin: Place = HERE,
    port: Annotated[int, typer.Option(help=t("cli.port"))] = 8034,
    public: Annotated[bool, typer.Option(help=t("cli.public"))] = False,
) -> None:
    """Serve the page on loopback."""
    import uvicorn

    from jumeau.sharing.actors import ANONYMOUS, LOCAL_ADMIN
    from jumeau.twin import open_twin
    from jumeau.web.app import create_app
    from jumeau.web.warm import warm_beside

    with open_twin(twin, actor=ANONYMOUS if public else LOCAL_ADMIN) as opened:
        if opened.view.read_only:
            say(t("cli.lecture_seule", place=twin))
        say(t("cli.ouvrir", host="127.0.0.1", port=port))
        app = create_app(opened)
        warm_beside(opened)
        uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2)


@app.command(help=t("cli.aide_run"))
def run(recipe: Path, out: Out = Path("sortie"), data: Data = None, as_json: Json = False) -> None:
    """Run a recipe."""
    from jumeau.twin.recipes import run_recipe

    result = run_recipe(recipe, data or data_folder(), out, progress=None if as_json else say, workers=cores())
    _show_run(result, as_json)


@app.command(help=t("cli.aide_demo"))
def demo(
    out: Out = Path("sortie/demo"),
    data: Data = None,
    serve_after: Annotated[bool, typer.Option("--serve/--no-serve", help=t("cli.servir"))] = False,
    port: Annotated[int, typer.Option(help=t("cli.port"))] = 8034,
) -> None:
    """Run the demonstration."""
    from jumeau.twin.recipes import run_demo

    result = run_demo(data or data_folder(), out, progress=say, workers=cores())
    _show_run(result, as_json=False)
    if serve_after:
        serve(str(result.twin), port)


def _show_run(result: Any, as_json: bool) -> None:
    if as_json:
        say_json(result)
        return
    for rows in result.indicators.values():
        show_table(rows)
    for path in result.paths.values():
        say(t("cli.etape_rapport", path=path))
