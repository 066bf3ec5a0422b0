"""Commands of the buildings field: hour by hour."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from jumeau.cli.shared import HERE, Json, Out, Place, app, number, say, say_json
from jumeau.texts import t

buildings = typer.Typer(help=t("batiments.aide"), no_args_is_help=True)
app.add_typer(buildings, name="buildings")


@buildings.command("hourly", help=t("batiments.aide_horaire"))
def hourly(
    weather: Annotated[Path | None, typer.Argument(help=t("batiments.aide_meteo"))] = None,
    twin: Place = HERE,
    climate: Annotated[str, typer.Option(help=t("batiments.aide_climat"))] = "actuel",
    commune: Annotated[str | None, typer.Option(help=t("batiments.aide_commune"))] = None,
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
            opened, weather, climate, commune=commune,
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


@buildings.command("bills", help=t("factures.aide"))
def bills(
    file: Annotated[Path, typer.Argument(help=t("factures.aide_fichier"))],
    temperatures: Annotated[Path, typer.Argument(help=t("factures.aide_temperatures"))],
    as_json: Json = False,
) -> None:
    """Read bills and say what they tell."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from jumeau.twin.buildings import meters

    rows, remarks = meters(file, temperatures)
    if as_json:
        say_json({"meters": [msgspec.structs.asdict(r) for r in rows], "remarks": list(remarks)})
        return
    table = Table(*t("factures.colonnes").split("|"), box=None)
    for row in rows:
        shown = [figure(row.base_kwh_day, 1), figure(row.slope_kwh_day_k, 2), figure(row.balance_c, 1)]
        shown += [percent(row.heating_share), percent(None if row.drift is None else row.drift - 1, sign=True)]
        table.add_row(row.meter, str(row.periods), *shown)
    Console(width=max(100, Console().width)).print(table)
    for row in rows:
        for name in row.quick_actions:
            say(f"{row.meter} : {t(f'factures.vite_{name}')}")
    if remarks:
        say(t("factures.remarques", count=len(remarks)))
        for remark in remarks:
            say(f"  {remark}")


