"""The papers of a purchase: for the elected officials, for the members of a group, for companies, for funders."""

from jumeau.documents.pieces.agreement import convention
from jumeau.documents.pieces.bordereau import write_bordereau
from jumeau.documents.pieces.council import deliberation, note
from jumeau.documents.pieces.dossier import Dossier, Effect, PriceUsed
from jumeau.documents.pieces.money import grant_request, plan
from jumeau.documents.pieces.tender import programme, reglement

__all__ = [
    "Dossier", "Effect", "PriceUsed", "convention", "deliberation", "grant_request", "note", "plan", "programme",
    "reglement", "write_bordereau",
]  # fmt: skip
