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
    commune without zones, is unknown. In a commune that is concerned as a whole, without a finer zone, each asset counts for
    the share of assets usually exposed, one draw for the commune (inferred, wide).
    """
    table, draw = inventory["actif_expose"], Draws(ctx, "risks")
    tally = Tally(table, INDICATORS, ctx)
    facts = _Facts(table)
    for rows in tally.chunks():
        hit, rests_on = _exposure(facts, rows, draw)
        tally.add(rows, EXPOSED, hit, rests_on)
        tally.add(rows, DAMAGE, *_damage(facts, rows, tally.ids[rows], draw))
        tally.add(rows, SENSITIVE, *_sensitive(facts, rows, hit, rests_on))
    return tally.diagnosis()


class _Facts:
    """Columns of the main layer as arrays (N,); NaN where unknown."""

    def __init__(self, table: pa.Table) -> None:
        self.exposed, self.flood = floats(table, "exposed"), floats(table, "flood_exposed")
        self.sensitive, self.area = floats(table, "sensitive"), floats(table, "ground_area_m2")
        self.depth, self.period = floats(table, "water_depth_m"), floats(table, "return_period_y")
        self.concerned, self.soaked = floats(table, "commune_hazard") == 1, floats(table, "commune_flood") == 1
        self.alerted = floats(table, "alerted") == 1
        self.barrier = np.nan_to_num(floats(table, "flood_protection_m"))
        self.cabinet = texts(table, "kind").astype(str) == "armoire"
        self.exposed_origin, self.flood_origin = origins(table, "exposed"), origins(table, "flood_exposed")
        self.sensitive_origin = origins(table, "sensitive")
        self.commune = hash_ids(table["commune"].combine_chunks() if table.num_rows else table["commune"])


def _exposure(f: _Facts, rows: NDArray[np.int64], draw: Draws) -> tuple[Array, NDArray[np.int8]]:
    """Exposure (n, D) [number of assets, 0 to 1] and what it rests on."""
    share = draw("exposed_share", f.commune[rows])
    hit = np.where(f.concerned[rows][:, None], share, f.exposed[rows][:, None])
    return hit, np.where(f.concerned[rows], INFERRED, f.exposed_origin[rows]).astype(np.int8)


def _sensitive(f: _Facts, rows: NDArray[np.int64], hit: Array, rests_on: NDArray[np.int8]) -> tuple[Array, NDArray[np.int8]]:
    """Sensitive assets exposed; unknown when the exposure is, or when the asset is exposed and may be sensitive."""
    dry = (hit == 0).all(axis=1)
    out = np.where(dry[:, None], 0.0, hit * f.sensitive[rows][:, None])
    both = np.where(dry, rests_on, np.maximum(rests_on, f.sensitive_origin[rows]))
    return out, np.where(np.isnan(out[:, 0]), UNKNOWN, both).astype(np.int8)


def _damage(f: _Facts, rows: NDArray[np.int64], ids: NDArray[np.uint64], draw: Draws) -> tuple[Array, NDArray[np.int8]]:
    valued = f.cabinet[rows] | np.isfinite(f.area[rows])
    wet = ((f.flood[rows] == 1) | f.soaked[rows]) & valued
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
        loss = loss * np.where(f.alerted[at][:, None], 1.0 - draw("alert_reduction"), 1.0)
        out[wet] = loss * np.where(f.soaked[at][:, None], draw("exposed_share", f.commune[at]), 1.0)
    known = np.isfinite(out[:, 0])
    rests_on = np.where(wet, INFERRED, f.flood_origin[rows])
    return out, np.where(known, rests_on, UNKNOWN).astype(np.int8)
