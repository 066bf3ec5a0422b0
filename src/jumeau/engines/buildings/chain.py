"""Works of a building put in an order in which none has to be undone, and the states they go through.

What saves most for its price comes first, the generator last: its size depends on the rest.
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.choices import FIELD
from jumeau.engines.buildings.diagnose import values
from jumeau.engines.buildings.energy import peak_load
from jumeau.engines.buildings.envelope import Envelope, envelope
from jumeau.engines.buildings.stock import Codes, Flags, Floats, State, Stock
from jumeau.engines.buildings.sun import solar_room_kw
from jumeau.engines.buildings.works import (
    CHAIN,
    CONTROL,
    CONTROL_A,
    FLOOR,
    METERS,
    PRICES,
    PUMP,
    ROOF,
    SHADE,
    SOLAR,
    WALLS,
    WINDOWS,
    changed_by,
    left_to_do,
)  # fmt: skip
from jumeau.engines.protocol import Context
from jumeau.engines.tally import Draws

SEARCH_DRAWS = 16
"""Draws on which the order is looked for."""
LEAST_ELEMENT_M2 = 5.0
"""Area under which there is nothing to insulate or replace: a building shut in by its neighbours has no wall or window."""


class Chain(msgspec.Struct, frozen=True):
    """Buildings (N) and their works. kinds: position in CHAIN of the k-th work of each (N, K), -1 beyond the last; energy:
    [kWh/year] (K + 1, N, D) at the start and after each; label: (K + 1, N), position in LABELS; last: the state
    after all; score: energy that a euro saves, each work of CHAIN alone [kWh/(year·€)] (N, len(CHAIN)), -inf where it is
    not to be done."""

    kinds: NDArray[np.int8]
    energy: Floats
    label: Codes
    last: State
    score: Floats


def chain(part: Stock, ctx: Context, allowed: Flags | None = None) -> Chain:
    """The works of buildings that are all modelled, in order, and what each does on top of those before it.

    allowed: (N, len(CHAIN)) works that may be proposed; by default all that are left to do.
    """
    draws = Draws(ctx, FIELD)
    env = envelope(part, draws)
    todo = np.stack([left_to_do(part, kind) & is_there(env, kind) for kind in CHAIN], axis=1)
    if allowed is not None:
        todo &= allowed
    kinds, score = _order(part, todo, msgspec.structs.replace(ctx, draws=min(SEARCH_DRAWS, ctx.draws)))
    first = values(part, draws, env)
    energy, label, state = [first.energy], [first.label], part.current
    for k in range(kinds.shape[1]):
        for i, kind in enumerate(CHAIN):
            rows = kinds[:, k] == i
            if rows.any():
                state = changed_by(state, kind, rows)
        found = values(msgspec.structs.replace(part, current=state), draws, env)
        energy.append(found.energy)
        label.append(found.label)
    return Chain(kinds, np.stack(energy), np.stack(label), state, score)


def is_there(env: Envelope, kind: str) -> Flags:
    """Where there is something that works of a kind would change (N,)."""
    size = {WALLS: env.wall, WINDOWS: env.window}.get(kind, env.floor)
    return np.asarray(size.mean(axis=1) >= LEAST_ELEMENT_M2)


def _order(part: Stock, todo: Flags, ctx: Context) -> tuple[NDArray[np.int8], Floats]:
    """Positions in CHAIN (N, K), by what a euro saves, the generator last; -1 beyond what is left to do."""
    draws = Draws(ctx, FIELD)
    env = envelope(part, draws)
    start = values(part, draws, env).energy.mean(axis=1)
    score = np.full(todo.shape, -np.inf)
    price = costs(part, env, peak_load(part, env, part.current, draws), draws)
    every = np.ones(len(part.ids), bool)
    for i, kind in enumerate(CHAIN):
        if kind == PUMP or not todo[:, i].any():
            continue
        then = values(msgspec.structs.replace(part, current=changed_by(part.current, kind, every)), draws, env)
        score[:, i] = np.where(
            todo[:, i], (start - then.energy.mean(axis=1)) / np.maximum(price[kind][1].mean(axis=1), 1.0), -np.inf
        )
    ranked = score.copy()
    ranked[:, CHAIN.index(PUMP)] = np.where(todo[:, CHAIN.index(PUMP)], -1e9, -np.inf)
    order = np.argsort(-ranked, axis=1, kind="stable").astype(np.int8)
    kept = np.take_along_axis(todo, order, axis=1)
    return np.where(kept, order, -1)[:, : int(todo.sum(axis=1).max(initial=0))], score


def costs(part: Stock, env: Envelope, load: Floats, draws: Draws) -> dict[str, tuple[Floats, Floats]]:
    """Quantity [unit of the need] and cost [€], studies included, of each kind (N, D). load: heat of the generator [kW]."""
    meters = np.maximum(4.0, np.ceil(env.floor / draws.law("submeter_floor_m2").mode))
    quantity = {
        ROOF: env.roof, FLOOR: env.roof, WINDOWS: env.window, WALLS: env.wall, PUMP: load, CONTROL: env.floor,
        CONTROL_A: env.floor, METERS: meters, SOLAR: solar_room_kw(env, part, draws), SHADE: env.window,
    }  # fmt: skip
    studies = draws("price_studies")
    out = {}
    for kind, number in quantity.items():
        price = studies
        for name in PRICES[kind]:
            price = price * draws(name)
        out[kind] = (number, number * price)
    return out
