"""What an owner's accounts say of its means: gross saving, debt, and what a loan changes of them."""

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from jumeau.funding.cash import annuity
from jumeau.rules.evaluate import Verdict, explain
from jumeau.rules.loader import rule

ORDER_SPENDING = ("68", "675", "676", "023", "002", "71", "6031")
ORDER_INCOME = ("72", "775", "776", "777", "78", "002", "6031")
"""Beginnings of the accounts (M14, M57) that move no cash, or once only: written between sections, sales of assets, results
brought forward."""
CLASSES = ("6", "7")
"""Operating accounts: spending may stand in class 7 (taxes handed on, chapter 014), income in class 6 (refunds, 013)."""
ANNEX = "annexe"
INTEREST = "661"
CAPITAL = "164"
OFGL = {
    "recettes de fonctionnement": "income_eur",
    "depenses de fonctionnement": "spending_eur",
    "encours de dette": "debt_eur",
    "remboursements d'emprunts hors gad": "repaid_eur",
    "charges financieres": "interest_eur",
}
"""Aggregates of the Observatoire des finances et de la gestion publique locales, in plain letters."""


class Accounts(msgspec.Struct, frozen=True, kw_only=True):
    """A year of an owner [€]. debt_eur: outstanding at the end of the year, None when the accounts do not say."""

    owner: str
    year: int
    income_eur: float
    spending_eur: float
    interest_eur: float | None = None
    repaid_eur: float | None = None
    debt_eur: float | None = None

    @property
    def gross_saving_eur(self) -> float:
        """Real income less real spending of the operating section."""
        return self.income_eur - self.spending_eur

    @property
    def net_saving_eur(self) -> float | None:
        """Gross saving less the capital repaid."""
        return None if self.repaid_eur is None else self.gross_saving_eur - self.repaid_eur

    @property
    def debt_years(self) -> float | None:
        """Years of gross saving that repay the debt; None while unknown, or when there is no saving."""
        if self.debt_eur is None or self.gross_saving_eur <= 0:
            return None
        return self.debt_eur / self.gross_saving_eur


class Burden(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts before and after a loan and the savings of works. annuity_eur: yearly payment; verdict: of the national
    ceiling on the years of debt after, unknown facts included."""

    before: Accounts
    after: Accounts
    annuity_eur: float
    verdict: Verdict


def from_lines(owner: str, rows: Iterable[Mapping[str, Any]], debt_eur: float | None = None) -> dict[int, Accounts]:
    """Accounts by year from budget lines (layer `compte`: nature, sens, ordre, budget_kind, realised_eur, debt_eur, year).

    Budgets annexes are left out: what they hold pays for nothing else. Lines that move no cash are left out, whether the
    document says so (`ordre`) or their account does. debt_eur: outstanding debt, when the lines do not say it.
    """
    sums: dict[int, dict[str, float]] = {}
    debts: dict[int, float] = {}
    for row in rows:
        amount, nature, year = row.get("realised_eur"), row.get("nature") or "", row.get("year")
        if amount is None or year is None or row.get("budget_kind") == ANNEX:
            continue
        if row.get("debt_eur") is not None:
            debts[year] = row["debt_eur"]
        mine = sums.setdefault(year, {"income": 0.0, "spending": 0.0, "interest": 0.0, "repaid": 0.0})
        spent = row.get("sens") == "depense"
        if row.get("ordre") or nature.startswith(ORDER_SPENDING if spent else ORDER_INCOME):
            continue
        if nature.startswith(CLASSES):
            mine["spending" if spent else "income"] += amount
            mine["interest"] += amount if spent and nature.startswith(INTEREST) else 0.0
        elif nature.startswith(CAPITAL) and spent:
            mine["repaid"] += amount
    return {
        year: Accounts(
            owner=owner,
            year=year,
            income_eur=round(s["income"], 2),
            spending_eur=round(s["spending"], 2),
            interest_eur=round(s["interest"], 2),
            repaid_eur=round(s["repaid"], 2),
            debt_eur=debts.get(year, debt_eur),
        )
        for year, s in sorted(sums.items())
    }


def from_ofgl(owner: str, year: int, aggregates: Mapping[str, float]) -> Accounts | None:
    """Accounts from OFGL aggregates (plain letters -> amount [€]); None without income and spending."""
    found = {field: aggregates[name] for name, field in OFGL.items() if name in aggregates}
    if not {"income_eur", "spending_eur"} <= found.keys():
        return None
    return Accounts(owner=owner, year=year, **found)


def burden(
    before: Accounts, loan_cents: int, rate: float, years: int, *, saved_eur: float = 0.0, owner_type: str, on: date
) -> Burden:
    """What a loan and the yearly savings of works change of the accounts, the first full year after.

    saved_eur: less spent each year thanks to the works. Interest of the first year counts as spending.
    """
    loan, interest = loan_cents / 100, loan_cents / 100 * rate
    paid = annuity(loan_cents, rate, years) / 100
    after = msgspec.structs.replace(
        before,
        spending_eur=before.spending_eur + interest - saved_eur,
        interest_eur=None if before.interest_eur is None else before.interest_eur + interest,
        repaid_eur=None if before.repaid_eur is None else before.repaid_eur + paid - interest,
        debt_eur=None if before.debt_eur is None else before.debt_eur + loan,
    )
    endless = after.debt_eur is not None and after.debt_eur > 0 and after.gross_saving_eur <= 0
    facts = {"owner_type": owner_type, "debt_years": math.inf if endless else after.debt_years}
    return Burden(
        before=before,
        after=after,
        annuity_eur=paid,
        verdict=explain(rule("capacite_desendettement"), {k: v for k, v in facts.items() if v is not None}, on),
    )
