"""Merges as people make them: both sides of each conflict with who said them and when, then a choice for each."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from jumeau.errors import ConflictError, InputError, NotFoundError
from jumeau.model.claim import MAIN, Claim, Commit
from jumeau.sharing.view import View
from jumeau.store.port import NOW, Moment
from jumeau.texts import t
from jumeau.twin.branching import Named, named

Key = tuple[str, str, str]
"""Layer, asset, attribute."""


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one branch says of an attribute, and where it comes from."""

    value: Any
    source: str
    title: str
    origin: str
    author: str
    instant: datetime | None
    commit: int


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute to which two branches gave another value. ours: the branch merged into; theirs: the merged one."""

    layer: str
    asset: str
    label: str
    commune: str | None
    attribute: str
    ours: Side
    theirs: Side

    @property
    def key(self) -> Key:
        """Layer, asset, attribute."""
        return self.layer, self.asset, self.attribute


def conflicts(view: View, source: str, target: str, assets: Collection[str] | None = None) -> list[Clash]:
    """What stands in the way of merging `source` into `target`, both sides told; of some assets only when they are given."""
    view = view.seen(NOW)
    found = [c for c in view.conflicts(source, target) if assets is None or c.asset in assets]
    commits = {c.id: c for b in (source, target) for c in view.commits(branch=b)} if found else {}
    titles = {name: one.title for name, one in view.sources().items()}
    names: dict[tuple[str, str], Named] = {}
    for layer in dict.fromkeys(c.layer for c in found):
        known = named(view, layer, [c.asset for c in found if c.layer == layer], (Moment(source), Moment(target)))
        names |= {(layer, asset): one for asset, one in known.items()}

    def side(claim: Claim) -> Side:
        commit: Commit | None = commits.get(claim.commit)
        return Side(
            value=claim.value, source=claim.source, title=titles.get(claim.source, claim.source), origin=str(claim.origin),
            author=commit.author if commit else "", instant=commit.instant if commit else None, commit=claim.commit,
        )  # fmt: skip

    return [
        Clash(
            layer=c.layer, asset=c.asset, label=names[c.layer, c.asset].label, commune=names[c.layer, c.asset].commune,
            attribute=c.attribute, ours=side(c.ours), theirs=side(c.theirs),
        )
        for c in found
    ]  # fmt: skip


def assets_in(view: View, source: str, target: str, communes: Collection[str]) -> set[str]:
    """Assets that differ between two branches and lie in some communes, on one side or the other.

    Raises NotFoundError when nothing of a commune differs, so that a mistyped code does not merge nothing in silence.
    """
    view = view.seen(NOW)
    before, after = Moment(target), Moment(source)
    found: dict[str, set[str]] = {}
    for one in view.diff(before, after):
        found.setdefault(one.layer, set()).add(one.asset)
    out: set[str] = set()
    met: set[str] = set()
    for layer, assets in found.items():
        if "commune" not in view.layers()[layer].names:
            continue
        for moment in (before, after):
            table = view.read(layer, columns=["commune"], ids=sorted(assets), moment=moment)
            for asset, code in zip(table["id"].to_pylist(), table["commune"].to_pylist(), strict=True):
                if code in communes:
                    out.add(asset)
                    met.add(code)
    missing = sorted(set(communes) - met)
    if missing:
        raise NotFoundError("branches.rien_dans", communes=", ".join(missing), source=source, target=target)
    return out


# merges ---------------------------------------------------------------------------------------------------------------
def choices_for(found: Sequence[Clash], kept: Mapping[Key, str], source: str, target: str) -> dict[Key, str]:
    """Choices as the store wants them. kept: the branch whose value stays, by conflict.

    Raises InputError for a branch that is neither, ConflictError when conflicts are left without a choice.
    """
    sides = {target: "ours", source: "theirs"}
    for key, branch in kept.items():
        if branch not in sides:
            raise InputError("branches.choix", attribute=key[2], choice=branch, source=source, target=target)
    open_ = [c for c in found if c.key not in kept]
    if open_:
        raise ConflictError("branches.sans_choix", count=len(open_), first=f"{open_[0].label} ({open_[0].attribute})",
                            source=source, target=target)  # fmt: skip
    return {c.key: sides[kept[c.key]] for c in found}


def merge(
    view: View,
    source: str,
    *,
    target: str = MAIN,
    message: str = "",
    kept: Mapping[Key, str] | Callable[[Sequence[Clash]], Mapping[Key, str]] | None = None,
    communes: Collection[str] | None = None,
    assets: Collection[str] | None = None,
) -> Commit:
    """Bring what was done in `source` into `target`, whole, or for some communes or assets only.

    kept: for each conflict the branch whose value stays, or what decides it from the conflicts. Raises InputError when there
    is nothing to bring, which is so after a merge that was taken back.
    """
    view = view.seen(NOW)
    only = set(assets) if assets is not None else None
    if communes:
        only = (only or set()) | assets_in(view, source, target, communes)
    found = conflicts(view, source, target, only)
    decided = kept(found) if callable(kept) else kept or {}
    choices = choices_for(found, decided, source, target)
    said = message.strip() or t("branches.fusion", source=source, target=target)
    before = view.head(Moment(target))
    commit = view.merge(source, target=target, message=said, choices=choices, assets=only)
    if commit.id == before:
        raise InputError("branches.rien_a_verser", source=source, target=target)
    return commit
