"""The group of commands of the buildings field, and how they print figures."""

import typer

from jumeau.cli.shared import app
from jumeau.texts import t

buildings = typer.Typer(help=t("batiments.aide"), no_args_is_help=True)
app.add_typer(buildings, name="buildings")


def figure(value: float | None, decimals: int) -> str:
    """A number as French print has it."""
    return t("cli.inconnu") if value is None else f"{value:.{decimals}f}".replace(".", ",")


def percent(value: float | None, *, sign: bool = False) -> str:
    """A ratio in percent, with its sign when asked."""
    if value is None:
        return t("cli.inconnu")
    return f"{round(value, 2) + 0.0:{'+' if sign else ''}.0%}".replace("%", " %")
