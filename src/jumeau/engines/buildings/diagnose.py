"""Inventory -> energy, floor area labelled F or G, fossil energy, by building and by group."""

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.buildings.calibrate import factors_of
from jumeau.engines.buildings.choices import FIELD, INDICATORS, LABELS, LAYER
from jumeau.engines.buildings.energy import Use, fossil_share, use_of
from jumeau.engines.buildings.envelope import Envelope, envelope
from jumeau.engines.buildings.hourly.indicators import hourly_draws
from jumeau.engines.buildings.stock import (
    THERMAL_STATE,
    UNKNOWN_ENERGY,
    UNKNOWN_LABEL,
    UNKNOWN_PERIOD,
    Codes,
    Flags,
    Floats,
    State,
    Stock,
    stock,
)
from jumeau.engines.buildings.sun import solar_share
from jumeau.engines.buildings.thresholds import Bounds, bounds_of
from jumeau.engines.groups import UNKNOWN
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.tables import origins
from jumeau.engines.tally import Draws, Tally
from jumeau.model.origin import Origin

WORST = LABELS.index("F")
HOURLY_FROM = INDICATORS.index("buildings_heating_peak_kw")
EVERY = State.__struct_fields__
INFERRED, DEFAULT = Origin.INFERRED.rank, Origin.DEFAULT.rank


def diagnose(inventory: Bundle, ctx: Context, *, hourly: bool = True) -> Diagnosis:
    """Diagnose the layer `batiment`. hourly: run the hours too; without them, what they give is unknown."""
    return _run(inventory, ctx, hourly)[0]


def labels(inventory: Bundle, ctx: Context) -> pa.Table:
    """`id` and label of each building: the one declared, else the middle one of the draws; null where unknown."""
    return labelled(inventory, ctx)[1]


def labelled(inventory: Bundle, ctx: Context) -> tuple[Diagnosis, pa.Table]:
    """The diagnosis without its hours, and the labels, of one computation."""
    diagnosis, found = _run(inventory, ctx, hourly=False)
    words = pa.array([*LABELS, None], pa.string()).take(pa.array(found))
    return diagnosis, pa.table({"id": inventory[LAYER]["id"], "buildings_label": words})


def _run(inventory: Bundle, ctx: Context, hourly: bool) -> tuple[Diagnosis, Codes]:
    table = inventory[LAYER]
    tally, draws, whole = Tally(table, INDICATORS, ctx), Draws(ctx, FIELD), stock(table)
    said = {name: origins(table, name) for name in ("annual_energy_kwh", "dpe_class", "heating_energy")}
    middle = np.full(table.num_rows, UNKNOWN_LABEL, np.int8)
    moved = factors_of(inventory, ctx.draws)
    for rows in tally.chunks():
        own = {k: v[rows] for k, v in said.items()}
        scale = None if moved is None else moved[rows]
        _chunk(tally, rows, whole.take(rows), own, draws, middle, inventory if hourly else None, scale)
    return tally.diagnosis(), middle


class Values(msgspec.Struct, frozen=True):
    """Buildings x draws (N, D): energy, fossil [kWh/year], area in F or G [m²], sold (solar power that is not used on the
    spot) [kWh/year]; label, best, worst: middle label of the draws, and those of their 5 and 95 % (N,)."""

    energy: Floats
    area: Floats
    fossil: Floats
    sold: Floats
    label: Codes
    best: Codes
    worst: Codes


def _chunk(
    tally: Tally, rows: NDArray[np.int64], part: Stock, said: dict[str, Codes], draws: Draws, labels: Codes,
    hours: Bundle | None, scale: Floats | None,
) -> None:  # fmt: skip
    n, known = len(rows), part.modelled
    energy, area, fossil, sold = (np.zeros((n, draws.ctx.draws)) for _ in range(4))
    hourly: dict[str, Floats] = {}
    if known.any():
        at = np.flatnonzero(known)
        some = part.take(at)
        env = envelope(some, draws)
        found = values(some, draws, env)
        energy[at], area[at], fossil[at] = found.energy, found.area, found.fossil
        sold[at] = found.sold
        labels[rows[at]] = found.label
        hourly = {} if hours is None else hourly_draws(some, env, hours, draws.ctx)
    billed = np.isfinite(part.bill)
    if scale is not None:
        energy[~billed] *= scale[~billed]
        fossil[~billed] *= scale[~billed]
    only = billed & ~known
    energy[only] = part.bill[only, None]
    labelled = part.label < UNKNOWN_LABEL
    labels[rows[labelled & ~known]] = part.label[labelled & ~known]
    model = np.where((part.period == UNKNOWN_PERIOD) & (part.current.energy == UNKNOWN_ENERGY), DEFAULT, INFERRED).astype(
        np.int8
    )
    model = np.where(known, model, UNKNOWN).astype(np.int8)
    rests = np.where(labelled & known, np.where(~changed(part), said["dpe_class"], INFERRED), model).astype(np.int8)
    on_bill = np.where(~changed(part, EVERY), said["annual_energy_kwh"], INFERRED).astype(np.int8)
    of_energy = np.where(billed, on_bill, np.where(known, rests, UNKNOWN)).astype(np.int8)
    fuel = np.where(part.current.energy == UNKNOWN_ENERGY, DEFAULT, said["heating_energy"])
    tally.add(rows, INDICATORS[0], energy, of_energy)
    tally.add(rows, INDICATORS[1], area, rests)
    split = np.where(known, np.maximum(of_energy, fuel), UNKNOWN).astype(np.int8)
    tally.add(rows, INDICATORS[2], fossil, split)
    for name in INDICATORS[HOURLY_FROM:]:
        filled = np.zeros((n, draws.ctx.draws))
        if name in hourly:
            filled[known] = hourly[name]
        tally.add(rows, name, filled, model if hours is not None else np.full(n, UNKNOWN, np.int8))
    other = draws("other_price_eur_per_kwh")
    cost = fossil * draws("fossil_price_eur_per_kwh") + (energy - fossil) * other - sold * draws("solar_surplus_eur_per_kwh")
    tally.add(rows, INDICATORS[3], cost, split)


