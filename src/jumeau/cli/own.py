"""Commands on what the user brings beyond the house's fields: layers, actions and needs of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from jumeau.cli.shared import HERE, Place, app, say
from jumeau.texts import t

layers = typer.Typer(help=t("cli.aide_layer"), no_args_is_help=True)
actions = typer.Typer(help=t("cli.aide_action"), no_args_is_help=True)
app.add_typer(layers, name="layer")
app.add_typer(actions, name="action")


@layers.command("add", help=t("cli.aide_layer_add"))
def layer_add(
    fields: Annotated[Path, typer.Argument(help=t("cli.fichier_champs"))],
    twin: Place = HERE,
) -> None:
    """Declare a layer."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        layer = opened.add_layer(fields)
    say(t("cli.couche_ajoutee", layer=layer.name, fields=len(layer.fields)))


@actions.command("add", help=t("cli.aide_action_add"))
def action_add(
    file: Annotated[Path, typer.Argument(help=t("cli.fichier_actions"))],
    twin: Place = HERE,
    needs: Annotated[Path | None, typer.Option(help=t("cli.fichier_besoins"))] = None,
) -> None:
    """Add actions and needs."""
    from jumeau.twin import open_twin

    with open_twin(twin) as opened:
        count, pooled = opened.add_actions(file, needs)
    say(t("cli.actions_ajoutees", actions=count, needs=pooled))
