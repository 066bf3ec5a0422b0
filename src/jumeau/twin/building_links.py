"""Names that buildings of a twin bear in other registers: kept apart from their columns, and used to meet other files."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from jumeau.model.claim import Claim
from jumeau.model.origin import Origin
from jumeau.sharing.view import View
from jumeau.sharing.writes import own_source
from jumeau.sources.bdnb import LINK, RNB, Links
from jumeau.store.port import NOW
from jumeau.texts import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jumeau.twin.buildings import Doubt
    from jumeau.twin.core import Twin

LAYER = "batiment"
DRAWN_TWICE = "double"
"""Register of the names of drawings that do not count."""
Names = tuple[tuple[str, str, str, float], ...]


def named_buildings(view: View, names: set[str]) -> dict[str, list[str]]:
    """Buildings of the twin that bear each name: as their id, code or RNB id, else in a register."""
    table = view.read(LAYER, columns=["code", "rnb_id"], moment=NOW)
    out: dict[str, list[str]] = {}
    for column in ("id", "code", "rnb_id"):
        for name, asset in zip(table[column].to_pylist(), table["id"].to_pylist(), strict=True):
            if name in names and asset not in out.setdefault(name, []):
                out[name].append(asset)
    for name in names - out.keys():
        found = [asset for _, layer, asset in view.assets_named(name) if layer == LAYER]
        if found:
            out[name] = list(dict.fromkeys(found))
    return out


def link_names(twin: "Twin", links: Links) -> tuple[Names, dict[str, int]]:
    """Names to record, (asset, register, name, confidence), and rows counted by register; buildings unknown here are left."""
    at = named_buildings(twin.view, {one.building for one in links.links})
    names = tuple((asset, one.register, one.name, LINK) for one in links.links for asset in at.get(one.building, ()))
    return names, dict(Counter(one.register for one in links.links if one.building in at))


def rnb_claims(twin: "Twin", names: Names) -> list[Claim]:
    """The RNB id of buildings that had none, where one building and one id go together."""
    ids: dict[str, set[str]] = {}
    bearers: dict[str, set[str]] = {}
    for asset, register, name, _ in names:
        if register == RNB:
            ids.setdefault(asset, set()).add(name)
            bearers.setdefault(name, set()).add(asset)
    table = twin.view.read(LAYER, columns=["rnb_id"], moment=NOW)
    bare = {a for a, r in zip(table["id"].to_pylist(), table["rnb_id"].to_pylist(), strict=True) if not r}
    source = own_source(twin.view.actor).id
    alone = {a: next(iter(n)) for a, n in ids.items() if len(n) == 1 and a in bare and len(bearers[next(iter(n))]) == 1}
    return [
        Claim(layer=LAYER, asset=a, attribute="rnb_id", value=n, source=source, origin=Origin.DECLARED)
        for a, n in alone.items()
    ]


def keep_links(twin: "Twin", names: Names, file: Path) -> tuple[int, int]:
    """Record names, and the RNB ids that are sure; how many, and the commit (0 when no column changed)."""
    twin.view.identify(LAYER, names)
    claims = rnb_claims(twin, names)
    if not claims:
        return len(names), 0
    commit = twin.view.commit(claims, message=t("batiments.message_liens", file=file.name))
    return len(names), commit.id


def link_doubles(twin: "Twin", found: "Sequence[Doubt]") -> int:
    """Record the id and the code of each drawing left out of the totals as names of the building that counts; how many."""
    pairs = {d.building: d.counted for d in found if d.counted}
    table = twin.view.read(LAYER, columns=["code"], moment=NOW)
    codes = dict(zip(table["id"].to_pylist(), table["code"].to_pylist(), strict=True))
    names = [(kept, DRAWN_TWICE, n, LINK) for double, kept in pairs.items() for n in (double, codes.get(double)) if n]
    twin.view.identify(LAYER, names)
    return len(names)


def at_names(view: View, wanted: set[str], register: str, rows: dict[str, int]) -> dict[str, list[int]]:
    """Rows of the buildings that a register links to each name."""
    out: dict[str, list[int]] = {}
    for name in wanted:
        found = [rows[a] for r, layer, a in view.assets_named(name) if r == register and layer == LAYER and a in rows]
        if found:
            out[name] = sorted(set(found))
    return out
