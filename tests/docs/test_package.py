"""The package as a stranger meets it: its public names, its light start, its commands described, its wheel."""

import importlib
import os
import re
import runpy
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from tests.docs.words import ROOT

import jumeau

HEAVY = (
    "numpy", "pandas", "geopandas", "pyarrow", "shapely", "pyogrio", "scipy", "highspy", "fastapi", "uvicorn", "typst",
    "openpyxl",
)  # fmt: skip


def test_public_names_exist_and_load_lazily() -> None:
    assert set(jumeau.__all__) >= {"JumeauError", "Twin", "open_twin", "__version__"}
    assert all(getattr(jumeau, name) is not None for name in jumeau.__all__)
    with pytest.raises(AttributeError, match="nothing_of_the_sort"):
        _ = jumeau.nothing_of_the_sort
    code = "import jumeau, sys; assert 'jumeau.twin' not in sys.modules; print(len(sys.modules))"
    assert int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout) < 200


def test_help_loads_no_heavy_module() -> None:
    code = (
        "import sys\nsys.argv = ['jumeau', '--help']\nfrom jumeau.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print('CHARGES', *sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "jumeau" in done.stdout
    loaded = set(done.stdout.split("CHARGES")[1].split())
    assert "jumeau.cli" in loaded
    assert not loaded & set(HEAVY)


def test_the_commands_page_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "scripts" / "commandes.py"))["page"]()
    assert (ROOT / "docs" / "commandes.md").read_text(encoding="utf-8") == made, "run: make docs"


def test_every_command_and_option_has_a_help_in_words() -> None:
    import typer

    group = typer.main.get_command(importlib.import_module("jumeau.cli").app)
    commands = group.commands  # type: ignore[attr-defined]
    assert {"import", "diagnose", "plan", "report", "serve", "demo"} <= set(commands)
    silent = [name for name, command in commands.items() if not command.help or not command.help.endswith(".")]
    silent += [f"{name} {p.opts[0]}" for name, c in commands.items() for p in c.params
               if p.param_type_name == "option" and not p.help]  # fmt: skip
    assert not silent


def test_links_between_pages_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]
    broken = []
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert not broken


def test_locks_have_hashes_and_no_address() -> None:
    locks = [*(ROOT / "requirements").glob("*.txt"), *(ROOT / "bench" / "peers").glob("*.txt")]
    assert {"base", "dev", "node", "uv"} <= {lock.stem for lock in locks}
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        pinned = re.findall(r"^[a-zA-Z0-9._-]+(?:\[[^\]]*\])?==", text, re.MULTILINE)
        assert pinned
        assert "://" not in text
        assert "--index-url" not in text
        blocks = re.split(r"\n(?=[a-zA-Z0-9])", text)
        assert all("--hash=sha256:" in block for block in blocks if "==" in block.splitlines()[0])


@pytest.mark.slow
def test_the_wheel_runs_without_extras_or_tools(tmp_path: Path) -> None:
    uv = ROOT / ".tools" / "bin" / "uv"
    if not uv.exists():
        pytest.skip("no uv in .tools: run make setup")
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns(".git", ".venv", ".tools", "node_modules", "sortie", "*_cache")
    shutil.copytree(ROOT, source, ignore=ignored)
    build = "from hatchling.build import build_wheel; print(build_wheel('..'))"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    wheel = next(tmp_path.glob("jumeau-*.whl"))
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    python = str(home / "bin" / "python")
    for what in (["--require-hashes", "-r", str(ROOT / "requirements" / "base.txt")], ["--no-deps", str(wheel)]):
        subprocess.run([str(uv), "pip", "install", "--quiet", "--python", python, *what], check=True, env=clean)

    def said(*command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, env=clean, cwd=tmp_path, check=True).stdout

    command = str(home / "bin" / "jumeau")
    assert "import" in said(command, "--help")
    assert "lamp_power_w" in said(command, "fields", "luminaire")
    folder = "pathlib.Path(jumeau.documents.__file__).parent"
    template = f"import jumeau.documents, pathlib; print(({folder} / 'templates' / 'rapport.typ').is_file())"
    assert said(python, "-c", template).strip() == "True"
