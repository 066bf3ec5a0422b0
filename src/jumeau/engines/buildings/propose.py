"""What the public owner of a building can do: each kind of works alone, or the steps that lead to the targets of the law."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.buildings.chain import Chain, chain, costs, is_there
from jumeau.engines.buildings.choices import FIELD, LAYER, PERIODS
from jumeau.engines.buildings.energy import peak_load
from jumeau.engines.buildings.envelope import Envelope, envelope
from jumeau.engines.buildings.inventory import public_owner
from jumeau.engines.buildings.packages import BBC, TARGETS
from jumeau.engines.buildings.sourcing import running, source
from jumeau.engines.buildings.stock import Flags, Floats, Stock, stock
from jumeau.engines.buildings.works import (
    CHAIN,
    CONTROL,
    CONTROL_A,
    ENVELOPE,
    LIFETIME_Y,
    METERS,
    NEEDS,
    PUMP,
    RECENT,
    SHADE,
    SOLAR,
    STEP,
    burns_fossil,
    cautions,
    left_to_do,
    unknown_heating,
)  # fmt: skip
from jumeau.engines.groups import summaries
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.tables import texts
from jumeau.engines.tally import CHUNK, Draws
from jumeau.model.action import ACTION_SCHEMA
from jumeau.texts import t

PRICE_YEAR = 2025
LEAST_M2, LEAST_CONTROL_M2, LEAST_STEP_M2, LEAST_LARGE_M2 = 50.0, 200.0, 500.0, 2000.0
"""Floor area from which a building is worth an action of its own; energy management; steps, panels and shades; class A and
sub-metering."""
MOST_ELEMENTS = 1
"""Elements of the envelope proposed alone, those that save most for their price: the others are in the steps, and a
programme over hundreds of owners stays one that can be proven."""
CHAIN_DRAWS, STEPS_AT_MOST = 64, len(TARGETS) + 1


class Offer(msgspec.Struct, frozen=True):
    """Actions of one kind, or one step of many buildings. rows (n,): buildings of the chunk; kinds: works of each; after:
    works done before; quantity, cost: draws (n, D); heat: of their generator [kW] (n,); rank: order among the actions of a
    building; targets: what each reaches, in words; chances: share of the draws that reach them, in words, where what heats
    the building is unknown."""

    kind: str
    rows: NDArray[np.int64]
    kinds: list[tuple[str, ...]]
    after: list[tuple[str, ...]]
    quantity: Floats
    cost: Floats
    heat: Floats
    rank: int
    targets: list[str]
    chances: list[str]


def propose(inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:
    """The actions of each building, building by building in the order of the inventory.

    Only buildings of a collectivité that are heated and not housing: a commune does not decide on works in dwellings, and
    where nothing says that a building is public nothing is proposed. Each kind of works alone, bounded to what is worth it;
    and steps, each reaching one more target (-40, -50, -60 %, label A or B), that must be done in their order and leave
    nothing to undo. Where nothing says what heats a building, the generator is changed in the steps, on draws of what it may
    be, and the action says so. Works alone exclude the step that contains them. All share a visit (`synergy_place`).
    """
    table = inventory[LAYER]
    whole, draws = stock(table), Draws(ctx, FIELD)
    eligible = np.asarray(public_owner(table)) & whole.modelled & (whole.use > 0)
    rows = np.flatnonzero(eligible)
    parts = [_chunk(table, rows[i : i + CHUNK], whole, draws) for i in range(0, len(rows), CHUNK)]
    del diagnosis
    return pa.concat_tables([ACTION_SCHEMA.empty_table(), *parts])


def _chunk(table: pa.Table, rows: NDArray[np.int64], whole: Stock, draws: Draws) -> pa.Table:
    part = whole.take(rows)
    env = envelope(part, draws)
    may = _allowed(part, env)
    unheard = unknown_heating(part)
    in_steps = may | {PUMP: may[PUMP] | (unheard & is_there(env, PUMP))}
    works = chain(part, msgspec.structs.replace(draws.ctx, draws=min(CHAIN_DRAWS, draws.ctx.draws)),
                  np.stack([in_steps[k] for k in CHAIN], axis=1))  # fmt: skip
    now = costs(part, env, peak_load(part, env, part.current, draws), draws)
    then = now | {PUMP: costs(part, env, peak_load(part, env, works.last, draws), draws)[PUMP]}
    steps = _steps(works, then, env, unheard, draws)
    alone = [o for o in steps if o.rank == 0]
    same = {(int(r), k[0]) for o in alone for r, k in zip(o.rows, o.kinds, strict=True) if len(k) == 1 and k[0] != CONTROL}
    may |= {k: may[k] & best for k, best in zip(ENVELOPE, _best(works.score).T, strict=True)}
    singles = [_single(kind, may[kind], now[kind], same, may[CONTROL]) for kind in may]
    offers = [*steps, *(o for o in singles if len(o.rows))]
    if not offers:
        return ACTION_SCHEMA.empty_table()
    made = pa.concat_tables([_columns(table, rows, offer, offers, draws) for offer in offers])
    order = np.lexsort(
        (np.concatenate([np.full(len(o.rows), o.rank) for o in offers]), np.concatenate([o.rows for o in offers]))
    )
    return made.take(pa.array(order))


def _allowed(part: Stock, env: Envelope) -> dict[str, Flags]:
    """Kind -> where it may be proposed (N,)."""
    area = env.floor.mean(axis=1)
    old = (area >= LEAST_M2) & ((part.period < RECENT) | (part.period == len(PERIODS)))
    medium, sunny, large = (area >= least for least in (LEAST_CONTROL_M2, LEAST_STEP_M2, LEAST_LARGE_M2))
    where = dict.fromkeys(ENVELOPE, old) | {
        PUMP: burns_fossil(part) & (area >= LEAST_M2), CONTROL: medium, CONTROL_A: large, METERS: large, SOLAR: sunny,
        SHADE: sunny,
    }  # fmt: skip
    return {kind: flags & left_to_do(part, kind) & is_there(env, kind) for kind, flags in where.items()}


def _best(score: Floats) -> Flags:
    """Which elements are proposed alone (N, len(ENVELOPE))."""
    mine = score[:, : len(ENVELOPE)]
    rank = np.argsort(np.argsort(-mine, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray((rank < MOST_ELEMENTS) & np.isfinite(mine))


def _single(kind: str, flags: Flags, priced: tuple[Floats, Floats], same: set[tuple[int, str]], first: Flags) -> Offer:
    """Works of one kind alone. same: (building, kind) that a first step already is; first: where class B comes before A."""
    rows = np.array([r for r in np.flatnonzero(flags).tolist() if (r, kind) not in same], np.int64)
    after: list[tuple[str, ...]] = [(CONTROL,) if kind == CONTROL_A and first[r] else () for r in rows]
    count, number, cost = len(rows), priced[0][rows], priced[1][rows]
    rank = STEPS_AT_MOST + list(LIFETIME_Y).index(kind)
    return Offer(kind, rows, [(kind,)] * count, after, number, cost, number.mean(axis=1), rank, [""] * count, [""] * count)


def _steps(
    works: Chain, priced: Mapping[str, tuple[Floats, Floats]], env: Envelope, unheard: Flags, draws: Draws
) -> list[Offer]:
    """Works in their order, cut where one more target is reached; a step that reaches several bears all their names.

    unheard: buildings of which nothing says what heats them (N,). Their generator is changed in the steps only, and says with
    which chance each target is reached.
    """
    saved = 1 - works.energy.mean(axis=2) / np.maximum(works.energy[0].mean(axis=1), 1e-9)
    large = env.floor.mean(axis=1) >= LEAST_STEP_M2
    found: list[list[tuple[int, tuple[str, ...], tuple[str, ...], str, str]]] = []
    for i in np.flatnonzero(large).tolist():
        start, names = 0, [CHAIN[k] for k in works.kinds[i] if k >= 0]
        met = set(_reached(0.0, int(works.label[0, i])))
        level = 0
        for k in range(1, len(names) + 1):
            new = [x for x in _reached(float(saved[k, i]), int(works.label[k, i])) if x not in met]
            if not new:
                continue
            if level == len(found):
                found.append([])
            chance = _chances(works, i, k) if unheard[i] and PUMP in names[start:k] else ""
            found[level].append((i, tuple(names[start:k]), tuple(names[:start]), ", ".join(new), chance))
            met.update(new)
            start, level = k, level + 1
    out = []
    for level, some in enumerate(found):
        rows = np.array([x[0] for x in some], np.int64)
        cost = np.zeros((len(rows), draws.ctx.draws))
        for j, (i, kinds, *_) in enumerate(some):
            cost[j] = sum(priced[kind][1][i] for kind in kinds)
        kinds_of, after = [x[1] for x in some], [x[2] for x in some]
        targets, chances = [x[3] for x in some], [x[4] for x in some]
        out.append(Offer(STEP, rows, kinds_of, after, env.floor[rows], cost, priced[PUMP][0][rows].mean(axis=1), level,
                         targets, chances))  # fmt: skip
    return out


def _reached(saved: float, label: int) -> list[str]:
    """Targets that a saving and a label reach, in words."""
    out = [t("batiments.palier", share=round(100 * x)) for x in TARGETS if saved >= x]
    return [*out, *([t("batiments.palier_bbc")] if label <= BBC else [])]


def _chances(works: Chain, i: int, k: int) -> str:
    """With which chance a building reaches each target after its k-th work, in words."""
    saves = 1 - works.energy[k, i] / np.maximum(works.energy[0, i], 1e-9)
    said = (t("batiments.chance", target=t("batiments.palier", share=round(100 * x)), chance=round(100 * (saves >= x).mean()))
            for x in TARGETS)  # fmt: skip
    return t("batiments.chances", chances=", ".join(said))


def _columns(table: pa.Table, rows: NDArray[np.int64], offer: Offer, offers: list[Offer], draws: Draws) -> pa.Table:
    at, n = rows[offer.rows], len(offer.rows)
    some, number = table.take(pa.array(at)), offer.quantity.mean(axis=1).round(1)
    value, low, high = summaries(offer.cost)
    ids, communes = texts(some, "id"), texts(some, "commune")
    owner = pc.coalesce(some["owner"], pc.binary_join_element_wise("commune", some["commune"], ":")).to_pylist()
    names = pc.coalesce(some["nom"], some["code"], some["id"]).to_pylist()
    need, unit = NEEDS[offer.kind]
    values: dict[str, Any] = {
        "id": [_id(offer, i) for i in ids], "kind": [offer.kind] * n, "field": [FIELD] * n,
        "title": [_title(offer, j, name) for j, name in enumerate(names)], "owner": owner, "commune": list(communes),
        "need": [need] * n, "quantity": number, "unit": [unit] * n, "cost_eur": value, "cost_eur_low": low,
        "cost_eur_high": high, "price_year": [PRICE_YEAR] * n, "cost_source": [source(k, draws) for k in offer.kinds],
        "lifetime_y": [_lifetime(k) for k in offer.kinds], "assets": [[i] for i in ids],
        "parameters": [_parameters(offer, j, number) for j in range(n)], "beneficiaries": [[o] for o in owner],
        "synergy_place": [f"{LAYER}:{i}" for i in ids], "earliest_year": [draws.ctx.date.year + 1] * n,
        "requires_all": [_required(offer, j, i) for j, i in enumerate(ids)],
        "excludes": [_excluded(offer, j, offers, i) for j, i in enumerate(ids)],
        "cautions": _cautions(table, at, offer),
        **running(offer.kinds, offer.quantity.mean(axis=1), offer.heat, draws),
    }  # fmt: skip
    for name in ("requires_any", "provides", "consumes"):
        values[name] = [[]] * n
    return pa.table([pa.array(values.get(f.name, [None] * n), f.type) for f in ACTION_SCHEMA], schema=ACTION_SCHEMA)


def _id(offer: Offer, asset: str) -> str:
    return f"{STEP}/{asset}/{offer.rank + 1}" if offer.kind == STEP else f"{offer.kind}/{asset}"


def _required(offer: Offer, j: int, asset: str) -> list[str]:
    if not offer.after[j]:
        return []
    return [f"{STEP}/{asset}/{offer.rank}" if offer.kind == STEP else f"{offer.after[j][0]}/{asset}"]


def _title(offer: Offer, j: int, name: str) -> str:
    if offer.kind != STEP:
        return t(f"batiments.{offer.kind}", name=name)
    works = t("batiments.et").join(t(f"batiments.court_{k}") for k in offer.kinds[j])
    return t(
        "batiments.etape" if not offer.after[j] else "batiments.etape_suite", name=name, works=works, target=offer.targets[j]
    )


def _parameters(offer: Offer, j: int, number: Floats) -> str:
    if offer.kind == STEP:
        return json.dumps({"kinds": offer.kinds[j], "after": offer.after[j], "targets": offer.targets[j]}, ensure_ascii=False)
    if offer.kind == SOLAR:
        return json.dumps({"kw": float(number[j])})
    return json.dumps({"after": offer.after[j]}) if offer.after[j] else "{}"


def _lifetime(kinds: tuple[str, ...]) -> int:
    """Years that works last: a step lasts as its works do on average, so that the generator is not counted for thirty."""
    return round(sum(LIFETIME_Y[k] for k in kinds) / len(kinds))


def _excluded(offer: Offer, j: int, offers: list[Offer], asset: str) -> list[str]:
    """The first step excludes the works of the steps done alone: the same works are not paid twice, and a generator is not
    chosen for a building that the steps will insulate. No other pair is excluded, so that the optimiser stays quick."""
    row, out = offer.rows[j], []
    for other in offers:
        at = int(np.searchsorted(other.rows, row))
        if other is offer or at == len(other.rows) or other.rows[at] != row:
            continue
        pair = {offer.kind: offer, other.kind: other}
        if len(pair) == 2 and STEP in pair and pair[STEP].rank == 0 and {offer.kind, other.kind} & {*CHAIN}:
            out.append(_id(other, asset))
    return out


def _cautions(table: pa.Table, at: NDArray[np.int64], offer: Offer) -> list[list[str]]:
    """What to look at before, in French; the generator of a step is sized after the rest."""
    found = {kind: cautions(table, at, kind) for kind in {k for kinds in offer.kinds for k in kinds}}
    out = []
    for j, kinds in enumerate(offer.kinds):
        keys = dict.fromkeys(c for k in kinds for c in found[k][j] if c != "taille" or offer.kind != STEP)
        out.append([*(t(f"batiments.prudence_{c}") for c in keys), *([offer.chances[j]] if offer.chances[j] else [])])
    return out
