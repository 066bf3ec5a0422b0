"""Hourly 5R1C: heating, cooling and discomfort of many zones that share a weather and a schedule.

References: [1] ISO 13790:2008, simple hourly method (five resistances, one capacity), clause 7.2.2 and annex C.
"""

import ctypes
from functools import cache, cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.kernels import library

__all__ = [
    "HourlyTotals",
    "Hours",
    "OwnSun",
    "Zones",
    "affine_terms",
    "hourly_loads",
    "hourly_trace",
    "loads_c",
    "loads_numpy",
    "step",
]

Floats = NDArray[np.float64]
LANES, SUNS, TERMS = 8, 5, 11
CHUNK = 1024
"""Zones laid out at once."""
LIT, WATCHED, COOLED = 1, 2, 4
SPAN = np.dtype([(n, "i8") for n in ("last", "level", "flags", "period")] + [(n, "f8") for n in ("gain", "heat", "cool")])
"""One run of hours, as in rc5.c."""
HOUR_S = 3600.0
SURFACE_W_M2K, MASS_W_M2K = 3.45, 9.1
NEVER = 1e9
"""A limit that is never reached [°C, W] (with the sign it needs)."""
FAR = 1e6
"""The same for setpoints, near enough for differences with them to keep their digits [°C]."""


class Zones(msgspec.Struct, frozen=True, kw_only=True):
    """Zones (N). opaque, windows: transmission to the outside [W/K]; air: ventilation at each level (N, L) [W/K]; capacity:
    [J/K]; mass_area, all_area: effective area of the mass and area of all inner surfaces [m²] [1]; sun: area that lets in
    the same sun (N, 5) [m²]; gain: greatest internal gain [W]; heat_max, cool_max: power of the plant [W], or infinite."""

    opaque: Floats
    windows: Floats
    air: Floats
    capacity: Floats
    mass_area: Floats
    all_area: Floats
    sun: Floats
    gain: Floats
    heat_max: Floats
    cool_max: Floats

    def take(self, rows: NDArray[np.int64] | slice) -> "Zones":
        """Some of the zones."""
        return Zones(**{n: getattr(self, n)[rows] for n in self.__struct_fields__})