def changed(part: Stock, names: tuple[str, ...] = THERMAL_STATE) -> Flags:
    """Which buildings are no longer in the state that their bill or label describes (N,)."""
    pairs = [(getattr(part.current, f), getattr(part.described, f)) for f in names]
    return np.asarray(np.any([a != b for a, b in pairs], axis=0))


def values(part: Stock, draws: Draws, env: Envelope | None = None) -> Values:
    """What the engine says of buildings that are all modelled. env: their envelope, when it is already drawn."""
    env = env or envelope(part, draws)
    use = use_of(part, env, part.current, draws)
    before = _reference(part, env, use, draws)
    bounds = bounds_of(part, env, draws)
    label_k, real_k = _corrections(part, env, before, bounds, draws)
    scaled = use.scaled(label_k)
    billed, moved = np.isfinite(part.bill), changed(part)
    total, main = (use if billed.all() else _mixed(use, scaled, billed)).real(part, draws)
    energy = total * real_k * env.floor
    exact = billed & ~moved
    energy[exact] = part.bill[exact, None]
    fossil = main * real_k * env.floor * fossil_share(part, use.energy, draws)
    followed = _followed(part, billed, draws)
    power = (use.light + use.specific) * real_k * env.floor * followed
    saved, sold = solar_share(part, power, billed, draws)
    label = scaled.label(draws, bounds)
    declared = (part.label < UNKNOWN_LABEL) & ~moved
    label[declared] = part.label[declared, None]
    best, usual, worst = _spread(label)
    return Values(
        energy=np.maximum(energy * followed - saved, 0.0), area=env.floor * (label >= WORST), fossil=fossil * followed,
        sold=sold, label=usual, best=best, worst=worst,
    )  # fmt: skip


def _followed(part: Stock, billed: Flags, draws: Draws) -> Floats:
    """What following the meters leaves of the consumption (N, 1 or D); a bill already says what was followed."""
    new = part.current.metered & ~(part.described.metered & billed)
    if not new.any():
        return np.ones((len(new), 1))
    return np.where(new[:, None], draws("submetering_ratio", part.ids), 1.0)


def _mixed(use: Use, scaled: Use, billed: Flags) -> Use:
    """A bill says the energy better than a label does: the label's correction is left out there."""
    parts = {f: np.where(billed[:, None], getattr(use, f), getattr(scaled, f)) for f in ("main", "water", "light")}
    return Use(**parts, specific=use.specific, energy=use.energy)


def _reference(part: Stock, env: Envelope, use: Use, draws: Draws) -> Use:
    """Energy in the state that the bill or the label describes."""
    said = np.isfinite(part.bill) | (part.label < UNKNOWN_LABEL) | np.isfinite(part.told.final)
    rows = np.flatnonzero(changed(part) & said)
    if not len(rows):
        return use
    then = part.take(rows)
    old = use_of(then, env.take(rows), then.described, draws)
    out = {f: getattr(use, f).copy() for f in Use.__struct_fields__}
    for name, values in out.items():
        values[rows] = getattr(old, name)
    return Use(**out)


def _corrections(part: Stock, env: Envelope, before: Use, bounds: Bounds, draws: Draws) -> tuple[Floats, Floats]:
    """Factors (N, D) that bring the label's uses to the declared label, or to the energy of its DPE, and the whole to the
    bill."""
    label_k, real_k = np.ones_like(env.floor), np.ones_like(env.floor)
    billed, labelled = np.isfinite(part.bill), part.label < UNKNOWN_LABEL
    if billed.any():
        real_k[billed] = (part.bill[:, None] / (before.real(part, draws)[0] * env.floor))[billed]
        label_k[billed] = real_k[billed]
    if labelled.any():
        mine = bounds.of(labelled)
        ends = (draws.law(f"dpe_energy_{end}").mode for end in ("floor", "ceiling"))
        low, high = mine.span(part.label[labelled], *ends)
        wanted = low + (high - low) * draws.uniforms("building_label", part.ids[labelled])
        label_k[labelled] = wanted / before.primary(draws)[labelled]
    given = np.isfinite(part.told.final)
    if given.any():
        exact = part.told.final[given, None] * draws("dpe_final_ratio", part.ids[given])
        label_k[given] = exact / before.final[given]
    return label_k, real_k


def label_span(inventory: Bundle, ctx: Context) -> tuple[str, str] | None:
    """Labels between which nine draws of ten of the only building of an inventory fall; None where it is not modelled."""
    part = stock(inventory[LAYER])
    if not part.modelled.all():
        return None
    found = values(part, Draws(ctx, FIELD))
    return LABELS[found.best[0]], LABELS[found.worst[0]]


def _spread(label: Codes) -> tuple[Codes, Codes, Codes]:
    """Labels of each row in order: that of 5 % of the draws, the middle one (half are as good or better), that of 95 %."""
    ordered, last = np.sort(label, axis=1), label.shape[1] - 1
    return ordered[:, round(0.05 * last)], ordered[:, last // 2], ordered[:, round(0.95 * last)]
