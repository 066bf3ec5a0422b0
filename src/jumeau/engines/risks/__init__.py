"""Climate risks: assets exposed, mean annual flood damage, sensitive places, and how to lower them."""

import pyarrow as pa

from jumeau.engines.protocol import Bundle, Context, Diagnosis, Engine

EXPOSED, DAMAGE, SENSITIVE = "risks_exposed_assets", "risks_annual_damage_eur", "risks_sensitive_exposed"


class RisksEngine:
    """The engine of climate risks; its main layer is derived from the others by `inventory`."""

    name = "risks"
    main = "actif_expose"
    reads: tuple[str, ...] = ("batiment", "etablissement", "armoire", "zone_alea", "repere_crue", "commune")
    partition = "commune"
    independent_by = "asset"
    indicators: tuple[str, ...] = (EXPOSED, DAMAGE, SENSITIVE)

    def inventory(self, sources: Bundle, area: str) -> Bundle:
        """See `inventory.inventory`."""
        from jumeau.engines.risks.inventory import inventory

        return inventory(sources, area)

    def diagnose(self, inventory: Bundle, ctx: Context) -> Diagnosis:
        """See `diagnose.diagnose`."""
        from jumeau.engines.risks.diagnose import diagnose

        return diagnose(inventory, ctx)

    def propose(self, inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:
        """See `propose.propose`."""
        from jumeau.engines.risks.propose import propose

        return propose(inventory, diagnosis, ctx)

    def apply(self, inventory: Bundle, actions: pa.Table) -> Bundle:
        """See `apply.apply`."""
        from jumeau.engines.risks.apply import apply

        return apply(inventory, actions)


def engine() -> Engine:
    """The engine, as the registry asks for it."""
    return RisksEngine()
