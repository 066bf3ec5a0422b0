"""What a building is made of, drawn from what is known of it: floors, walls, windows, period, heat loss."""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.buildings.archetypes import ERAS, archetypes, era_of, sizes
from jumeau.engines.buildings.choices import (
    DRAWN_PERIODS,
    FIRST_YEAR,
    HEATED_USES,
    LAST_YEAR,
    LAST_YEARS,
    OLD_PERIODS,
    PERIODS,
    WORKS_YEARS,
    ZONES,
)
from jumeau.engines.buildings.stock import UNKNOWN_PERIOD, Codes, Flags, Floats, State, Stock
from jumeau.engines.tally import Draws
from jumeau.kernels.draws import quantile

AIR_HEAT_WH_M3K = 0.34
CEILING_M = 0.3
ROOF_M = 0.4
LEAST_WALL_SHARE = 0.2
GROUPS = ("H1", "H2", "H3")
ERA_YEARS = np.array([*ERAS, LAST_YEAR])
WORKS_PERIODS = tuple(str(y) for y in WORKS_YEARS)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Buildings x draws (N, D). Areas [m²]: floor (heated reference), wall, window, roof; clear_m: height under ceiling [m];
    period: position in PERIODS; era, size: of the archetype of dwellings (`archetypes`); quality: probability at which the
    unknowns of the envelope are read."""

    floor: Floats
    wall: Floats
    window: Floats
    roof: Floats
    clear_m: Floats
    period: Codes
    era: Codes
    size: Codes
    quality: Floats

    def first(self, draws: int) -> "Envelope":
        """The first draws only."""
        return Envelope(**{n: getattr(self, n)[:, :draws] for n in self.__struct_fields__})

    def take(self, rows: NDArray[np.int64]) -> "Envelope":
        """The envelope of some of the buildings."""
        return Envelope(**{n: getattr(self, n)[rows] for n in self.__struct_fields__})

    @property
    def old(self) -> Flags:
        """Where the envelope may have been insulated since it was built."""
        return np.asarray(self.period < OLD_PERIODS)


def read(draws: Draws, names: tuple[str, ...], classes: NDArray[np.int8], u: Floats) -> Floats:
    """Each element of `u` (N, D) read under the law `names[classes]`; classes (N,) or (N, D)."""
    if classes.ndim == 1:
        return draws.by_class(names, classes, u)
    out = np.empty_like(u)
    for c in np.unique(classes):
        at = classes == c
        out[at] = quantile(draws.law(names[c]), u[at])
    return out


def pick(shares: Floats, u: Floats) -> Codes:
    """Class drawn at probability `u` (N, D) in proportion to `shares` (C,)."""
    edges = np.cumsum(shares) / shares.sum()
    return np.minimum(np.searchsorted(edges, u, side="right"), len(shares) - 1).astype(np.int8)


def envelope(stock: Stock, draws: Draws) -> Envelope:
    """Draw the envelope of `stock`: what is known is kept, what follows from it is computed, the rest is drawn."""
    size = draws.uniforms("building_size", stock.ids)
    storey = read(draws, tuple(f"storey_height_{u}" for u in HEATED_USES), stock.use, size)
    storeys = _storeys(stock, draws, storey, size)
    ratio = draws("footprint_to_floor", stock.ids)
    floor = np.where(np.isfinite(stock.floor)[:, None], stock.floor[:, None], stock.footprint[:, None] * storeys * ratio)
    roof = np.where(np.isfinite(stock.footprint)[:, None], stock.footprint[:, None], floor / (storeys * ratio))
    height = np.where(np.isfinite(stock.height)[:, None], stock.height[:, None], storeys * storey)
    outline, attached = _outline(stock, draws, roof)
    glazed = np.where(stock.use == 0, 0, 1).astype(np.int8)
    window = floor * read(
        draws,
        ("window_ratio_residentiel", "window_ratio_tertiaire"),
        glazed,
        draws.uniforms("building_windows", stock.ids),
    )
    gross = outline * height
    window = np.minimum(window, (1 - LEAST_WALL_SHARE) * gross)
    year = _years(stock, draws)
    return Envelope(
        floor=floor,
        wall=gross - window,
        window=window,
        roof=roof,
        clear_m=np.clip(height / storeys - CEILING_M, 2.3, 12.0),
        period=np.searchsorted(LAST_YEARS, year, side="left").astype(np.int8),
        era=era_of(year),
        size=sizes(stock.dwellings, floor, storeys, attached),
        quality=draws.uniforms("building_envelope", stock.ids),
    )


def _storeys(stock: Stock, draws: Draws, storey: Floats, size: Floats) -> Floats:
    """Storeys (N, D): counted, else from the height at the eaves, else unknown within a wide range."""
    from_height = np.maximum(1.0, np.rint((stock.height[:, None] + ROOF_M) / storey))
    guess = np.maximum(1.0, np.rint(quantile(draws.law("storeys_unknown"), 1 - size)))
    inferred = np.where(np.isfinite(stock.height)[:, None], from_height, guess)
    return np.where(np.isfinite(stock.storeys)[:, None], stock.storeys[:, None], inferred)


def _outline(stock: Stock, draws: Draws, footprint: Floats) -> tuple[Floats, Floats]:
    """Length of outer wall [m] (N, D), party walls left out, and their share of the whole outline [-]."""
    drawn = np.isnan(stock.perimeter)
    party = np.nan_to_num(stock.party)
    out = np.broadcast_to((stock.perimeter - party)[:, None], footprint.shape).copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.broadcast_to((party / stock.perimeter)[:, None], footprint.shape).copy()
    if drawn.any():
        ids = stock.ids[drawn]
        full = draws("perimeter_shape", ids) * np.sqrt(footprint[drawn])
        share[drawn] = draws("party_share_unknown", ids)
        out[drawn] = full * (1 - share[drawn])
    return np.maximum(out, 0.0), share


def _years(stock: Stock, draws: Draws) -> Floats:
    """Year of construction (N, D): known, else drawn over the national stock, evenly inside each period."""
    out = np.repeat(stock.year[:, None], draws.ctx.draws, axis=1)
    drawn = stock.period == UNKNOWN_PERIOD
    if drawn.any():
        ends = np.array([FIRST_YEAR, *DRAWN_PERIODS, LAST_YEAR], np.float64)
        shares = np.array([draws.law(f"period_share_{p}").mode for p in (*DRAWN_PERIODS, "apres")])
        edges = np.r_[0.0, np.cumsum(shares) / shares.sum()]
        out[drawn] = np.ceil(np.interp(draws.uniforms("building_period", stock.ids[drawn]), edges, ends))
    return out


def zone_groups(stock: Stock) -> Codes:
    """Position of each building's zone in GROUPS (N,)."""
    return np.array([GROUPS.index(z[:2]) for z in ZONES], np.int8)[stock.zone]


