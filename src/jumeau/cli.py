"""The command line: parses, calls the twin, prints. Heavy modules load inside the commands."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.errors import InputError, JumeauError
from jumeau.texts import t

app = typer.Typer(help=t("cli.aide"), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Place = Annotated[Path, typer.Option("--twin", "-t", envvar="JUMEAU_TWIN", help=t("cli.place"))]
Json = Annotated[bool, typer.Option("--json", help=t("cli.json"))]
Data = Annotated[Path | None, typer.Option("--data", help=t("cli.donnees"))]
Out = Annotated[Path, typer.Option("--out", help=t("cli.sortie"))]
HERE = Path("jumeau")


def say(text: object) -> None:
    """Print a line for the user."""
    typer.echo(text)


def say_json(value: Any) -> None:
    """Print one JSON object."""
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode())


@app.command(help=t("cli.aide_init"))
def init(
    place: Annotated[str, typer.Argument(help=t("cli.place"))] = str(HERE),
    departement: Annotated[str | None, typer.Option(help=t("cli.departement"))] = None,
    contours: Annotated[Path | None, typer.Option(help=t("cli.contours"))] = None,
) -> None:
    """Create a twin."""
    from jumeau.twin import open_twin

    with open_twin(place, create=True) as twin:
        say(t("cli.cree", place=place))
        if departement:
            say(t("cli.etape_communes", departement=departement, count=twin.load_communes(departement, contours)))


@app.command("import", help=t("cli.aide_import"))
def import_(
    file: Annotated[Path, typer.Argument(help=t("cli.fichier"))],
    layer: Annotated[str, typer.Option("--as", help=t("cli.couche"))],
    twin: Place = HERE,
    mapping: Annotated[Path | None, typer.Option(help=t("cli.correspondance"))] = None,
    source: Annotated[str | None, typer.Option(help=t("cli.source_id"))] = None,
    title: Annotated[str, typer.Option(help=t("cli.source_titre"))] = "",
    licence: Annotated[str, typer.Option(help=t("cli.licence"))] = "",
    public: Annotated[bool, typer.Option(help=t("cli.public"))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("cli.a_blanc"))] = False,
    rejects: Annotated[Path, typer.Option(help=t("cli.rejets"))] = Path("rejets"),
    as_json: Json = False,
) -> None:
    """Import a file."""
    from jumeau.model.provenance import Source
    from jumeau.twin import open_twin

    declared = Source(id=source, title=title or source, licence=licence, public=public) if source else None
    with open_twin(twin) as opened:
        report = opened.import_file(file, layer, mapping=mapping, source=declared, dry_run=dry_run, reports=rejects)
    if as_json:
        say_json(report)
        return
    say(report.mapping)
    for note in report.notes:
        say(f"- {note}")
    say(report.line())
    if report.report:
        say(report.report)


@app.command(help=t("cli.aide_fields"))
def fields(layer: Annotated[str | None, typer.Argument(help=t("cli.couche"))] = None, as_json: Json = False) -> None:
    """List layers and fields."""
    from jumeau.model.dictionary import builtin_layers

    found = builtin_layers()
    if layer is not None and layer not in found:
        from jumeau.errors import NotFoundError

        raise NotFoundError("modele.couche_inconnue", layer=layer, known=", ".join(found))
    chosen = [found[layer]] if layer else list(found.values())
    if as_json:
        say_json(chosen)
        return
    for one in chosen:
        say(f"{one.name} : {one.title}")
        for field in one.fields:
            say(f"  {field.name:<28}{field.unit or field.type:<10}{field.description}")


@app.command(help=t("cli.aide_diagnose"))
def diagnose(
    field: Annotated[list[str] | None, typer.Argument(help=t("cli.champ"))] = None,
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Diagnose one field or all."""
    from jumeau.twin import open_twin
    from jumeau.twin.summary import totals

    with open_twin(twin) as opened:
        found = {name: totals(_diagnose(opened, name).diagnosis.groups) for name in field or opened.fields}
    if as_json:
        say_json(found)
        return
    for name, rows in found.items():
        say(f"{name} ({t('jumeau.sans_actif')})" if not rows else name)
        _table(rows)


