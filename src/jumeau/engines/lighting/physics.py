"""Power, hours, maintenance and upward flux of luminaires, on draws.

An unknown power is read, luminaire by luminaire, at the same probability under the law of its type, its technology or its
LED successor: the two sides of a comparison keep the same luminaire.
References: [1] EN 13201-5:2015, clause 5 (yearly energy: power times hours of each state). [2] arrêté du 27 décembre 2018
relatif à la prévention des nuisances lumineuses, article 1 (ULR).
"""

import msgspec
import numpy as np
from numpy.typing import NDArray

from jumeau.engines.groups import UNKNOWN
from jumeau.engines.lighting import presence
from jumeau.engines.lighting.facts import CLOCKS, LED, NO_TECHNOLOGY, NO_TYPE, REGIMES, TECHNOLOGIES, TYPES, Facts, Settings
from jumeau.engines.lighting.hours import weights
from jumeau.engines.lighting.sun import threshold_elevation
from jumeau.engines.tally import Draws
from jumeau.kernels.draws import hash_ids, quantile
from jumeau.model.origin import Origin

Floats = NDArray[np.float64]
Codes = NDArray[np.int8]
Rows = NDArray[np.int64]

_POWER_BY_TYPE = tuple(f"power_w.{x}" for x in (*TYPES, "inconnu"))
_POWER_BY_TECHNOLOGY = tuple(f"power_w.{x}" for x in TECHNOLOGIES)
_BALLAST = tuple(f"ballast_factor.{x}" for x in (*TECHNOLOGIES, "inconnue"))
_EFFICACY = tuple(f"efficacy_lm_per_w.{x}" for x in (*TECHNOLOGIES, "inconnue"))
_ULR = tuple(f"ulr.{x}" for x in TYPES) + tuple(f"ulr_led.{x}" for x in TYPES)
_MAINTENANCE = tuple(f"maintenance_eur.{x}" for x in ("discharge", "led", "inconnue", "depose"))
_DRIFT = tuple(f"burning_hours_factor.{x}" for x in (*CLOCKS, "inconnu"))
INFERRED = np.int8(Origin.INFERRED.rank)


class Shared(msgspec.Struct, frozen=True):
    """Draws that luminaires share: price [€/kWh] (1, D), hours at full power [h/year] and maintenance [€/year] (K, D) of each
    setting, and for each setting the bias of the power anchor and the power of a LED relative to it [ratio] (K, D).
    """

    price: Floats
    hours: Floats
    maintenance: Floats
    bias: Floats
    led_ratio: Floats


def shared(settings: Settings, draw: Draws) -> Shared:
    """Draws of the K settings, each commune with its own and the territory with one."""
    of = _Communes(settings.commune, draw)
    remote = settings.remote[:, None]
    cost = draw.by_class(_MAINTENANCE, settings.lamp, of.uniforms("maintenance_eur"))
    return Shared(
        price=draw("electricity_price_eur_per_kwh"),
        hours=_hours(settings, of, draw),
        maintenance=cost * np.where(remote, of("maintenance_remote_factor"), 1.0),
        bias=draw("power_anchor_bias") * of("power_anchor_bias_commune"),
        led_ratio=of("led_power_ratio"),
    )


class _Communes:
    """Draws of communes given to the settings (K, D): each commune is drawn once, however many settings it has."""

    def __init__(self, commune: list[str], draw: Draws) -> None:
        names, self._back = np.unique(np.array(commune, dtype=str), return_inverse=True)
        self._ids, self._draw = hash_ids(names.tolist()), draw

    def __call__(self, name: str) -> Floats:
        return self._draw(name, self._ids)[self._back]

    def uniforms(self, stream: str) -> Floats:
        return self._draw.uniforms(stream, self._ids)[self._back]


def _hours(settings: Settings, of: _Communes, draw: Draws) -> Floats:
    """Hours at full power that give the yearly energy [h/year] (K, D).

    The height of the sun at switching is that of the cell where its threshold is known, under skies of all kinds. Delays that
    were measured add their hours and take the place of the usual drift of the clock.
    """
    lit, off, run = (_at_switching(hours, settings, draw) for hours in (settings.lit, settings.off, settings.run))
    factor = of("regime_unknown_factor")
    for code, name in enumerate(REGIMES):
        rows = settings.regime == code
        if rows.any():
            factor[rows] = _regime_factor(name, settings, rows, of, np.where(rows[:, None], off / lit, np.nan))
    hours = lit * factor
    scheduled = np.isfinite(settings.run[:, 0])
    hours[scheduled] = run[scheduled]
    drift = draw.by_class(_DRIFT, settings.clock, of.uniforms("burning_hours_factor"))
    measured = np.isfinite(settings.longer_h)
    if measured.any():
        drift[measured] = 1.0
        hours[measured] = np.maximum(hours[measured] + settings.longer_h[measured, None], 0.0)
    hours *= drift
    if settings.remote.any():
        hours *= np.where(settings.remote[:, None], of("remote_hours_factor"), 1.0)
    return hours


def _at_switching(hours: Floats, settings: Settings, draw: Draws) -> Floats:
    """Hours (K, D) of a year from those at each height of GRID_DEG (K, E)."""
    out = np.asarray(hours @ weights(draw("switch_below_deg")[0]))
    for lux in np.unique(settings.lux[np.isfinite(settings.lux)]):
        rows = settings.lux == lux
        out[rows] = hours[rows] @ weights(threshold_elevation(lux, draw("sky_transmittance")[0]))
    return out


