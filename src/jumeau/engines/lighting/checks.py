"""What is odd in an inventory: named, counted and shown, never corrected in silence."""

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.lighting.attach import FAR_M, HOWS, WRITTEN, attach
from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import flat, floats, texts
from jumeau.texts import t

KINDS = (
    "armoire_double", "armoire_absente", "armoire_loin", "sans_position", "positions_confondues", "puissance_incoherente",
    "profil_illisible",
)  # fmt: skip
MAX_SHOWN = 5
Flags = NDArray[np.bool_]


class Oddity(msgspec.Struct, frozen=True):
    """One kind of oddity. count: assets concerned; examples: a few of their numbers; text: the sentence to show."""

    kind: str
    layer: str
    count: int
    examples: tuple[str, ...]
    text: str


def oddities(bundle: Bundle) -> list[Oddity]:
    """What is odd in conformed `luminaire` and `armoire` tables, in the order of KINDS."""
    lights, cabinets = bundle["luminaire"], bundle["armoire"]
    found = attach(lights, cabinets, bundle.get("circuit"))
    written = texts(lights, "armoire").astype(str)
    shape = flat(lights["geometry"])
    unplaced = np.asarray(pc.is_null(shape))
    rows = {
        "armoire_double": _same_number(cabinets),
        "armoire_absente": (written != "") & (found.how != HOWS.index(WRITTEN)) & (cabinets.num_rows > 0),
        "armoire_loin": (found.distance_m > FAR_M) & (found.how == HOWS.index(WRITTEN)),
        "sans_position": unplaced,
        "positions_confondues": _repeated(shape) & ~unplaced,
        "puissance_incoherente": _power_odd(lights),
        "profil_illisible": _unread_profiles(lights),
    }
    out = []
    for kind in KINDS:
        at = np.flatnonzero(rows[kind])
        table = cabinets if kind == "armoire_double" else lights
        if len(at):
            shown = texts(table, "code")[at[:MAX_SHOWN]]
            examples = tuple(dict.fromkeys(str(x) for x in shown if x))
            said = t(f"eclairage.anomalie_{kind}", count=len(at), examples=", ".join(examples) or "-")
            out.append(Oddity(kind, "armoire" if table is cabinets else "luminaire", len(at), examples, said))
    return out


def _same_number(cabinets: pa.Table) -> Flags:
    names = texts(cabinets, "code").astype(str)
    keys = np.char.add(np.char.add(texts(cabinets, "commune").astype(str), "\x1f"), names)
    _, back, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return np.asarray((counts[back.ravel()] > 1) & (names != ""))


def _repeated(column: pa.Array) -> Flags:
    coded = pc.dictionary_encode(column)
    index = np.asarray(pc.fill_null(coded.indices, -1))
    counts = np.bincount(index[index >= 0], minlength=max(len(coded.dictionary), 1))
    return np.asarray((index >= 0) & (counts[np.maximum(index, 0)] > 1))


def _power_odd(lights: pa.Table) -> Flags:
    """A mains power below that of the lamp, or above one and a half times it."""
    lamp, system = floats(lights, "lamp_power_w"), floats(lights, "system_power_w")
    with np.errstate(invalid="ignore"):
        return np.asarray((system < 0.95 * lamp) | (system > 1.5 * lamp + 15))


def _unread_profiles(lights: pa.Table) -> Flags:
    from jumeau.engines.lighting.profiles import read_profile

    night, steps = texts(lights, "night_profile"), texts(lights, "dimming_steps")
    pairs: dict[tuple[str, str], bool] = {("", ""): False}
    for pair in set(zip(night.tolist(), steps.tolist(), strict=True)) - pairs.keys():
        pairs[pair] = read_profile(*pair) is None
    return np.array([pairs[p] for p in zip(night.tolist(), steps.tolist(), strict=True)], bool)
