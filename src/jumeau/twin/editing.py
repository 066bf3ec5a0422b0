"""Everyday edits, the same for the page, the command and Python: correct, add, move, remove, one asset or many.

Every edit is one commit by the actor, on the branch its view looks at; it can be taken back, and nothing is overwritten.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import ConflictError, InputError, NotFoundError
from jumeau.model.claim import EXISTS, GEOMETRY, Claim, Commit
from jumeau.model.dictionary import Layer
from jumeau.model.origin import Origin
from jumeau.model.typed import parse
from jumeau.sharing.rights import Act
from jumeau.sharing.view import View
from jumeau.sharing.writes import own_source
from jumeau.store.port import NOW, Moment
from jumeau.texts import t
from jumeau.twin.localising import commune_at

MAX_ASSETS = 20_000
"""Assets one edit may touch: more is an import."""
SEEN = Origin.MEASURED


class Moved(msgspec.Struct, frozen=True):
    """A value that somebody else changed since it was read."""

    attribute: str
    before: Any
    after: Any


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """What accompanies an edit. origin: where the values come from; expect: the head that was read, None to not check."""

    message: str = ""
    origin: Origin = Origin.DECLARED
    expect: int | None = None


# values ---------------------------------------------------------------------------------------------------------------
def correct(view: View, name: str, asset: str, changes: Mapping[str, Any], edit: Edit) -> Commit:
    """Correct values of one asset. None takes back what the actor said of the field before.

    Raises InputError naming the field, ConflictError with what changed since `expect`, RightsError, NotFoundError.
    """
    layer = view.layer(name)
    view.require(Act.EDIT, layer.title)
    values = {k: None if v is None else parse(layer, k, v) for k, v in changes.items()}
    head = _unmoved(view, layer, asset, values, edit.expect)
    claims = _claims(view, layer, [asset], values, edit.origin)
    return view.commit(claims, message=_said(edit, "saisie", fields=_fields(layer, values)), expect=head)


def correct_many(view: View, name: str, assets: Sequence[str], changes: Mapping[str, Any], edit: Edit) -> Commit:
    """The same values for many assets, in one commit; None takes back the actor's earlier entries, where there are some."""
    layer = view.layer(name)
    view.require(Act.EDIT, layer.title)
    _counted(assets)
    values = {k: None if v is None else parse(layer, k, v) for k, v in changes.items()}
    if not values:
        raise InputError("edition.rien")
    head = view.head()
    there = _there(view, layer, assets)
    claims = _claims(view, layer, there, values, edit.origin)
    message = _said(edit, "lot", count=len(there), fields=_fields(layer, values))
    return view.commit(claims, message=message, expect=head)


def _claims(view: View, layer: Layer, assets: Sequence[str], values: Mapping[str, Any], origin: Origin) -> list[Claim]:
    """What is said, and the counter-claims that let a person change their mind: an own entry of a better origin would win."""
    source = own_source(view.actor).id
    taken = [name for name, value in values.items() if value is None]
    mine = [c for a in assets if taken for c in view.claims(layer.name, a) if c.source == source and not c.counter]
    back = {(c.asset, c.attribute) for c in mine if c.attribute in taken}
    if taken and not back:
        raise InputError("web.rien_a_retirer", field=taken[0])
    back |= better(view, layer, assets, [name for name in values if name not in taken], origin)

    def claim(asset: str, name: str, value: Any) -> Claim:
        return Claim(
            layer=layer.name, asset=asset, attribute=name, value=value, source=source, origin=origin, counter=value is None
        )

    said = [claim(a, k, v) for a in assets for k, v in values.items() if v is not None]
    return [*(claim(a, k, None) for a, k in sorted(back)), *said]


def better(view: View, layer: Layer, assets: Sequence[str], names: Sequence[str], origin: Origin) -> set[tuple[str, str]]:
    """Values of which the actor's own earlier entry wins by a better origin than `origin`."""
    out: set[tuple[str, str]] = set()
    if origin is Origin.MEASURED or not names:
        return out
    source = own_source(view.actor).id
    better = pa.array([o.value for o in Origin if o.rank < origin.rank])
    asked = [name for name in names if name != GEOMETRY]
    table = view.read(layer.name, columns=asked, ids=sorted(set(assets)), provenance=True)
    for name in names:
        if f"{name}__source" not in table.column_names:
            continue
        own = pc.equal(table[f"{name}__source"].cast(pa.string()), source)
        hit = pc.and_(own, pc.is_in(table[f"{name}__origin"].cast(pa.string()), value_set=better))
        out.update((asset, name) for asset in table["id"].filter(pc.fill_null(hit, False)).to_pylist())
    return out


