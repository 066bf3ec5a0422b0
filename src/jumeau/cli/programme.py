"""Commands on the programme: compute it, explain it, share it, take it up again, weigh it."""

from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.cli.shared import HERE, AsOf, At, Json, OnBranch, Place, app, number, opened, say, say_json
from jumeau.errors import InputError
from jumeau.texts import t

plans = typer.Typer(help=t("cli.aide_plan"), invoke_without_command=True)
app.add_typer(plans, name="plan")

WORTH_SAYING = 0.005
"""Proven gap of a search that was stopped, from which it is said that it was [-]."""
Options = Annotated[Path | None, typer.Option("--options", help=t("cli.plan_options"))]


@plans.callback()
def plan(
    ctx: typer.Context,
    twin: Place = HERE,
    first_year: Annotated[int | None, typer.Option(help=t("cli.annee"))] = None,
    years: Annotated[int | None, typer.Option(help=t("cli.duree"))] = None,
    budget: Annotated[list[str] | None, typer.Option(help=t("cli.budget"))] = None,
    require: Annotated[list[str] | None, typer.Option(help=t("cli.impose"))] = None,
    options: Options = None,
    at: At = None,
    as_of: AsOf = None,
    branch: OnBranch = None,
    as_json: Json = False,
) -> None:
    """Compute the programme, as it would have been computed when one looks at the past."""
    if ctx.invoked_subcommand:
        ctx.obj = twin
        return
    money = budgets(budget or [])
    with opened(twin, at, as_of, branch) as seen:
        programme = seen.plan(first_year=first_year, years=years, budgets=money, required=require or [], options=options)
    if as_json:
        say_json(programme_json(programme))
        return
    show(programme)


def _opened(ctx: typer.Context, twin: str) -> Any:
    from jumeau.twin import open_twin

    return open_twin(ctx.obj if ctx.obj and twin == HERE else twin)


