"""Edits typed on the page: each one a commit that can be taken back."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
import pyarrow as pa
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from jumeau.errors import ConflictError, InputError, NotFoundError
from jumeau.model.claim import Claim, Commit
from jumeau.model.dictionary import Layer
from jumeau.model.origin import Origin
from jumeau.model.typed import MAX_TEXT, parse
from jumeau.sharing.rights import Act
from jumeau.sharing.view import View
from jumeau.sharing.writes import own_source
from jumeau.store.port import Moment
from jumeau.texts import t
from jumeau.web.answers import answer
from jumeau.web.api.assets import plain, taken_back, utc
from jumeau.web.failures import Change
from jumeau.web.ports import Twin

MAX_CHANGES = 200
MAX_COMMITS = 1_000
_REVERTIBLE = ("edit", "import")
Scalar = bool | int | float | str | None
Number = Annotated[int, Path(ge=1, le=2**53)]


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a PATCH. expect: the head that was read."""

    changes: Annotated[dict[str, Scalar], msgspec.Meta(min_length=1, max_length=MAX_CHANGES)]
    origin: Literal["measured", "declared", "inferred"]
    expect: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    message: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] = ""


_DECODER = msgspec.json.Decoder(Edit)
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": msgspec.json.schema_components([Edit])[1]["Edit"]}},
    }
}


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api")

    @routes.patch("/couches/{layer}/actifs/{asset}", openapi_extra=_BODY)
    async def modifier(layer: str, asset: str, request: Request) -> Response:
        body = await request.body()
        try:
            edit = _DECODER.decode(body)
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError("web.corps", field="") from error
        commit = await run_in_threadpool(write, twin.view, layer, asset, edit)
        return answer({"commit": commit.id})

    @routes.post("/commits/{commit}/annulation")
    def annuler(commit: Number) -> Response:
        twin.view.require(Act.EDIT, f"commit={commit}")
        if not any(c.id == commit for c in twin.view.commits(after=commit - 1)):
            raise NotFoundError("partage.commit_inconnu", commit=commit)
        return answer({"commit": twin.view.revert(commit).id})

    @routes.get("/commits")
    def commits(
        limit: Annotated[int, Query(ge=1, le=MAX_COMMITS)] = 50, layer: Annotated[str | None, Query(max_length=100)] = None
    ) -> Response:
        every = twin.view.commits()
        found = [c for c in reversed(every) if layer is None or layer in c.layers]
        may, gone = Act.EDIT in twin.view.rights, taken_back(every)
        return answer([_row(c, may, c.id in gone) for c in found[:limit]])

    return routes


def _row(commit: Commit, may: bool, gone: bool) -> dict[str, Any]:
    return {
        "id": commit.id,
        "instant": utc(commit.instant),
        "author": commit.author,
        "message": commit.message,
        "kind": commit.kind,
        "layers": commit.layers,
        "revertible": may and not gone and commit.kind in _REVERTIBLE,
        "taken_back": gone,
    }


def write(view: View, name: str, asset: str, edit: Edit) -> Commit:
    """Check an edit against the dictionary and what was read, then commit it.

    Raises InputError naming the field, ConflictError with what changed, RightsError, NotFoundError.
    """
    layer = view.layer(name)
    view.require(Act.EDIT, layer.title)
    values = {k: None if v is None else parse(layer, k, v) for k, v in edit.changes.items()}
    head = view.head()
    now = _row_of(view, layer, asset, Moment())
    if edit.expect != head:
        _unmoved(now, _row_of(view, layer, asset, _past(view, edit.expect)), values)
    source = own_source(view.actor).id
    own = {c.attribute for c in view.claims(name, asset) if c.source == source and not c.counter}
    for attribute, value in values.items():
        if value is None and attribute not in own:
            raise InputError("web.rien_a_retirer", field=attribute)
    origin = Origin(edit.origin)
    claims = [
        Claim(layer=name, asset=asset, attribute=k, value=v, source=source, origin=origin, counter=v is None)
        for k, v in values.items()
    ]
    message = edit.message.strip() or t("web.saisie", fields=", ".join(layer[k].description.lower() for k in values))
    return view.commit(claims, message=message, expect=head)


def _row_of(view: View, layer: Layer, asset: str, moment: Moment) -> dict[str, Any]:
    table: pa.Table = view.read(layer.name, ids=[asset], moment=moment)
    if table.num_rows == 0:
        raise NotFoundError("web.actif_inconnu", layer=layer.title, asset=asset[:60])
    row: dict[str, Any] = table.to_pylist()[0]
    return row


def _past(view: View, head: int) -> Moment:
    """The moment of a head that was read before. Raises InputError when there was none."""
    for commit in view.commits(after=head - 1):
        if commit.id == head:
            return Moment(view.moment.branch, as_of=commit.instant)
    raise InputError("web.attendu", field="expect")


def _unmoved(now: Mapping[str, Any], then: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    changed = tuple(Change(k, plain(then.get(k)), plain(now.get(k))) for k in values if then.get(k) != now.get(k))
    if changed:
        raise ConflictError("web.conflit", changed=changed, fields=", ".join(c.attribute for c in changed))
