"""Commands on branches: create, compare, merge with its conflicts, list and take back what was written."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.cli.shared import HERE, AsOf, Json, Place, app, opened, say, say_json
from jumeau.errors import InputError
from jumeau.model.claim import MAIN
from jumeau.texts import t

Layer = Annotated[str | None, typer.Option("--layer", help=t("branches.couche"))]
Communes = Annotated[list[str] | None, typer.Option("--commune", help=t("branches.commune"))]
Branch = Annotated[str, typer.Option("--branch", "-b", help=t("branches.branche"))]


@app.command(help=t("branches.aide_branch"))
def branch(
    name: Annotated[str | None, typer.Argument(help=t("branches.nom"))] = None,
    source: Annotated[str, typer.Option("--from", help=t("branches.depuis"))] = MAIN,
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """List branches, or create one."""
    from jumeau.twin import open_twin
    from jumeau.twin.branching import listed

    with open_twin(twin) as opened:
        if name is not None:
            opened.view.create_branch(name, source=source)
            say(t("branches.creee", name=name, source=source))
            return
        rows = listed(opened.view)
    if as_json:
        say_json(rows)
        return
    for row in rows:
        last = f"{row.last:%Y-%m-%d %H:%M} {row.author}" if row.last else t("branches.jamais")
        say(t("branches.ligne", name=row.name, ahead=row.ahead, last=last))


@app.command(help=t("branches.aide_diff"))
def diff(
    before: Annotated[str, typer.Argument(help=t("branches.avant"))],
    after: Annotated[str, typer.Argument(help=t("branches.apres"))] = MAIN,
    twin: Place = HERE,
    layer: Layer = None,
    commune: Communes = None,
    out: Annotated[Path | None, typer.Option("--out", help=t("branches.sortie"))] = None,
    as_json: Json = False,
) -> None:
    """Compare two branches or moments."""
    from jumeau.twin import branching, open_twin
    from jumeau.twin.difference_files import write

    with open_twin(twin) as opened:
        view = opened.view
        sides = [branching.moment_of(view, text) for text in (before, after)]
        found = branching.compare(view, sides[0], sides[1], layer, commune or None)
        layers = view.layers()
        day = opened.instant(sides[1]).date()
    if out is not None:
        say(write(out, found, layers, before, after, day))
    elif as_json:
        say_json({"totals": branching.totals(found), "changes": [branching.plain(one) for one in found]})
    else:
        _show_changes(found, layers)
    if not as_json:
        say(t("branches.compte", **branching.totals(found)) if found else t("branches.egal"))


def _show_changes(found: Sequence[Any], layers: Mapping[str, Any]) -> None:
    for one in found:
        kind = t(f"branches.sorte_{one.kind}")
        say(
            t("branches.equipement", kind=kind, layer=one.layer, label=one.label, commune=one.commune or "-", asset=one.asset)
        )
        if one.kind in ("added", "removed"):
            continue
        for value in one.values:
            sides = [_value(layers[one.layer], value.attribute, x) for x in (value.before, value.after)]
            say(t("branches.de_a", name=value.attribute, before=sides[0], after=sides[1]))
        if one.kind == "moved":
            say(_redrawn(one, layers[one.layer].geometry))


def _redrawn(one: Any, kind: str) -> str:
    """What is said of a position or a drawing that changed."""
    if one.size_before is not None and one.size_after is not None:
        unit = "m" if kind == "line" else "m²"
        return t("branches.trace", before=one.size_before, after=one.size_after, unit=unit)
    return t("branches.deplace", distance=one.moved_m) if one.moved_m else t("branches.forme")


def _value(layer: Any, attribute: str, value: Any) -> str:
    from jumeau.twin.branching import shown

    if value is None:
        return t("branches.inconnu")
    unit = next((f.unit for f in layer.fields if f.name == attribute), "")
    return f"{shown(value)} {unit}".strip()


@app.command(help=t("branches.aide_merge"))
def merge(
    source: Annotated[str, typer.Argument(help=t("branches.branche"))],
    twin: Place = HERE,
    into: Annotated[str, typer.Option("--into", help=t("branches.dans"))] = MAIN,
    message: Annotated[str, typer.Option("--message", "-m", help=t("cli.message"))] = "",
    commune: Communes = None,
    asset: Annotated[list[str] | None, typer.Option("--asset", help=t("branches.equipements"))] = None,
    keep: Annotated[str | None, typer.Option("--keep", help=t("branches.garder"))] = None,
    conflicts: Annotated[Path | None, typer.Option("--conflicts", help=t("branches.ecrire"))] = None,
    choices: Annotated[Path | None, typer.Option("--choices", help=t("branches.lire"))] = None,
    interactive: Annotated[bool, typer.Option("--interactive", help=t("branches.demander"))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("cli.a_blanc"))] = False,
) -> None:
    """Merge a branch into another."""
    from jumeau.twin import conflict_files, merging, open_twin

    with open_twin(twin) as opened:
        view = opened.view
        layers = view.layers()
        only = set(asset or ()) | (merging.assets_in(view, source, into, commune) if commune else set())
        chosen = only if asset or commune else None
        if conflicts is not None:
            found = merging.conflicts(view, source, into, chosen)
            path = conflict_files.write(conflicts, found, layers, source, into, opened.instant().date())
            say(t("branches.conflits_ecrits", count=len(found), path=path, source=source))
            return
        if dry_run:
            _preview(opened, source, into, chosen)
            return

        def decide(found: Sequence[Any]) -> Mapping[Any, str]:
            if found:
                show_conflicts(found, layers, source, into)
            kept = dict.fromkeys((c.key for c in found), keep) if keep else {}
            if choices is not None:
                kept |= conflict_files.parse(choices, found, source, into)
            if interactive:
                kept |= _asked([c for c in found if c.key not in kept], layers, source, into)
            return {key: value for key, value in kept.items() if value}

        commit = merging.merge(view, source, target=into, message=message, kept=decide, assets=chosen)
    say(t("branches.fusionne", source=source, target=into, commit=commit.id))


def _preview(opened: Any, source: str, into: str, only: set[str] | None) -> None:
    from jumeau.store.port import Moment
    from jumeau.twin import branching, merging

    view = opened.view
    found = [c for c in branching.compare(view, Moment(into), Moment(source)) if only is None or c.asset in only]
    say(t("branches.a_verser", source=source, target=into))
    _show_changes(found, view.layers())
    say(t("branches.compte", **branching.totals(found)))
    show_conflicts(merging.conflicts(view, source, into, only), view.layers(), source, into)


def show_conflicts(found: Sequence[Any], layers: Mapping[str, Any], source: str, target: str) -> None:
    """Print conflicts with both sides."""
    say(t("branches.conflits", count=len(found), source=source, target=target))
    for one in found:
        _show_conflict(one, layers, source, target, say)


def _show_conflict(one: Any, layers: Mapping[str, Any], source: str, target: str, tell: Callable[[object], None]) -> None:
    tell(t("branches.conflit", layer=one.layer, label=one.label, commune=one.commune or "-", name=one.attribute))
    for name, side in ((target, one.ours), (source, one.theirs)):
        when = f"{side.instant:%Y-%m-%d}" if side.instant else "-"
        value, origin = _value(layers[one.layer], one.attribute, side.value), t(f"rapport.origine_{side.origin}")
        tell(t("branches.cote", branch=name, value=value, source=side.title, origin=origin, author=side.author, date=when))


def _asked(found: Sequence[Any], layers: Mapping[str, Any], source: str, target: str) -> dict[Any, str]:
    """One question a conflict, until it is answered. Raises InputError when nobody can answer."""
    out: dict[Any, str] = {}
    for one in found:
        _show_conflict(one, layers, source, target, say)
        while one.key not in out:
            try:
                answer = typer.prompt(t("branches.question", target=target, source=source)).strip()
            except (typer.Abort, EOFError) as error:
                raise InputError("branches.personne") from error
            if answer in (target, source):
                out[one.key] = answer
    return out


@app.command(help=t("cli.aide_log"))
def log(
    twin: Place = HERE,
    on: Annotated[str | None, typer.Option("--branch", "-b", help=t("branches.branche"))] = None,
    layer: Layer = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help=t("branches.nombre"))] = 0,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """List commits."""
    with opened(twin, None, as_of, on) as seen:
        found = [c for c in seen.view.commits(branch=on) if layer is None or layer in c.layers]
    found = found[-limit:] if limit > 0 else found
    if as_json:
        say_json(found)
        return
    for one in found:
        instant = one.instant.isoformat(timespec="seconds")
        where = "" if one.branch == MAIN else f"  [{one.branch}]"
        say(t("cli.ecriture", id=one.id, instant=instant, author=one.author, message=one.message) + where)


@app.command(help=t("cli.aide_revert"))
def revert(commit: int, twin: Place = HERE, on: Branch = MAIN) -> None:
    """Take a commit back."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        say(f"#{opened.view.revert(commit, branch=on).id}")
