"""The record of an awarded contract, as the State's open data wants it [1].

[1] Format de la commande publique, schéma « marché » version 2.0.3 (arrêté du 22 décembre 2022 relatif aux données
essentielles des marchés publics).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from jumeau.errors import InputError

PROCEDURES = {
    "adaptee": "Procédure adaptée",
    "formalisee": "Appel d'offres ouvert",
    "sans_publicite": "Marché passé sans publicité ni mise en concurrence préalable",
    "dialogue": "Dialogue compétitif",
}
CCAG = {"travaux": "Travaux", "fournitures_services": "Fournitures courantes et services"}


class Award(msgspec.Struct, frozen=True, kw_only=True):
    """What only the buyer knows of an award; nothing here is ever guessed.

    buyer, winners: SIRET numbers; cpv: 8 digits; place: INSEE code of the commune or of the département; amount_eur: before
    tax; advance: share paid in advance, None when there is none.
    """

    id: str
    buyer: str
    subject: str
    cpv: str
    contract: str
    procedure: str
    place: str
    months: int
    notified_on: date
    published_on: date
    amount_eur: float
    offers: int
    winners: tuple[str, ...]
    framework: bool = False
    innovative: bool = False
    advance: float | None = None
    subcontracting: bool = False
    joint: str = "Pas de groupement"
    price: str = "Unitaire"
    revised: str = "Définitif révisable"
    social: tuple[str, ...] = ("Pas de considération sociale",)
    environmental: tuple[str, ...] = ("Clause environnementale", "Critère environnemental")


def record(award: Award) -> dict[str, Any]:
    """One contract in the official format. Raises InputError naming the field that cannot be published."""
    for name, value in (("buyer", award.buyer), *(("winners", w) for w in award.winners)):
        if not (len(value) == 14 and value.isdigit() and siret_is_valid(value)):
            raise InputError("achats.siret", field=name, value=value)
    if not award.winners:
        raise InputError("achats.sans_titulaire", id=award.id)
    if award.amount_eur < 1 or award.months < 1 or award.offers < 1:
        raise InputError("achats.marche_incomplet", id=award.id)
    commune = len(award.place) == 5
    out: dict[str, Any] = {
        "id": award.id[:16],
        "acheteur": {"id": award.buyer},
        "nature": "Marché",
        "objet": award.subject[:1000],
        "codeCPV": award.cpv[:8],
        "techniques": {"technique": ["Accord-cadre" if award.framework else "Sans objet"]},
        "modalitesExecution": {"modaliteExecution": ["Bons de commande" if award.framework else "Sans objet"]},
        "marcheInnovant": award.innovative,
        "ccag": CCAG.get(award.contract, "Pas de CCAG"),
        "offresRecues": award.offers,
        "attributionAvance": award.advance is not None,
        "typeGroupementOperateurs": award.joint,
        "sousTraitanceDeclaree": award.subcontracting,
        "procedure": PROCEDURES[award.procedure],
        "lieuExecution": {"code": award.place, "typeCode": "Code commune" if commune else "Code département"},
        "dureeMois": award.months,
        "dateNotification": award.notified_on.isoformat(),
        "datePublicationDonnees": award.published_on.isoformat(),
        "montant": round(award.amount_eur, 2),
        "typesPrix": {"typePrix": [award.revised]},
        "formePrix": award.price,
        "titulaires": [{"titulaire": {"typeIdentifiant": "SIRET", "id": w}} for w in award.winners],
        "considerationsSociales": {"considerationSociale": list(award.social)},
        "considerationsEnvironnementales": {"considerationEnvironnementale": list(award.environmental)},
    }
    if award.advance is not None:
        out["tauxAvance"] = award.advance
    return out


def records(awards: Sequence[Award]) -> dict[str, Any]:
    """Contracts as the file to publish."""
    return {"marches": {"marche": [record(a) for a in awards]}}


def siret_is_valid(number: str) -> bool:
    """The check digit of a SIRET (Luhn); La Poste sums its digits to a multiple of five instead."""
    digits = [int(c) for c in number]
    if number.startswith("356000000"):
        return sum(digits) % 5 == 0
    doubled = [d if i % 2 else d * 2 for i, d in enumerate(digits)]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