def _diagnose(twin: Any, field: str) -> Any:
    """Diagnose with a progress bar on a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(t("cli.etape_diagnostic", field=field), total=None)
        return twin.diagnose(field, progress=lambda done, total: bar.update(task, completed=done, total=total))


def _table(rows: list[Any]) -> None:
    """Print indicator totals."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*t("cli.colonnes_indicateur").split("|"), box=None)
    for row in rows:
        numbers = [_number(row.estimate.value), _number(row.estimate.low), _number(row.estimate.high)]
        shares = [f"{row.shares[o]:.0%}" for o in ("measured", "declared", "inferred", "default")]
        table.add_row(row.title, *numbers, row.estimate.unit, *shares, str(row.unknown))
    Console(width=max(100, Console().width)).print(table)


def _number(value: float | None) -> str:
    return t("cli.inconnu") if value is None else f"{value:,.0f}".replace(",", "\u202f")


@app.command(help=t("cli.aide_plan"))
def plan(
    twin: Place = HERE,
    first_year: Annotated[int | None, typer.Option(help=t("cli.annee"))] = None,
    years: Annotated[int, typer.Option(help=t("cli.duree"))] = 10,
    budget: Annotated[list[str] | None, typer.Option(help=t("cli.budget"))] = None,
    as_json: Json = False,
) -> None:
    """Compute the programme."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        programme = opened.plan(first_year=first_year, years=years, budgets=_budgets(budget or []))
    if as_json:
        say_json(programme_json(programme))
        return
    say(programme_line(programme))
    for row in programme.chosen.to_pylist():
        say(f"{row['year']}  {_number(row['cost_eur']):>12} €  {row['owner']}  {row['title']}")


def _budgets(texts: list[str]) -> dict[str, float]:
    out = {}
    for text in texts:
        owner, _, amount = text.partition("=")
        try:
            out[owner.strip()] = float(amount)
        except ValueError as error:
            raise InputError("cli.budget_illisible", text=text) from error
    return out


def programme_line(programme: Any) -> str:
    """One line about a programme."""
    gap = t("cli.inconnu") if programme.gap is None else f"{programme.gap:.2%}"
    return t("cli.etape_programme", chosen=programme.chosen.num_rows, gap=gap)


def programme_json(programme: Any) -> dict[str, Any]:
    """A programme as plain values."""
    return {
        "status": programme.status,
        "objective": programme.objective,
        "bound": programme.bound,
        "gap": programme.gap,
        "actions": programme.chosen.num_rows,
        "chosen": programme.chosen.to_pylist(),
    }


@app.command(help=t("cli.aide_report"))
def report(
    out: Out = Path("sortie"),
    twin: Place = HERE,
    commune: Annotated[str | None, typer.Option(help=t("cli.fiche"))] = None,
) -> None:
    """Write the report and the sheets of communes, or the sheet of one."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        written = [] if commune else list(opened.report(out).values())
        for path in [*written, *opened.sheets(out, commune=commune).values()]:
            say(t("cli.etape_rapport", path=path))


