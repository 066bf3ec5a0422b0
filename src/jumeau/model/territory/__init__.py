"""The territory: communes, EPCI, départements and régions of France, and what every older code has become."""

from jumeau.model.territory.cells import centres, lon_lat, schematic_cells, schematic_layer
from jumeau.model.territory.facts import vintages
from jumeau.model.territory.movements import Movement
from jumeau.model.territory.names import normalise
from jumeau.model.territory.referential import Referential, collectivite_name, referential
from jumeau.model.territory.structs import Commune, Component, Departement, Epci, Region

__all__ = [
    "Commune",
    "Component",
    "Departement",
    "Epci",
    "Movement",
    "Referential",
    "Region",
    "centres",
    "collectivite_name",
    "lon_lat",
    "normalise",
    "referential",
    "schematic_cells",
    "schematic_layer",
    "vintages",
]
