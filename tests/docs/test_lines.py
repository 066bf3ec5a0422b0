"""Every command line of the docs is one the commands take: its verbs, options, required arguments and choices."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.docs.words import ROOT

from jumeau.cli import app

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]
NOT_A_COMMAND = {"commandes.md"}  # usage lines, written from the commands themselves
UsageError: Any = typer.BadParameter.__base__
REST = re.compile(r"\s{2,}[^-\s].*|\s#\s.*")


def fenced(text: str) -> list[str]:
    """Lines of code blocks that call jumeau, continued lines joined, what is said beside them left out."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    calls = [m.group(1) for line in lines if (m := re.match(r"(?:\$ )?(?:\.venv/bin/)?jumeau (.*)", line))]
    return [REST.sub("", re.sub(r"(?<=\S) +(?=-)", " ", call)).strip() for call in calls]


def quoted(text: str) -> list[str]:
    """Calls quoted in a sentence; they may leave arguments out."""
    bare = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    return [" ".join(call.split()) for call in re.findall(r"`jumeau ((?:[a-z]|--)[^`]*)`", bare)]


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """The command the first words name, and what is left for it."""
    command: Any = typer.main.get_command(app)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            assert command.invoke_without_command, f"no command {words[0]!r}; there are {sorted(command.commands)}"
            break
        command, words = command.commands[words[0]], words[1:]
    return command, words


def refusal(call: str, *, whole: bool) -> str | None:
    """Why the command would refuse the call before doing anything; None when it takes it."""
    try:
        command, words = command_of(shlex.split(call))
        known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}
        unknown = [
            word for word in words if word.startswith("-") and not word[1:2].isdigit() and word.split("=")[0] not in known
        ]
        assert not unknown, f"no option {unknown[0]}"
        if whole:
            command.make_context(command.name, words)
    except UsageError as error:
        return f"jumeau {call} : {error.format_message()}"
    except AssertionError as error:
        return f"jumeau {call} : {error}"
    return None


@pytest.mark.parametrize("page", [p for p in PAGES if p.name not in NOT_A_COMMAND], ids=lambda p: p.name)
def test_command_lines_of_a_page_are_taken(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    wrong = [refusal(call, whole=True) for call in fenced(text)] + [refusal(call, whole=False) for call in quoted(text)]
    assert [reason for reason in wrong if reason] == []


def test_lines_are_found_and_wrong_ones_are_told() -> None:
    text = "`jumeau plan --as-of 1`\n```\n$ jumeau plan \\\n  --first-year 2027   un an\njumeau export --x   # note\n```\n"
    assert fenced(text) == ["plan --first-year 2027", "export --x"]
    assert quoted(text) == ["plan --as-of 1"]
    assert sum(len(fenced(page.read_text(encoding="utf-8"))) for page in PAGES) > 80
    assert refusal("plan --first-year 2027", whole=True) is None
    for wrong in ("planifier", "plan --premiere-annee 2027", "import", "plan --first-year deux"):
        assert refusal(wrong, whole=True)
    assert refusal("import", whole=False) is None
