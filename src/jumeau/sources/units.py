"""Units as files write them, and the factor towards the unit of the dictionary."""

import re

from jumeau.sources.names import fold

_FACTORS: dict[str, dict[str, float]] = {
    "power": {"w": 1, "watt": 1, "watts": 1, "kw": 1e3, "mw": 1e6, "va": 1, "kva": 1e3},
    "energy": {"wh": 1, "kwh": 1e3, "mwh": 1e6, "gwh": 1e9, "kwhef": 1e3, "mwhef": 1e6, "kwhpci": 1e3, "mwhpci": 1e6},
    "energy per area": {"kwh/m2": 1, "kwh/m2/an": 1, "kwhef/m2": 1, "kwhef/m2/an": 1, "kwh/m2an": 1},
    "degree-days": {"kj": 1, "°cj": 1, "dj": 1, "dju": 1},
    "length": {"m": 1, "metre": 1, "metres": 1, "ml": 1, "mm": 1e-3, "cm": 1e-2, "dm": 1e-1, "km": 1e3},
    "area": {"m2": 1, "ha": 1e4, "km2": 1e6, "cm2": 1e-4},
    "volume": {"m3": 1, "l": 1e-3, "litre": 1e-3, "litres": 1e-3, "hl": 0.1},
    "volume per year": {"m3/an": 1, "km3/an": 1e9},
    "flow": {"m3/s": 1, "l/s": 1e-3, "m3/h": 1 / 3600, "m3/j": 1 / 86400},
    "flux": {"lm": 1, "lumen": 1, "lumens": 1, "klm": 1e3},
    "temperature": {"k": 1, "kelvin": 1},
    "share": {"ratio": 1, "%": 1e-2, "pct": 1e-2, "pourcent": 1e-2},
    "money": {"€": 1, "eur": 1, "euro": 1, "euros": 1, "k€": 1e3, "ke": 1e3, "keur": 1e3, "m€": 1e6},
    "time": {"h": 1, "heure": 1, "heures": 1, "min": 1 / 60},
}
_HEADER = re.compile(r"^(?P<name>.*?)\s*[\[(](?P<unit>[^\])]{1,12})[\])]\s*$")
_CLEAN = str.maketrans({"²": "2", "³": "3", "^": "", " ": "", "[": "", "]": "", "(": "", ")": "", ".": "", "\u00a0": ""})
_PLAIN = frozenset({"m ngf", "mngf"})


def tidy_unit(text: str) -> str:
    """`[km^2]` -> `km2`."""
    return fold(text.translate(_CLEAN)) if text not in {"€", "k€", "m€", "M€"} else text.lower()


def factor(unit: str, target: str) -> float | None:
    """Number to multiply a value in `unit` by to get `target`; None when they do not measure the same thing."""
    source, wanted = tidy_unit(unit), tidy_unit(target)
    wanted = "m" if wanted in _PLAIN else wanted
    if source == wanted:
        return 1.0
    for family in _FACTORS.values():
        if source in family and wanted in family:
            return family[source] / family[wanted]
    return None


def header_unit(header: str) -> tuple[str, str]:
    """Name and unit of a header such as `Consommation (kWh)` or `puissance_kw`; the unit is empty when none is said."""
    found = _HEADER.match(header)
    if found and known_unit(found["unit"]):
        return found["name"], found["unit"]
    base, _, last = header.replace(" ", "_").rpartition("_")
    if base and len(last) <= 5 and last.lower() not in {"l", "k", "h", "m", "min", "ha"} and known_unit(last):
        return base, last
    return header, ""


def known_unit(unit: str) -> bool:
    """Is it a unit this module can convert?"""
    return any(tidy_unit(unit) in family for family in _FACTORS.values())
