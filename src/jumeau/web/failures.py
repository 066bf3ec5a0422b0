"""Errors as answers: one dictionary from error to status; an unexpected failure leaves a number and no text."""

import logging
import secrets

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from jumeau.errors import (
    ConflictError,
    CorruptError,
    EngineError,
    HostileFileError,
    InfeasibleError,
    InputError,
    JumeauError,
    NotFoundError,
    RightsError,
    RuleError,
    SetupError,
    SolverError,
    StoreError,
)
from jumeau.texts import t
from jumeau.web.answers import answer

LOG = logging.getLogger("jumeau.web")

STATUS: dict[type[JumeauError], int] = {
    HostileFileError: 413,
    InputError: 422,
    NotFoundError: 404,
    RightsError: 403,
    ConflictError: 409,
    InfeasibleError: 422,
    SetupError: 503,
    CorruptError: 500,
    StoreError: 503,
    RuleError: 500,
    EngineError: 500,
    SolverError: 500,
    JumeauError: 500,
}


class Change(msgspec.Struct, frozen=True):
    """A value that moved since it was read."""

    attribute: str
    before: object
    after: object


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of an error."""

    message: str
    status: int = 0
    field: str = ""
    incident: str = ""
    changed: tuple[Change, ...] = ()


def status_of(error: JumeauError) -> int:
    """Status of an error: that of its nearest parent in the dictionary."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(JumeauError, _expected)
    app.add_exception_handler(RequestValidationError, _refused)
    app.add_exception_handler(HTTPException, _http)


def failed(message: str, status: int, *, field: str = "", incident: str = "") -> Response:
    """An error as an answer."""
    return answer(Failure(message, status, field=field, incident=incident), status)


async def _expected(_: Request, error: Exception) -> Response:
    assert isinstance(error, JumeauError)
    status = status_of(error)
    if status >= 500:
        LOG.error("failure status=%s key=%s", status, error.key, exc_info=error)
    changed = error.where.get("changed", ())
    field = error.where.get("field", "")
    moved = tuple(changed) if isinstance(changed, tuple) else ()
    return answer(Failure(str(error), status, field=str(field), changed=moved), status)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    names = [str(part) for one in error.errors() for part in one["loc"][1:2]]
    field = names[0] if names else ""
    return failed(t("web.parametre_refuse", field=field or "?"), 422, field=field)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    key = {404: "web.adresse_inconnue", 405: "web.methode_refusee"}.get(error.status_code, "web.requete_refusee")
    response = failed(t(key), error.status_code)
    response.headers.update(error.headers or {})
    return response


def unexpected(method: str, path: str, error: Exception) -> Response:
    """An error nobody foresaw: its text goes to the log, its number to the reader."""
    incident = secrets.token_hex(4)
    LOG.error("incident=%s method=%s path=%s", incident, method, path, exc_info=error)
    return failed(t("web.incident", incident=incident), 500, incident=incident)
