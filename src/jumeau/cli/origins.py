"""Commands on where values come from: W3C PROV, precedence between sources, disagreements."""

from typing import Annotated

import typer

from jumeau.cli.shared import HERE, AsOf, Json, OnBranch, Place, app, opened, say, say_json
from jumeau.errors import InputError
from jumeau.texts import t


@app.command(help=t("edition.aide_prov"))
def prov(
    what: Annotated[str, typer.Argument(help=t("edition.aide_prov_quoi"))],
    asset: Annotated[str | None, typer.Argument(help=t("edition.aide_prov_actif"))] = None,
    form: Annotated[str, typer.Option("--format", help=t("edition.aide_prov_format"))] = "json",
    twin: Place = HERE,
    as_of: AsOf = None,
    branch: OnBranch = None,
) -> None:
    """Print provenance in W3C PROV."""
    from jumeau.twin import provenance

    if form not in provenance.FORMATS:
        raise InputError("edition.format", format=form)
    with opened(twin, None, as_of, branch) as it:
        if asset is not None:
            document = provenance.of_asset(it.view, what, asset)
        elif what.isdigit():
            document = provenance.of_commit(it.view, int(what))
        else:
            document = provenance.of_layer(it.view, what)
    say(provenance.FORMATS[form](document))


@app.command(help=t("edition.aide_rank"))
def rank(
    source: Annotated[str | None, typer.Argument(help=t("edition.aide_rang_source"))] = None,
    value: Annotated[int | None, typer.Argument(help=t("edition.aide_rang"))] = None,
    twin: Place = HERE,
) -> None:
    """List sources by precedence, or change one."""
    from jumeau.twin import provenance

    with opened(twin, None, None, None) as it:
        if source is not None and value is not None:
            changed = provenance.set_rank(it.view, source, value)
            say(t("edition.rang_change", source=changed.title, rank=changed.rank))
            return
        found = sorted(it.view.sources().values(), key=lambda s: (-s.rank, s.id))
    for one in found:
        if source in (None, one.id):
            say(f"{one.rank:>4}  {one.id:<32}{one.title}")


@app.command(help=t("edition.aide_disagree"))
def disagree(
    layer: str,
    field: Annotated[str | None, typer.Option("--field", help=t("edition.aide_champ"))] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help=t("recherche.aide_limite"))] = 1_000,
    twin: Place = HERE,
    as_of: AsOf = None,
    branch: OnBranch = None,
    as_json: Json = False,
) -> None:
    """List where sources disagree."""
    from jumeau.twin import provenance
    from jumeau.twin.branching import shown

    with opened(twin, None, as_of, branch) as it:
        found = provenance.disputes(it.view, layer, field, limit)
    if as_json:
        say_json(found)
        return
    for one in found:
        said = one.said
        sides = {"value": shown(said.value), "source": one.title, "other": shown(said.other_value)}
        about = {"label": one.label, "commune": one.commune or "-", "name": said.attribute}
        say(t("edition.desaccord", **about, **sides, other_source=one.other_title))
    if not found:
        say(t("edition.sans_desaccord"))
