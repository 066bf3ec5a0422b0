"""Energy, cost and upward flux of luminaires, by luminaire and by group."""

import numpy as np
import pyarrow as pa

from jumeau.engines.lighting.ageing import Wear, ages, wear
from jumeau.engines.lighting.facts import read_facts
from jumeau.engines.lighting.physics import shared, system_power, upward_flux
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.tally import Draws, Tally

ENERGY, COST, UPWARD = "lighting_annual_energy_kwh", "lighting_annual_cost_eur", "lighting_upward_flux_lm"
FAILURES, OVERDUE, FADED = "lighting_failures_per_year", "lighting_overdue_luminaires", "lighting_faded_luminaires"
INDICATORS = (ENERGY, COST, UPWARD, FAILURES, OVERDUE, FADED)


def diagnose(inventory: Bundle, ctx: Context) -> Diagnosis:
    """Yearly energy [kWh], yearly cost [€], upward flux [lm], expected failures of a year, end of service life and
    faded light of each luminaire.

    Energy = power x hours at full power; cost = energy x price + maintenance. An indicator rests on the worst known of the
    luminaire's own facts (power and regime, or flux and ULR); shared parameters (price, hours) count in the interval.
    """
    table = inventory["luminaire"]
    facts, draw = read_facts(table), Draws(ctx, "lighting")
    common, tally = shared(facts.settings, draw), Tally(table, INDICATORS, ctx)
    for rows in tally.chunks():
        setting = facts.setting[rows]
        power = system_power(facts, rows, tally.ids, common, draw)
        energy = power * common.hours[setting] / 1000
        rests_on = np.maximum(facts.power_origin[rows], facts.regime_origin[rows])
        tally.add(rows, ENERGY, energy, rests_on)
        tally.add(rows, COST, energy * common.price + common.maintenance[setting], rests_on)
        tally.add(rows, UPWARD, *upward_flux(facts, rows, tally.ids, power, draw))
    old = wear(facts, ages(table, ctx.date.year), common.hours, draw)
    tally.add_classes(FAILURES, old.place, old.failures, old.failures_origin)
    tally.add_classes(OVERDUE, old.place, old.overdue, old.overdue_origin)
    tally.add_classes(FADED, old.place, old.faded, old.faded_origin)
    return tally.diagnosis()


def worn(table: pa.Table, ctx: Context) -> Wear:
    """How worn the luminaires of a conformed table are, alone."""
    facts, draw = read_facts(table), Draws(ctx, "lighting")
    return wear(facts, ages(table, ctx.date.year), shared(facts.settings, draw).hours, draw)
