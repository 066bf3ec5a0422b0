"""The command on what owners can bear: accounts, debt, and what the plan and a loan change of them."""

from typing import Annotated, Any

import typer

from jumeau.cli.shared import HERE, AsOf, At, Json, OnBranch, Place, app, number, opened, say, say_json
from jumeau.errors import InputError
from jumeau.texts import t


@app.command("accounts", help=t("moyens.aide"))
def accounts(
    twin: Place = HERE,
    owner: Annotated[list[str] | None, typer.Option(help=t("moyens.aide_maitre"))] = None,
    loan: Annotated[float, typer.Option(help=t("moyens.aide_emprunt"))] = 0.0,
    rate: Annotated[float | None, typer.Option(help=t("moyens.aide_taux"))] = None,
    years: Annotated[int, typer.Option(help=t("moyens.aide_duree"))] = 20,
    at: At = None,
    as_of: AsOf = None,
    branch: OnBranch = None,
    as_json: Json = False,
) -> None:
    """Say what owners can bear."""
    from jumeau.twin import means

    if not (loan >= 0 and 1 <= years <= 60 and (rate is None or 0 <= rate < 1)):
        raise InputError("moyens.emprunt_refuse", amount=f"{loan:g}", rate=rate, years=years)
    asked = means.Loan(amount_eur=loan, rate=rate, years=years)
    with opened(twin, at, as_of, branch) as seen:
        found = means.standings(seen, owner, asked)
    if as_json:
        say_json(found)
        return
    for one in found:
        for line in detail(one) if owner and one.accounts else [short(one)]:
            say(line)


def short(one: Any) -> str:
    """A standing in one line; an owner without accounts says so."""
    total = sum(one.own_eur.values())
    if one.accounts is None:
        return t("moyens.sans_comptes", owner=one.owner, own=number(total), years=len(one.own_eur))
    a, (year, peak) = one.accounts, one.peak or (None, 0.0)
    figures = {"gross": a.gross_saving_eur, "net": a.net_saving_eur, "debt": a.debt_eur, "own": total, "peak": peak}
    words = {name: number(value) for name, value in figures.items()}
    return t("moyens.ligne", owner=one.owner, year=a.year, peak_year=year or "-", debt_years=_years(a), **words)


def _years(a: Any) -> str:
    if a.debt_eur is not None and a.debt_years is None:
        return t("moyens.pas_d_epargne")
    return t("cli.inconnu") if a.debt_years is None else t("moyens.ans", years=f"{a.debt_years:.1f}".replace(".", ","))


def detail(one: Any) -> list[str]:
    """A standing line by line: accounts before and after, what the plan asks, what the law says."""
    a = one.accounts
    after = one.burden.after if one.burden else None
    lines = [t("moyens.titre", owner=one.owner, year=a.year)]
    for title, name in (("epargne_brute", "gross_saving_eur"), ("epargne_nette", "net_saving_eur"), ("encours", "debt_eur")):
        then = number(getattr(after, name)) if after else t("cli.inconnu")
        lines.append(t("moyens.avant_apres", title=t(f"moyens.{title}"), before=number(getattr(a, name)), after=then))
    then = _years(after) if after else t("cli.inconnu")
    lines.append(t("moyens.avant_apres", title=t("moyens.annees"), before=_years(a), after=then))
    lines.append(_asked(one))
    saved = one.saved_eur
    lines.append(t("moyens.sans_economies") if saved is None else t("moyens.economies", saved=number(saved)))
    return [*lines, *_loan(one)]


def _asked(one: Any) -> str:
    if one.peak is None:
        return t("moyens.sans_reste")
    year, peak = one.peak
    net = one.accounts.net_saving_eur
    share = f"{peak / net:.0%}".replace("%", " %") if net and net > 0 else t("cli.inconnu")
    return t("moyens.reste", own=number(sum(one.own_eur.values())), peak=number(peak), peak_year=year, share=share)


def _loan(one: Any) -> list[str]:
    from jumeau.rules.loader import rule
    from jumeau.rules.show import missing_words

    out = []
    if one.burden is None:
        return [t("moyens.taux_inconnu")]
    if one.loan.amount_eur:
        rate = f"{one.rate:.2%}".replace(".", ",").replace("%", " %")
        words = {"amount": number(one.loan.amount_eur), "annuity": number(one.burden.annuity_eur), "years": one.loan.years}
        out.append(t("moyens.emprunt", rate=rate, **words))
    if one.rate_source:
        law = rule(one.rate_source)
        out.append(t("moyens.taux_regle", title=law.title, confidence=t(f"regles.confiance_{law.confidence}")))
    verdict = one.burden.verdict
    missing = "".join(missing_words(reason.missing) for reason in verdict.reasons).strip(" ()")
    return [*out, t(f"moyens.verdict_{verdict.decision}", missing=missing)]
