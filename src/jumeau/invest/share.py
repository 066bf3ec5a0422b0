"""Who pays what of a programme done together, by several rules side by side, and whether anyone would be better alone."""

import csv
import io
from collections.abc import Mapping

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.invest.game import Floats, Game, read_game
from jumeau.invest.programme import Programme
from jumeau.invest.settings import Settings
from jumeau.invest.values import nucleolus, proportional, shapley, worst_excess
from jumeau.texts import t

RULES = ("proportional", "shapley", "nucleolus")
CENT = 0.01

SHARING_SCHEMA = pa.schema(
    [
        pa.field("owner", pa.string(), nullable=False),
        pa.field("alone_eur", pa.float64(), nullable=False),
        pa.field("proportional_eur", pa.float64(), nullable=False),
        pa.field("shapley_eur", pa.float64(), nullable=False),
        pa.field("shapley_error_eur", pa.float64(), nullable=False),
        pa.field("nucleolus_eur", pa.float64()),
        pa.field("proportional_key", pa.float64()),
        pa.field("shapley_key", pa.float64()),
        pa.field("nucleolus_key", pa.float64()),
        pa.field("stays_for_eur", pa.float64(), nullable=False),
        pa.field("others_lose_eur", pa.float64(), nullable=False),
    ]
)
"""One row per owner that shares something, the plan staying as it is. alone_eur: what it would pay apart; *_eur: what it
pays by each rule, before grants, summing to the total to the cent; *_key: part of the total [-]. stays_for_eur: what it
gains by staying, others_lose_eur: what the others would pay more if it left, both by the proportional rule."""


class Sharing(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of the `total_eur` that the group pays, instead of `alone_eur` apart.

    worst_eur: by rule, how much the most aggrieved coalition pays above what it would pay apart (0 or less: nobody has a
    reason to leave). sampled: the Shapley value is an estimate, shapley_error_eur the half of its 95 % interval. said: by
    rule, what must be known of it, individual rationality first.
    """

    table: pa.Table
    total_eur: float
    alone_eur: float
    worst_eur: dict[str, float]
    sampled: bool
    said: Mapping[str, tuple[str, ...]]

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be known of every rule, in French; that there is nothing to share, when it is so."""
        if not self.table.num_rows:
            return (t("programme.partage_rien"),)
        return tuple(note for rule in RULES for note in self.said[rule])


def share(programme: Programme, actions: pa.Table, settings: Settings, *, samples: int = 2000, seed: int = 0) -> Sharing:
    """Share what a plan costs between the owners that buy, dig or use together; owners that share nothing are not there."""
    return share_game(read_game(programme, actions, settings), samples=samples, seed=seed)


def share_game(game: Game, *, samples: int = 2000, seed: int = 0) -> Sharing:
    """The same for any game."""
    count = len(game.owners)
    if count == 0:
        return Sharing(
            table=SHARING_SCHEMA.empty_table(), total_eur=0.0, alone_eur=0.0, worst_eur={}, sampled=False, said={},
        )  # fmt: skip
    everyone = np.ones((1, count), dtype=np.bool_)
    total = round(float(game.costs(everyone)[0]), 2)
    alone = game.costs(np.eye(count, dtype=np.bool_))
    fair, error = shapley(game, samples, seed)
    shares: dict[str, Floats | None] = {"proportional": proportional(game), "shapley": fair, "nucleolus": nucleolus(game)}
    known = {name: to_the_cent(value, total) for name, value in shares.items() if value is not None}
    without = game.costs(~np.eye(count, dtype=np.bool_))
    columns: dict[str, object] = {"owner": list(game.owners), "alone_eur": alone, "shapley_error_eur": error}
    for rule in RULES:
        value = known.get(rule)
        columns[f"{rule}_eur"] = pa.nulls(count, pa.float64()) if value is None else value
        columns[f"{rule}_key"] = pa.nulls(count, pa.float64()) if value is None or total <= 0 else value / total
    columns["stays_for_eur"] = np.round(alone - known["proportional"], 2)
    columns["others_lose_eur"] = np.round(without - (total - known["proportional"]), 2)
    worst = {rule: max(worst_excess(game, value)[0], 0.0) for rule, value in known.items()}
    worst = {rule: 0.0 if value <= CENT * count else value for rule, value in worst.items()}
    return Sharing(
        table=pa.table({f.name: columns[f.name] for f in SHARING_SCHEMA}, schema=SHARING_SCHEMA),
        total_eur=total,
        alone_eur=float(alone.sum()),
        worst_eur=worst,
        sampled=bool((error > 0).any()),
        said={rule: _said(rule, game, alone, known.get(rule), worst.get(rule, 0.0), error) for rule in RULES},
    )


def to_the_cent(value: Floats, total: float) -> Floats:
    """Amounts (N,) [€] rounded to the cent so that they sum to the total: the largest remainders go up."""
    exact = value * 100
    floor = np.floor(exact)
    missing = round(total * 100) - int(floor.sum())
    order = np.argsort(floor - exact, kind="stable")
    floor[order[: max(missing, 0)]] += 1
    return np.asarray(floor / 100)


def _said(rule: str, game: Game, alone: Floats, value: Floats | None, worst: float, error: Floats) -> tuple[str, ...]:
    """Whether anyone would be better alone under a rule, and how exact it is."""
    name = t(f"programme.partage_{rule}")
    if value is None:
        return (t("programme.partage_sans_nucleole", count=len(game.owners)),)
    losing = [o for o, x, a in zip(game.owners, value, alone, strict=True) if x > a + CENT]
    if losing:
        notes = [t("programme.partage_perdant", rule=name, owners=", ".join(losing[:5]), count=len(losing))]
    else:
        notes = [t("programme.partage_rationnel", rule=name)]
    if worst > 0 and not losing:
        notes.append(t("programme.partage_coalition", rule=name, amount=f"{worst:.2f}".replace(".", ",")))
    if rule == "shapley" and error.any():
        notes.append(t("programme.partage_tire", error=f"{error.max():.2f}".replace(".", ",")))
    return tuple(notes)


def keys_csv(sharing: Sharing) -> str:
    """The table as CSV with a point for the decimals and commas between cells, for the convention de groupement."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(SHARING_SCHEMA.names)
    for row in sharing.table.to_pylist():
        writer.writerow(["" if v is None else round(v, 8) if isinstance(v, float) else v for v in row.values()])
    return out.getvalue()
