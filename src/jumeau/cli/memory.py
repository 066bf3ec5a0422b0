"""Commands on the memory itself: copy it, bring it back or elsewhere, tidy it, see who did what."""

from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.cli.shared import HERE, Json, Place, app, progress, said, say, say_json
from jumeau.texts import t


@app.command(help=t("memoire.aide_backup"))
def backup(
    folder: Annotated[Path, typer.Argument(help=t("memoire.dossier_neuf"))],
    twin: Place = HERE,
) -> None:
    """Copy the twin while it serves."""
    from jumeau.twin.moving import backup as copied

    say(t("memoire.sauvegarde", path=folder, files=copied(twin, folder)))


@app.command(help=t("memoire.aide_restore"))
def restore(
    folder: Annotated[Path, typer.Argument(help=t("memoire.dossier_sauvegarde"))],
    place: Annotated[str, typer.Argument(help=t("memoire.place_neuve"))],
) -> None:
    """Bring a backup back."""
    from jumeau.twin.moving import restore as restored

    found = restored(folder, place)
    say(t("memoire.restaure", place=place, commits=found.commits, branches=found.branches, layers=found.layers))


@app.command("transfer", help=t("memoire.aide_move"))
def transfer(
    place: Annotated[str, typer.Argument(help=t("memoire.place_neuve"))],
    twin: Place = HERE,
) -> None:
    """Bring the twin elsewhere with its history."""
    from jumeau.twin.moving import move as moved

    with progress(t("memoire.relecture")) as step:
        found = moved(twin, place, said=step)
    say(t("memoire.deplace", place=place, commits=found.commits, branches=found.branches, layers=found.layers))
    say(t("memoire.ancien_reste", place=twin))


@app.command(help=t("memoire.aide_compact"))
def compact(twin: Place = HERE) -> None:
    """Tidy the twin."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        opened.view.compact()
    say(t("memoire.range"))


@app.command(help=t("memoire.aide_audit"))
def audit(
    twin: Place = HERE,
    limit: Annotated[int, typer.Option("--limit", "-n", help=t("memoire.nombre"))] = 50,
    as_json: Json = False,
) -> None:
    """List who did or was refused what."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        found = opened.view.notes()[-max(limit, 1) :]
    if as_json:
        say_json(found)
        return
    for one in found:
        outcome = t(f"memoire.issue_{one.outcome}")
        say(f"{one.id:>5}  {said(one.instant)}  {one.actor:<16}{one.act:<12}{outcome:<8}{one.thing}")
    if not found:
        say(t("memoire.audit_vide"))


@app.command(help=t("memoire.aide_runs"))
def runs(twin: Place = HERE, as_json: Json = False) -> None:
    """List kept computations."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        found: list[Any] = opened.view.runs()
    if as_json:
        say_json(found)
        return
    for one in found:
        say(t("memoire.calcul", name=one.name, parts=one.parts, started=said(one.started) or t("cli.inconnu")))
