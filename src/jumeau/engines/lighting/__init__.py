"""Street lighting: energy, cost and light lost to the sky, and what to do about them."""

import pyarrow as pa

from jumeau.engines.lighting.inventory import READS
from jumeau.engines.protocol import Bundle, Context, Diagnosis, Engine


class LightingEngine:
    """The engine of street lighting; its verbs are in the files that bear their names."""

    name = "lighting"
    main = "luminaire"
    reads: tuple[str, ...] = READS
    partition = "commune"
    independent_by = "asset"
    indicators: tuple[str, ...] = (
        "lighting_annual_energy_kwh", "lighting_annual_cost_eur", "lighting_upward_flux_lm", "lighting_failures_per_year",
        "lighting_overdue_luminaires", "lighting_faded_luminaires",
    )  # fmt: skip

    def inventory(self, sources: Bundle, area: str) -> Bundle:
        """See `inventory.inventory`."""
        from jumeau.engines.lighting.inventory import inventory

        return inventory(sources, area)

    def diagnose(self, inventory: Bundle, ctx: Context) -> Diagnosis:
        """See `diagnose.diagnose`."""
        from jumeau.engines.lighting.diagnose import diagnose

        return diagnose(inventory, ctx)

    def propose(self, inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:
        """See `propose.propose`."""
        from jumeau.engines.lighting.propose import propose

        return propose(inventory, diagnosis, ctx)

    def apply(self, inventory: Bundle, actions: pa.Table) -> Bundle:
        """See `apply.apply`."""
        from jumeau.engines.lighting.apply import apply

        return apply(inventory, actions)


def engine() -> Engine:
    """The engine, as the registry asks for it."""
    return LightingEngine()
