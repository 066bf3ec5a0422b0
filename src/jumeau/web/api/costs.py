"""`/api/couts`: what needs cost in public records, beside the catalogue, record by record for one of them."""

from typing import Annotated, Any, cast

from fastapi import APIRouter, Query, Response

from jumeau.errors import NotFoundError
from jumeau.twin import observed
from jumeau.web.answers import answer
from jumeau.web.api.assets import rounded
from jumeau.web.ports import Twin

MOST = 500


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")
    whole = cast(Any, twin)

    @routes.get("/couts")
    def couts() -> Response:
        _open_to_all(twin)
        return answer([_need(one) for one in observed.compared_costs(whole)])

    @routes.get("/couts/constats")
    def constats(besoin: Annotated[str, Query(max_length=80)]) -> Response:
        _open_to_all(twin)
        found = [one for one in observed.observed(twin.view) if one.need == besoin]
        found.sort(key=lambda one: (one.unit_eur is None, not one.outlier, one.unit_eur or one.amount_eur, one.record))
        rows = [
            {"record": one.record, "text": one.text, "amount": one.amount_eur, "quantity": one.quantity}
            | {"unit": rounded(one.unit_eur, 2), "outlier": one.outlier}
            for one in found[:MOST]
        ]
        return answer({"records": rows, "total": len(found)})

    return routes


def _open_to_all(twin: Twin) -> None:
    if not twin.view.sees_all:
        raise NotFoundError("web.pas_de_programme")


def _need(one: observed.Compared) -> dict[str, Any]:
    seen = one.benchmark
    low, high = one.catalogue or (None, None)
    return {
        "need": seen.need,
        "title": one.title,
        "unit": one.unit,
        "records": seen.records,
        "with_quantity": seen.with_quantity,
        "outliers": seen.outliers,
        "amount": rounded(seen.amount_median_eur, 2),
        "low": rounded(seen.low_eur, 2),
        "median": rounded(seen.median_eur, 2),
        "high": rounded(seen.high_eur, 2),
        "catalogue_low": rounded(low, 2),
        "catalogue_high": rounded(high, 2),
        "word": one.word,
    }