@buildings.command("curves", help=t("factures.aide_courbes"))
def curves(
    file: Annotated[Path, typer.Argument(help=t("factures.aide_fichier_courbes"))],
    temperatures: Annotated[Path, typer.Argument(help=t("factures.aide_temperatures"))],
    use: Annotated[str, typer.Option(help=t("factures.aide_usage"))] = "bureau",
    as_json: Json = False,
) -> None:
    """Read load curves and say what runs when nobody is there."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from jumeau.twin.buildings import load_curves

    rows, remarks = load_curves(file, temperatures, use)
    if as_json:
        say_json({"meters": [msgspec.structs.asdict(r) for r in rows], "remarks": list(remarks)})
        return
    table = Table(*t("factures.colonnes_courbes").split("|"), box=None)
    for row in rows:
        shown = [percent(x) for x in (row.empty_share, row.night_heating, row.floor_share)]
        table.add_row(row.meter, number(row.hours), *shown, percent(None if row.drift is None else row.drift - 1, sign=True))
    Console(width=max(100, Console().width)).print(table)
    for row in rows:
        for name in row.alerts:
            say(f"{row.meter} : {t(f'factures.vite_{name}')}")
    for remark in remarks:
        say(f"  {remark}")


def figure(value: float | None, decimals: int) -> str:
    """A number as French print has it."""
    return t("cli.inconnu") if value is None else f"{value:.{decimals}f}".replace(".", ",")


def percent(value: float | None, *, sign: bool = False) -> str:
    """A ratio in percent, with its sign when asked."""
    if value is None:
        return t("cli.inconnu")
    return f"{round(value, 2) + 0.0:{'+' if sign else ''}.0%}".replace("%", " %")


@buildings.command("match", help=t("batiments.aide_rapprochement"))
def match(
    file: Annotated[Path, typer.Argument(help=t("batiments.aide_dpe"))],
    twin: Place = HERE,
    apply: Annotated[bool, typer.Option("--apply", help=t("batiments.aide_appliquer"))] = False,
    as_json: Json = False,
) -> None:
    """Meet the rows of a file with buildings."""
    from jumeau.engines.buildings.matching import BY_ADDRESS, BY_ID, BY_NAME, BY_PLACE, NONE, SURE
    from jumeau.twin import open_twin
    from jumeau.twin.matching import apply_matched, match_file

    with open_twin(twin) as opened:
        found = match_file(opened, file)
        written = apply_matched(opened, found, file) if apply else None
    sure = sum(p[2] >= SURE for p in found.pairs)
    if as_json:
        say_json({"rows": found.rows, "ways": found.ways, "sure": sure, "buildings": len(found.values), "written": written})
        return
    names = {"by_id": BY_ID, "by_address": BY_ADDRESS, "by_place": BY_PLACE, "by_name": BY_NAME, "none": NONE}
    ways = {k: number(found.ways.get(v, 0)) for k, v in names.items()}
    say(t("batiments.rapprochement_bilan", rows=number(found.rows), kind=t(f"batiments.liste_{found.kind}"), **ways))
    say(t("batiments.rapprochement_sur", sure=f"{SURE:.1f}".replace(".", ","), count=sure, buildings=len(found.values)))
    for remark in found.remarks[:20]:
        say(f"  {remark}")
    if written:
        say(
            t("batiments.rapprochement_ecrit", count=written[0], commit=written[1])
            if written[0]
            else t("batiments.rapprochement_rien")
        )


@buildings.command("calibrate", help=t("batiments.aide_calage"))
def calibrate(
    file: Annotated[Path | None, typer.Argument(help=t("batiments.aide_totaux"))] = None,
    twin: Place = HERE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("batiments.aide_calage_essai"))] = False,
    forget: Annotated[bool, typer.Option("--forget", help=t("batiments.aide_calage_oublier"))] = False,
    as_json: Json = False,
) -> None:
    """Bring the stock to metered totals."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from jumeau.twin import open_twin
    from jumeau.twin.calibration import calibrate as bring
    from jumeau.twin.calibration import forget_calibration

    with open_twin(twin) as opened:
        if file is None or forget:
            forget_calibration(opened)
            say(t("batiments.calage_rendu"))
            return
        found = bring(opened, file, write=not dry_run)
    if as_json:
        say_json(msgspec.to_builtins(found))
        return
    table = Table(*t("batiments.calage_colonnes").split("|"), box=None)
    for g in found.groups:
        ends = [(round(x[1] / 1000), round(x[2] / 1000)) for x in (g.before, g.after)]
        shown = [t("batiments.fourchette", low=low, high=high, unit="") for low, high in ends]
        used = t("batiments.oui" if g.used else "batiments.non")
        table.add_row(g.commune, g.sector, number(g.buildings), number(g.metered / 1000), *shown, used)
    Console(width=max(110, Console().width)).print(table)
    line = found.prebound
    if line is None:
        say(t("batiments.calage_sans_prerebond"))
    else:
        words = {"reference": figure(line.reference, 0), "level": figure(line.level, 2), "slope": figure(2**-line.slope, 2)}
        say(t("batiments.calage_prerebond", meters=line.meters, **words))
    for remark in found.remarks[:20]:
        say(f"  {remark}")


@buildings.command("doubts", help=t("batiments.aide_doutes"))
def doubts(twin: Place = HERE, as_json: Json = False) -> None:
    """Say what contradicts itself."""
    import msgspec

    from jumeau.twin import open_twin
    from jumeau.twin.buildings import contradictions

    with open_twin(twin) as opened:
        found = contradictions(opened)
    if as_json:
        say_json(msgspec.to_builtins(found))
        return
    if not found:
        say(t("batiments.aucun_doute"))
    for kind in dict.fromkeys(d.kind for d in found):
        some = [d for d in found if d.kind == kind]
        say(t(f"batiments.doute_{kind}", count=number(len(some))))
        for d in some[:10]:
            say(f"  {d.label} ({d.commune or t('cli.inconnu')}) : {d.building}")