def losses(stock: Stock, env: Envelope, state: State, draws: Draws) -> tuple[Floats, Floats]:
    """Transmission and ventilation heat loss per floor area [W/(m²·K)] (N, D) with what was insulated since (N,)."""
    loss = np.zeros_like(env.floor)
    # a declared U of the floor already holds the ground below it
    below = np.where(np.isfinite(stock.told.floor)[:, None], 1.0, draws("floor_reduction", stock.ids))
    areas = {"wall": env.wall, "roof": env.roof, "floor": env.roof * below}
    for element, area in areas.items():
        loss += area * u_value(stock, env, element, getattr(state, element), draws)
    loss += env.window * window_u(stock, env, state.window, draws)
    loss += (env.wall + env.window + 2 * env.roof) * draws("thermal_bridge_w_m2k", stock.ids)
    return loss / env.floor, _ventilation(stock, env, state.window, draws)


def window_u(stock: Stock, env: Envelope, renovated: Flags, draws: Draws) -> Floats:
    """U value of windows [W/(m²·K)] (N, D)."""
    return u_value(stock, env, "window", renovated, draws)


def u_value(stock: Stock, env: Envelope, element: str, renovated: Flags, draws: Draws) -> Floats:
    """U value of a wall, a roof, a floor or a window [W/(m²·K)] (N, D)."""
    u = np.empty_like(env.floor)
    home = stock.use == 0
    for rows, made in ((np.flatnonzero(home), _archetype_u), (np.flatnonzero(~home), _default_u)):
        if len(rows) == len(home):
            u = made(stock, env, element, draws)
        elif len(rows):
            u[rows] = made(stock.take(rows), env.take(rows), element, draws)
    return _told(stock, env, element, u, renovated, draws)


