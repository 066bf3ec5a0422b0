"""Commands on the light of one street: calculate it, choose its class, try lanterns, look at a photometric file."""

from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.cli.law import On
from jumeau.cli.law import _day as day
from jumeau.cli.shared import HERE, Json, Place, app, number, say, say_json
from jumeau.errors import InputError
from jumeau.texts import t

road = typer.Typer(help=t("cli.aide_road"), no_args_is_help=True)
app.add_typer(road, name="road")

Described = Annotated[Path | None, typer.Option("--street", metavar="RUE.yaml", help=t("cli.rue"))]
Change = Annotated[list[str] | None, typer.Option("--set", "-s", metavar="CHAMP=VALEUR", help=t("cli.rue_champ"))]
Class = Annotated[str, typer.Option("--class", "-c", help=t("cli.rue_classe"))]
Table = Annotated[Path | None, typer.Option("--surface", metavar="TABLE.csv", help=t("cli.rue_surface"))]
Diffuse = Annotated[float | None, typer.Option("--diffuse", metavar="Q0", min=0.005, max=0.5, help=t("cli.rue_diffuse"))]


@road.command("compute", help=t("cli.aide_road_compute"))
def compute(
    street: Described = None,
    change: Change = None,
    lantern: Annotated[Path | None, typer.Option("--lantern", "-l", help=t("cli.rue_luminaire"))] = None,
    beam: Annotated[str, typer.Option(help=t("cli.rue_faisceau"))] = "moyenne",
    power: Annotated[float, typer.Option(min=1, max=1000, help=t("cli.rue_puissance"))] = 40.0,
    surface: Table = None,
    diffuse: Diffuse = None,
    road_class: Class = "",
    as_json: Json = False,
) -> None:
    """Compute one street."""
    from jumeau.engines.lighting.photometry.generic import generic
    from jumeau.engines.lighting.photometry.study import as_json as plain_study
    from jumeau.engines.lighting.photometry.study import study
    from jumeau.sources.photometry import read_lantern

    doubts: tuple[str, ...] = ()
    if lantern is None:
        lamp = generic(beam, power)
    else:
        read = read_lantern(lantern)
        lamp, doubts = read.lantern, read.doubts
    found = study(_street(street, change), lamp, _surface(surface, diffuse), road_class)
    if as_json:
        say_json(plain_study(found) | {"doubts": [*doubts, *found.performance.doubts]})
        return
    _show(found, doubts)


@road.command("choose", help=t("cli.aide_road_choose"))
def choose(
    road_class: Class,
    street: Described = None,
    change: Change = None,
    lantern: Annotated[list[Path] | None, typer.Option("--lantern", "-l", help=t("cli.rue_luminaires"))] = None,
    surface: Table = None,
    diffuse: Diffuse = None,
    as_json: Json = False,
) -> None:
    """Find the lantern of least power that keeps the class."""
    from jumeau.engines.lighting.photometry.choice import choice
    from jumeau.engines.lighting.photometry.study import as_json as plain_study
    from jumeau.sources.photometry import read_lantern

    lamps = [read_lantern(path).lantern for path in lantern or []]
    kept, tried = choice(_street(street, change), road_class, lamps, _surface(surface, diffuse))
    if as_json:
        say_json({"chosen": plain_study(kept, grids=False) if kept else None, "tried": tried})
    elif kept is None:
        say(t("cli.rue_aucun", tried=tried, name=road_class))
    else:
        _show(kept, ())


@road.command("class", help=t("cli.aide_road_class"))
def lighting_class(
    family: Annotated[str, typer.Argument(help=t("cli.rue_famille"))],
    answer: Annotated[
        list[str] | None, typer.Option("--answer", "-a", metavar="QUESTION=REPONSE", help=t("cli.rue_reponse"))
    ] = None,
) -> None:
    """Choose a class by its questions."""
    from jumeau.model.road_classes import choose as choose_class
    from jumeau.model.road_classes import questions, required

    if not answer:
        for name, options in questions(family).items():
            say(f"{name} : {', '.join(options)}")
        return
    name = choose_class(family, dict(_pair(text) for text in answer))
    say(name)
    for one in required(name):
        say(f"  {t('voirie.grandeur_' + one.quantity)} {'≥' if one.sense == 'min' else '≤'} {one.value:g} {_unit(one.unit)} "
            f"({one.source}, {t('regles.confiance_' + one.confidence)})")  # fmt: skip


@road.command("lantern", help=t("cli.aide_road_lantern"))
def look(file: Annotated[Path, typer.Argument(help=t("cli.rue_luminaire"))], as_json: Json = False) -> None:
    """Say what a photometric file holds."""
    from jumeau.model.lantern import cie_code, efficiency, ulr
    from jumeau.sources.photometry import read_lantern

    read = read_lantern(file)
    lamp = read.lantern
    facts = {
        "name": lamp.name, "flux_lm": lamp.flux_lm, "power_w": None if lamp.power_w != lamp.power_w else lamp.power_w,
        "efficiency": round(efficiency(lamp), 4), "ulr": round(ulr(lamp), 5),
        "cie_flux_code": [round(x, 4) for x in cie_code(lamp)], "doubts": list(read.doubts),
    }  # fmt: skip
    if as_json:
        say_json(facts)
        return
    for name in ("name", "flux_lm", "power_w", "efficiency", "ulr", "cie_flux_code"):
        say(f"{t('voirie.luminaire_' + name)} : {facts[name] if facts[name] is not None else t('cli.inconnu')}")
    for doubt in read.doubts:
        say(doubt)


