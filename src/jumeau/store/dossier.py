"""Every claim on an asset, for the page that shows who said what."""

from typing import Any

import pyarrow as pa

from jumeau.model.claim import EXISTS, Claim
from jumeau.model.origin import Origin
from jumeau.store.ledger import ClaimFile, Ledger, RawEdit, Sight, valid_at
from jumeau.store.port import Moment
from jumeau.store.reading import check_column
from jumeau.store.resolve import precedence
from jumeau.store.values import ORIGIN_SUFFIX, from_micros, to_micros

Placed = tuple[Claim, int]
"""A claim and its place in its commit."""


class Dossier:
    """Claims asset by asset: exact, not made for whole layers."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def claims(self, layer: str, asset: str, attribute: str | None, moment: Moment) -> list[Claim]:
        """Claims the moment can see, by attribute, the winning one first; what is not valid or taken back comes last."""
        with self.ledger.db.snapshot():
            sight = self.ledger.sight(layer, moment)
            if attribute is not None and attribute != EXISTS:
                check_column(sight.layer, attribute)
            found = self.of(sight, pa.array([asset], pa.string()))
            counters = self.ledger.counters(sight)

        def standing(claim: Claim) -> bool:
            taken = sight.dead >> claim.commit & 1 or counters.cancel(asset, claim.attribute, claim.source, claim.commit)
            return not (claim.counter or taken)

        def weight(placed: Placed) -> tuple[Any, ...]:
            claim, place = placed
            start, end = micros(claim)
            return (
                standing(claim) and valid_at(start, end, sight.at), standing(claim),
                precedence(sight.ranks.get(claim.source, 0), claim.origin, start, claim.commit, place),
            )  # fmt: skip

        names = [*sight.layer.names, "geometry", EXISTS]
        kept = [p for p in found if p[0].attribute in names and attribute in (None, p[0].attribute)]
        kept.sort(key=weight, reverse=True)
        kept.sort(key=lambda p: names.index(p[0].attribute))
        return [claim for claim, _ in kept]

    def of(self, sight: Sight, assets: pa.Array, bits: int | None = None, *, implied: bool = False) -> list[Placed]:
        """Claims on some assets written by the commits of `bits` (all the sight sees), taken back or not.

        implied: with the existence that a row of a bulk table implies.
        """
        bits = sight.bits if bits is None else bits
        out = [as_claim(sight.layer.name, e) for e in self.ledger.edits(sight.layer, bits, assets.to_pylist())]
        for file in self.ledger.files(sight.layer.name, bits):
            table = self.ledger.table(file, assets)
            for row in table.to_pylist():
                if implied and row.get(EXISTS) is None:
                    row[EXISTS] = True
                out += row_claims(file, row)
        return out


def micros(claim: Claim) -> tuple[int | None, int | None]:
    """Validity of a claim [µs since 1970]."""
    return to_micros(claim.valid_from), to_micros(claim.valid_to)


def as_claim(layer: str, edit: RawEdit) -> Placed:
    """A stored edit as a claim."""
    claim = Claim(
        layer=layer, asset=edit.asset, attribute=edit.attribute, value=edit.value, source=edit.source,
        origin=Origin(edit.origin), valid_from=from_micros(edit.valid_from), valid_to=from_micros(edit.valid_to),
        commit=edit.commit, counter=edit.counter,
    )  # fmt: skip
    return claim, edit.place


def row_claims(file: ClaimFile, row: dict[str, Any]) -> list[Placed]:
    """The claims of one row of a claim file; the existence only where the file says it."""
    out = []
    for name, value in row.items():
        if value is None or name == "id" or name.endswith(ORIGIN_SUFFIX):
            continue
        origin = row.get(name + ORIGIN_SUFFIX) or file.origins.get(name, "declared")
        claim = Claim(
            layer=file.layer, asset=row["id"], attribute=name, value=value, source=file.source, origin=Origin(origin),
            valid_from=from_micros(file.valid_from), valid_to=from_micros(file.valid_to), commit=file.commit,
        )  # fmt: skip
        out.append((claim, file.place))
    return out