def _default_u(stock: Stock, env: Envelope, element: str, draws: Draws) -> Floats:
    """Other uses than housing: a default by period and zone, and what may have been done since."""
    built = getattr(stock.told, f"{element}_built")
    if element == "window":
        window = read(draws, tuple(f"u_window_{p}" for p in PERIODS), env.period, env.quality)
        if built.any():
            worst = np.array([draws.law(f"u_window_{p}").high for p in PERIODS])
            window[built] = worst[env.period[built]] * quantile(draws.law("u_ratio_window_built"), env.quality[built])
        return window
    table = np.array([[draws.law(f"u_{element}_{p}_{g}").mode for g in GROUPS] for p in PERIODS])
    names = (f"u_ratio_{element}_recent", f"u_ratio_{element}_ancien")
    u: Floats = table[env.period, zone_groups(stock)[:, None]]
    return np.asarray(u * read(draws, names, (env.old & ~built[:, None]).astype(np.int8), env.quality))


def _archetype_u(stock: Stock, env: Envelope, element: str, draws: Draws) -> Floats:
    """Dwellings: their archetype as it was built, or as works since left it."""
    table = getattr(archetypes(), f"u_{element}")
    built = table[env.size, env.era, 0] * quantile(draws.law("u_spread_archetype"), env.quality)
    later = table[env.size, env.era, 1] * quantile(draws.law("u_ratio_past_works"), env.quality)
    return np.asarray(np.where(worked_on(stock, env, element, draws), np.minimum(later, built), built))


def worked_on(stock: Stock, env: Envelope, element: str, draws: Draws) -> Flags:
    """Draws (N, D) in which an element of a dwelling was insulated or replaced since it was built; never where it is
    declared as built. The share is that of `works_share_ELEMENT_PERIOD`."""
    shares = np.array([draws.law(f"works_share_{element}_{p}").mode for p in WORKS_PERIODS] + [0.0])
    share = shares[np.searchsorted(WORKS_YEARS, ERA_YEARS[env.era], side="left")]
    done = draws.uniforms(f"building_works_{element}", stock.ids) < share
    return np.asarray(done & ~getattr(stock.told, f"{element}_built")[:, None])


def _told(stock: Stock, env: Envelope, element: str, u: Floats, renovated: Flags, draws: Draws) -> Floats:
    """U values with those that are declared, then what was insulated: a declared one already holds what was done by then."""
    given = getattr(stock.told, element)
    known = np.isfinite(given)
    if known.any():
        u[known] = given[known, None] * quantile(draws.law("u_given_ratio"), env.quality[known])
    done = renovated & ~(known & getattr(stock.described, element))
    if done.any():
        u[done] = np.minimum(u[done], quantile(draws.law(f"u_insulated_{element}"), env.quality[done]))
    return u


def _ventilation(stock: Stock, env: Envelope, renovated: Flags, draws: Draws) -> Floats:
    u = draws.uniforms("building_air", stock.ids)
    home = np.flatnonzero(stock.use == 0)
    change = np.empty_like(u)
    if len(home) < len(u):
        change = read(draws, ("air_change_recent", "air_change_ancien"), env.old.astype(np.int8), u)
        change *= np.where(renovated[:, None], draws("air_change_ratio_insulated", stock.ids), 1.0)
    if len(home):
        tight = worked_on(stock, env, "window", draws)[home] | renovated[home][:, None]
        air = archetypes().air[env.size[home], env.era[home], tight.astype(np.int8)]
        change[home] = air * quantile(draws.law("air_spread_archetype"), u[home])
    return AIR_HEAT_WH_M3K * change * env.clear_m
