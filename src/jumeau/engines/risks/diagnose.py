"""Assets exposed, their mean annual flood damage, and the sensitive ones."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.risks import DAMAGE, EXPOSED, SENSITIVE
from jumeau.engines.risks.damage import flood_damage
from jumeau.engines.tables import floats, origins, texts
from jumeau.engines.tally import Draws, Tally
from jumeau.kernels.draws import hash_ids
from jumeau.model.origin import ORIGINS, Origin

INDICATORS = (EXPOSED, DAMAGE, SENSITIVE)
UNKNOWN, INFERRED = ORIGINS.index(Origin.UNKNOWN), ORIGINS.index(Origin.INFERRED)
Array = NDArray[np.float64]


def diagnose(inventory: Bundle, ctx: Context) -> Diagnosis:
    """Exposed assets [number], mean annual flood damage [€/year] and sensitive exposed places [number].

    Damage = value on the ground x share lost at the water depth, over the frequencies of floods. An unknown depth or return
    period is drawn (inferred, wide); an asset outside the flood zones of its commune has none; an asset without area, or in a
    commune without zones, is unknown.
    """
    table, draw = inventory["actif_expose"], Draws(ctx, "risks")
    tally = Tally(table, INDICATORS, ctx)
    facts = _Facts(table)
    for rows in tally.chunks():
        hit = np.repeat(facts.exposed[rows, None], ctx.draws, axis=1)
        tally.add(rows, EXPOSED, hit, facts.exposed_origin[rows])
        tally.add(rows, DAMAGE, *_damage(facts, rows, tally.ids[rows], draw))
        tally.add(rows, SENSITIVE, *_sensitive(facts, rows, ctx.draws))
    return tally.diagnosis()


class _Facts:
    """Columns of the main layer as arrays (N,); NaN where unknown."""

    def __init__(self, table: pa.Table) -> None:
        self.exposed, self.flood = floats(table, "exposed"), floats(table, "flood_exposed")
        self.sensitive, self.area = floats(table, "sensitive"), floats(table, "ground_area_m2")
        self.depth, self.period = floats(table, "water_depth_m"), floats(table, "return_period_y")
        self.alerted = floats(table, "alerted") == 1
        self.barrier = np.nan_to_num(floats(table, "flood_protection_m"))
        self.cabinet = texts(table, "kind").astype(str) == "armoire"
        self.exposed_origin, self.flood_origin = origins(table, "exposed"), origins(table, "flood_exposed")
        self.sensitive_origin = origins(table, "sensitive")
        self.commune = hash_ids(table["commune"].combine_chunks() if table.num_rows else table["commune"])


def _sensitive(f: _Facts, rows: NDArray[np.int64], draws: int) -> tuple[Array, NDArray[np.int8]]:
    """1 for a sensitive asset that is exposed; unknown when its exposure is, or when it is exposed and may be sensitive."""
    out = np.where(f.exposed[rows] == 0, 0.0, f.exposed[rows] * f.sensitive[rows])
    both = np.where(f.exposed[rows] == 0, f.exposed_origin[rows], np.maximum(f.exposed_origin, f.sensitive_origin)[rows])
    return np.repeat(out[:, None], draws, axis=1), np.where(np.isnan(out), UNKNOWN, both).astype(np.int8)


def _damage(f: _Facts, rows: NDArray[np.int64], ids: NDArray[np.uint64], draw: Draws) -> tuple[Array, NDArray[np.int8]]:
    valued = f.cabinet[rows] | np.isfinite(f.area[rows])
    wet = (f.flood[rows] == 1) & valued
    out = np.where((f.flood[rows] == 0)[:, None], 0.0, np.full((len(rows), draw.ctx.draws), np.nan))
    at = rows[wet]
    if len(at):
        guess = draw("flood_depth_m", ids[wet]) * draw("flood_depth_factor", f.commune[at])
        depth = np.where(np.isnan(f.depth[at])[:, None], guess, f.depth[at][:, None])
        depth = np.where(depth <= f.barrier[at][:, None], 0.0, depth)
        period = np.where(np.isnan(f.period[at])[:, None], draw("reference_return_period_y"), f.period[at][:, None])
        ground = np.nan_to_num(f.area[at])[:, None] * draw("building_value_eur_per_m2")
        value = np.where(f.cabinet[at][:, None], draw("cabinet_value_eur"), ground)
        loss = flood_damage(depth, draw("onset_return_period_y"), period, value, draw.law("extreme_depth_ratio").mode)
        out[wet] = loss * np.where(f.alerted[at][:, None], 1.0 - draw("alert_reduction"), 1.0)
    known = np.isfinite(out[:, 0])
    rests_on = np.where(wet, INFERRED, f.flood_origin[rows])
    return out, np.where(known, rests_on, UNKNOWN).astype(np.int8)
