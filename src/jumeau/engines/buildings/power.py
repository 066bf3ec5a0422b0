"""Power that the duty of control (décret BACS) looks at: that of heating or that of cooling, whichever is larger.

Code de la construction et de l'habitation, R175-2: a system of heating or of air conditioning, combined or not with
ventilation. The powers of the two are not added: each is held against the thresholds.
"""

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.buildings.choices import FIELD, LAYER, ZONES
from jumeau.engines.buildings.energy import peak_load
from jumeau.engines.buildings.envelope import envelope
from jumeau.engines.buildings.hourly.outside import outside_of
from jumeau.engines.buildings.hourly.stock import simulate_stock
from jumeau.engines.buildings.stock import Floats, stock
from jumeau.engines.groups import summaries
from jumeau.engines.protocol import Bundle, Context
from jumeau.engines.tables import floats
from jumeau.engines.tally import Draws

COOLING_DRAWS = 16


def nominal_power(inventory: Bundle, ctx: Context, wanted: NDArray[np.bool_], steps: tuple[float, ...]) -> Floats:
    """Mean, p5, p95 (3, N) of the larger of the two powers [kW] of the buildings wanted (N,), NaN where unknown.

    A declared power is itself. Heating that is not declared is the loss on a cold day; cooling, the hourly peak at 26 °C
    where the building is said to be cooled. Where nothing says whether it is, the interval goes from heating alone to what
    cooling would ask. Cooling is simulated only where it could move the result past one of the `steps` [kW].
    """
    table = inventory[LAYER]
    heat, cool = _heat(inventory, ctx, wanted), _triple(floats(table, "cooling_kw"))
    said = floats(table, "cooled")
    said = np.where(cool[0] > 0, 1.0, said)
    asked = wanted & np.isnan(cool[0]) & (said != 0) & np.isfinite(heat[0]) & (heat[1] <= max(steps))
    rows = np.flatnonzero(asked)
    if len(rows):
        cool[:, rows] = _peaks(inventory, rows, ctx)
    cool[:, said == 0] = 0.0
    either = np.fmax(heat, cool)
    unsure = np.isnan(said)
    either[0, unsure], either[1, unsure] = heat[0, unsure], heat[1, unsure]
    # fans that go with heating or cooling count with it; those that nobody declared are left out
    return either + np.nan_to_num(floats(table, "ventilation_kw"))


def _heat(inventory: Bundle, ctx: Context, wanted: NDArray[np.bool_]) -> Floats:
    table, draws = inventory[LAYER], Draws(ctx, FIELD)
    out = _triple(floats(table, "heating_kw"))
    whole = stock(table)
    rows = np.flatnonzero(whole.modelled & wanted & np.isnan(out[0]))
    if len(rows):
        part = whole.take(rows)
        out[:, rows] = summaries(peak_load(part, envelope(part, draws), part.current, draws))
    return out


def _triple(values: Floats) -> Floats:
    return np.stack([values] * 3)


def _peaks(inventory: Bundle, rows: NDArray[np.int64], ctx: Context) -> Floats:
    """Hourly peak of cooling (3, n) [kW], NaN where a building cannot be simulated."""
    few = msgspec.structs.replace(ctx, draws=min(COOLING_DRAWS, ctx.draws))
    zone = stock(inventory[LAYER]).zone[rows]
    out = np.full((3, len(rows)), np.nan)
    for z in np.unique(zone[zone >= 0]):
        at = np.flatnonzero(zone == z)
        some = dict(inventory) | {LAYER: inventory[LAYER].take(pa.array(rows[at]))}
        found = simulate_stock(some, outside_of(inventory, ZONES[z], ctx.climate), few)
        out[:, at[found.rows]] = np.stack(summaries(found.cool_peak)) / 1000
    return out
