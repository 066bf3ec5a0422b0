"""`/api/programme/...`: what is shared and by which keys, why an action is where it is, trials, trade-offs, what binds."""

from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Query, Response

from jumeau.errors import InputError, NotFoundError
from jumeau.invest.explain import plain
from jumeau.invest.programme import Programme
from jumeau.invest.replan import compare
from jumeau.invest.robust import Scenario
from jumeau.model.dictionary import indicators
from jumeau.texts import t
from jumeau.web.answers import answer
from jumeau.web.api.assets import rounded
from jumeau.web.api.indicators import communes
from jumeau.web.api.programme import Owners
from jumeau.web.ports import Twin

MOST_BINDING = 60
Factor = Annotated[float, Query(ge=0.1, le=3.0)]
Factors = Annotated[list[str] | None, Query(max_length=60)]
Name = Annotated[str, Query(min_length=1, max_length=200)]
DRAWN = 800
"""Orders of arrival drawn for the Shapley value shown on the page; the command draws as many as asked."""


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api/programme")

    def asked() -> Any:
        found = getattr(twin, "programmes", None)
        if found is None or not twin.view.sees_all or twin.programme() is None:
            raise NotFoundError("web.pas_de_programme")
        return found

    @routes.get("/commun")
    def commun() -> Response:
        return answer(_shared(asked(), Owners(communes(twin))))

    @routes.get("/explication")
    def explication(action: Name) -> Response:
        found = plain(asked().explain(action))
        return answer(found | {"owner_nom": Owners(communes(twin))[found["owner"]]})

    @routes.get("/limites")
    def limites() -> Response:
        rows = asked().binding().to_pylist()[:MOST_BINDING]
        return answer([_named(row, Owners(communes(twin))) for row in rows])

    @routes.get("/essai")
    def essai(
        budgets: Factor = 1.0,
        aides: Factor = 1.0,
        electricite: Factor = 1.0,
        gaz: Factor = 1.0,
        eau: Factor = 1.0,
        carbone: Factor = 1.0,
        budget: Factors = None,
        enveloppe: Factors = None,
    ) -> Response:
        programmes = asked()
        prices = {"electricity": electricite, "gas": gaz, "water": eau}
        scenario = Scenario(
            name="",
            budgets=budgets,
            grants=aides,
            carbon=carbone,
            carriers={name: factor for name, factor in prices.items() if factor != 1.0},
            owners=_factors(budget),
            envelopes=_factors(enveloppe),
        )
        return answer(_trial(programmes.latest, programmes.trial(scenario)))

    @routes.get("/curseurs")
    def curseurs() -> Response:
        found, owners = asked().sliders(), Owners(communes(twin))
        prices = [_price(name, euros) for name, euros in found["prices"].items()]
        if found["carbon"]:
            prices.append({"id": "carbone", "title": t("programme.prix_carbon"), "price": None, "unit": "€/tCO2e"})
        return answer(
            {
                "prices": prices,
                "envelopes": [{"name": name, "amount": rounded(value, 2)} for name, value in found["envelopes"].items()],
                "owners": [{"id": o, "nom": owners[o], "budget": rounded(v, 2)} for o, v in sorted(found["owners"].items())],
            }
        )

    @routes.get("/indicateurs")
    def goods() -> Response:
        known = indicators()
        return answer([{"id": n, "title": known[n].title, "unit": known[n].unit} for n in asked().goods() if n in known])

    @routes.get("/pareto")
    def pareto(indicateur: Name, points: Annotated[int, Query(ge=2, le=12)] = 5) -> Response:
        rows = asked().pareto(indicateur, points).table.to_pylist()
        unit = indicators()[indicateur].unit
        return answer({"indicator": indicateur, "unit": unit, "points": [_rounded(row) for row in rows]})

    return routes


_PRICES = {"electricity": ("electricite", "€/kWh"), "gas": ("gaz", "€/kWh"), "water": ("eau", "€/m³")}


def _price(name: str, euros: float) -> dict[str, Any]:
    called, unit = _PRICES[name]
    return {"id": called, "title": t(f"programme.prix_{name}"), "price": rounded(euros, 3), "unit": unit}


def _factors(texts: list[str] | None) -> dict[str, float]:
    """Name -> factor out of `NAME=FACTOR`. Raises InputError."""
    out = {}
    for text in texts or ():
        name, _, factor = text.rpartition("=")
        try:
            out[name] = float(factor)
        except ValueError as error:
            raise InputError("programme.essai_illisible", text=text) from error
    return out


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {k: rounded(v, 2) if isinstance(v, float) else v for k, v in row.items()}


def _named(row: dict[str, Any], owners: Owners) -> dict[str, Any]:
    name = owners[row["what"]] if row["kind"] in ("budget", "debt") else row["what"]
    return _rounded(row) | {"nom": name, "text": row["text"].replace(row["what"], name)}


def _shared(programmes: Any, owners: Owners) -> dict[str, Any]:
    plan = programmes.latest
    sharing = programmes.sharing(DRAWN)
    rows = [_rounded(row) | {"nom": owners[row["owner"]]} for row in sharing.table.to_pylist()]
    return {
        "lots": [_rounded(row) for row in _rows(plan.lots)],
        "trenches": [_rounded(row) for row in _rows(plan.trenches)],
        "grants": _by_envelope(_rows(plan.grants)),
        "total": rounded(sharing.total_eur, 2),
        "alone": rounded(sharing.alone_eur, 2),
        "owners": rows,
        "notes": list(sharing.notes),
    }


def _rows(table: pa.Table | None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [] if table is None else table.to_pylist()
    return rows


def _by_envelope(grants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, int], float] = {}
    for row in grants:
        key = (row["envelope"], row["year"])
        sums[key] = sums.get(key, 0.0) + row["amount_eur"]
    return [{"envelope": e, "year": y, "amount": rounded(v, 2)} for (e, y), v in sorted(sums.items())]


def _trial(now: Programme, trial: Programme) -> dict[str, Any]:
    """A plan tried beside the one that is kept, year by year."""
    changes = compare(now, trial)["change"].to_pylist()

    def spent(plan: Programme, year: int) -> float:
        return float(sum(r["spent_eur"] for r in plan.spending.to_pylist() if r["year"] == year))

    def cost(plan: Programme) -> float | None:
        found = plan.totals.get("cost_eur")
        return None if found is None else found.value

    def about(plan: Programme) -> dict[str, Any]:
        said = {"gain": rounded(plan.objective, 2), "bound": rounded(plan.bound, 2), "gap": rounded(plan.gap, 6)}
        return said | {"cost": rounded(cost(plan), 2), "actions": plan.chosen.num_rows}

    years = range(now.first_year, now.first_year + now.years)
    return {
        "now": about(now),
        "trial": about(trial),
        "changes": {kind: changes.count(kind) for kind in ("added", "dropped", "moved")},
        "years": [{"year": y, "now": rounded(spent(now, y), 2), "trial": rounded(spent(trial, y), 2)} for y in years],
    }
