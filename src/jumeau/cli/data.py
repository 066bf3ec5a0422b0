"""Commands on the data of a twin: create, import, look, correct, check."""

from pathlib import Path
from typing import Annotated

import typer

from jumeau.cli.shared import HERE, AsOf, At, Json, OnBranch, Place, app, opened, say, say_json
from jumeau.errors import InputError, NotFoundError
from jumeau.model.claim import MAIN
from jumeau.texts import t


@app.command(help=t("cli.aide_init"))
def init(
    place: Annotated[str, typer.Argument(help=t("cli.place"))] = HERE,
    departement: Annotated[str | None, typer.Option(help=t("cli.departement"))] = None,
    contours: Annotated[Path | None, typer.Option(help=t("cli.contours"))] = None,
) -> None:
    """Create a twin."""
    from jumeau.twin import open_twin

    with open_twin(place, create=True) as twin:
        say(t("cli.cree", place=place))
        if departement:
            say(t("cli.etape_communes", departement=departement, count=twin.load_communes(departement, contours)))


@app.command("import", help=t("cli.aide_import"))
def import_(
    file: Annotated[Path, typer.Argument(help=t("cli.fichier"))],
    layer: Annotated[str, typer.Option("--as", help=t("cli.couche"))],
    twin: Place = HERE,
    mapping: Annotated[Path | None, typer.Option(help=t("cli.correspondance"))] = None,
    source: Annotated[str | None, typer.Option(help=t("cli.source_id"))] = None,
    title: Annotated[str, typer.Option(help=t("cli.source_titre"))] = "",
    licence: Annotated[str, typer.Option(help=t("cli.licence"))] = "",
    public: Annotated[bool, typer.Option(help=t("cli.public"))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("cli.a_blanc"))] = False,
    rejects: Annotated[Path, typer.Option(help=t("cli.rejets"))] = Path("rejets"),
    branch: OnBranch = None,
    as_json: Json = False,
) -> None:
    """Import a file."""
    from jumeau.model.provenance import Source

    declared = Source(id=source, title=title or source, licence=licence, public=public) if source else None
    with opened(twin, None, None, branch) as seen:
        report = seen.import_file(file, layer, mapping=mapping, source=declared, dry_run=dry_run, reports=rejects)
        if as_json:
            say_json(report)
        else:
            say(report.mapping)
            for note in report.notes:
                say(f"- {note}")
            say(report.line())
            if report.report:
                say(report.report)
        if report.commit:
            seen.prepare(layer)


@app.command(help=t("cli.aide_fields"))
def fields(layer: Annotated[str | None, typer.Argument(help=t("cli.couche"))] = None, as_json: Json = False) -> None:
    """List layers and fields."""
    from jumeau.model.dictionary import builtin_layers

    found = builtin_layers()
    if layer is not None and layer not in found:
        raise NotFoundError("modele.couche_inconnue", layer=layer, known=", ".join(found))
    chosen = [found[layer]] if layer else list(found.values())
    if as_json:
        say_json(chosen)
        return
    for one in chosen:
        say(f"{one.name} : {one.title}")
        for field in one.fields:
            say(f"  {field.name:<28}{field.unit or field.type:<10}{field.description}")


@app.command(help=t("cli.aide_show"))
def show(layer: str, asset: str, twin: Place = HERE, at: At = None, as_of: AsOf = None, branch: OnBranch = None) -> None:
    """Show an asset with every claim on it."""
    from jumeau.twin.searching import called

    with opened(twin, at, as_of, branch) as seen:
        for claim in seen.view.claims(layer, called(seen.view, layer, asset)):
            value = f"{len(claim.value)} octets" if isinstance(claim.value, bytes) else claim.value
            say(f"{claim.attribute:<28}{value!s:<24}{claim.origin:<10}{claim.source}  #{claim.commit}")


@app.command(help=t("cli.aide_edit"))
def edit(
    layer: str,
    asset: str,
    change: Annotated[str, typer.Argument(metavar="CHAMP=VALEUR")],
    message: Annotated[str, typer.Option("--message", "-m", help=t("cli.message"))],
    twin: Place = HERE,
    origin: Annotated[str, typer.Option(help=t("cli.origine"))] = "declared",
    branch: Annotated[str, typer.Option("--branch", "-b", help=t("branches.branche"))] = MAIN,
) -> None:
    """Correct one value."""
    from jumeau.model.typed import from_text
    from jumeau.store.port import Moment
    from jumeau.twin import open_twin

    name, sign, text = change.partition("=")
    if not sign:
        raise InputError("cli.valeur_illisible", text=change)
    with open_twin(twin) as opened:
        known = opened.view.layer(layer)
        value = from_text(known[name], text) if text else None
        if not opened.view.read(layer, columns=[], ids=[asset], moment=Moment(branch)).num_rows:
            raise NotFoundError("web.actif_inconnu", layer=known.title, asset=asset)
        commit = opened.edit(layer, asset, {name: value}, origin=origin, message=message, branch=branch)
    say(f"#{commit.id}")


@app.command(help=t("cli.aide_check"))
def check(
    twin: Annotated[str | None, typer.Option("--twin", "-t", envvar="JUMEAU_TWIN", help=t("cli.place"))] = None,
    repair: Annotated[bool, typer.Option("--repair", help=t("cli.reparer"))] = False,
    backup: Annotated[Path | None, typer.Option("--from", help=t("memoire.reparer_depuis"))] = None,
) -> None:
    """Check kernels, and a twin when one is named."""
    from jumeau.kernels import kernel_in_use

    say(t("cli.noyau", name="philox", kind=kernel_in_use("philox")))
    if twin is None:
        return
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        findings = opened.view.check(repair=repair, backup=backup)
    for finding in findings:
        say(finding.text + (" " + t("memoire.repare") if finding.repaired else ""))
    if not findings:
        say(t("cli.rien_a_dire"))
    if any(f.severity == "error" and not f.repaired for f in findings):
        raise typer.Exit(1)
