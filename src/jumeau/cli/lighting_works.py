"""Commands on what can be done to the lighting of a commune, and on the age of its stock."""

from typing import Annotated, Any

import typer

from jumeau.cli.lighting import Commune, lighting
from jumeau.cli.shared import HERE, Json, Place, number, say, say_json
from jumeau.texts import t

ENERGY = "lighting_annual_energy_kwh"


@lighting.command("actions", help=t("eclairage.aide_actions"))
def actions(
    commune: Commune,
    kind: Annotated[str, typer.Option(help=t("eclairage.aide_actions_sorte"))] = "",
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """List what can be done, with verdict, cost, effect and digital part."""
    from rich.console import Console
    from rich.table import Table

    from jumeau.twin import open_twin
    from jumeau.twin.lighting_works import works

    with open_twin(twin) as opened:
        found = [w for w in works(opened.view, opened.context(), commune) if kind in ("", w.action.kind)]
    if as_json:
        say_json(found)
        return
    table = Table(*t("eclairage.colonnes_actions").split("|"), box=None)
    for one in found:
        a = one.action
        verdict = "" if a.verdict is None else t(f"eclairage.verdict_{a.verdict}")
        digital = "" if a.digital_energy_kwh_per_year is None else number(a.digital_energy_kwh_per_year)
        table.add_row(a.title, _cost(a), _energy(one.effects), digital, verdict)
    Console(width=max(150, Console().width)).print(table)
    told: dict[tuple[str, str], list[str]] = {}
    for one in found:
        if one.action.verdict and one.action.verdict_why:
            told.setdefault((one.action.verdict, one.action.verdict_why), []).append(one.action.title)
    for (verdict, why), titles in told.items():
        key = "verdict_ligne" if len(titles) == 1 else "verdict_lignes"
        say(t(f"eclairage.{key}", title=titles[0], count=len(titles), verdict=t(f"eclairage.verdict_{verdict}"), why=why))


def _cost(action: Any) -> str:
    if action.cost_eur is None:
        return t("cli.inconnu")
    return f"{number(action.cost_eur)} [{number(action.cost_eur_low)} ; {number(action.cost_eur_high)}]"


def _energy(effects: Any) -> str:
    if ENERGY not in effects:
        return t("eclairage.sans_effet")
    return _range(effects[ENERGY])


def _range(three: Any) -> str:
    value, low, high = three
    return t("cli.inconnu") if value is None else f"{number(value)} [{number(low)} ; {number(high)}]"


@lighting.command("ageing", help=t("eclairage.aide_age"))
def ageing(commune: Commune, twin: Place = HERE, as_json: Json = False) -> None:
    """Flux left, renewal backlog and remaining life."""
    from rich.console import Console
    from rich.table import Table

    from jumeau.twin import open_twin
    from jumeau.twin.lighting_works import ageing as worn

    with open_twin(twin) as opened:
        found = worn(opened.view, opened.context(), commune)
    if as_json:
        say_json(found)
        return
    say(t("eclairage.age_titre", count=number(found.luminaires), ageless=number(found.ageless)))
    say(t("eclairage.age_pannes", failures=_range(found.failures), overdue=_range(found.overdue),
          faded=_range(found.faded)))  # fmt: skip
    table = Table(*t("eclairage.colonnes_age").split("|"), box=None)
    for one in found.technologies:
        age, left = ("" if x is None else f"{x:.0f}" for x in (one.age_y, one.remaining_y))
        kept = "" if one.kept[0] is None else " ".join(f"{100 * (x or 0):.0f} %" for x in one.kept)
        name = one.technology.upper() or t("sdal.sans_technologie")
        table.add_row(name, number(one.luminaires), number(one.aged), age, kept, left, number(one.overdue))
    Console(width=max(110, Console().width)).print(table)
    for year, due in zip(found.years, found.due, strict=True):
        if due:
            key = "age_retard" if year == found.years[0] else "age_annee"
            say(t(f"eclairage.{key}", year=year, due=number(due)))


@lighting.command("presence", help=t("eclairage.aide_presence"))
def presence(
    road_class: Annotated[str, typer.Option("--class", "-c", help=t("eclairage.aide_presence_classe"))] = "",
    per_day: Annotated[float | None, typer.Option(min=0, max=200_000, help=t("eclairage.aide_presence_jour"))] = None,
    hold: Annotated[float | None, typer.Option(min=5, max=3600, help=t("eclairage.aide_presence_maintien"))] = None,
    as_json: Json = False,
) -> None:
    """Share of each hour at the full level under presence detection."""
    import numpy as np
    import pyarrow as pa

    from jumeau.engines.lighting.presence import ROADS, at_full, roads
    from jumeau.model.draws import parameters

    road = ROADS[int(roads(pa.table({"road_class": pa.array([road_class or None], pa.string())}))[0])]
    laws = parameters("lighting")
    passing, held = laws[f"presence_per_day.{road}"], laws["presence_hold_s"]
    days = (passing.low, passing.mode, passing.high) if per_day is None else (per_day,) * 3
    holds = (held.low, held.mode, held.high) if hold is None else (hold,) * 3
    shares = np.round(at_full(np.array(days), np.array(holds)), 3)
    if as_json:
        say_json({"road": road, "per_day": days, "hold_s": holds, "hours": shares.tolist()})
        return
    say(t("eclairage.presence_titre", road=t(f"eclairage.presence_{road}"), low=number(days[0]), day=number(days[1]),
          high=number(days[2]), hold=number(holds[1])))  # fmt: skip
    for hour in (*range(17, 24), *range(8)):
        low, mode, high = (f"{100 * x:.0f} %" for x in shares[hour])
        say(t("eclairage.presence_heure", hour=hour, mode=mode, low=low, high=high))
    said = laws[f"presence_per_day.{road}"]
    say(t("moteurs.source_cout", source=said.source, confidence=t(f"moteurs.confiance_{said.confidence}")))
