"""Buildings: energy, label and fossil share of a stock, and what its public owners can do about them."""

import pyarrow as pa

from jumeau.engines.buildings.choices import INDICATORS
from jumeau.engines.protocol import Bundle, Context, Diagnosis, Engine


class BuildingsEngine:
    """The engine of buildings; its verbs are in the files that bear their names."""

    name = "buildings"
    main = "batiment"
    reads: tuple[str, ...] = ("batiment",)
    partition = "commune"
    independent_by = "asset"
    indicators: tuple[str, ...] = INDICATORS

    def inventory(self, sources: Bundle, area: str) -> Bundle:
        """See `inventory.inventory`."""
        from jumeau.engines.buildings.inventory import inventory

        return inventory(sources, area)

    def diagnose(self, inventory: Bundle, ctx: Context) -> Diagnosis:
        """See `diagnose.diagnose`."""
        from jumeau.engines.buildings.diagnose import diagnose

        return diagnose(inventory, ctx)

    def propose(self, inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:
        """See `propose.propose`."""
        from jumeau.engines.buildings.propose import propose

        return propose(inventory, diagnosis, ctx)

    def apply(self, inventory: Bundle, actions: pa.Table) -> Bundle:
        """See `apply.apply`."""
        from jumeau.engines.buildings.apply import apply

        return apply(inventory, actions)

    def before(self, inventory: Bundle, actions: pa.Table) -> Bundle:
        """See `apply.before`."""
        from jumeau.engines.buildings.apply import before

        return before(inventory, actions)


def engine() -> Engine:
    """The engine, as the registry asks for it."""
    return BuildingsEngine()
