"""Room `procurement`: what is bought together, under which procedure, when, and at what prices others paid."""

from jumeau.procurement.benchmarks import Benchmark, Seen, benchmarks, compared, is_service, seen
from jumeau.procurement.calendar import Calendar, Step, calendar
from jumeau.procurement.decp import Award, record, records
from jumeau.procurement.legal_form import LegalForm, legal_forms
from jumeau.procurement.prices import priced
from jumeau.procurement.procedure import Pooling, Procedure, pooling, procedure
from jumeau.procurement.purchases import Item, Member, Purchase, purchases
from jumeau.procurement.volumes import Volume, Volumes, volumes

__all__ = [
    "Award", "Benchmark", "Calendar", "Item", "LegalForm", "Member", "Pooling", "Procedure", "Purchase", "Seen", "Step",
    "Volume", "Volumes", "benchmarks", "calendar", "compared", "is_service", "legal_forms", "pooling", "priced", "procedure",
    "purchases", "record", "records", "seen", "volumes",
]  # fmt: skip
