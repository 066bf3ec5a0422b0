"""`/api/achats` and `/api/suivi`: what is bought together and its papers; the life of actions."""

import tempfile
from datetime import date
from pathlib import Path as File
from typing import Annotated, Any, Literal, cast

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from jumeau.documents.pieces import Dossier
from jumeau.errors import InputError, NotFoundError
from jumeau.invest.follow import LAYER
from jumeau.model.territory import collectivite_name
from jumeau.procurement import LegalForm, Purchase, pooling
from jumeau.rules.show import missing_words
from jumeau.sharing.rights import Act
from jumeau.texts import t
from jumeau.twin import following, papers, purchasing
from jumeau.web import bodies
from jumeau.web.answers import answer
from jumeau.web.api.assets import rounded
from jumeau.web.ports import Twin

Name = Annotated[str, Path(max_length=120)]
Paper = Annotated[str, Path(max_length=200)]
Day = Annotated[str | None, Query(max_length=10)]
Owner = Annotated[str | None, Query(max_length=100)]
Key = Annotated[str | None, Query(max_length=20)]
Scalar = bool | int | float | str | None
ESTIMATE = "bpu-dqe"


class Happened(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happened to a followed action."""

    changes: Annotated[dict[str, Scalar], msgspec.Meta(min_length=1, max_length=40)]
    message: Annotated[str, msgspec.Meta(max_length=500)] = ""


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")
    whole = cast(Any, twin)

    def open_to_all() -> None:
        if not twin.view.sees_all:
            raise NotFoundError("web.pas_de_programme")

    @routes.get("/achats")
    def achats() -> Response:
        open_to_all()
        return answer(_all(whole))

    @routes.get("/achats/{name}")
    def achat(name: Name, travaux: Day = None, coordonnateur: Owner = None, cle: Key = None) -> Response:
        open_to_all()
        made = purchasing.dossier(whole, name, works_on=_day(travaux), coordinator=coordonnateur, share_rule=cle)
        return answer(_one(made))

    @routes.get("/achats/{name}/pieces/{paper}.{kind}")
    def piece(
        name: Name,
        paper: Paper,
        kind: Literal["docx", "pdf", "xlsx"],
        travaux: Day = None,
        coordonnateur: Owner = None,
        cle: Key = None,
    ) -> Response:
        open_to_all()
        made = purchasing.dossier(whole, name, works_on=_day(travaux), coordinator=coordonnateur, share_rule=cle)
        folder = tempfile.TemporaryDirectory(prefix="jumeau-")
        try:
            path = papers.write_paper(made, paper, kind, File(folder.name))
        except BaseException:
            folder.cleanup()
            raise
        return FileResponse(path, filename=path.name, background=BackgroundTask(folder.cleanup))

    @routes.get("/suivi")
    def suivi(jour: Day = None) -> Response:
        open_to_all()
        accounts, due, wrong = following.board(twin.view, _day(jour) or date.today())
        rows = [{k: v for k, v in row.items() if k != "geometry"} for row in following.rows(twin.view)]
        names = {a.owner: collectivite_name(a.owner) for a in accounts}
        return answer({"actions": rows, "accounts": accounts, "reminders": due, "faults": wrong, "names": names})

    @routes.post("/suivi")
    async def commencer() -> Response:
        twin.view.require(Act.EDIT, LAYER)
        return answer({"actions": await run_in_threadpool(following.start, whole)}, 201)

    @routes.patch("/suivi/{action:path}", openapi_extra=bodies.described(Happened))
    async def dire(action: Annotated[str, Path(max_length=200)], request: Request) -> Response:
        body = await bodies.read(request, Happened)

        def write() -> int:
            return following.record(twin.view, action, body.changes, message=body.message).id

        return answer({"commit": await run_in_threadpool(write)})

    return routes


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError("cli.jour_illisible", text=text) from error


def _all(twin: Any) -> dict[str, Any]:
    """Every purchase in short, and the volumes that may be told."""
    today = twin.instant().date()
    told = purchasing.published(twin)
    return {
        "purchases": [_short(p, today) for p in purchasing.bought(twin)],
        "volumes": told.published,
        "withheld": told.withheld,
    }


def _short(purchase: Purchase, today: date) -> dict[str, Any]:
    found = pooling(purchase, today)
    return {
        "id": purchase.id,
        "subject": purchasing.subject(purchase),
        "first_year": purchase.first_year,
        "last_year": purchase.last_year,
        "members": len(purchase.members),
        "eur": purchase.cents / 100,
        "procedure": _procedure(found.together.kind),
        "heavier": len(found.heavier),
    }


def _procedure(kind: str | None) -> str | None:
    return t(f"pieces.procedure_{kind}") if kind else None


def _one(made: Dossier) -> dict[str, Any]:
    """A purchase with its members, calendar, forms and papers."""
    together = made.pooling.together
    members = [
        {
            "owner": m.owner,
            "nom": made.names[m.owner],
            "actions": m.actions,
            "eur": m.cents / 100,
            "low": m.low_cents / 100,
            "high": m.high_cents / 100,
            "alone": _procedure(made.pooling.alone[m.owner].kind),
            "alone_eur": made.payments[m.owner][0] if m.owner in made.payments else None,
            "pays_eur": made.payments[m.owner][1] if m.owner in made.payments else None,
            "key": rounded(made.shares.get(m.owner), 6),
        }
        for m in made.purchase.members
    ]
    steps = made.calendar.steps if made.calendar else ()
    return {
        "id": made.purchase.id,
        "subject": made.subject,
        "needs": [{"need": n, "title": title} for n, title in zip(made.purchase.needs, made.need_titles, strict=True)],
        "members": members,
        "procedure": _procedure(together.kind),
        "publicity": t(f"pieces.publicite_{together.publicity}") if together.publicity else None,
        "sure": together.sure,
        "eur": together.amount_eur,
        "months_low": made.pooling.months_low,
        "months_high": made.pooling.months_high,
        "heavier": len(made.pooling.heavier),
        "works_on": made.calendar.works_on if made.calendar else None,
        "starts_on": made.calendar.starts_on if made.calendar else None,
        "at_latest": made.calendar.at_latest if made.calendar else None,
        "late": made.calendar.late if made.calendar else None,
        "from_today": made.calendar.from_today if made.calendar else None,
        "soonest": made.calendar.soonest if made.calendar else None,
        "prudent": made.calendar.prudent if made.calendar else None,
        "steps": [{"title": t(f"pieces.etape_{s.name}"), "from": s.starts_on, "to": s.ends_on} for s in steps],
        "forms": [_form(f) for f in made.forms],
        "share_rule": made.share_rule or None,
        "share_notes": made.share_notes,
        "papers": [{"name": p.name, "title": p.title} for p in papers.papers(made)],
    }


def _form(form: LegalForm) -> dict[str, Any]:
    reasons = [f"{r.title}{missing_words(r.missing)}" for r in form.verdict.reasons]
    return {"title": form.title, "decision": form.decision, "reasons": reasons}
