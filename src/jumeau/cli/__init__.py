"""The command line: parses, calls the twin, prints. Heavy modules load inside the commands."""

import os
import sys

import typer

from jumeau.cli import (
    branches,
    building_bills,
    building_data,
    building_hours,
    building_works,
    buildings,
    data,
    dpe,
    edits,
    exchange,
    law,
    lighting,
    lighting_works,
    market,
    means,
    memory,
    observe,
    optics,
    origins,
    own,
    programme,
    road,
    work,
)
from jumeau.cli.shared import app
from jumeau.errors import JumeauError
from jumeau.texts import t

__all__ = [
    "app", "branches", "building_bills", "building_data", "building_hours", "building_works", "buildings", "data", "edits",
    "exchange", "law", "lighting", "lighting_works", "main", "memory", "observe", "optics", "origins", "own", "programme",
    "road", "work",
]  # fmt: skip


def main() -> None:
    """Entry point: errors are one French sentence, never a traceback."""
    try:
        app()
    except JumeauError as error:
        typer.echo(str(error), err=True)
        sys.exit(2)
    except Exception as error:
        if os.environ.get("JUMEAU_DEBUG"):
            raise
        typer.echo(t("cli.erreur_inattendue", kind=type(error).__name__), err=True)
        sys.exit(3)
