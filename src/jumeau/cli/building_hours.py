"""Commands of the buildings field: weather and the hours."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from jumeau.cli.buildings import buildings, figure, percent
from jumeau.cli.shared import HERE, Json, Place, number, say, say_json
from jumeau.texts import t


@buildings.command("hourly", help=t("batiments.aide_horaire"))
def hourly(
    weather: Annotated[Path | None, typer.Argument(help=t("batiments.aide_meteo"))] = None,
    twin: Place = HERE,
    climate: Annotated[str, typer.Option(help=t("batiments.aide_climat"))] = "actuel",
    commune: Annotated[str | None, typer.Option(help=t("batiments.aide_commune"))] = None,
    method: Annotated[str, typer.Option(help=t("batiments.aide_methode"))] = "simple",
    out: Annotated[Path | None, typer.Option(help=t("batiments.aide_table"))] = None,
    as_json: Json = False,
) -> None:
    """Simulate the stock hour by hour."""
    import pyarrow.compute as pc
    import pyarrow.csv as pacsv
    from rich.console import Console
    from rich.progress import Progress

    from jumeau.twin import open_twin
    from jumeau.twin.buildings import hourly as simulate

    with open_twin(twin) as opened, Progress(
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as bar:  # fmt: skip
        task = bar.add_task(t("batiments.horaire_en_cours"), total=None)
        found = simulate(
            opened, weather, climate, commune=commune, method=method,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip
    sums = {n: pc.sum(found.table[n]).as_py() for n in ("heat_need_kwh", "cooling_need_kwh")}
    known = found.table.num_rows - found.table["heat_need_kwh"].null_count
    if out:
        pacsv.write_csv(found.table, out)
    if as_json:
        say_json({"weather": found.weather, "filled_hours": found.filled_hours, "simulated": known, **sums})
        return
    say(found.weather)
    if found.filled_hours:
        say(t("batiments.heures_reconstituees", count=found.filled_hours))
    unknown = found.table.num_rows - known
    say(t("batiments.horaire_bilan", known=number(known), unknown=number(unknown)))
    say(t("batiments.horaire_besoins", heat=number(sums["heat_need_kwh"]), cool=number(sums["cooling_need_kwh"])))
    if out:
        say(t("batiments.table_ecrite", path=out))


@buildings.command("weather", help=t("meteo.aide"))
def weather(
    file: Annotated[Path | None, typer.Argument(help=t("batiments.aide_meteo"))] = None,
    twin: Place = HERE,
    forget: Annotated[bool, typer.Option("--forget", help=t("meteo.aide_oublier"))] = False,
) -> None:
    """Say, set or forget the weather of the twin."""
    from jumeau.twin import open_twin
    from jumeau.twin.weather import forget_weather, keep_weather, said

    with open_twin(twin) as opened:
        if forget:
            forget_weather(opened.view)
            say(t("meteo.rendue"))
            return
        filled = keep_weather(opened.view, file).filled if file else 0
        say(t("meteo.gardee", source=said(opened.view)))
        if filled:
            say(t("batiments.heures_reconstituees", count=filled))


@buildings.command("curve", help=t("batiments.aide_courbe"))
def curve(
    building: Annotated[str, typer.Argument(help=t("batiments.aide_batiment"))],
    weather: Annotated[Path | None, typer.Argument(help=t("batiments.aide_meteo"))] = None,
    twin: Place = HERE,
    climate: Annotated[str, typer.Option(help=t("batiments.aide_climat"))] = "actuel",
    method: Annotated[str, typer.Option(help=t("batiments.aide_methode"))] = "simple",
    out: Annotated[Path | None, typer.Option(help=t("batiments.aide_table"))] = None,
) -> None:
    """One building hour by hour."""
    import pyarrow.compute as pc
    import pyarrow.csv as pacsv

    from jumeau.twin import open_twin
    from jumeau.twin.buildings import curve as year_of

    with open_twin(twin) as opened:
        found = year_of(opened, building, weather, climate, method=method)
    if found is None:
        say(t("batiments.etapes_inconnu"))
        return
    value, low, high = (number(x) for x in found.heat_kwh)
    peak = figure(pc.max(found.hours["heat_kw"]).as_py(), 1)
    say(t("batiments.courbe_chaud", value=value, low=low, high=high, peak=peak, cop=figure(found.cop, 1)))
    final, final_low, final_high = (number(x) for x in found.final_kwh)
    say(t("batiments.courbe_finale", value=final, low=final_low, high=final_high, water=number(found.water_kwh)))
    share = percent(found.self_consumed)
    say(t("batiments.courbe_solaire", peak=figure(found.solar_kw_peak, 1), made=number(found.solar_kwh), share=share))
    hot = pc.sum(pc.greater(found.hours["free_c"], 28.0)).as_py() or 0
    say(t("batiments.courbe_ete_ressentie" if method == "parois" else "batiments.courbe_ete", hours=number(hot)))
    if out:
        pacsv.write_csv(found.hours, out)
        say(t("batiments.table_ecrite", path=out))
