"""Names and values compared without accents, case or punctuation."""

import re
import unicodedata

_NUMBER = re.compile(r"\b[nN][°º]")
_WORD = re.compile(r"[^a-z0-9]+")
UNKNOWN_TEXTS = frozenset(
    {
        "", "-", "--", "?", "??", "n/a", "na", "#n/a", "#na", "nc", "n.c.", "nr", "n.r.", "nd", "n.d.", "null", "<null>",
        "none", "nan", "nil", "inconnu", "inconnue", "non renseigne", "non renseignee", "non communique", "sans objet",
        "indetermine", "indeterminee", "non determine", "a renseigner", "#ref!", "#value!", "#div/0!", "vide",
    }
)  # fmt: skip


def fold(text: str) -> str:
    """Lower case, no accent, single spaces."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe"))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).lower().split())


def slug(text: str) -> str:
    """`Type de lanterne` -> `type_de_lanterne`."""
    return _WORD.sub("_", fold(_NUMBER.sub("num ", text))).strip("_")


def is_unknown(text: str) -> bool:
    """The ways French files write that they do not know."""
    return fold(text) in UNKNOWN_TEXTS
