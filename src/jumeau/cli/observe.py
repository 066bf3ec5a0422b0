"""Commands on sensor values: declare a series, write and read values, hours and days."""

from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.cli.shared import HERE, Json, Place, app, said, say, say_json
from jumeau.texts import t

series = typer.Typer(help=t("mesures.aide_series"), no_args_is_help=True)
app.add_typer(series, name="series")

Name = Annotated[str, typer.Argument(help=t("mesures.serie"))]
Since = Annotated[str | None, typer.Option("--since", metavar="INSTANT", help=t("mesures.depuis"))]
Until = Annotated[str | None, typer.Option("--until", metavar="INSTANT", help=t("mesures.avant"))]


@series.command("declare", help=t("mesures.aide_declare"))
def declare(
    name: Name,
    unit: Annotated[str, typer.Option("--unit", help=t("mesures.unite"))],
    twin: Place = HERE,
    title: Annotated[str, typer.Option("--title", help=t("mesures.titre"))] = "",
    layer: Annotated[str, typer.Option("--layer", help=t("cli.couche"))] = "",
    asset: Annotated[str, typer.Option("--asset", help=t("mesures.actif"))] = "",
    raw_days: Annotated[int, typer.Option("--raw-days", help=t("mesures.jours_valeurs"))] = 400,
    hourly_days: Annotated[int, typer.Option("--hourly-days", help=t("mesures.jours_heures"))] = 1830,
) -> None:
    """Declare a series and how long it is kept."""
    from jumeau.model.claim import Series
    from jumeau.twin import open_twin

    kept = {"raw_days": raw_days or None, "hourly_days": hourly_days or None}
    with open_twin(twin) as opened:
        opened.view.declare_series(Series(id=name, unit=unit, title=title, layer=layer, asset=asset, **kept))
    say(t("mesures.declaree", name=name, unit=unit))


@series.command("list", help=t("mesures.aide_list"))
def list_(twin: Place = HERE, as_json: Json = False) -> None:
    """List series with their latest value."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        found = [(one, opened.view.latest(name)) for name, one in opened.view.series().items()]
    if as_json:
        say_json([{"series": one, "latest": last} for one, last in found])
        return
    for one, last in found:
        value = t("cli.inconnu") if last is None else f"{last.value:g} {last.unit}  {said(last.instant)}  {last.quality}"
        say(f"{one.id:<28}{one.title:<28}{value}")


@app.command(help=t("mesures.aide_observe"))
def observe(
    file: Annotated[Path, typer.Argument(help=t("mesures.fichier"))],
    twin: Place = HERE,
) -> None:
    """Write sensor values of a CSV."""
    from jumeau.twin import open_twin
    from jumeau.twin.measures import read_csv

    with open_twin(twin) as opened:
        got = opened.view.receive(read_csv(file))
    say(t("mesures.recu", added=got.added, repeated=got.repeated, late=got.late, converted=got.converted))


@series.command("show", help=t("mesures.aide_show"))
def show(
    name: Name,
    twin: Place = HERE,
    since: Since = None,
    until: Until = None,
    step: Annotated[str | None, typer.Option("--step", help=t("mesures.pas"))] = None,
    as_json: Json = False,
) -> None:
    """Print values, or hours or days."""
    from jumeau.sharing.moments import instant
    from jumeau.twin import open_twin

    limits = instant(since, "since", start=True), instant(until, "until", start=True)
    with open_twin(twin) as opened:
        view = opened.view
        table = view.summary(name, step, *limits) if step else view.observations(name, *limits)
    rows: list[dict[str, Any]] = table.to_pylist()
    if as_json:
        say_json(rows)
        return
    say(t("mesures.colonnes_jours" if step else "mesures.colonnes_valeurs"))
    for row in rows:
        say(_line(row))


def _line(row: dict[str, Any]) -> str:
    when, *rest = row.values()
    shown = "  ".join(f"{x:>12g}" if isinstance(x, float) else f"{t('cli.inconnu') if x is None else x!s:>12}" for x in rest)
    return f"{said(when)}  {shown}"
