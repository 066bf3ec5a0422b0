"""Commands to buy together and to follow: purchases and their papers, volumes, prices, the life of actions."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from jumeau.cli.shared import HERE, AsOf, At, Json, OnBranch, Out, Place, app, number, opened, say, say_json
from jumeau.errors import InputError
from jumeau.texts import t

buy = typer.Typer(help=t("achats.aide"), no_args_is_help=True)
app.add_typer(buy, name="buy")
follow = typer.Typer(help=t("suivi.aide"), no_args_is_help=True)
app.add_typer(follow, name="follow")

Name = Annotated[str, typer.Argument(metavar="ACHAT", help=t("achats.aide_nom"))]
Day = Annotated[str | None, typer.Option(metavar="AAAA-MM-JJ", help=t("achats.aide_travaux"))]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("cli.jour_illisible", text=text) from error


@buy.command("list", help=t("achats.aide_list"))
def buy_list(twin: Place = HERE, at: At = None, as_of: AsOf = None, branch: OnBranch = None, as_json: Json = False) -> None:
    """List the purchases of the programme."""
    from jumeau.procurement import pooling
    from jumeau.twin import purchasing

    with opened(twin, at, as_of, branch) as found:
        today = found.instant().date()
        made = [(p, pooling(p, today)) for p in purchasing.bought(found)]
    if as_json:
        say_json([{"purchase": p, "pooling": q} for p, q in made])
        return
    for purchase, pooled in made:
        kind = t(f"pieces.procedure_{pooled.together.kind}") if pooled.together.kind else t("cli.inconnu")
        line = {"members": len(purchase.members), "cost": number(purchase.cents / 100), "kind": kind}
        key = "achats.ligne" if len(purchase.members) > 1 else "achats.ligne_seul"
        say(t(key, id=purchase.id, heavier=len(pooled.heavier), **line))


@buy.command("papers", help=t("achats.aide_papers"))
def buy_papers(
    name: Name,
    out: Out = Path("sortie/achats"),
    twin: Place = HERE,
    works_on: Day = None,
    coordinator: Annotated[str | None, typer.Option(help=t("achats.aide_coordonnateur"))] = None,
    owner: Annotated[list[str] | None, typer.Option(help=t("achats.aide_membre"))] = None,
    letterhead: Annotated[Path | None, typer.Option(help=t("achats.aide_entete"))] = None,
    share: Annotated[str | None, typer.Option(metavar="RÈGLE", help=t("achats.aide_cle"))] = None,
) -> None:
    """Write the papers of a purchase."""
    from jumeau.twin import open_twin, papers, purchasing

    with open_twin(twin) as found:
        made = purchasing.dossier(found, name, works_on=_day(works_on), coordinator=coordinator, share_rule=share)
        written = papers.write_papers(made, out, owners=owner, letterhead=letterhead)
    for member, (alone, pays) in made.payments.items():
        key = f"{made.shares[member]:.2%}".replace(".", ",").replace("%", " %")
        say(t("achats.cle_ligne", owner=made.names[member], alone=number(alone), pays=number(pays), share=key))
    for note in made.share_notes:
        say(note)
    say(t("achats.pieces_ecrites", count=len(written), folder=out / made.purchase.id))


@buy.command("volumes", help=t("achats.aide_volumes"))
def buy_volumes(out: Path = Path("volumes.csv"), twin: Place = HERE) -> None:
    """Write the volumes for industry."""
    import csv

    from jumeau.twin import open_twin, purchasing

    with open_twin(twin) as found:
        told = purchasing.published(found)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(t("achats.volumes_colonnes").split("|"))
        for v in told.published:
            years = str(v.years[0]) if len(v.years) == 1 else f"{v.years[0]}-{v.years[-1]}"
            table.writerow(
                [
                    v.need,
                    v.title,
                    v.purchase,
                    years,
                    f"{v.quantity:.3f}".rstrip("0").rstrip("."),
                    v.unit,
                    v.owners,
                    f"{v.euros:.2f}",
                ]
            )
    say(t("achats.volumes_ecrits", count=len(told.published), path=out, withheld=len(told.withheld)))


@buy.command("prices", help=t("achats.aide_prices"))
def buy_prices(file: Path, twin: Place = HERE) -> None:
    """Keep one's own unit prices."""
    from jumeau.twin import open_twin, own

    with open_twin(twin) as found:
        say(t("achats.prix_gardes", count=own.add_prices(found.view, file)))


@buy.command("award", help=t("achats.aide_award"))
def buy_award(file: Path, out: Path = Path("decp.json")) -> None:
    """Write the official record of awarded contracts described in a YAML file."""
    import msgspec

    from jumeau.procurement import records
    from jumeau.twin.awards import read_awards

    made = records(read_awards(file))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=2))
    say(t("achats.decp_ecrite", count=len(made["marches"]["marche"]), path=out))


