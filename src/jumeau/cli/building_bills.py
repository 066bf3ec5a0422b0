"""Commands of the buildings field: bills, load curves, metered totals."""

from pathlib import Path
from typing import Annotated

import typer

from jumeau.cli.buildings import buildings, figure, percent
from jumeau.cli.shared import HERE, Json, Place, number, say, say_json
from jumeau.texts import t


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

    from jumeau.twin.load_curves import load_curves

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
