"""What a person takes of a file that came back: all that nobody contests, or line by line, in one commit."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import uuid4

from jumeau.errors import InputError
from jumeau.model.claim import EXISTS, GEOMETRY, Claim, Commit
from jumeau.model.dictionary import Layer
from jumeau.model.origin import Origin
from jumeau.sharing.rights import Act
from jumeau.sharing.view import View
from jumeau.sharing.writes import own_source
from jumeau.texts import t
from jumeau.twin.editing import SEEN, better
from jumeau.twin.localising import communes_at
from jumeau.twin.returning import Line, Review


def accepted(found: Review, *, conflicts: bool = False, removals: bool = False) -> list[str]:
    """Keys of the lines a person takes by default: what nobody contests; conflicts and removals only when asked."""
    return [one.key for one in found.lines if (conflicts or not one.conflict) and (removals or one.kind != "removed")]


def accept(
    view: View, found: Review, keys: Collection[str], *, message: str = "", origin: Origin = Origin.DECLARED
) -> Commit:
    """Write the lines named by `keys` in one commit that can be taken back.

    Raises InputError when a key is not in the review, or when none is given.
    """
    view.require(Act.EDIT, found.file)
    known, wanted = {one.key: one for one in found.lines}, set(keys)
    missing = [key for key in keys if key not in known]
    if missing or not wanted:
        raise InputError("echange.choix", line=missing[0] if missing else "")
    taken = [known[key] for key in known if key in wanted]
    claims: list[Claim] = []
    for name in dict.fromkeys(one.layer for one in taken):
        claims += _claims(view, view.layer(name), [one for one in taken if one.layer == name], found, origin)
    said = message.strip() or t("echange.message", file=found.file, count=len(taken))
    return view.commit(claims, message=said, expect=view.head())


def _claims(view: View, layer: Layer, lines: Sequence[Line], found: Review, origin: Origin) -> list[Claim]:
    source = own_source(view.actor).id
    out: list[Claim] = []

    def say(asset: str, name: str, value: Any, kind: Origin = origin, *, counter: bool = False) -> None:
        out.append(
            Claim(layer=layer.name, asset=asset, attribute=name, value=value, source=source, origin=kind, counter=counter)
        )

    changed = [one for one in lines if one.kind == "changed"]
    names = list(dict.fromkeys(one.attribute for one in changed))
    back = better(view, layer, [one.asset for one in changed], names, origin)
    placed = dict(zip(map(id, lines), communes_at(view, [_shape(one) for one in lines]), strict=True))
    for one in changed:
        if (one.asset, one.attribute) in back:
            say(one.asset, one.attribute, None, counter=True)
        say(one.asset, one.attribute, one.after)
        if one.attribute == GEOMETRY and "commune" in layer.names:
            code = placed[id(one)]
            if code is not None and code != found.commune:
                say(one.asset, "commune", code, Origin.INFERRED)
    for one in lines:
        if one.kind == "removed":
            say(one.asset, EXISTS, False, SEEN)
        elif one.kind == "added":
            asset = str(uuid4())
            say(asset, EXISTS, True, SEEN)
            for name, value in one.after.items():
                say(asset, name, value)
            if "commune" in layer.names:
                code = placed[id(one)] or found.commune
                if not code:
                    raise InputError("edition.sans_commune", layer=layer.title, field="commune")
                say(asset, "commune", code, Origin.INFERRED)
    return out


def _shape(line: Line) -> bytes | None:
    """The geometry a line gives to its asset."""
    shape: bytes | None = None
    if line.kind == "added":
        shape = line.after.get(GEOMETRY)
    elif line.attribute == GEOMETRY:
        shape = line.after
    return shape