@buildings.command("steps", help=t("batiments.aide_etapes"))
def steps(
    building: Annotated[str, typer.Argument(help=t("batiments.aide_batiment"))],
    twin: Place = HERE,
    dpe: Annotated[Path | None, typer.Option(help=t("batiments.aide_etapes_dpe"))] = None,
    as_json: Json = False,
) -> None:
    """Steps of works of one building."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from jumeau.twin import open_twin
    from jumeau.twin.building_labels import labels_of_dpe
    from jumeau.twin.buildings import steps as steps_of

    with open_twin(twin) as opened:
        found = steps_of(opened, building)
    official = labels_of_dpe(found, dpe) if found and dpe else []
    if as_json:
        more = {"dpe_3cl": msgspec.to_builtins(official)} if official else {}
        say_json(None if found is None else {**msgspec.to_builtins(found), **more})
        return
    if found is None:
        say(t("batiments.etapes_inconnu"))
        return
    value, low, high = (number(x) for x in found.energy)
    say(t("batiments.etapes_depart", energy=value, low=low, high=high, label=found.label or t("cli.inconnu")))
    table = Table(*t("batiments.etapes_colonnes").split("|"), box=None)
    cautions: list[str] = []
    for step in found.steps:
        name = t(f"batiments.etape_{step.kind}")
        cost = t("batiments.fourchette", low=round(step.cost[1], -2), high=round(step.cost[2], -2), unit="€")
        saved = f"{percent(step.saved[0])} ({percent(step.saved[1])} à {percent(step.saved[2])})"
        reached = percent(-max(step.reached)) if step.reached else ""
        table.add_row(name, f"{number(step.quantity)} {step.unit}", cost, saved, step.label or "", reached)
        cautions += [f"{name} : {t(f'batiments.prudence_{c}')}" for c in step.cautions]
    Console(width=max(120, Console().width)).print(table)
    say(t("batiments.etapes_methode"))
    if official:
        say(t("batiments.etapes_3cl", label=official[0].label))
        for one in official[1:]:
            name = t(f"batiments.etape_{one.kind}")
            say(t("batiments.etapes_3cl_ligne", name=name, label=one.label, best=one.best, worst=one.worst))
    for caution in cautions:
        say(f"  {caution}")


@buildings.command("audit", help=t("etudes.aide_audit"))
def audit(
    building: Annotated[str, typer.Argument(help=t("batiments.aide_batiment"))],
    out: Out = Path("sortie"),
    twin: Place = HERE,
) -> None:
    """Write the note of one building."""
    from jumeau.sources.names import slug
    from jumeau.twin import open_twin
    from jumeau.twin.building_documents import write_pre_audit

    with open_twin(twin) as opened:
        say(t("etudes.ecrit", path=write_pre_audit(opened, building, out / f"pre-audit-{slug(building)[:40]}.pdf")))


@buildings.command("sdie", help=t("etudes.aide_sdie"))
def sdie(
    commune: Annotated[str, typer.Argument(help=t("etudes.aide_code_commune"))],
    out: Out = Path("sortie"),
    twin: Place = HERE,
) -> None:
    """Write the draft plan of a commune."""
    from jumeau.sources.names import slug
    from jumeau.twin import open_twin
    from jumeau.twin.building_documents import write_stock_plan

    with open_twin(twin) as opened:
        say(t("etudes.ecrit", path=write_stock_plan(opened, commune, out / f"sdie-{slug(commune)[:10]}.pdf")))


@buildings.command("deadlines", help=t("batiments.aide_echeances"))
def deadlines(
    commune: Annotated[str, typer.Argument(help=t("etudes.aide_code_commune"))],
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Duties of the buildings of a commune, each with its date."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from jumeau.twin import open_twin
    from jumeau.twin.building_law import deadlines as duties_of

    with open_twin(twin) as opened:
        found = duties_of(opened, commune)
    if as_json:
        say_json([msgspec.to_builtins(one) for one in found])
        return
    if not found:
        say(t("batiments.commune_vide", commune=commune))
        return
    table = Table(*t("batiments.echeances_colonnes").split("|"), box=None)
    for one in found:
        when = t("cli.inconnu") if one.deadline is None else one.deadline.strftime("%d/%m/%Y")
        table.add_row(when, one.title, number(one.due + one.late), number(one.unknown), one.reference)
    Console(width=max(120, Console().width)).print(table)


@buildings.command("curve", help=t("batiments.aide_courbe"))
def curve(
    building: Annotated[str, typer.Argument(help=t("batiments.aide_batiment"))],
    weather: Annotated[Path | None, typer.Argument(help=t("batiments.aide_meteo"))] = None,
    twin: Place = HERE,
    climate: Annotated[str, typer.Option(help=t("batiments.aide_climat"))] = "actuel",
    out: Annotated[Path | None, typer.Option(help=t("batiments.aide_table"))] = None,
) -> None:
    """One building hour by hour."""
    import pyarrow.compute as pc
    import pyarrow.csv as pacsv

    from jumeau.twin import open_twin
    from jumeau.twin.buildings import curve as year_of

    with open_twin(twin) as opened:
        found = year_of(opened, building, weather, climate)
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
    say(t("batiments.courbe_ete", hours=number(hot)))
    if out:
        pacsv.write_csv(found.hours, out)
        say(t("batiments.table_ecrite", path=out))