@road.command("law", help=t("cli.aide_road_law"))
def law(twin: Place = HERE, on: On = None, as_json: Json = False) -> None:
    """Judge the luminaires of a twin by the law of the night."""
    import msgspec
    from rich.console import Console
    from rich.table import Table as Grid

    from jumeau.twin import open_twin
    from jumeau.twin.nights import OVERALL, night

    with open_twin(twin) as opened:
        found = night(opened.view, day(on))
    if as_json:
        say_json(msgspec.to_builtins(found))
        return
    table = Grid(*t("cli.colonnes_loi").split("|"), box=None)
    for name, title in [(OVERALL, t("voirie.regles_generales")), *((p.id, p.title) for p in found.points)]:
        counts = [sum(c.counts[name][state] for c in found.communes) for state in STATES]
        table.add_row(title, *(number(n) for n in counts))
    Console(width=max(120, Console().width)).print(table)
    for need in found.needs[:MOST_NEEDS]:
        say(t("cli.loi_mesurer", title=need.title, alone=number(need.alone), involved=number(need.involved)))


MOST_NEEDS = 6
STATES = ("conforme", "non_conforme", "inconnu", "hors_champ")


def _street(path: Path | None, change: list[str] | None) -> Any:
    from jumeau.engines.lighting.photometry.street import street_from
    from jumeau.rules.loader import read_yaml
    from jumeau.sources.guard import Limits, check_file

    given: dict[str, Any] = {}
    if path is not None:
        check_file(path, Limits(file_bytes=100_000))
        read = read_yaml(path.read_text(encoding="utf-8", errors="replace"), path.name)
        if not isinstance(read, dict):
            raise InputError("cli.rue_yaml", file=path.name)
        given |= read
    given |= dict(_pair(text) for text in change or [])
    return street_from(given)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise InputError("cli.rue_egal", text=text)
    return name.strip(), value.strip()


def _surface(table: Path | None, q0: float | None) -> Any:
    from jumeau.model.road_surface import diffuse
    from jumeau.sources.road_surface import read_surface

    if table is not None:
        return read_surface(table, q0=q0)
    return None if q0 is None else diffuse(q0)


def _unit(unit: str) -> str:
    return {"ratio": "", "cd/m2": "cd/m²"}.get(unit, unit)


def _shown(value: float, unit: str) -> str:
    if value != value:
        return t("cli.inconnu")
    return f"{value:.3g} {_unit(unit)}".strip().replace(".", ",")


def _show(found: Any, doubts: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.table import Table as Grid

    lamp = found.lantern
    say(t("cli.rue_titre", lantern=lamp.name, source=lamp.source, origin=t(f"voirie.origine_{lamp.origin}")))
    judged = [("", found.verdicts), (found.comparable, found.comparable_verdicts)]
    table = Grid(*t("cli.colonnes_rue").split("|"), box=None)
    told = {v.quantity for _, verdicts in judged for v in verdicts}
    for name, value in found.performance.values.items():
        if name not in told:
            table.add_row(t(f"voirie.grandeur_{name}"), _shown(value, _UNITS.get(name, "lx")), "", "")
    for stands, verdicts in judged:
        for v in verdicts:
            wanted = f"{'≥' if v.sense == 'min' else '≤'} {_shown(v.wanted, v.unit)}" + (f" ({stands})" if stands else "")
            state = t(f"voirie.etat_{v.status}")
            table.add_row(t(f"voirie.grandeur_{v.quantity}"), _shown(v.found, v.unit), wanted, state)
    Console(width=max(110, Console().width)).print(table)
    if found.road_class:
        say(t("cli.rue_verdict", name=found.road_class, state=t(f"voirie.etat_{found.status}")))
    if found.comparable:
        say(t("cli.rue_comparable", name=found.comparable, state=t(f"voirie.etat_{found.keeps}")))
    energy = found.energy
    say(t("cli.rue_energie", power=_shown(energy.power_w, "W"), density=_shown(energy.density[0], ""),
          annual=_shown(energy.annual_kwh_per_m2, "")))  # fmt: skip
    say(t("cli.rue_loi", density=_shown(found.flux_density_lm_per_m2, ""), ulr=f"{found.ulr:.2%}".replace(".", ","),
          code=f"{found.cie_flux_code_3:.1%}".replace(".", ",")))  # fmt: skip
    for doubt in (*doubts, *found.performance.doubts):
        say(doubt)


_UNITS = {"luminance": "cd/m2"} | dict.fromkeys(
    ("overall_uniformity", "longitudinal_uniformity", "threshold_increment", "edge_ratio", "illuminance_uniformity",
     "hemispherical_uniformity"), "ratio")  # fmt: skip
