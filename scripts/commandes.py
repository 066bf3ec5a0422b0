"""Writes docs/commandes.md from the command line itself: `python scripts/commandes.py docs/commandes.md`."""

import sys
from pathlib import Path
from typing import Any

HEAD = """# Commandes

Cette page est tirée de la commande elle-même par `make docs` ; ne la corrigez pas à la main. Une erreur s'affiche en une
phrase, et la commande rend alors un code différent de zéro. `JUMEAU_TWIN` remplace `--twin`, `JUMEAU_DATA` remplace `--data`.
"""


def page() -> str:
    """The page: one section a command, in the order of the help."""
    import typer

    from jumeau.cli import app

    group: Any = typer.main.get_command(app)
    return "\n".join([HEAD, *_sections("", group)])


def _sections(prefix: str, group: Any) -> list[str]:
    found = []
    for name, command in group.commands.items():
        inside = hasattr(command, "commands")
        if not inside or command.invoke_without_command:
            found.append(_section(prefix + name, command))
        found += _sections(f"{prefix}{name} ", command) if inside else []
    return found


def _section(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    usage = " ".join([f"jumeau {name}", *(_shown(p) for p in arguments)])
    rows = [f"| `{_shown(p)}` | {_help(p)} |" for p in arguments if _help(p)]
    rows += [f"| {', '.join(f'`{o}`' for o in (*p.opts, *p.secondary_opts))} | {_help(p)}{_default(p)} |" for p in options]
    table = "\n".join(["| argument ou option | sens |", "|---|---|", *rows, ""]) if rows else ""
    return f"### `{usage}`\n\n{command.help}\n\n{table}"


def _shown(parameter: Any) -> str:
    text = parameter.metavar or parameter.name.upper()
    return text if parameter.required else f"[{text}]"


def _help(parameter: Any) -> str:
    return (parameter.help or "").replace("|", "\\|")


def _default(parameter: Any) -> str:
    default = parameter.default
    return "" if default in (None, False, "", ()) or callable(default) else f" (sans cette option : `{default}`)"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
