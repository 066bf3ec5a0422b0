"""Who changed what on an asset, and what was erased of it."""

from datetime import datetime
from typing import Any

import msgspec

from jumeau.errors import NotFoundError
from jumeau.model.claim import EXISTS, GEOMETRY, Claim
from jumeau.sharing.view import View


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one commit did to an asset. values: (attribute, value) said; taken: attributes taken back; erased: attributes
    removed for good; undone: a later commit took this one back.
    """

    commit: int
    instant: datetime | None
    author: str
    message: str
    kind: str
    branch: str
    source: str
    values: tuple[tuple[str, Any], ...] = ()
    taken: tuple[str, ...] = ()
    erased: tuple[str, ...] = ()
    undone: bool = False


def steps(view: View, layer: str, asset: str) -> list[Step]:
    """What was done to an asset, latest first. Raises NotFoundError when nothing the actor may see was said of it."""
    claims = view.claims(layer, asset)
    stones = view.tombstones(layer, asset)
    if not claims and not stones:
        raise NotFoundError("web.actif_inconnu", layer=layer, asset=asset[:60])
    commits = {c.id: c for c in view.commits()}
    gone = {undone for c in commits.values() for undone in c.undoes}
    titles = {name: one.title for name, one in view.sources().items()}
    by_commit: dict[int, list[Claim]] = {}
    for claim in claims:
        by_commit.setdefault(claim.commit, []).append(claim)
    out = []
    for number, said in by_commit.items():
        about, source = commits.get(number), said[0].source
        out.append(
            Step(
                commit=number,
                instant=about.instant if about else None,
                author=about.author if about else "",
                message=about.message if about else "",
                kind=about.kind if about else "",
                branch=about.branch if about else "",
                source=titles.get(source, source),
                values=tuple((c.attribute, c.value) for c in said if not c.counter),
                taken=tuple(sorted({c.attribute for c in said if c.counter} - {c.attribute for c in said if not c.counter})),
                undone=number in gone,
            )
        )
    for stone in stones:
        out.append(
            Step(commit=stone.commit, instant=stone.instant, author=stone.author, message=stone.reason, kind="erase",
                 branch="", source="", erased=(stone.attribute,))
        )  # fmt: skip
    return sorted(out, key=lambda step: step.commit, reverse=True)


def words(step: Step) -> list[str]:
    """Names of the attributes a step touches, position and presence included."""
    names = [name for name, _ in step.values] + list(step.taken) + list(step.erased)
    return [n for n in dict.fromkeys(names) if n not in (EXISTS, GEOMETRY)]