def _regime_factor(name: str, settings: Settings, rows: NDArray[np.bool_], of: _Communes, share: Floats) -> Floats:
    """Energy of a regime relative to the whole night [ratio] (k, D) on the settings `rows`; share: part of the night (K, D)
    inside the window, NaN where it is not known."""
    if name == "permanent":
        return np.ones((int(rows.sum()), share.shape[1]))
    if name == "detection":
        return presence.kept(settings.by_hour[rows], settings.road[rows], lambda parameter: of(parameter)[rows])
    usual = of("part_night_share" if name == "coupure" else "dimming_share")
    inside = np.where(np.isnan(share), usual, share)[rows]
    if name == "coupure":
        return 1 - inside
    dimming = settings.dimming[rows, None]
    return 1 - (1 - np.where(np.isnan(dimming), of("dimming_ratio")[rows], dimming)) * inside


def system_power(facts: Facts, rows: Rows, ids: NDArray[np.uint64], common: Shared, draw: Draws) -> Floats:
    """Power drawn from the mains [W] (n, D).

    A measured or declared power stands; a nominal power is multiplied by its ballast; an inferred one is spread; what is
    unknown is read under the anchor of its technology or of its type, times the bias of the anchor.
    """
    system, lamp = facts.system_w[rows], facts.lamp_w[rows]
    technology, kind, setting = facts.technology[rows], facts.type[rows], facts.setting[rows]
    out = np.repeat(system[:, None], draw.ctx.draws, axis=1)
    known = np.isfinite(system)
    sure = known & (facts.power_origin[rows] < INFERRED)
    at = np.flatnonzero(~sure)
    if not len(at):
        return _without_removed(out, facts, rows)
    u = draw.uniforms("system_power_w", ids[rows[at]])
    spread, nominal = known[at], ~known[at] & np.isfinite(lamp[at])
    missing = ~spread & ~nominal
    values = np.empty_like(u)
    values[spread] = system[at[spread], None] * draw.by_class(
        ("power_inferred_factor",), technology[at[spread]] * 0, u[spread]
    )
    values[nominal] = lamp[at[nominal], None] * draw.by_class(_BALLAST, technology[at[nominal]], u[nominal])
    guess = at[missing]
    values[missing] = common.bias[setting[guess]] * _anchor(technology[guess], kind[guess], u[missing], draw)
    led = missing & (technology[at] == LED)
    values[led] *= common.led_ratio[setting[at[led]]]
    out[at] = values
    return _without_removed(out, facts, rows)


def _without_removed(power: Floats, facts: Facts, rows: Rows) -> Floats:
    gone = facts.removed[rows]
    if gone.any():
        power[gone] = 0.0
    return power


def _anchor(technology: Codes, kind: Codes, u: Floats, draw: Draws) -> Floats:
    """Power before LED [W] (n, D): by technology when it is a discharge lamp, else by type."""
    by_type = (technology == LED) | (technology == NO_TECHNOLOGY)
    out = np.empty_like(u)
    out[by_type] = draw.by_class(_POWER_BY_TYPE, kind[by_type], u[by_type])
    out[~by_type] = draw.by_class(_POWER_BY_TECHNOLOGY, technology[~by_type], u[~by_type])
    return out


def upward_flux(
    facts: Facts, rows: Rows, ids: NDArray[np.uint64], power: Floats, draw: Draws
) -> tuple[Floats, NDArray[np.int8]]:
    """Flux sent above the horizontal [lm] (n, D) and what it rests on (n,): flux of the source times ULR [2].

    Unknown where neither the ULR nor the type of the luminaire is known. power: (n, D) [W].
    """
    flux, flux_origin = _source_flux(facts, rows, ids, power, draw)
    ulr, kind, led = facts.ulr[rows], facts.type[rows], facts.technology[rows] == LED
    origin = facts.ulr_origin[rows]
    share = np.repeat(ulr[:, None], draw.ctx.draws, axis=1)
    promised = np.isfinite(ulr) & (origin >= INFERRED)
    typed = np.isnan(ulr) & (kind != NO_TYPE)
    for at, classes in ((promised, None), (typed, kind + np.where(led, np.int8(len(TYPES)), np.int8(0)))):
        if not at.any():
            continue
        u = draw.uniforms("ulr", ids[rows[at]])
        if classes is None:
            share[at] *= quantile(draw.law("ulr_inferred_factor"), u)
        else:
            share[at] = np.minimum(draw.by_class(_ULR, classes[at], u) * draw("ulr_bias"), 1.0)
    rests_on = np.where(typed, INFERRED, origin)
    blind = np.isnan(ulr) & ~typed
    flux = _without_removed(flux, facts, rows)
    return flux * share, np.where(blind, UNKNOWN, np.maximum(rests_on, flux_origin)).astype(np.int8)


def _source_flux(
    facts: Facts, rows: Rows, ids: NDArray[np.uint64], power: Floats, draw: Draws
) -> tuple[Floats, NDArray[np.int8]]:
    """Flux of the source [lm] (n, D) and what it rests on: the nominal one, else power times efficacy of the technology."""
    flux, lamp, technology = facts.flux_lm[rows], facts.lamp_w[rows], facts.technology[rows]
    out = np.repeat(flux[:, None], draw.ctx.draws, axis=1)
    at = np.isnan(flux)
    if at.any():
        u = draw.uniforms("efficacy_lm_per_w", ids[rows[at]])
        modes = np.array([draw.law(name).mode for name in _BALLAST])
        modes[LED] = 1.0
        nominal = np.where(np.isnan(lamp[at])[:, None], power[at] / modes[technology[at], None], lamp[at, None])
        out[at] = nominal * draw.by_class(_EFFICACY, technology[at], u)
    guessed = np.maximum(facts.power_origin[rows], INFERRED)
    return out, np.where(at, guessed, facts.flux_origin[rows]).astype(np.int8)
