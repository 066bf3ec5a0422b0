"""The commands of the lighting pages, run as they are printed, on a twin made by them."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jumeau.cli import app

ROOT = Path(__file__).parents[2]
PAGES = ("eclairage.md", "eclairage-photometrie.md")


def printed(page: str) -> list[list[str]]:
    """Words of each line `jumeau ...` of the blocks without a language."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```\n(.*?)^```", text, re.S | re.M)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("jumeau ")]
    return [line.split()[1:] for line in lines]


def test_every_command_of_the_pages_runs_as_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples" / "eclairage", tmp_path / "essai")
    monkeypatch.chdir(tmp_path / "essai")
    monkeypatch.delenv("JUMEAU_TWIN", raising=False)
    commands = [words for page in PAGES for words in printed(page)]
    assert len(commands) > 15
    for words in commands:
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, (words, done.output)
        assert "inattendue" not in done.output
    assert (tmp_path / "essai" / "rapports" / "sdal-34172.pdf").stat().st_size > 10_000
