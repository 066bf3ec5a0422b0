"""Commands of the lighting field: cabinets and their bills, calendars to try, alerts, oddities, renewal."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.cli.shared import HERE, Json, Out, Place, app, number, say, say_json
from jumeau.texts import t

lighting = typer.Typer(help=t("eclairage.aide"), no_args_is_help=True)
app.add_typer(lighting, name="lighting")

Commune = Annotated[str, typer.Argument(help=t("eclairage.aide_commune"))]


@lighting.command("cabinets", help=t("eclairage.aide_armoires"))
def cabinets(commune: Commune, twin: Place = HERE, as_json: Json = False) -> None:
    """Measured against modelled, cabinet by cabinet."""
    from rich.console import Console
    from rich.table import Table

    from jumeau.twin import open_twin
    from jumeau.twin.lighting import cabinets as sheets

    with open_twin(twin) as opened:
        found = sheets(opened.view, opened.context(), commune)
    if as_json:
        say_json(found)
        return
    for note in found.notes:
        say(note)
    if found.alone:
        say(t("eclairage.sans_armoire", count=found.alone))
    table = Table(*t("eclairage.colonnes_armoires").split("|"), box=None)
    for s in found.sheets:
        told = t(f"eclairage.histoire_{s.story}") if s.story else t("eclairage.sans_facture")
        sure = f"{max(s.stories.values()):.0%}" if s.story else ""
        saving = number(s.saving_eur[1]) if s.saving_eur else ""
        gap = "" if s.gap is None else f"{s.gap:.2f}"
        power = f"{number(s.power_w[0])} [{number(s.power_w[1])} ; {number(s.power_w[2])}]"
        real = f"{number(s.found_w[0])} [{number(s.found_w[1])} ; {number(s.found_w[2])}]" if s.story else ""
        table.add_row(s.code, str(s.luminaires), power, real, str(len(s.periods)), gap, told, sure, saving)
    Console(width=max(150, Console().width)).print(table)


@lighting.command("calendar", help=t("eclairage.aide_calendrier"))
def calendar(
    commune: Commune,
    off_from: Annotated[float, typer.Option("--from", help=t("eclairage.aide_de"))] = 23.0,
    off_to: Annotated[float, typer.Option("--to", help=t("eclairage.aide_a"))] = 5.0,
    ratio: Annotated[float, typer.Option(help=t("eclairage.aide_part"))] = 0.0,
    road_class: Annotated[list[str] | None, typer.Option("--class", help=t("eclairage.aide_classe"))] = None,
    cabinet: Annotated[list[str] | None, typer.Option(help=t("eclairage.aide_armoire"))] = None,
    step: Annotated[list[str] | None, typer.Option(metavar="DE-A:PART", help=t("eclairage.aide_palier"))] = None,
    street: Annotated[str, typer.Option(metavar="LUMINAIRE", help=t("eclairage.aide_rue"))] = "",
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Try a calendar."""
    from jumeau.engines.lighting.whatif import Choice, read_steps
    from jumeau.model.dictionary import indicators
    from jumeau.twin import open_twin
    from jumeau.twin.lighting import calendar as tried

    choice = Choice(
        off_from_h=off_from, off_to_h=off_to, ratio=ratio, more=read_steps(step or ()), road_classes=tuple(road_class or ()),
        armoires=tuple(cabinet or ()), street=street,
    )  # fmt: skip
    with open_twin(twin) as opened:
        found = tried(opened.view, opened.context(), commune, choice)
    if as_json:
        say_json(found)
        return
    say(t("eclairage.essai", selected=found.selected, count=found.luminaires))
    for name, (value, low, high) in found.effect.items():
        known = indicators()[name]
        said = {"value": number(value), "low": number(low), "high": number(high)}
        say(t("eclairage.essai_effet", title=known.title, unit=known.unit, **said))
    hours = [sum(m[i] for m in found.months_h) for i in (0, 1)]
    say(t("eclairage.essai_heures", before=number(hours[0]), after=number(hours[1])))
    computed = {level.road_class for level in found.levels if level.computed}
    for held in found.held:
        if held.road_class not in computed:
            key = "eclairage.essai_classe" if held.inside else "eclairage.essai_sans_classe"
            say(t(key, name=held.road_class, count=held.luminaires, inside=held.inside))
    for level in found.levels:
        if level.computed:
            say(t("eclairage.essai_niveau", **_level(level)))
    if found.unknown_class:
        say(t("eclairage.essai_classe_inconnue", count=found.unknown_class))
    for title, reference, count in found.law:
        say(t("eclairage.essai_loi", title=title, reference=reference, count=count))


