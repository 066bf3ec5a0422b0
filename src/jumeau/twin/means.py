"""What owners can bear: their accounts, what the plan changes of them, and the facts that public figures give of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import NotFoundError
from jumeau.funding import owner_type
from jumeau.funding.accounts import ANNEX, Accounts, Burden, burden, from_lines, from_ofgl
from jumeau.funding.cash import CashYear, cash_of
from jumeau.model.action import EFFECT_SCHEMA
from jumeau.model.money import to_cents
from jumeau.model.purse import split_purse
from jumeau.model.territory import referential
from jumeau.rules.evaluate import compute
from jumeau.rules.loader import rule
from jumeau.sharing.view import View
from jumeau.sources.names import fold
from jumeau.texts import t
from jumeau.twin import own
from jumeau.twin.facts import Given
from jumeau.twin.planning import kept_together
from jumeau.twin.purses import paid_by

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

WATER_ACCOUNTS = "M49"
"""Nomenclature of the services of water and sewers."""
LINES, AGGREGATES, CRITERIA = "compte", "agregat_comptable", "critere_dotation"
LOAN = "pret_transition_energetique"
LOAN_YEARS = 20
"""Years of a loan when nobody says: a hypothesis, printed with the result."""
NOT_BUDGET = ("risks",)
"""Fields whose euros are those of inhabitants and insurers, not of the owner's budget."""


