"""What every command shares: options, and ways to print."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.texts import t

app = typer.Typer(help=t("cli.aide"), no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Place = Annotated[str, typer.Option("--twin", "-t", envvar="JUMEAU_TWIN", help=t("cli.place"))]
Json = Annotated[bool, typer.Option("--json", help=t("cli.json"))]
Data = Annotated[Path | None, typer.Option("--data", help=t("cli.donnees"))]
Out = Annotated[Path, typer.Option("--out", help=t("cli.sortie"))]
At = Annotated[str | None, typer.Option("--at", metavar="JOUR", help=t("cli.a_date"))]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="JOUR", help=t("cli.connu_au"))]
OnBranch = Annotated[str | None, typer.Option("--branch", help=t("cli.branche"))]
HERE = "jumeau"
MOST_WORKERS = 4


def say(text: object) -> None:
    """Print a line for the user."""
    typer.echo(text)


def say_json(value: Any) -> None:
    """Print one JSON object."""
    import msgspec

    typer.echo(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode())


def opened(place: str, at: str | None, as_of: str | None, branch: str | None, **options: Any) -> Any:
    """The twin at what the options ask to look at; said on the error output when it is not the present."""
    from jumeau.sharing.moments import moment_of
    from jumeau.twin import open_twin

    moment = moment_of(at, as_of, branch)
    twin = open_twin(place, moment=moment, **options)
    if twin.view.read_only:
        typer.echo(t("cli.lecture_seule", place=place), err=True)
    if twin.view.past:
        key = "cli.regard_connu" if moment.as_of else "cli.regard_date"
        typer.echo(t(key, at=said(moment.at), as_of=said(moment.as_of), branch=moment.branch), err=True)
    return twin


@contextmanager
def progress(title: str) -> Iterator[Callable[[str], None]]:
    """A line on the terminal that says what is done, and goes away."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(title) as status:
        yield lambda text: status.update(f"{title} : {text}")


def said(instant: Any) -> str:
    """An instant as print has it, in legal time."""
    from jumeau.sharing.moments import legal_time

    return "" if instant is None else instant.astimezone(legal_time()).strftime("%d/%m/%Y %H:%M")


def show_table(rows: list[Any]) -> None:
    """Print indicator totals."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*t("cli.colonnes_indicateur").split("|"), box=None)
    for row in rows:
        numbers = [number(row.estimate.value), number(row.estimate.low), number(row.estimate.high)]
        shares = [f"{row.shares[o]:.0%}" for o in ("measured", "declared", "inferred", "default")]
        table.add_row(row.title, *numbers, row.estimate.unit, *shares, str(row.unknown))
    Console(width=max(100, Console().width)).print(table)


def number(value: float | None) -> str:
    """A number for the screen."""
    return t("cli.inconnu") if value is None else f"{value:,.0f}".replace(",", "\u202f")


def cores() -> int:
    """Processes for a long run: one a core, MOST_WORKERS at most; none where there is one core."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(there, MOST_WORKERS) if there > 1 else 0


def data_folder() -> Path | None:
    """The open data folder: JUMEAU_DATA, or ../shared beside the project; None when there is none."""
    for place in (os.environ.get("JUMEAU_DATA"), Path(__file__).resolve().parents[4] / "shared", "../shared"):
        if place and Path(place).is_dir():
            folder = Path(place)
            return folder / "data" if (folder / "data").is_dir() else folder
    return None
