"""What a building is used for, from its name, where nothing else says it."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Flags = NDArray[np.bool_]

_BOUND = r"([ .'’-]|$)"
NAMED_USES = {
    "enseignement": r"^(ecole|groupe scolaire|gs|college|lycee|creche|halte[ -]garderie|faculte|universite|iut)",
    "sport": r"^(gymnase|salle (de|des) (sports?|boxe)|complexe sportif|palais des sports|dojo|cosec)",
    "sante": r"^(ehpad|e\.h\.p\.a\.d\.?|hopital|clinique|c\.?h\.?u\.?|centre hospitalier|maison de retraite)",
    "culture": r"^(mediatheque|bibliotheque|musee|theatre|conservatoire|cinema|archives|maison pour tous|m\.?p\.?t\.?)",
    "bureau": r"^(mairie|hotel de ville|ccas|(poste de )?police municipale|(sous-)?prefecture|tresorerie)",
}
"""Use -> how the names of such buildings begin, without accents or case. What a name does not settle is left out: a stadium
is stands or changing rooms, a swimming pool has no usual profile."""


def plain_names(table: pa.Table) -> pa.ChunkedArray:
    """Names of the buildings without accents or case, empty where unknown."""
    names = pc.utf8_lower(pc.fill_null(table["nom"], ""))
    for accented, plain in (("é", "e"), ("è", "e"), ("ê", "e"), ("â", "a"), ("ô", "o"), ("î", "i"), ("œ", "oe")):
        names = pc.replace_substring(names, accented, plain)
    return names


def named_uses(table: pa.Table) -> dict[str, Flags]:
    """Use -> buildings (N,) whose name tells it."""
    names = plain_names(table)
    return {use: np.asarray(pc.match_substring_regex(names, begins + _BOUND)) for use, begins in NAMED_USES.items()}
