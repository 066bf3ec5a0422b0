"""The 3CL-DPE 2021 method on columns, the label of dwellings, and the label after works."""

from jumeau.engines.buildings.dpe.compute import PRIMARY_2021, PRIMARY_2026, Outputs, compute
from jumeau.engines.buildings.dpe.label import bounds, classes, label

__all__ = ["PRIMARY_2021", "PRIMARY_2026", "Outputs", "bounds", "classes", "compute", "label"]
