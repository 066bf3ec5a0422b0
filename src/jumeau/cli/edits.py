"""Commands of everyday editing: add, move, remove, correct many, attach, see who changed what, erase."""

from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.cli.shared import HERE, Json, OnBranch, Place, app, opened, say, say_json
from jumeau.errors import InputError
from jumeau.texts import t

Message = Annotated[str, typer.Option("--message", "-m", help=t("cli.message"))]
Origin = Annotated[str, typer.Option("--origin", help=t("cli.origine"))]
Position = Annotated[str, typer.Option("--position", metavar="X,Y", help=t("edition.aide_position"))]
Values = Annotated[list[str] | None, typer.Argument(metavar="CHAMP=VALEUR...", help=t("edition.aide_valeurs"))]
Where = Annotated[list[str] | None, typer.Option("--where", help=t("edition.aide_where"))]
Commune = Annotated[str | None, typer.Option("--commune", help=t("edition.aide_commune"))]


@app.command(help=t("edition.aide_add"))
def add(
    layer: str,
    values: Values = None,
    position: Position = "",
    commune: Commune = None,
    message: Message = "",
    origin: Origin = "declared",
    twin: Place = HERE,
    branch: OnBranch = None,
) -> None:
    """Add an asset."""
    from jumeau.twin import editing, localising

    with opened(twin, None, None, branch) as it:
        typed = _typed(it.view.layer(layer), values or [])
        shape = localising.shape(position, "--position") if position else None
        asset, commit = editing.add(it.view, layer, typed, _edit(message, origin), geometry=shape, commune=commune)
    say(f"{asset}  #{commit.id}")


@app.command(help=t("edition.aide_move"))
def move(
    layer: str,
    asset: str,
    position: Position,
    message: Message = "",
    origin: Origin = "measured",
    twin: Place = HERE,
    branch: OnBranch = None,
) -> None:
    """Move an asset."""
    from jumeau.twin import editing, localising

    with opened(twin, None, None, branch) as it:
        commit = editing.move(it.view, layer, asset, localising.shape(position, "--position"), _edit(message, origin))
    say(f"#{commit.id}")


@app.command(help=t("edition.aide_remove"))
def remove(
    layer: str,
    asset: Annotated[list[str], typer.Argument()],
    message: Message = "",
    twin: Place = HERE,
    branch: OnBranch = None,
) -> None:
    """Remove assets."""
    from jumeau.twin import editing

    with opened(twin, None, None, branch) as it:
        say(f"#{editing.remove(it.view, layer, asset, _edit(message)).id}")


@app.command("set", help=t("edition.aide_set"))
def set_(
    layer: str,
    values: Annotated[list[str], typer.Argument(metavar="CHAMP=VALEUR...", help=t("edition.aide_valeurs"))],
    where: Where = None,
    commune: Commune = None,
    selection: Annotated[str | None, typer.Option("--selection", help=t("edition.aide_selection"))] = None,
    message: Message = "",
    origin: Origin = "declared",
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("cli.a_blanc"))] = False,
    twin: Place = HERE,
    branch: OnBranch = None,
) -> None:
    """Correct many assets at once."""
    from jumeau.twin import editing, searching

    if not (where or commune or selection):
        raise InputError("edition.sans_filtre")
    with opened(twin, None, None, branch) as it:
        view = it.view
        wanted = searching.Filter(layer=layer, commune=commune, where=tuple(where or ()))
        if selection is not None:
            wanted = searching.selection(view, selection).filter
        found = searching.ids(view, wanted)
        say(t("edition.concernes", count=len(found)))
        if dry_run or not found:
            return
        commit = editing.correct_many(view, layer, found, _typed(view.layer(layer), values), _edit(message, origin))
    say(f"#{commit.id}")