# assets ---------------------------------------------------------------------------------------------------------------
def add(
    view: View, name: str, values: Mapping[str, Any], edit: Edit, *, geometry: bytes | None = None, commune: str | None = None
) -> tuple[str, Commit]:
    """Add an asset. geometry: WKB, EPSG:2154; commune: said, or read from the position. Gives its id and the commit.

    Raises InputError when the layer has a geometry and none is given, or when the commune is neither said nor found.
    """
    layer = view.layer(name)
    view.require(Act.EDIT, layer.title)
    if layer.geometry != "none" and geometry is None:
        raise InputError("edition.sans_position", layer=layer.title)
    parsed = {k: parse(layer, k, v) for k, v in values.items() if v is not None}
    claims = {EXISTS: (True, SEEN)} | {k: (v, edit.origin) for k, v in parsed.items()}
    if geometry is not None:
        claims[GEOMETRY] = (geometry, edit.origin)
    if "commune" in layer.names:
        claims["commune"] = _commune(view, layer, geometry, commune, edit.origin)
    asset = str(uuid4())
    source = own_source(view.actor).id
    ready = [
        Claim(layer=name, asset=asset, attribute=k, value=v, source=source, origin=origin)
        for k, (v, origin) in claims.items()
    ]
    return asset, view.commit(ready, message=_said(edit, "ajout", layer=layer.title))


def _commune(view: View, layer: Layer, geometry: bytes | None, said: str | None, origin: Origin) -> tuple[str, Origin]:
    if said:
        from jumeau.model.territory import referential

        if not referential().knows(said):
            raise InputError("edition.commune_inconnue", commune=said[:20], field="commune")
        return said, origin
    found = commune_at(view, geometry) if geometry is not None else None
    if found is None:
        raise InputError("edition.sans_commune", layer=layer.title, field="commune")
    return found, Origin.INFERRED


def move(view: View, name: str, asset: str, geometry: bytes, edit: Edit) -> Commit:
    """Give an asset another position or outline (WKB, EPSG:2154); its commune follows when the position leaves it.

    Raises ConflictError when somebody moved it since `expect`.
    """
    layer = view.layer(name)
    view.require(Act.EDIT, layer.title)
    if layer.geometry == "none":
        raise InputError("edition.couche_sans_position", layer=layer.title)
    head = _unmoved(view, layer, asset, {GEOMETRY: geometry}, edit.expect)
    claims = _claims(view, layer, [asset], {GEOMETRY: geometry}, edit.origin)
    if "commune" in layer.names:
        now, found = _row(view, layer, asset, NOW)["commune"], commune_at(view, geometry)
        if found is not None and found != now:
            claims += _claims(view, layer, [asset], {"commune": found}, edit.origin)
    return view.commit(claims, message=_said(edit, "deplacement"), expect=head)


def remove(view: View, name: str, assets: Sequence[str], edit: Edit) -> Commit:
    """Say that assets are no longer there; their history stays and the commit can be taken back.

    Presence is always said as measured: the latest to see or miss an asset is right, whatever the origin of its values.
    """
    layer = view.layer(name)
    view.require(Act.EDIT, layer.title)
    _counted(assets)
    head = view.head()
    if edit.expect is not None and len(assets) == 1:
        _unmoved(view, layer, assets[0], dict.fromkeys((*layer.names, GEOMETRY)), edit.expect)
    there, source = _there(view, layer, assets), own_source(view.actor).id
    claims = [Claim(layer=name, asset=a, attribute=EXISTS, value=False, source=source, origin=SEEN) for a in there]
    return view.commit(claims, message=_said(edit, "retrait", count=len(there)), expect=head)


# checks ---------------------------------------------------------------------------------------------------------------
def _counted(assets: Sequence[str]) -> None:
    if not assets:
        raise InputError("edition.selection_vide")
    if len(assets) > MAX_ASSETS:
        raise InputError("edition.trop", count=len(assets), limit=MAX_ASSETS)


def _there(view: View, layer: Layer, assets: Sequence[str]) -> list[str]:
    """The assets, each once and in order. Raises NotFoundError for one the actor does not see."""
    wanted = list(dict.fromkeys(assets))
    known = set(view.read(layer.name, columns=[], ids=wanted)["id"].to_pylist())
    for asset in wanted:
        if asset not in known:
            raise NotFoundError("web.actif_inconnu", layer=layer.title, asset=asset[:60])
    return wanted


def _unmoved(view: View, layer: Layer, asset: str, values: Mapping[str, Any], expect: int | None) -> int:
    """The head to write on. Raises ConflictError when one of the values changed since `expect`."""
    head = view.head()
    now = _row(view, layer, asset, NOW)
    if expect is not None and expect != head:
        then = _row(view, layer, asset, _past(view, expect))
        changed = tuple(Moved(k, then.get(k), now.get(k)) for k in values if then.get(k) != now.get(k))
        if changed:
            raise ConflictError("web.conflit", changed=changed, fields=", ".join(c.attribute for c in changed))
    return head


def _row(view: View, layer: Layer, asset: str, moment: Moment) -> dict[str, Any]:
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


def _fields(layer: Layer, values: Mapping[str, Any]) -> str:
    return ", ".join(layer[k].description.lower() for k in values)


def _said(edit: Edit, key: str, **where: object) -> str:
    return edit.message.strip() or t(f"edition.{key}", **where)
