"""Drinking water: losses, renewal and legal efficiency of services, and what to do about them."""

import pyarrow as pa

from jumeau.engines.protocol import Bundle, Context, Diagnosis, Engine

LOSSES, COST, PLANS = "water_annual_losses_m3", "water_annual_loss_cost_eur", "water_services_below_threshold"
RENEWED, LENGTH, RATE = "water_renewed_km_per_year", "water_network_km", "water_renewal_rate"


class WaterEngine:
    """The engine of drinking water; its verbs are in the files that bear their names."""

    name = "water"
    main = "service_eau"
    reads: tuple[str, ...] = ("service_eau",)
    partition = "commune"
    independent_by = "asset"
    indicators: tuple[str, ...] = (LOSSES, COST, PLANS, RENEWED, LENGTH, RATE)

    def inventory(self, sources: Bundle, area: str) -> Bundle:
        """See `inventory.inventory`."""
        from jumeau.engines.water.inventory import inventory

        return inventory(sources, area)

    def diagnose(self, inventory: Bundle, ctx: Context) -> Diagnosis:
        """See `diagnose.diagnose`."""
        from jumeau.engines.water.diagnose import diagnose

        return diagnose(inventory, ctx)

    def propose(self, inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:
        """See `propose.propose`."""
        from jumeau.engines.water.propose import propose

        return propose(inventory, diagnosis, ctx)

    def apply(self, inventory: Bundle, actions: pa.Table) -> Bundle:
        """See `apply.apply`."""
        from jumeau.engines.water.apply import apply

        return apply(inventory, actions)


def engine() -> Engine:
    """The engine, as the registry asks for it."""
    return WaterEngine()