class Loan(msgspec.Struct, frozen=True, kw_only=True):
    """A loan asked about. rate [1/year]: None for that of the rule; years: of constant payments."""

    amount_eur: float
    rate: float | None = None
    years: int = LOAN_YEARS


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An owner's means beside the plan. accounts: latest year known, None when nobody brought any.

    own_eur: what the plan asks of the owner, tax and grants done, year by year [€]; saved_eur: yearly savings of its budget
    once all is done [€/year], None when no action says any; rate: of the loan [1/year]; burden: accounts before and after
    the loan and the savings; rate_source: rule the rate comes from, empty when it was given.
    """

    owner: str
    accounts: Accounts | None
    own_eur: Mapping[int, float]
    saved_eur: float | None
    loan: Loan
    rate: float | None
    rate_source: str
    burden: Burden | None

    @property
    def peak(self) -> tuple[int, float] | None:
        """The year that asks most of the owner, and how much [€]."""
        if not self.own_eur:
            return None
        year = max(self.own_eur, key=lambda y: (self.own_eur[y], -y))
        return year, self.own_eur[year]


def accounts(view: View) -> dict[str, list[Accounts]]:
    """Accounts known by purse, oldest first: those of budget lines, then the aggregates of other years. The main budget
    goes by the name of its owner, those of water and sewers by theirs (`commune:34172/eau`).

    The debt that lines do not tell is that of the aggregates of the same year.
    """
    lined, gathered = _from_lines(view), _from_aggregates(view)
    out: dict[str, list[Accounts]] = {}
    for owner in sorted({*lined, *gathered}):
        mine = dict(gathered.get(owner, {}))
        for year, found in lined.get(owner, {}).items():
            debt = mine[year].debt_eur if year in mine else None
            mine[year] = msgspec.structs.replace(found, debt_eur=debt) if found.debt_eur is None else found
        out[owner] = [mine[year] for year in sorted(mine)]
    return out


def _there(view: View, layer: str) -> bool:
    return layer in view.layers() and bool(view.count(layer))


def _from_lines(view: View) -> dict[str, dict[int, Accounts]]:
    if not _there(view, LINES):
        return {}
    columns = ["owner", "commune", "year", "nature", "sens", "ordre", "budget_kind", "realised_eur", "debt_eur"]
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in view.read(LINES, columns=[*columns, "budget", "nomenclature"]).to_pylist():
        owner = _owner(row["owner"], row["commune"])
        if owner:
            name = _purse(row)
            rows.setdefault(f"{owner}/{name}" if name else owner, []).append(row | ({"budget_kind": None} if name else {}))
    return {owner: found for owner, mine in rows.items() if (found := from_lines(owner, mine))}


def _purse(row: Mapping[str, Any]) -> str:
    """The budget apart of a service that users pay (M49), by its name: water unless it speaks of sewers alone."""
    if row["budget_kind"] != ANNEX or not (row["nomenclature"] or "").upper().startswith(WATER_ACCOUNTS):
        return ""
    words = fold(row["budget"] or "").replace("assainissement", "").split()
    sewers = "assainissement" in fold(row["budget"] or "")
    return "assainissement" if sewers and not {"eau", "eaux"}.intersection(words) else "eau"


def _from_aggregates(view: View) -> dict[str, dict[int, Accounts]]:
    """From OFGL rows. The years before a commune nouvelle keep a row for each commune that made it, under the code of the new
    one: they add up. Of the consolidated base, the main budget alone counts."""
    if not _there(view, AGGREGATES):
        return {}
    columns = ["commune", "siren", "year", "budget_kind", "aggregate", "amount_eur", "main_budget_eur"]
    told: dict[tuple[str, int, str], dict[str, float]] = {}
    for row in view.read(AGGREGATES, columns=columns).to_pylist():
        owner = _owner(referential().owner_of_siren(row["siren"] or ""), row["commune"])
        amount = row["amount_eur"] if row["main_budget_eur"] is None else row["main_budget_eur"]
        if owner and row["year"] and amount is not None and row["budget_kind"] != "annexe":
            key = (owner, row["year"], fold(row["aggregate"]).replace("’", "'"))
            told.setdefault(key, {})[row["siren"] or ""] = amount
    sums: dict[tuple[str, int], dict[str, float]] = {}
    for (owner, year, name), by_siren in told.items():
        sums.setdefault((owner, year), {})[name] = round(sum(by_siren.values()), 2)
    out: dict[str, dict[int, Accounts]] = {}
    for (owner, year), found in sums.items():
        made = from_ofgl(owner, year, found)
        if made is not None:
            out.setdefault(owner, {})[year] = made
    return out


def _owner(said: str | None, commune: str | None) -> str | None:
    if said and ":" in said:
        return said
    return f"commune:{commune}" if commune else None


# facts --------------------------------------------------------------------------------------------------------------
def given(view: View) -> list[Given]:
    """Facts that decide of a grant, drawn from accounts and from the criteria of the State's grants: the latest year of each.

    They come first: what a person says of the same fact wins.
    """
    out = []
    for owner, years in ((o, y) for o, y in accounts(view).items() if not split_purse(o)[1]):
        last = years[-1]
        source = t("moyens.source_comptes", year=last.year)
        out.append(_given(owner, "operating_expenditure_eur", round(last.spending_eur, 2), source, last.year))
    if not _there(view, CRITERIA):
        return out
    columns = ["commune", "year", "wealth_eur_per_capita", "stratum_wealth_eur_per_capita", "rural", "frr"]
    latest: dict[str, dict[str, Any]] = {}
    for row in view.read(CRITERIA, columns=columns).to_pylist():
        if row["commune"] and (row["year"] or 0) >= (latest.get(row["commune"], {}).get("year") or 0):
            latest[row["commune"]] = row
    for commune, row in sorted(latest.items()):
        owner, year = f"commune:{commune}", row["year"] or 0
        source = t("moyens.source_criteres", year=year or t("cli.inconnu"))
        own, stratum = row["wealth_eur_per_capita"], row["stratum_wealth_eur_per_capita"]
        if own is not None and stratum:
            out.append(_given(owner, "potentiel_financier_ratio", round(own / stratum, 4), source, year))
        out += [_given(owner, name, row[name], source, year) for name in ("rural", "frr") if row[name] is not None]
    return out


def _given(owner: str, fact: str, value: Any, source: str, year: int) -> Given:
    day = date(year, 12, 31) if year else date.min
    return Given(owner=owner, need="", action="", fact=fact, value=value, said_by=source, said_on=day)


# the plan on the accounts --------------------------------------------------------------------------------------------
def standings(twin: "Twin", owners: Sequence[str] | None = None, loan: Loan | None = None) -> list[Standing]:
    """Means of the purses of the latest programme (or of some) beside what it asks of them. loan: an amount to try, none by
    default. Raises NotFoundError before any programme, or for an owner that is neither in it nor has accounts.
    """
    funded = twin.financing()
    if funded is None:
        raise NotFoundError("jumeau.sans_programme")
    known, payer = accounts(twin.view), _payers(twin)
    saved = _savings(twin, payer)
    planned = sorted({payer.get(one.action, one.owner) for one in funded.actions})
    there = {*known, *planned, *(split_purse(purse)[0] for purse in planned)}
    lost = [owner for owner in owners or () if owner not in there]
    if lost:
        raise NotFoundError("moyens.inconnu", owner=", ".join(lost), known=", ".join(planned[:5]))
    on = twin.instant().date()
    asked = {owner: [(a.year, a.plan.mid) for a in funded.actions if payer.get(a.action, a.owner) == owner]
             for owner in owners or planned}  # fmt: skip
    return [
        _standing(owner, known, cash_of(some, funded.on), saved, loan or Loan(amount_eur=0.0), on)
        for owner, some in asked.items()
    ]


def _standing(
    owner: str,
    known: Mapping[str, list[Accounts]],
    calendar: Sequence[CashYear],
    saved: Mapping[str, float],
    loan: Loan,
    on: date,
) -> Standing:
    last = known[owner][-1] if owner in known else None
    legal = compute(rule(LOAN), "rate", {}, on) if loan.rate is None else None
    rate = loan.rate if loan.rate is not None else legal
    made = None
    if last is not None and (rate is not None or not loan.amount_eur):
        made = burden(last, to_cents(loan.amount_eur), rate or 0.0, loan.years, saved_eur=saved.get(owner, 0.0),
                      owner_type=owner_type(owner) or "autre", on=on)  # fmt: skip
    return Standing(
        owner=owner,
        accounts=last,
        own_eur={one.year: one.own / 100 for one in calendar},
        saved_eur=saved.get(owner),
        loan=loan,
        rate=rate if loan.amount_eur else None,
        rate_source=LOAN if loan.rate is None and loan.amount_eur and rate is not None else "",
        burden=made,
    )


def _payers(twin: "Twin") -> dict[str, str]:
    """Action of the latest programme -> the purse that pays for it."""
    programme = twin.programme()
    return {} if programme is None else paid_by(programme.chosen, kept_together(twin.view))


def _savings(twin: "Twin", payer: Mapping[str, str]) -> dict[str, float]:
    """Yearly savings of each purse once the whole programme is done [€/year]: effects counted in euros a year,
    brought to what the actions do together where they were simulated whole."""
    programme = twin.programme()
    if programme is None:
        return {}
    tables = [found for field in twin.fields if (found := twin.effects(field)) is not None]
    effects = pa.concat_tables([*(x.select(EFFECT_SCHEMA.names) for x in tables), own.own_actions(twin.view)[1]])
    chosen = programme.chosen.select(["action", "owner", "field"])
    chosen = chosen.filter(pc.invert(pc.is_in(chosen["field"], value_set=pa.array(NOT_BUDGET))))
    money = effects.filter(pc.and_(pc.starts_with(effects["unit"], "€/an"), pc.is_valid(effects["value"])))
    chosen = chosen.set_column(1, "owner", pa.array([payer[a] for a in chosen["action"].to_pylist()], pa.string()))
    found = money.select(["action", "indicator", "value"]).join(chosen, "action", join_type="inner")
    ratios = together(programme.whole)
    out: dict[str, float] = {}
    for row in found.group_by(["owner", "indicator"]).aggregate([("value", "sum")]).to_pylist():
        out[row["owner"]] = out.get(row["owner"], 0.0) - row["value_sum"] * ratios.get(row["indicator"], 1.0)
    return {owner: round(value, 2) for owner, value in sorted(out.items())}


def together(whole: pa.Table | None) -> dict[str, float]:
    """Indicator -> what the chosen actions do together over the sum of what each does [-]."""
    rows = [] if whole is None else whole.to_pylist()
    return {r["indicator"]: r["whole"] / r["sum_of_effects"] for r in rows if r["whole"] is not None and r["sum_of_effects"]}
