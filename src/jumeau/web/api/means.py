"""`/api/comptes`: what owners can bear, and what the plan and a loan change of it."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Query, Response

from jumeau.errors import NotFoundError
from jumeau.funding.accounts import Accounts
from jumeau.rules.loader import rule
from jumeau.rules.show import missing_words
from jumeau.texts import t
from jumeau.twin import means
from jumeau.web.answers import answer
from jumeau.web.api.assets import rounded
from jumeau.web.ports import Twin

Owner = Annotated[str, Path(max_length=100)]
Amount = Annotated[float, Query(ge=0, le=1e12)]
Rate = Annotated[float | None, Query(ge=0, lt=1)]
Years = Annotated[int, Query(ge=1, le=60)]


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api/comptes")
    whole = cast(Any, twin)

    def asked(owners: list[str] | None, loan: means.Loan) -> list[means.Standing]:
        if not twin.view.sees_all:
            raise NotFoundError("web.pas_de_programme")
        return means.standings(whole, owners, loan)

    @routes.get("")
    def comptes() -> Response:
        return answer([_short(one) for one in asked(None, means.Loan(amount_eur=0.0))])

    @routes.get("/{owner:path}")
    def compte(owner: Owner, emprunt: Amount = 0.0, taux: Rate = None, duree: Years = means.LOAN_YEARS) -> Response:
        (one,) = asked([owner], means.Loan(amount_eur=emprunt, rate=taux, years=duree))
        return answer(_short(one) | _detail(one))

    return routes


def _short(one: means.Standing) -> dict[str, Any]:
    year, peak = one.peak or (None, None)
    return {
        "owner": one.owner,
        "accounts": _figures(one.accounts) if one.accounts else None,
        "own": rounded(sum(one.own_eur.values()), 2),
        "peak_year": year,
        "peak": rounded(peak, 2),
        "saved": rounded(one.saved_eur, 2),
    }


def _figures(a: Accounts) -> dict[str, Any]:
    return {
        "year": a.year,
        "income": a.income_eur,
        "spending": a.spending_eur,
        "gross": rounded(a.gross_saving_eur, 2),
        "net": rounded(a.net_saving_eur, 2),
        "debt": rounded(a.debt_eur, 2),
        "debt_years": rounded(a.debt_years, 1),
    }


def _detail(one: means.Standing) -> dict[str, Any]:
    made, source = one.burden, one.rate_source
    verdict = made.verdict if made else None
    missing = "".join(missing_words(reason.missing) for reason in verdict.reasons).strip(" ()") if verdict else ""
    words = t(f"moyens.verdict_{verdict.decision}", missing=missing) if verdict else None
    law = rule(source) if source else None
    return {
        "years": [{"year": year, "own": rounded(value, 2)} for year, value in one.own_eur.items()],
        "after": _figures(made.after) if made else None,
        "annuity": rounded(made.annuity_eur, 2) if made else None,
        "rate": one.rate,
        "rate_source": t("moyens.taux_regle_page", title=law.title, confidence=t(f"regles.confiance_{law.confidence}"))
        if law
        else None,
        "loan": one.loan.amount_eur,
        "loan_years": one.loan.years,
        "decision": verdict.decision if verdict else None,
        "verdict": words,
    }
