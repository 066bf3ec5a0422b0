"""The key by which the members of a purchase share what they pay, and whether each is better off than alone."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.errors import InputError
from jumeau.invest.game import read_game
from jumeau.invest.share import RULES, share_game
from jumeau.procurement import Purchase
from jumeau.texts import t

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

Rule = Literal["proportional", "shapley", "nucleolus"]
SAMPLES = 4000
CENT = 0.01


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What a member pays by a rule [€], what it would pay alone [€], and its key [-]."""

    alone_eur: float
    pays_eur: float
    key: float


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """Parts of all the members of a purchase by one rule. notes: what must be known of it, in French."""

    rule: Rule
    title: str
    parts: Mapping[str, Part]
    notes: tuple[str, ...]

    @property
    def rational(self) -> bool:
        """True when nobody pays more than alone."""
        return all(part.pays_eur <= part.alone_eur + CENT for part in self.parts.values())


def read_rule(text: str | None) -> Rule | None:
    """A rule of sharing by its name. Raises InputError naming those there are."""
    if text is None or text == "":
        return None
    for name in RULES:
        if text == name:
            return name  # type: ignore[return-value]
    raise InputError("achats.cle_inconnue", rule=text, known=", ".join(RULES))


def keys(twin: "Twin", purchase: Purchase, rule: Rule, *, samples: int = SAMPLES) -> Keys:
    """Share a purchase between its members: the game of its own actions, the others of the programme left out.

    A member that shares nothing pays its own cost. Raises InputError when the rule is not computed for so many members.
    """
    programmes = twin.programmes
    plan, question = programmes.latest, programmes.question
    chosen = plan.chosen
    years = pc.and_(pc.greater_equal(chosen["year"], purchase.first_year), pc.less_equal(chosen["year"], purchase.last_year))
    mine = chosen.filter(pc.and_(years, pc.is_in(chosen["need"], value_set=pa.array(purchase.needs, pa.string()))))
    game = read_game(msgspec.structs.replace(plan, chosen=mine), question.actions, question.settings)
    found = share_game(game, samples=samples)
    apart = {m.owner: m.cents / 100 for m in purchase.members}
    pays, alone = dict(apart), dict(apart)
    for row in found.table.to_pylist():
        if row[f"{rule}_eur"] is None:
            raise InputError("achats.cle_trop_de_membres", count=len(game.owners))
        pays[row["owner"]], alone[row["owner"]] = row[f"{rule}_eur"], row["alone_eur"]
    total = sum(pays.values())
    parts = {
        owner: Part(alone_eur=round(alone[owner], 2), pays_eur=round(paid, 2), key=paid / total if total > 0 else 0.0)
        for owner, paid in sorted(pays.items())
    }
    return Keys(rule=rule, title=t(f"programme.partage_{rule}"), parts=parts, notes=found.said.get(rule, found.notes))