@app.command(help=t("edition.aide_attach"))
def attach(
    layer: str,
    asset: str,
    file: Annotated[Path, typer.Argument(help=t("edition.aide_fichier"))],
    label: Annotated[str, typer.Option("--label", help=t("edition.aide_label"))],
    message: Message = "",
    twin: Place = HERE,
    branch: OnBranch = None,
) -> None:
    """Attach a photo or a document."""
    from jumeau.twin import attachments

    if not file.is_file():
        raise InputError("jumeau.fichier_absent", file=file)
    if file.stat().st_size > attachments.MAX_BYTES:
        limit = attachments.MAX_BYTES // 1_000_000
        raise InputError("edition.piece_lourde", file=file.name, size=file.stat().st_size // 1_000_000, limit=limit)
    with opened(twin, None, None, branch) as it:
        piece, commit = attachments.attach(
            it.view, layer, asset, file.read_bytes(), filename=file.name, label=label, edit=_edit(message)
        )
    say(f"{piece}  #{commit.id}")


@app.command("attachments", help=t("edition.aide_pieces"))
def attachments_(layer: str, asset: str, twin: Place = HERE, branch: OnBranch = None, as_json: Json = False) -> None:
    """List what is attached to an asset."""
    from jumeau.twin import attachments

    with opened(twin, None, None, branch) as it:
        it.view.layer(layer)
        found = attachments.attached(it.view, layer, asset)
    if as_json:
        say_json(found)
        return
    for one in found:
        say(t("edition.piece_ligne", id=one.id, label=one.label, file=one.filename, size=max(1, one.size_bytes // 1000)))
    if not found:
        say(t("edition.sans_piece"))


@app.command("erase-attachment", help=t("edition.aide_erase_piece"))
def erase_attachment(
    piece: Annotated[str, typer.Argument(help=t("edition.aide_piece"))],
    reason: Annotated[str, typer.Option("--reason", "-m", help=t("edition.aide_motif"))],
    yes: Annotated[bool, typer.Option("--yes", help=t("edition.aide_oui"))] = False,
    twin: Place = HERE,
) -> None:
    """Erase an attachment for good."""
    from jumeau.twin import attachments

    with opened(twin, None, None, None) as it:
        if not yes:
            typer.confirm(t("edition.piece_sur", piece=piece), abort=True)
        say(f"#{attachments.erase(it.view, piece, reason).id}")
        say(t("edition.piece_reste"))


@app.command(help=t("edition.aide_history"))
def history(layer: str, asset: str, twin: Place = HERE, branch: OnBranch = None, as_json: Json = False) -> None:
    """Say who changed what on an asset."""
    from jumeau.twin import asset_history
    from jumeau.twin.branching import shown

    with opened(twin, None, None, branch) as it:
        found = asset_history.steps(it.view, layer, asset)
    if as_json:
        say_json(found)
        return
    for step in found:
        when = f"{step.instant:%Y-%m-%d %H:%M}" if step.instant else "-"
        undone = t("edition.annulee") if step.undone else ""
        say(t("edition.etape", commit=step.commit, when=when, author=step.author, message=step.message, undone=undone))
        for name, value in step.values:
            say(f"    {name} = {shown(value)}")
        for name in step.taken:
            say(f"    {name} : {t('edition.reprise')}")
        for name in step.erased:
            say(f"    {name} : {t('edition.effacee')}")


@app.command(help=t("edition.aide_erase"))
def erase(
    layer: str,
    asset: str,
    attribute: Annotated[str, typer.Argument(help=t("edition.aide_attribut"))],
    reason: Annotated[str, typer.Option("--reason", "-m", help=t("edition.aide_motif"))],
    yes: Annotated[bool, typer.Option("--yes", help=t("edition.aide_oui"))] = False,
    twin: Place = HERE,
    branch: OnBranch = None,
) -> None:
    """Erase a value from all history."""
    from jumeau.twin.erasing import erase as erase_value
    from jumeau.twin.erasing import originals

    with opened(twin, None, None, branch) as it:
        if not yes:
            typer.confirm(t("edition.sur", attribute=attribute, asset=asset), abort=True)
        kept = originals(it.view, layer, asset, attribute)
        say(f"#{erase_value(it.view, layer, asset, attribute, reason).id}")
        for title, sha256 in kept:
            say(t("edition.original", title=title, sha256=sha256[:12]))


@app.command(help=t("recherche.aide_search"))
def search(
    words: Annotated[list[str], typer.Argument(help=t("recherche.aide_mots"))],
    twin: Place = HERE,
    branch: OnBranch = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help=t("recherche.aide_limite"))] = 20,
    as_json: Json = False,
) -> None:
    """Find assets."""
    from jumeau.twin import searching

    with opened(twin, None, None, branch) as it:
        found = searching.search(it.view, " ".join(words), limit)
    if as_json:
        say_json(found)
        return
    for one in found:
        say(f"{one.layer:<16}{one.label:<32}{one.commune or '-':<8}{one.id}  {one.why}")
    if not found:
        say(t("recherche.rien"))


@app.command(help=t("recherche.aide_locate"))
def locate(
    address: Annotated[list[str], typer.Argument(help=t("recherche.aide_adresse"))],
    twin: Place = HERE,
    limit: Annotated[int, typer.Option("--limit", "-n", help=t("recherche.aide_limite"))] = 5,
    as_json: Json = False,
) -> None:
    """Find where an address is."""
    import shapely

    from jumeau.twin.addresses import LAYER, index
    from jumeau.twin.addresses import locate as find

    with opened(twin, None, None, None) as it:
        if index(it.view) is None:
            raise InputError("recherche.sans_adresses", layer=LAYER)
        found = find(it.view, " ".join(address), limit)
    rows = [(one, shapely.from_wkb(one.point)) for one in found]
    if as_json:
        say_json(
            [
                {"label": o.label, "score": o.score, "exact": o.exact, "commune": o.commune, "x": p.x, "y": p.y}
                for o, p in rows
            ]
        )
        return
    for one, point in rows:
        note = "" if one.exact else t("recherche.approche")
        say(f"{one.score:>5.0%}  {point.x:.2f},{point.y:.2f}  {one.label}{note}")
    if not found:
        say(t("recherche.rien"))


@app.command(help=t("recherche.aide_select"))
def select(
    name: Annotated[str | None, typer.Argument(help=t("recherche.aide_nom"))] = None,
    layer: Annotated[str | None, typer.Option("--layer", help=t("cli.couche"))] = None,
    q: Annotated[str, typer.Option("--words", help=t("recherche.aide_mots"))] = "",
    commune: Commune = None,
    where: Where = None,
    twin: Place = HERE,
    branch: OnBranch = None,
    as_json: Json = False,
) -> None:
    """List selections, keep one, or list what one holds."""
    from jumeau.twin import searching

    with opened(twin, None, None, branch) as it:
        view = it.view
        if name is None:
            every = searching.selections(view)
            _show_selections(every, as_json)
        elif layer is not None:
            wanted = searching.Filter(layer=layer, q=q, commune=commune, where=tuple(where or ()))
            commit = searching.keep(view, name, wanted)[1]
            say(t("recherche.selection_gardee", label=name, count=len(searching.ids(view, wanted)), commit=commit.id))
        else:
            for asset in searching.ids(view, searching.selection(view, name).filter):
                say(asset)


def _show_selections(every: list[Any], as_json: bool) -> None:
    if as_json:
        say_json(every)
        return
    for one in every:
        said = [one.filter.layer, one.filter.q, one.filter.commune or "", *one.filter.where]
        say(f"{one.label:<32}{'  '.join(filter(None, said))}")
    if not every:
        say(t("recherche.aucune"))


def _typed(layer: Any, values: list[str]) -> dict[str, Any]:
    """`CHAMP=VALEUR` texts as values; an empty one takes back what was typed. Raises InputError."""
    from jumeau.model.typed import from_text

    out: dict[str, Any] = {}
    for text in values:
        name, sign, value = text.partition("=")
        if not sign:
            raise InputError("cli.valeur_illisible", text=text)
        out[name.strip()] = from_text(layer[name.strip()], value) if value.strip() else None
    return out


def _edit(message: str, origin: str = "declared") -> Any:
    from jumeau.model.origin import Origin as Kind
    from jumeau.twin.editing import Edit

    if origin not in ("measured", "declared", "inferred"):
        raise InputError("edition.origine", origin=origin)
    return Edit(message=message, origin=Kind(origin))
