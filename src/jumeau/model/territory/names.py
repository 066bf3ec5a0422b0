"""French names of places: compared without accents, and joined to the noun before them."""

import re
import unicodedata

_LETTERS = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "’": " ", "'": " ", "-": " "})
_SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_ARTICLES = (
    ("de ", ""), ("d'", ""), ("du ", "Le "), ("de la ", "La "), ("des ", "Les "), ("de l'", "L'"), ("des ", "Aux "),
    ("de las ", "Las "), ("de los ", "Los "),
)  # fmt: skip


def normalise(name: str) -> str:
    """A name without accents, case, hyphens or the abbreviations of saint.

    >>> normalise("St-Jean-de-Védas") == normalise("SAINT JEAN DE VEDAS")
    True
    """
    text = unicodedata.normalize("NFKD", name.translate(_LETTERS)).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", text)
    return " ".join(_SHORT.get(word, word) for word in words)


def joined(noun: str, name: str, liaison: int) -> str:
    """`noun` followed by the name with its link word, by INSEE's link type.

    >>> joined("commune", "L'Abergement-Clémenciat", 5), joined("département", "Hérault", 5), joined("commune", "Agde", 1)
    ("commune de l'Abergement-Clémenciat", "département de l'Hérault", "commune d'Agde")
    """
    return f"{noun} {linked(name, liaison)}"


def linked(name: str, liaison: int) -> str:
    """The name after its link word: « d'Agde », « du Caylar »."""
    link, article = _ARTICLES[liaison] if 0 <= liaison < len(_ARTICLES) else _ARTICLES[0]
    if article and name.startswith(article):
        name = name[len(article) :]
    return f"{link}{name}"
