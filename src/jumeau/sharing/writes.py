"""Where a write lies and in whose name it speaks, before the right to make it is asked."""

from collections.abc import Iterable, Sequence

import msgspec

from jumeau.model.claim import Claim
from jumeau.model.provenance import Source, hand_source
from jumeau.sharing.actors import Actor
from jumeau.sharing.audit import refuse
from jumeau.sharing.rights import Act, Thing, allows, place
from jumeau.store.port import Change, ClaimTable, Moment, Store

_HAND = hand_source("").id


def own_source(actor: Actor) -> Source:
    """The source of what the actor types by hand."""
    return msgspec.structs.replace(hand_source(actor.id), title=f"Saisie de {actor.name}")


def checked(store: Store, actor: Actor, changes: Sequence[Change], act: Act, branch: str) -> Thing:
    """The thing these changes are done to. Raises RightsError when they speak for somebody else."""
    own = own_source(actor)
    for change in changes:
        source = change.source if isinstance(change, Claim) else change.source.id
        foreign = source != own.id and (source.startswith(_HAND) or not allows(actor, Act.IMPORT, _anywhere(actor)))
        if foreign:
            refuse(actor, act, source, "partage.source_imposee", store)
    if any(isinstance(c, Claim) and c.source == own.id for c in changes) and own.id not in store.sources():
        store.declare_source(own)
    name = ", ".join(sorted({change.layer for change in changes})) or "jumeau"
    if actor.communes is None:
        return Thing(name)
    return place(name, _communes(store, changes, branch))


def _anywhere(actor: Actor) -> Thing:
    return Thing("jumeau", communes=None if actor.communes is None else frozenset(actor.communes[:1]))


def _communes(store: Store, changes: Sequence[Change], branch: str) -> Iterable[str | None]:
    """Communes touched: where each asset lies now and where the changes put it; None for an asset that lies nowhere."""
    for layer in sorted({change.layer for change in changes}):
        ids: set[str] = set()
        said: dict[str, str | None] = {}
        for change in (c for c in changes if c.layer == layer):
            if isinstance(change, ClaimTable):
                assets = change.table["id"].to_pylist()
                ids.update(assets)
                if "commune" in change.table.column_names:
                    said.update(zip(assets, change.table["commune"].to_pylist(), strict=True))
            else:
                ids.add(change.asset)
                if change.attribute == "commune":
                    said[change.asset] = change.value
        yield from _placed(store, layer, ids, said, branch)


def _placed(store: Store, layer: str, ids: set[str], said: dict[str, str | None], branch: str) -> Iterable[str | None]:
    now: dict[str, str | None] = {}
    if layer in store.layers() and "commune" in store.layers()[layer].names:
        rows = store.read(layer, columns=["commune"], ids=sorted(ids), moment=Moment(branch))
        now = dict(zip(rows["id"].to_pylist(), rows["commune"].to_pylist(), strict=True))
    yield from now.values()
    yield from said.values()
    yield from (None for asset in ids if asset not in now and asset not in said)
