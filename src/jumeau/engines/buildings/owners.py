"""Who owns the collèges and the lycées, where nothing else says it: the level that the code de l'éducation has in charge of
them (`school_owners.csv`), or the collectivité that holds that level (`school_levels.csv`)."""

import csv
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.buildings.names import plain_names
from jumeau.engines.tables import texts
from jumeau.model.territory.referential import departement_of, referential

PRIVATE = (
    r"\b(prive[es]?|saint[es]?|ste?s?|notre[ -]dame|nd|sacre|immaculee|assomption|annonciation|visitation|providence|"
    r"la salle|institut(ion)?|maitrise|jesus|bienheureux|abbe|pere|soeur|monseigneur|mgr|ort|steiner|montessori|diwan|"
    r"calandreta|hors contrat)\b"
)
"""Words of private schools, and of public ones too: where they stand, nothing is said."""
OF_THE_STATE = r"\b(militaire|naval|de la defense|legion d.honneur|autonome|college de france|doctoral)\b"
LYON = "MET69"


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    text = (files("jumeau.engines.buildings") / name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def school_owners(table: pa.Table) -> NDArray[np.object_]:
    """Owner of each building (N,) that its name says is a public collège or lycée and whose owner is unknown; None elsewhere.

    A name with a word that private schools bear, a building said not to be public or to be housing, and an unknown
    département give None. Table: columns of the layer as declared.
    """
    names = plain_names(table)
    doubtful = pc.or_(pc.match_substring_regex(names, PRIVATE), pc.match_substring_regex(names, OF_THE_STATE))
    private = pc.invert(pc.fill_null(table["public_owner"], True))
    housing = pc.equal(pc.fill_null(table["usage"], ""), "residentiel")
    free = ~np.asarray(pc.or_(pc.or_(doubtful, private), pc.or_(housing, pc.is_valid(table["owner"]))))
    out = np.full(table.num_rows, None, object)
    communes = texts(table, "commune")
    for rule in _rows("school_owners.csv"):
        mine = free & np.asarray(pc.match_substring_regex(names, rule["begins"] + r"\b"))
        for code in set(communes[mine]):
            out[mine & (communes == code)] = _owner(rule, str(code))
    return out


def _owner(rule: dict[str, str], code: str) -> str | None:
    """Owner of the schools of a nature in a commune."""
    known, place = referential(), departement_of(code)
    if place not in known.departements:
        return None
    epci = known.epci_of(code) if known.knows(code) and len(known.resolve(code)) == 1 else None
    levels = {row["place"]: row for row in _rows("school_levels.csv")}
    level = levels.get(LYON if epci is not None and epci.type == LYON else place)
    if level is None:
        return f"{rule['owner']}:{place if rule['owner'] == 'departement' else known.departements[place].region}"
    owner = level[rule["nature"]]
    return f"epci:{epci.siren}" if epci is not None and owner == "epci" else owner
