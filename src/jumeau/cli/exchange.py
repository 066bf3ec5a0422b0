"""Commands of the round trip: a commune taken away as a file, and the file reviewed when it comes back."""

from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.cli.shared import HERE, Json, OnBranch, Place, app, opened, say, say_json
from jumeau.texts import t


@app.command(help=t("echange.aide_takeaway"))
def takeaway(
    commune: Annotated[str, typer.Argument(help=t("echange.aide_commune"))],
    out: Annotated[Path, typer.Argument(help=t("echange.aide_fichier"))],
    layer: Annotated[list[str] | None, typer.Option("--layer", help=t("echange.aide_couche"))] = None,
    twin: Place = HERE,
    branch: OnBranch = None,
) -> None:
    """Write a commune to be edited outside."""
    from jumeau.twin.takeaway import write

    with opened(twin, None, None, branch) as it:
        say(t("echange.ecrit", path=write(it.view, commune, out, layer or None)))


@app.command("return", help=t("echange.aide_return"))
def return_(
    file: Annotated[Path, typer.Argument(help=t("echange.aide_revenu"))],
    layer: Annotated[str | None, typer.Option("--layer", help=t("echange.aide_couche_retour"))] = None,
    apply: Annotated[bool, typer.Option("--apply", help=t("echange.aide_appliquer"))] = False,
    conflicts: Annotated[bool, typer.Option("--conflicts", help=t("echange.aide_conflits"))] = False,
    removals: Annotated[bool, typer.Option("--removals", help=t("echange.aide_retraits"))] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help=t("echange.aide_cle"))] = None,
    message: Annotated[str, typer.Option("--message", "-m", help=t("cli.message"))] = "",
    origin: Annotated[str, typer.Option("--origin", help=t("cli.origine"))] = "declared",
    twin: Place = HERE,
    branch: OnBranch = None,
    as_json: Json = False,
) -> None:
    """Review a file that comes back."""
    from jumeau.model.origin import Origin
    from jumeau.twin import accepting, returning
    from jumeau.twin.branching import shown

    with opened(twin, None, None, branch) as it:
        found = returning.review(it.view, file, layer)
        keys = only or accepting.accepted(found, conflicts=conflicts, removals=removals)
        commit = None
        if (apply or only) and keys:
            commit = accepting.accept(it.view, found, keys, message=message, origin=Origin(origin))
    if as_json:
        say_json({"review": found, "commit": commit.id if commit else None})
        return
    for line in found.lines:
        _show(line, shown)
    for one in found.problems:
        say(t("echange.probleme", row=one.row, field=one.field, reason=one.reason))
    for note in found.notes:
        say(f"- {note}")
    say(t("echange.resume", assets=found.assets, same=found.same, **found.counts()))
    if commit is not None:
        say(t("echange.applique", count=len(keys), commit=commit.id))
    elif apply or only or not found.lines:
        say(t("echange.rien_a_accepter"))
    else:
        say(t("echange.rien_ecrit"))


def _show(line: Any, shown: Any) -> None:
    def word(value: Any) -> str:
        return t("cli.inconnu") if value is None else str(shown(value))

    if line.kind == "added":
        values = ", ".join(f"{k}={word(v)}" for k, v in line.after.items() if k != "geometry")
        say(t("echange.ligne_added", label=line.label, values=values))
    elif line.kind == "removed":
        say(t("echange.ligne_removed", label=line.label))
    else:
        text = "echange.ligne_conflict" if line.conflict else "echange.ligne_changed"
        sides = {"before": word(line.before), "after": word(line.after), "now": word(line.now)}
        say(t(text, label=line.label, name=line.attribute, **sides))
    say(t("echange.cle", line=line.key))