@app.command(help=t("cli.aide_show"))
def show(layer: str, asset: str, twin: Place = HERE) -> None:
    """Show an asset with every claim on it."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        for claim in opened.view.claims(layer, asset):
            value = f"{len(claim.value)} octets" if isinstance(claim.value, bytes) else claim.value
            say(f"{claim.attribute:<28}{value!s:<24}{claim.origin:<10}{claim.source}  #{claim.commit}")


@app.command(help=t("cli.aide_edit"))
def edit(
    layer: str,
    asset: str,
    change: Annotated[str, typer.Argument(metavar="CHAMP=VALEUR")],
    message: Annotated[str, typer.Option("--message", "-m", help=t("cli.message"))],
    twin: Place = HERE,
    origin: Annotated[str, typer.Option(help=t("cli.origine"))] = "declared",
) -> None:
    """Correct one value."""
    from jumeau.twin import open_twin

    name, sign, text = change.partition("=")
    if not sign:
        raise InputError("cli.valeur_illisible", text=change)
    with open_twin(twin) as opened:
        commit = opened.edit(layer, asset, {name: text or None}, origin=origin, message=message)
    say(f"#{commit.id}")


@app.command(help=t("cli.aide_log"))
def log(twin: Place = HERE) -> None:
    """List commits."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        for one in opened.view.commits():
            instant = one.instant.isoformat(timespec="seconds")
            say(t("cli.ecriture", id=one.id, instant=instant, author=one.author, message=one.message))


@app.command(help=t("cli.aide_revert"))
def revert(commit: int, twin: Place = HERE) -> None:
    """Take a commit back."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        say(f"#{opened.view.revert(commit).id}")


@app.command(help=t("cli.aide_check"))
def check(
    twin: Annotated[Path | None, typer.Option("--twin", "-t", envvar="JUMEAU_TWIN", help=t("cli.place"))] = None,
    repair: Annotated[bool, typer.Option("--repair", help=t("cli.reparer"))] = False,
) -> None:
    """Check kernels, and a twin when one is named."""
    from jumeau.kernels import kernel_in_use

    say(t("cli.noyau", name="philox", kind=kernel_in_use("philox")))
    if twin is None:
        return
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        findings = opened.view.check(repair=repair)
    for finding in findings:
        say(finding.text)
    if not findings:
        say(t("cli.rien_a_dire"))
    if any(f.severity == "error" and not f.repaired for f in findings):
        raise typer.Exit(1)


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

    with open_twin(twin, actor=ANONYMOUS if public else LOCAL_ADMIN) as opened:
        say(t("cli.ouvrir", host="127.0.0.1", port=port))
        uvicorn.run(create_app(opened), host="127.0.0.1", port=port, log_level="warning")


@app.command(help=t("cli.aide_run"))
def run(recipe: Path, out: Out = Path("sortie"), data: Data = None, as_json: Json = False) -> None:
    """Run a recipe."""
    from jumeau.twin.recipes import run_recipe

    _show_run(run_recipe(recipe, data or data_folder(), out, progress=None if as_json else say), as_json)


@app.command(help=t("cli.aide_demo"))
def demo(
    out: Out = Path("sortie/demo"),
    data: Data = None,
    serve_after: Annotated[bool, typer.Option("--serve/--no-serve", help=t("cli.servir"))] = False,
    port: Annotated[int, typer.Option(help=t("cli.port"))] = 8034,
) -> None:
    """Run the demonstration."""
    from jumeau.twin.recipes import run_demo

    result = run_demo(data or data_folder(), out, progress=say)
    _show_run(result, as_json=False)
    if serve_after:
        serve(Path(result.twin), port)


def _show_run(result: Any, as_json: bool) -> None:
    if as_json:
        say_json(result)
        return
    for rows in result.indicators.values():
        _table(rows)
    for path in result.paths.values():
        say(t("cli.etape_rapport", path=path))


def data_folder() -> Path | None:
    """The open data folder: JUMEAU_DATA, or ../shared beside the project; None when there is none."""
    for place in (os.environ.get("JUMEAU_DATA"), Path(__file__).resolve().parents[3] / "shared", "../shared"):
        if place and Path(place).is_dir():
            folder = Path(place)
            return folder / "data" if (folder / "data").is_dir() else folder
    return None


def main() -> None:
    """Entry point: errors are one French sentence, never a traceback."""
    try:
        app()
    except JumeauError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    except Exception as error:
        if os.environ.get("JUMEAU_DEBUG"):
            raise
        typer.echo(t("cli.erreur_inattendue", kind=type(error).__name__), err=True)
        sys.exit(3)