@plans.command("explain", help=t("cli.aide_plan_explain"))
def explain(
    ctx: typer.Context,
    action: Annotated[str | None, typer.Argument(help=t("cli.plan_action"))] = None,
    force: Annotated[int | None, typer.Option(help=t("cli.plan_force"))] = None,
    owner: Annotated[str | None, typer.Option(help=t("cli.plan_quitte"))] = None,
    most: Annotated[int, typer.Option(help=t("cli.plan_combien"))] = 15,
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Explain an action, an owner's place in the group, or what holds the plan back."""
    with _opened(ctx, twin) as seen:
        if action:
            found = seen.programmes.explain(action, force)
            lines = [f"{found.title} ({found.owner})", *found.text]
        elif owner:
            found = seen.programmes.leaving(owner)
            lines = leaving_lines(found)
        else:
            found = seen.programmes.binding().to_pylist()
            lines = [row["text"] for row in found[:most]] or [t("cli.plan_rien_ne_retient")]
    if as_json:
        say_json(found)
        return
    for line in lines:
        say(line)


def leaving_lines(found: Any) -> list[str]:
    """What an owner and the others lose if it leaves, in a few lines."""
    return [
        t("cli.quitte_reste", owner=found.owner, amount=number(found.staying), alone=number(found.alone)),
        t("cli.quitte_autres", amount=number(found.others)),
        t("cli.quitte_tous", amount=number(found.lost)),
    ]


@plans.command("share", help=t("cli.aide_plan_share"))
def share(
    ctx: typer.Context,
    out: Annotated[Path | None, typer.Option(help=t("cli.plan_cles"))] = None,
    samples: Annotated[int, typer.Option(min=100, max=2_000_000, help=t("cli.plan_tirages"))] = 2000,
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Share the cost of what is done together."""
    from jumeau.invest.share import RULES, keys_csv

    with _opened(ctx, twin) as seen:
        found = seen.programmes.sharing(samples)
    rows = found.table.to_pylist()
    if out:
        out.write_text(keys_csv(found), encoding="utf-8")
    if as_json:
        say_json({"total_eur": found.total_eur, "alone_eur": found.alone_eur, "worst_eur": found.worst_eur, "owners": rows})
        return
    say(t("cli.partage_total", total=number(found.total_eur), alone=number(found.alone_eur)))
    for row in rows:
        known = [n for n in RULES if row[f"{n}_eur"] is not None]
        rules = [t(f"cli.partage_{n}", amount=number(row[f"{n}_eur"])) for n in known]
        say(f"{row['owner']:<24} {t('cli.partage_seul', amount=number(row['alone_eur']))} ; {' ; '.join(rules)}")
    for note in found.notes:
        say(note)


@plans.command("replan", help=t("cli.aide_plan_replan"))
def replan(
    ctx: typer.Context,
    without: Annotated[list[str] | None, typer.Option(help=t("cli.plan_sans"))] = None,
    refused: Annotated[list[str] | None, typer.Option(help=t("cli.plan_refus"))] = None,
    closed: Annotated[list[str] | None, typer.Option(help=t("cli.plan_ferme"))] = None,
    done: Annotated[list[str] | None, typer.Option(help=t("cli.plan_engage"))] = None,
    budget: Annotated[list[str] | None, typer.Option(help=t("cli.budget"))] = None,
    keep: Annotated[bool, typer.Option("--keep", help=t("cli.plan_garde"))] = False,
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Plan again after an event."""
    from jumeau.invest.replan import Event

    event = Event(
        withdrawn=tuple(without or ()),
        refused=tuple(_pair(text) for text in refused or ()),
        closed=tuple(closed or ()),
        done=tuple(done or ()),
        budgets=budgets(budget or []),
    )
    with _opened(ctx, twin) as seen:
        found = seen.programmes.replan(event, keep=keep)
    changes = found.changes.to_pylist()
    if as_json:
        gains = {"before": found.gain_before, "now": found.programme.objective, "free": found.free.objective}
        say_json({"gains": gains, "free_changes": found.free_changes, "changes": changes})
        return
    disturbed = sum(row["change"] in ("moved", "dropped") for row in changes)
    said = {
        "now": number(found.programme.objective),
        "before": number(found.gain_before),
        "free": number(found.free.objective),
    }
    say(t("cli.replan_resume", count=disturbed, free_count=found.free_changes, **said))
    for row in changes:
        years = " → ".join(str(y) for y in (row["from_year"], row["to_year"]) if y is not None)
        say(f"{t('cli.change_' + row['change'])}  {years:<11}  {row['owner']}  {row['title']}")


@plans.command("pareto", help=t("cli.aide_plan_pareto"))
def pareto(
    ctx: typer.Context,
    indicator: Annotated[str, typer.Argument(help=t("cli.plan_indicateur"))],
    points: Annotated[int, typer.Option(min=2, max=40, help=t("cli.plan_points"))] = 6,
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Trade the gain against an indicator."""
    with _opened(ctx, twin) as seen:
        found = seen.programmes.pareto(indicator, points)
    if as_json:
        say_json({"indicator": indicator, "points": found.table.to_pylist()})
        return
    for row in found.table.to_pylist():
        price = "" if row["price_eur"] is None else t("cli.pareto_prix", price=f"{row['price_eur']:.2f}".replace(".", ","))
        said = {"saving": number(row["saving"]), "gain": number(row["gain_eur"]), "cost": number(row["cost_eur"])}
        say(t("cli.pareto_ligne", actions=row["actions"], **said) + price)


@plans.command("robust", help=t("cli.aide_plan_robust"))
def robust(
    ctx: typer.Context,
    scenarios: Annotated[Path | None, typer.Option(help=t("cli.plan_avenirs"))] = None,
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Weigh the plan under other futures."""
    with _opened(ctx, twin) as seen:
        found = seen.programmes.robust(scenarios)
    if as_json:
        say_json({"chosen": found.plan_name, "worst": dict(found.worst), "regrets": found.table.to_pylist()})
        return
    for name, worst in sorted(found.worst.items(), key=lambda pair: pair[1]):
        say(t("cli.robuste_ligne", name=name, worst=number(worst)))
    say(t("cli.robuste_choix", name=found.plan_name))


def _pair(text: str) -> tuple[str, str]:
    action, _, envelope = text.partition("=")
    if not envelope:
        raise InputError("cli.refus_illisible", text=text)
    return action.strip(), envelope.strip()


def budgets(texts: list[str]) -> dict[str, float]:
    """Purse -> euros a year out of `OWNER=EUROS` or `OWNER/eau=EUROS`."""
    out = {}
    for text in texts:
        owner, _, amount = text.partition("=")
        try:
            out[owner.strip()] = float(amount)
        except ValueError as error:
            raise InputError("cli.budget_illisible", text=text) from error
    return out


def show(programme: Any) -> None:
    """A programme on the screen: how far from the best, what is shared, and its actions."""
    from jumeau.documents.numbers import precise_share

    gap = precise_share(programme.gap) if programme.gap is not None and isfinite(programme.gap) else t("cli.inconnu")
    say(t("cli.etape_programme", chosen=programme.chosen.num_rows, gap=gap))
    if programme.status == "stopped" and programme.gap is not None and programme.gap > WORTH_SAYING:
        say(t("cli.plan_arrete"))
    for row in programme.lots.to_pylist() if programme.lots is not None else ():
        said = {"volume": number(row["volume"]), "rebate": f"{row['rebate']:.0%}".replace("%", " %")}
        say(t("cli.plan_lot", lot=row["lot"], year=row["year"], unit=row["unit"], saved=number(row["saved_eur"]), **said))
    for row in programme.chosen.to_pylist():
        say(f"{row['year']}  {number(row['cost_eur']):>12} €  {row['owner']}  {row['title']}")


def programme_json(programme: Any) -> dict[str, Any]:
    """A programme as plain values."""
    shared = {n: getattr(programme, n) for n in ("lots", "grants", "trenches", "loans", "transfers")}
    return {
        "status": programme.status,
        "objective": programme.objective,
        "bound": programme.bound,
        "gap": programme.gap,
        "actions": programme.chosen.num_rows,
        "chosen": programme.chosen.to_pylist(),
    } | {n: table.to_pylist() for n, table in shared.items() if table is not None and table.num_rows}