class Hours(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What all zones share (T hours). outdoor: [°C]; sun: irradiance (T, 5) [W/m²]; gain: share of the greatest gain [-];
    heat_set, cool_set: setpoints [°C], the second never below the first and infinite where nothing cools; level: ventilation
    level, from 0; watch: temperature above which degree-hours of discomfort count [°C], infinite where they do not; stop:
    hour after the last of each period (P,), months for a year."""

    outdoor: Floats
    sun: Floats
    gain: Floats
    heat_set: Floats
    cool_set: Floats
    level: NDArray[np.uint8]
    watch: Floats
    stop: NDArray[np.int64]

    @cached_property
    def spans(self) -> NDArray[np.void]:
        """Runs of hours that share level, sun or none, watch or none, gain and setpoints, cut at the end of periods."""
        return _spans(self)

    @cached_property
    def columns(self) -> Floats:
        """What changes from hour to hour but for the sun, side by side."""
        above = np.maximum(self.heat_set, -FAR) - np.minimum(self.watch, NEVER)
        return np.ascontiguousarray(np.column_stack([self.outdoor, above]), np.float64)

    @cached_property
    def shared_columns(self) -> Floats:
        """The same, then the sun."""
        return np.ascontiguousarray(np.column_stack([self.columns, self.sun]), np.float64)

    def during(self, first: int, last: int) -> "Hours":
        """The hours from `first` to `last`, as one period."""
        parts = {n: getattr(self, n)[first:last] for n in self.__struct_fields__ if n != "stop"}
        return Hours(**parts, stop=np.array([last - first], np.int64))


class OwnSun(msgspec.Struct, frozen=True):
    """The sun of each group of zones, in place of the one that all share, which then only says when there is none. light:
    irradiance (G, T, 5) [W/m²]; of: group of each zone (N,)."""

    light: Floats
    of: NDArray[np.int64]


class HourlyTotals(msgspec.Struct, frozen=True, kw_only=True):
    """heat, cool: [kWh] (N, P); discomfort: degree-hours above the limit [K·h] (N, P); heat_peak, cool_peak: greatest hourly
    power [W] (N, P)."""

    heat: Floats
    cool: Floats
    discomfort: Floats
    heat_peak: Floats
    cool_peak: Floats


def step(
    z: Zones, air: Floats, mass: Floats, outdoor: Floats, sun: Floats, gain: Floats, power: Floats
) -> tuple[Floats, Floats]:
    """Air temperature over the hour and mass temperature after it [°C] (N,) for a plant power [W]; equations of annex C [1].

    air: [W/K]; mass: temperature of the mass before the hour [°C]; outdoor: [°C]; sun, gain: [W].
    """
    h_is, h_ms = SURFACE_W_M2K * z.all_area, MASS_W_M2K * z.mass_area
    h_em = 1.0 / (1.0 / z.opaque - 1.0 / h_ms)
    mass_share, window_share = z.mass_area / z.all_area, z.windows / (MASS_W_M2K * z.all_area)
    to_air, radiant = 0.5 * gain, 0.5 * gain + sun
    to_mass, to_surface = mass_share * radiant, (1.0 - mass_share - window_share) * radiant
    h1 = air * h_is / (air + h_is)
    h2 = h1 + z.windows
    h3 = h2 * h_ms / (h2 + h_ms)
    blown = h1 * outdoor + h_is / (air + h_is) * (to_air + power)
    total = to_mass + h_em * outdoor + h3 / h2 * (to_surface + z.windows * outdoor + blown)
    rate = z.capacity / HOUR_S
    after = (mass * (rate - 0.5 * (h3 + h_em)) + total) / (rate + 0.5 * (h3 + h_em))
    middle = 0.5 * (mass + after)
    surface = (h_ms * middle + to_surface + z.windows * outdoor + blown) / (h_ms + z.windows + h1)
    inside = (h_is * surface + air * outdoor + to_air + power) / (h_is + air)
    return inside, after


def affine_terms(z: Zones, air: Floats) -> tuple[Floats, Floats]:
    """The step as sums of products: `step` read on unit inputs, all in watts of plant that would warm the air as much.

    Gives terms (11, N) in the order of rc5.c, and areas of sun (5, N): what the mass, the outside, the gain and the sun are
    worth to the air now, and to what the mass is worth an hour later.
    """
    mass, outdoor, sun, gain, power = np.eye(5)[..., None]
    inside, after = step(z, air, mass, outdoor, sun, gain, power)
    rise = inside[4]
    mass, outdoor, sun, gain = inside[:4] / rise
    later = after * mass
    terms = [mass, outdoor, gain * z.gain, after[0], later[1], later[3] * z.gain, later[2] / sun, later[4], rise, 1.0 / rise]
    return np.stack([*terms, 1.0 / mass]), z.sun.T * sun


def hourly_trace(z: Zones, hours: Hours, start_c: float = 20.0, own: OwnSun | None = None) -> tuple[Floats, Floats, Floats]:
    """Heating, cooling [W] and air temperature [°C] of few zones by hour, each (T, N): free temperature, then the power that
    brings it to the setpoint."""
    n = len(z.opaque)
    mass, nil = np.full(n, start_c), np.zeros(n)
    out = np.empty((3, len(hours.outdoor), n))
    for h in range(len(hours.outdoor)):
        air = z.air[:, hours.level[h]]
        sun = z.sun @ hours.sun[h] if own is None else (z.sun * own.light[own.of, h]).sum(axis=1)
        given = (np.full(n, hours.outdoor[h]), sun, z.gain * hours.gain[h])
        free, _ = step(z, air, mass, *given, nil)
        rise = step(z, air, mass, *given, nil + 1.0)[0] - free
        out[0, h] = np.clip((hours.heat_set[h] - free) / rise, 0.0, z.heat_max)
        out[1, h] = np.clip((free - hours.cool_set[h]) / rise, 0.0, z.cool_max)
        out[2, h], mass = step(z, air, mass, *given, out[0, h] - out[1, h])
    return out[0], out[1], out[2]


def loads_numpy(z: Zones, hours: Hours, start_c: float = 20.0, own: OwnSun | None = None) -> HourlyTotals:
    """The readable version of `hourly_loads`."""
    heat, cool, inside = hourly_trace(z, hours, start_c, own)
    over = np.maximum(inside - np.minimum(hours.watch, NEVER)[:, None], 0.0)
    ends = np.minimum(hours.stop, len(heat))
    parts = [slice(first, last) for first, last in zip([0, *ends[:-1]], ends, strict=True)]
    heats, cools, overs = (np.stack([x[p].sum(axis=0) for p in parts], axis=1) for x in (heat, cool, over))
    peaks = [np.stack([x[p].max(axis=0, initial=0.0) for p in parts], axis=1) for x in (heat, cool)]
    return HourlyTotals(heat=heats / 1000, cool=cools / 1000, discomfort=overs, heat_peak=peaks[0], cool_peak=peaks[1])


def loads_c(lib: ctypes.CDLL, z: Zones, hours: Hours, start_c: float = 20.0, own: OwnSun | None = None) -> HourlyTotals:
    """The compiled version of `hourly_loads`: zones that share their sun go by CHUNK, so that what is laid out for them keeps
    its place in memory."""
    n = len(z.opaque)
    out = np.empty((5, n, len(hours.stop)))
    wide = CHUNK if own is None else n
    for first in range(0, n, wide):
        some = slice(first, min(first + wide, n))
        out[:, some] = _some(lib, z if own is not None else z.take(some), hours, start_c, own)
    return HourlyTotals(heat=out[0], cool=out[1], discomfort=out[2], heat_peak=out[3], cool_peak=out[4])


def _some(lib: ctypes.CDLL, z: Zones, hours: Hours, start_c: float, own: OwnSun | None) -> Floats:
    """The totals in their order (5, N, P)."""
    levels, periods = z.air.shape[1], len(hours.stop)
    seat, back, group = _seats(len(z.opaque), own)
    blocks = len(group)
    light = None if own is None else _rows(own.light)
    lit, apart = (None, 0) if light is None else (light.ctypes.data, light.strides[0] // 8)
    term, aperture = _terms(lib, z, seat)
    most = np.stack([np.minimum(z.heat_max, NEVER), -np.minimum(z.cool_max, NEVER)])
    bounded = bool((most[0] < NEVER).any() or (most[1] > -NEVER).any())
    mass, spans, hour = np.full(blocks * LANES, start_c), hours.spans, hours.shared_columns if own is None else hours.columns
    done = np.zeros((blocks, periods, 5, LANES))
    limits = _lanes(most[:, seat])
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    lib.jumeau_rc5(
        size(blocks), size(levels), pointer(term.ctypes.data), pointer(aperture.ctypes.data), pointer(limits.ctypes.data),
        ctypes.c_int(bounded), pointer(mass.ctypes.data), pointer(hour.ctypes.data), pointer(lit),
        pointer(group.ctypes.data), size(apart), size(len(spans)), pointer(spans.ctypes.data), size(periods),
        pointer(done.ctypes.data),
    )  # fmt: skip
    done[:, :, :2] *= 1e-3
    return np.asarray(np.moveaxis(done, (2, 0, 3, 1), (0, 1, 2, 3)).reshape(5, blocks * LANES, periods)[:, back])


def _terms(lib: ctypes.CDLL, z: Zones, seat: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """`affine_terms` of the zone of each lane: terms (B, L, 11, LANES), areas of sun (B, L, 5, LANES)."""
    blocks, levels = len(seat) // LANES, z.air.shape[1]
    names = ("opaque", "windows", "air", "capacity", "mass_area", "all_area", "sun", "gain")
    seat, given = np.ascontiguousarray(seat), [np.ascontiguousarray(getattr(z, n), np.float64) for n in names]
    out = np.empty((blocks, levels, TERMS, LANES)), np.empty((blocks, levels, SUNS, LANES))
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    lib.jumeau_rc5_terms(size(blocks), size(levels), *(pointer(x.ctypes.data) for x in (seat, *given, *out)))
    return out


def _rows(light: Floats) -> Floats:
    """The suns as the kernel walks through them; hours of a longer year are not copied."""
    walked = light.dtype == np.float64 and light.strides[1:] == (8 * SUNS, 8)
    return light if walked else np.ascontiguousarray(light, np.float64)


def _seats(n: int, own: OwnSun | None) -> tuple[NDArray[np.int64], NDArray[np.int64] | slice, NDArray[np.int64]]:
    """Zone of each lane, lane of each zone (N,) and sun of each block: a block has one sun, its last zone fills it."""
    if own is None:
        blocks = -(-n // LANES)
        return np.minimum(np.arange(blocks * LANES), n - 1), slice(0, n), np.zeros(blocks, np.int64)
    of = own.of
    order = np.argsort(of, kind="stable")
    suns, count = np.unique(of, return_counts=True)
    many = -(-count // LANES)
    first, seats = np.cumsum(count) - count, np.cumsum(many) - many
    rank = np.arange(many.sum() * LANES) - np.repeat(seats * LANES, many * LANES)
    within = np.minimum(rank, np.repeat(count, many * LANES) - 1)
    back = np.empty(n, np.int64)
    back[order] = np.repeat(seats * LANES - first, count) + np.arange(n)
    return order[np.repeat(first, many * LANES) + within], back, np.repeat(suns, many).astype(np.int64)


def _lanes(columns: Floats) -> Floats:
    """(..., blocks * LANES) -> (blocks, ..., LANES)."""
    return np.ascontiguousarray(np.moveaxis(columns.reshape(*columns.shape[:-1], -1, LANES), -2, 0))


def _spans(hours: Hours) -> NDArray[np.void]:
    """Runs of hours that share level, sun or none, watch or none, gain and setpoints, cut at the end of periods."""
    count = len(hours.outdoor)
    flags = np.where(hours.sun.sum(axis=1) > 0, LIT, 0) | np.where(hours.watch < NEVER, WATCHED, 0)
    flags |= np.where(hours.cool_set < FAR, COOLED, 0)
    heat, cool = np.maximum(hours.heat_set, -FAR), np.minimum(hours.cool_set, FAR)
    shared = (hours.level, flags, hours.gain, heat, cool)
    cut = np.flatnonzero(np.logical_or.reduce([x[1:] != x[:-1] for x in shared])) + 1
    ends = np.minimum(hours.stop, count)
    last = np.unique(np.concatenate([cut[cut < ends[-1]], ends[ends > 0]]))
    first = np.concatenate([[0], last[:-1]])
    out = np.zeros(len(last), SPAN)
    out["last"], out["level"], out["flags"] = last, hours.level[first], flags[first]
    out["period"] = -1
    out["period"][np.searchsorted(last, ends[ends > 0])] = np.flatnonzero(ends > 0)
    out["gain"], out["heat"], out["cool"] = hours.gain[first], heat[first], cool[first]
    return out


@cache
def _compiled() -> ctypes.CDLL | None:
    lib = library()
    return lib if hasattr(lib, "jumeau_rc5") else None


def hourly_loads(z: Zones, hours: Hours, start_c: float = 20.0, own: OwnSun | None = None) -> HourlyTotals:
    """Heating and cooling of N zones over the hours, with the plant just strong enough, or as strong as it can.

    start_c: temperature of the mass before the first hour [°C]. Five irradiances are shared by all zones, unless `own` gives
    those of groups of zones: the draws of one building behind its neighbours.
    """
    lib = _compiled()
    if lib is None or not len(z.opaque):
        return loads_numpy(z, hours, start_c, own)
    return loads_c(lib, z, hours, start_c, own)
