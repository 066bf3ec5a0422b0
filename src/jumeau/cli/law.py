"""Commands on the rules, and on who pays for the programme."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.cli.shared import HERE, AsOf, At, Json, OnBranch, Place, app, opened, say, say_json
from jumeau.errors import InputError, NotFoundError
from jumeau.texts import t

rules = typer.Typer(help=t("cli.aide_rules"), no_args_is_help=True)
app.add_typer(rules, name="rules")

On = Annotated[str | None, typer.Option("--on", metavar="AAAA-MM-JJ", help=t("cli.jour"))]


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError as error:
        raise InputError("cli.jour_illisible", text=text) from error


@rules.command("list", help=t("cli.aide_rules_list"))
def rules_list(on: On = None) -> None:
    """List the rules."""
    from jumeau.rules.show import list_lines

    for line in list_lines(_day(on)):
        say(line)


@rules.command("explain", help=t("cli.aide_rules_explain"))
def rules_explain(
    rule: Annotated[str, typer.Argument(help=t("cli.regle"))],
    fact: Annotated[list[str] | None, typer.Option("--fact", "-f", metavar="FAIT=VALEUR", help=t("cli.fait"))] = None,
    action: Annotated[str | None, typer.Option("--action", help=t("cli.regle_action"))] = None,
    twin: Place = HERE,
    on: On = None,
) -> None:
    """Say why a rule applies or not to a case."""
    from jumeau.rules.show import explain_lines

    day, typed = _day(on), _facts(fact or [])
    for line in explain_lines(rule, _known(twin, action, day) | typed, day):
        say(line)


def _known(twin: str, action: str | None, day: date) -> dict[str, Any]:
    """What is known of an action of the twin; nothing without one."""
    if action is None:
        return {}
    from jumeau.twin.financing import case

    with opened(twin, None, None, None) as seen:
        return case(seen, action, day)


def _facts(texts: list[str]) -> dict[str, Any]:
    """Facts as typed, in the type `rules/facts.yaml` gives them."""
    from jumeau.rules.given import read_fact
    from jumeau.rules.loader import facts, nearest

    out: dict[str, Any] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        known = facts().get(name.strip())
        if not sign or known is None:
            raise InputError("cli.fait_illisible", text=text, near=nearest(name.strip(), facts()))
        out[name.strip()] = read_fact(name.strip(), value)
    return out


@rules.command("test", help=t("cli.aide_rules_test"))
def rules_test(paths: Annotated[list[Path], typer.Argument(help=t("cli.cas"))]) -> None:
    """Run case files."""
    from jumeau.rules.show import case_lines

    lines, good = case_lines(_texts(paths))
    for line in lines:
        say(line)
    if not good:
        raise typer.Exit(1)


@rules.command("check", help=t("cli.aide_rules_check"))
def rules_check(paths: Annotated[list[Path], typer.Argument(help=t("cli.regles_a_lire"))]) -> None:
    """Read rule files and say what is wrong."""
    from jumeau.rules.show import check_lines

    for line in check_lines(_texts(paths)):
        say(line)


def _texts(paths: list[Path]) -> list[tuple[str, str]]:
    files = [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    missing = [str(file) for file in files if not file.is_file()]
    if missing or not files:
        raise NotFoundError("cli.cas_absents", names=", ".join(missing or map(str, paths)))
    return [(str(file), _text(file)) for file in files]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError("cli.cas_encodage", name=file) from error


@rules.command("stale", help=t("cli.aide_rules_stale"))
def rules_stale(on: On = None) -> None:
    """List the rules to check again."""
    from jumeau.rules.show import stale_lines

    for line in stale_lines(_day(on)):
        say(line)


@app.command(help=t("cli.aide_finance"))
def finance(
    twin: Place = HERE,
    owner: Annotated[str | None, typer.Option(help=t("cli.maitre"))] = None,
    cash: Annotated[bool, typer.Option("--cash", help=t("cli.tresorerie"))] = False,
    at: At = None,
    as_of: AsOf = None,
    branch: OnBranch = None,
    as_json: Json = False,
) -> None:
    """Print who pays, owner by owner."""
    from jumeau.rules.show import missing_words

    with opened(twin, at, as_of, branch) as seen:
        found = seen.financing()
    if found is None:
        raise NotFoundError("jumeau.sans_programme")
    owners = {name: plan for name, plan in found.owners().items() if owner in (None, name)}
    if owner and not owners:
        raise NotFoundError("cli.maitre_inconnu", owner=owner, known=", ".join(list(found.owners())[:5]))
    if cash:
        _show_cash(found, list(owners), as_json)
        return
    if as_json:
        say_json({"on": found.on, "owners": owners, "to_confirm": found.to_confirm(owner), "warnings": found.warnings()})
        return
    for name, plan in owners.items():
        _show_plan(name, plan)
    for one in found.to_confirm(owner):
        say(t("cli.a_confirmer", title=one.title, missing=missing_words(one.missing), count=one.actions))
    for said in found.warnings():
        say(said)


def euros(cents: int) -> str:
    """An amount for the screen."""
    return f"{cents / 100:,.2f}".replace(",", "\u202f").replace(".", ",").replace("-", "−")


def _show_cash(found: Any, owners: list[str], as_json: bool) -> None:
    """Year by year, in the middle scenario."""
    from jumeau.funding.cash import cash_of

    calendars = {o: cash_of([(a.year, a.plan.mid) for a in found.actions if a.owner == o], found.on) for o in owners}
    if as_json:
        say_json(calendars)
        return
    for owner, years in calendars.items():
        say(owner)
        for one in years:
            received = one.received
            words = {"aids": received.get("aid", 0) + received.get("certificate", 0), "own": one.own, "spent": one.spent}
            words |= {"tax": received.get("fctva", 0) + received.get("tva", 0), "treasury": one.treasury}
            say(t("cli.tresorerie_ligne", year=one.year, **{k: euros(v) for k, v in words.items()}))


def _show_plan(owner: str, plan: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    from jumeau.funding import resources

    table = Table(*t("cli.colonnes_financement").split("|"), box=None, title=owner, title_justify="left")
    for one in resources(plan):
        said = t(f"regles.confiance_{one.line.confidence}") if one.line.confidence else ""
        table.add_row(one.line.label, *(euros(cents) for cents in (one.low, one.mid, one.high)), said)
    table.add_row(t("cli.cout_ttc"), *[euros(plan.cost_ttc_cents)] * 3, "")
    Console(width=max(120, Console().width)).print(table)