def _level(level: Any) -> dict[str, Any]:
    """A level in words."""
    classes = ", ".join(
        f"{name or t('eclairage.essai_aucune')} ({n})" for name, n in sorted(level.classes.items(), key=lambda one: -one[1])
    )
    light = f"{level.lux[1]:g} lx" + (f", {level.candela[1]:g} cd/m²" if level.candela else "")
    return {
        "name": level.road_class, "power": f"{100 * level.power_ratio:.0f} %",
        "flux": t("cli.inconnu") if level.flux_ratio is None else f"{100 * level.flux_ratio:.0f} %",
        "hours": number(level.hours_h), "light": light.replace(".", ","), "classes": classes, "computed": level.computed,
        "count": level.luminaires, "lowered": level.lowered or t("eclairage.essai_aucune"),
    }  # fmt: skip


@lighting.command("watch", help=t("eclairage.aide_veille"))
def watch(
    commune: Commune,
    series: Annotated[list[str], typer.Option(help=t("eclairage.aide_series"))],
    now: Annotated[str | None, typer.Option(help=t("eclairage.aide_instant"))] = None,
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Measured against expected, and alerts."""
    from jumeau.errors import InputError
    from jumeau.twin import open_twin
    from jumeau.twin.lighting import watch as watched

    pairs = dict(one.rsplit("=", 1) for one in series if "=" in one)
    if len(pairs) < len(series):
        raise InputError("eclairage.series_illisibles", said=" ".join(series))
    try:
        at = dt.datetime.fromisoformat(now).astimezone(dt.UTC) if now else None
    except ValueError as error:
        raise InputError("eclairage.instant_illisible", said=now) from error
    with open_twin(twin) as opened:
        found = watched(opened.view, opened.context(), commune, pairs, at or opened.instant())
    if as_json:
        say_json(found)
        return
    for one in found:
        values = {"series": one.series, "cabinet": one.cabinet, "count": one.measures}
        say(t("eclairage.veille", **values, expected=number(one.expected_kwh), measured=number(one.measured_kwh)))
        for alert in one.alerts or ():
            since = dt.datetime.fromtimestamp(alert.since, dt.UTC).date()
            sure = f"{alert.confidence:.0%}"
            said = {"since": since, "value": f"{alert.value:.1f}", "unit": alert.unit, "confidence": sure}
            say("  " + t(f"eclairage.alerte_{alert.kind}", **said))


@lighting.command("check", help=t("eclairage.aide_controle"))
def check(commune: Commune, twin: Place = HERE, as_json: Json = False) -> None:
    """What is odd in an inventory."""
    from jumeau.twin import open_twin
    from jumeau.twin.lighting import checks

    with open_twin(twin) as opened:
        found = checks(opened.view, commune)
    if as_json:
        say_json(found)
        return
    for one in found:
        say(one.text)
    if not found:
        say(t("eclairage.rien_d_anormal"))


@lighting.command("plan", help=t("sdal.aide_sdal"))
def plan(commune: Commune, twin: Place = HERE, out: Out = Path("rapports")) -> None:
    """Write the draft plan of a commune."""
    from jumeau.twin import open_twin
    from jumeau.twin.lighting_documents import write_lighting_plan

    with open_twin(twin) as opened:
        for path in write_lighting_plan(opened, commune, out).values():
            say(t("sdal.ecrit", path=path))
