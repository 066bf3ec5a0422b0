"""Commands of the buildings field: steps of works, duties, and their documents."""

from pathlib import Path
from typing import Annotated

import typer

from jumeau.cli.buildings import buildings, percent
from jumeau.cli.shared import HERE, Json, Out, Place, number, say, say_json
from jumeau.texts import t

KINDS = ("pdf", "docx")
"""Forms in which a document is written."""


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
    from jumeau.twin.building_dpe import official_labels
    from jumeau.twin.building_labels import labels_of_dpe
    from jumeau.twin.buildings import steps as steps_of

    with open_twin(twin) as opened:
        found = steps_of(opened, building)
        kept = official_labels(opened.view, building, found) if found and not dpe else None
    official = labels_of_dpe(found, dpe) if found and dpe else list(kept.steps) if kept else []
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
        reached = f"{percent(-max(step.reached))} ({percent(step.chances[len(step.reached) - 1])})" if step.reached else ""
        table.add_row(name, f"{number(step.quantity)} {step.unit}", cost, saved, step.label or "", reached)
        cautions += [f"{name} : {t(f'batiments.prudence_{c}')}" for c in step.cautions]
    Console(width=max(120, Console().width)).print(table)
    say(t("batiments.etapes_methode"))
    if official:
        if kept:
            said = {"number": kept.number, "day": kept.day, "recorded": kept.recorded or t("cli.inconnu")}
            say(t("batiments.etapes_3cl_joint", label=official[0].label, **said))
        else:
            say(t("batiments.etapes_3cl", label=official[0].label))
        for one in official[1:]:
            name = t(f"batiments.etape_{one.kind}")
            key = "etapes_3cl_ligne_sure" if one.best == one.worst else "etapes_3cl_ligne"
            say(t(f"batiments.{key}", name=name, label=one.label, best=one.best, worst=one.worst))
    for caution in cautions:
        say(f"  {caution}")


@buildings.command("deadlines", help=t("batiments.aide_echeances"))
def deadlines(
    place: Annotated[str, typer.Argument(metavar="LIEU", help=t("batiments.aide_lieu"))],
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Duties of the buildings of a place, each with its date."""
    import msgspec
    from rich.console import Console
    from rich.table import Table

    from jumeau.twin import open_twin
    from jumeau.twin.building_law import deadlines as duties_of
    from jumeau.twin.building_places import place_name

    with open_twin(twin) as opened:
        found = duties_of(opened, place)
    if as_json:
        say_json([msgspec.to_builtins(one) for one in found])
        return
    if not found:
        say(t("batiments.lieu_vide", place=place_name(place), code=place))
        return
    table = Table(*t("batiments.echeances_colonnes").split("|"), box=None)
    for one in found:
        when = t("cli.inconnu") if one.deadline is None else one.deadline.strftime("%d/%m/%Y")
        table.add_row(when, one.title, number(one.due + one.late), number(one.unknown), one.reference)
    Console(width=max(120, Console().width)).print(table)


@buildings.command("audit", help=t("etudes.aide_audit"))
def audit(
    building: Annotated[str, typer.Argument(help=t("batiments.aide_batiment"))],
    out: Out = Path("sortie"),
    twin: Place = HERE,
) -> None:
    """Write the note of one building."""
    from jumeau.sources.names import slug
    from jumeau.twin import open_twin
    from jumeau.twin.building_note import write_pre_audit

    with open_twin(twin) as opened:
        for kind in KINDS:
            say(t("etudes.ecrit", path=write_pre_audit(opened, building, out / f"pre-audit-{slug(building)[:40]}.{kind}")))


@buildings.command("sdie", help=t("etudes.aide_sdie"))
def sdie(
    place: Annotated[str, typer.Argument(metavar="LIEU", help=t("batiments.aide_lieu"))],
    out: Out = Path("sortie"),
    twin: Place = HERE,
) -> None:
    """Write the draft plan of a commune, an EPCI or a département."""
    from jumeau.sources.names import slug
    from jumeau.twin import open_twin
    from jumeau.twin.building_documents import write_stock_plan

    with open_twin(twin) as opened:
        for kind in KINDS:
            say(t("etudes.ecrit", path=write_stock_plan(opened, place, out / f"sdie-{slug(place)[:10]}.{kind}")))