@buy.command("costs", help=t("achats.aide_costs"))
def buy_costs(
    twin: Place = HERE,
    need: Annotated[str | None, typer.Option(metavar="BESOIN", help=t("achats.aide_constats"))] = None,
    as_json: Json = False,
) -> None:
    """Costs seen in public records beside those of the catalogue, or the records of one need with their outliers."""
    from jumeau.twin import observed, open_twin

    with open_twin(twin) as found:
        records = observed.observed(found.view)
        lines = observed.compared_costs(found, records)
    if need:
        _say_records([one for one in records if one.need == need], need, {one.benchmark.need for one in lines}, as_json)
        return
    if as_json:
        say_json(lines)
        return
    if not lines:
        say(t("achats.sans_constat"))
    for one in lines:
        say(t(f"achats.cout_{one.word}", **_costs(one)))


def _say_records(records: list[Any], need: str, known: set[str], as_json: bool) -> None:
    if not records:
        raise InputError("achats.besoin_sans_constat", need=need, known=", ".join(sorted(known)) or t("cli.inconnu"))
    if as_json:
        say_json(records)
        return
    for one in sorted(records, key=lambda r: (r.unit_eur is None, r.unit_eur or r.amount_eur)):
        unit = t("achats.constat_sans_quantite") if one.unit_eur is None else f"{number(one.unit_eur)} €"
        mark = t("achats.constat_ecarte") if one.outlier else ""
        say(t("achats.constat", record=one.record, unit=unit, amount=number(one.amount_eur), text=one.text, mark=mark))


def _costs(one: Any) -> dict[str, Any]:
    seen, known = one.benchmark, one.catalogue
    return {
        "title": one.title,
        "records": seen.records,
        "texts": t("achats.cout_textes", count=seen.records) if seen.records > 1 else t("achats.cout_texte"),
        "quantities": seen.with_quantity,
        "outliers": seen.outliers,
        "median": number(seen.median_eur),
        "amount": _median(seen.amount_median_eur),
        "catalogue": _catalogue(known, one.unit),
        "low": number(known[0]) if known else t("cli.inconnu"),
        "high": number(known[1]) if known else t("cli.inconnu"),
        "unit": one.unit,
    }


def _median(amount: float | None) -> str:
    return t("achats.cout_sans_montant") if amount is None else t("achats.cout_montant", amount=number(amount))


def _catalogue(known: tuple[float, float] | None, unit: str) -> str:
    from jumeau.documents.pieces.dossier import shown_unit

    if known is None:
        return t("achats.cout_sans_catalogue")
    return t("achats.cout_catalogue", low=number(known[0]), high=number(known[1]), unit=shown_unit(unit))


@follow.command("start", help=t("suivi.aide_start"))
def follow_start(twin: Place = HERE) -> None:
    """Follow the actions of the programme."""
    from jumeau.twin import following, open_twin

    with open_twin(twin) as found:
        say(t("suivi.commence", count=following.start(found)))


@follow.command("list", help=t("suivi.aide_list"))
def follow_list(
    twin: Place = HERE, at: At = None, as_of: AsOf = None, branch: OnBranch = None, as_json: Json = False
) -> None:
    """List followed actions."""
    from jumeau.twin import following

    with opened(twin, at, as_of, branch) as found:
        rows = following.rows(found.view)
    if as_json:
        say_json(rows)
        return
    for row in rows:
        say(f"{row['planned_year']}  {t('suivi.etat_' + row['state']):<14}  {row['owner']}  {row['action']}  {row['title']}")


@follow.command("set", help=t("suivi.aide_set"))
def follow_set(
    action: Annotated[str, typer.Argument(metavar="ACTION", help=t("suivi.aide_action"))],
    values: Annotated[list[str], typer.Argument(metavar="CHAMP=VALEUR", help=t("suivi.aide_valeur"))],
    message: Annotated[str, typer.Option("--message", "-m", help=t("cli.message"))] = "",
    twin: Place = HERE,
) -> None:
    """Say what happened to an action."""
    from jumeau.twin import following, open_twin

    changes: dict[str, Any] = {}
    for text in values:
        name, sign, value = text.partition("=")
        if not sign:
            raise InputError("suivi.valeur_illisible", text=text)
        changes[name.strip()] = value.strip() or None
    with open_twin(twin) as found:
        say(t("suivi.ecrit", commit=following.record(found.view, action, changes, message=message).id))


@follow.command("due", help=t("suivi.aide_due"))
def follow_due(twin: Place = HERE, on: Day = None, as_json: Json = False) -> None:
    """Say what is due, late, out of order, and the accounts by owner."""
    from jumeau.twin import following, open_twin

    with open_twin(twin) as found:
        made, due, wrong = following.board(found.view, _day(on) or date.today())
    if as_json:
        say_json({"accounts": made, "reminders": due, "faults": wrong})
        return
    for one in due:
        say(t("suivi.en_retard" if one.late else "suivi.a_venir", text=one.text))
    for fault in wrong:
        say(t("suivi.a_verifier", action=fault.action, text=fault.text))
    for account in made:
        plain = {n: number(getattr(account, n)) for n in ("planned_eur", "real_eur", "ordered_eur", "unspent_eur")}
        say(t("suivi.compte", owner=account.owner, actions=account.actions, late=account.late, **plain))
