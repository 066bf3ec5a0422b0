"""Works of one building step by step: no step blocks the next, and each is judged by the ordinary diagnosis.

Costs are ranges; what old walls and protected buildings forbid is said beside. The programme is offered the same works
grouped by target (`propose`).
"""

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.engines.buildings.chain import Chain, chain, costs
from jumeau.engines.buildings.choices import FIELD, LABELS, LAYER
from jumeau.engines.buildings.energy import peak_load
from jumeau.engines.buildings.envelope import envelope
from jumeau.engines.buildings.stock import Floats, stock
from jumeau.engines.buildings.works import CHAIN, NEEDS, cautions
from jumeau.engines.groups import summaries
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tally import Draws

TARGETS = (0.40, 0.50, 0.60)
"""Steps of the tertiary decree: less final energy than the reference."""
BBC = LABELS.index("B")
"""Worst label of a building of low consumption (CCH, L111-1, 17° bis)."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step. kind: of `works.CHAIN`; quantity: floor, element area or kW with its `unit`; cost, energy: (mean, p5, p95) of
    this step [€] and of the building after it [kWh/year]; saved: share saved since the start (mean, p5, p95) [-]; label:
    after it; reached: targets that the mean has reached; chances: share of the draws that reach each of
    TARGETS; bbc: label A or B; cautions: keys of texts `batiments.prudence_KEY`."""

    kind: str
    quantity: float
    unit: str
    cost: tuple[float, float, float]
    energy: tuple[float, float, float]
    saved: tuple[float, float, float]
    label: str | None
    reached: tuple[float, ...]
    chances: tuple[float, ...]
    cautions: tuple[str, ...]
    bbc: bool = False


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of one building, from `energy` (mean, p5, p95) [kWh/year] and `label`."""

    building: str
    energy: tuple[float, float, float]
    label: str | None
    steps: tuple[Step, ...]


def packages(inventory: Bundle, ctx: Context, buildings: list[str]) -> list[Package]:
    """Steps of the buildings named, in their order; a building whose energy is unknown has none and is left out."""
    return packages_and_costs(inventory, ctx, buildings)[0]


def packages_and_costs(inventory: Bundle, ctx: Context, buildings: list[str]) -> tuple[list[Package], Floats]:
    """The same, with the cost of all steps of each building on draws (P, D) [€], so that costs add up on draws."""
    table = inventory[LAYER]
    place = {i: k for k, i in enumerate(table["id"].to_pylist())}
    whole = stock(table)
    rows = np.array([place[i] for i in buildings if i in place and whole.modelled[place[i]]], np.int64)
    part, draws = whole.take(rows), Draws(ctx, FIELD)
    if not len(rows):
        return [], np.zeros((0, ctx.draws))
    env = envelope(part, draws)
    found = chain(part, ctx)
    priced = costs(part, env, peak_load(part, env, found.last, draws), draws)
    said = {kind: cautions(table, rows, kind) for kind in CHAIN}
    ids = table["id"].take(pa.array(rows)).to_pylist()
    made = [_package(name, i, found, priced, said) for i, name in enumerate(ids)]
    spent = np.zeros((len(rows), ctx.draws))
    for k, kind in enumerate(CHAIN):
        spent += np.where((found.kinds == k).any(axis=1)[:, None], priced[kind][1], 0.0)
    return made, spent


def _package(
    name: str, i: int, found: Chain, priced: dict[str, tuple[Floats, Floats]], said: dict[str, list[tuple[str, ...]]]
) -> Package:
    before = found.energy[0, i]
    steps = []
    for k, at in enumerate(found.kinds[i].tolist()):
        if at < 0:
            break
        kind, after = CHAIN[at], found.energy[k + 1, i]
        saves = 1 - after / np.maximum(before, 1e-9)
        saved = _triple(saves)
        label = int(found.label[k + 1, i])
        steps.append(Step(
            kind=kind, quantity=float(priced[kind][0][i].mean()), unit=NEEDS[kind][1].replace("m2", "m²"),
            cost=_triple(priced[kind][1][i]), energy=_triple(after), saved=saved, label=_name(label),
            reached=tuple(x for x in TARGETS if saved[0] >= x), chances=tuple(float((saves >= x).mean()) for x in TARGETS),
            # the generator of these steps is sized after the envelope
            cautions=tuple(c for c in said[kind][i] if c != "taille"), bbc=label <= BBC,
        ))  # fmt: skip
    return Package(building=name, energy=_triple(before), label=_name(int(found.label[0, i])), steps=tuple(steps))


def _name(label: int) -> str | None:
    return LABELS[label] if label < len(LABELS) else None


def _triple(draws: Floats) -> tuple[float, float, float]:
    value, low, high = (float(x[0]) for x in summaries(draws[None, :]))
    return value, low, high
