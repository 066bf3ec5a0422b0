"""The lit streets of a commune, and the sheet of one: what is known of it and from where, its luminaires, its lantern."""

from collections import Counter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.engines.lighting.streets import Rows, place_along
from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import floats, texts
from jumeau.errors import NotFoundError
from jumeau.model.draws import parameters
from jumeau.model.origin import Origin
from jumeau.sharing.view import View
from jumeau.store.port import NOW, Moment
from jumeau.texts import t
from jumeau.twin.light_points import places
from jumeau.twin.nights import LIGHTS, ROADS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_LAMPS = 200
GUESSED_HEIGHT_M, GUESSED_SPACING_M, GUESSED_WIDTH_M = (4.0, 12.0), (10.0, 40.0), 6.0
"""Where nothing is known: as high as the road is wide, spaced three and a half heights, on a road of 6 m. To be measured."""
MEASURES = ("road_width_m", "spacing_m", "height_m", "overhang_m", "tilt_deg")
WORDS = ("arrangement", "road_class")
NAMES = {"road_width_m": "width_m"}


class Lit(msgspec.Struct, frozen=True):
    """A commune's luminaires, where each stands along its streets, and where it is [m]."""

    bundle: Bundle
    rows: Rows
    at_m: Floats


class Street(msgspec.Struct, frozen=True, kw_only=True):
    """A lit street of the list. spacing_m, width_m: medians [m]; technologies: word -> luminaires; power_kw: of those
    whose power is known; lamp: the luminaire whose sheet stands for the street; road_class, arrangement: most frequent, ""
    unknown."""

    name: str
    nature: str
    road_class: str
    luminaires: int
    spacing_m: float | None
    width_m: float | None
    height_m: float | None
    arrangement: str
    technologies: dict[str, int]
    power_kw: float | None
    lamp: str


class Fact(msgspec.Struct, frozen=True):
    """A value of the street with its origin; why: where it comes from, in words."""

    name: str
    value: float | str | None
    origin: str
    why: str


class Guess(msgspec.Struct, frozen=True):
    """The lantern that stands for the one in place: a generic beam, its power [W] and luminous efficacy [lm/W], and what they
    rest on."""

    beam: str
    power_w: float
    efficacy_lm_per_w: float
    origin: str
    why: str


class Lamp(msgspec.Struct, frozen=True):
    """A luminaire of the street. along_m: distance along it [m]; at_m: EPSG:2154 [m]."""

    id: str
    code: str
    technology: str
    power_w: float | None
    along_m: float | None
    side: int
    at_m: tuple[float, float] | None


class StreetSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The street of one luminaire; name: "" where no road is near."""

    id: str
    code: str
    commune: str
    name: str
    nature: str
    facts: list[Fact]
    lantern: Guess
    lamps: list[Lamp]
    others: int


def commune_of(view: View, luminaire: str, moment: Moment = NOW) -> str:
    """The commune of a luminaire. Raises NotFoundError for one the actor does not see, or that has none."""
    found = view.read(LIGHTS, columns=["commune"], ids=[luminaire], moment=moment) if LIGHTS in view.layers() else None
    code = found["commune"][0].as_py() if found is not None and found.num_rows else None
    if code is None:
        raise NotFoundError("eclairage.luminaire_inconnu", luminaire=luminaire)
    return str(code)


def lit_streets(bundle: Bundle) -> Lit:
    """Where the luminaires of a conformed bundle that its roads describe stand along them."""
    lights, roads = bundle[LIGHTS], bundle.get(ROADS)
    none = np.full(lights.num_rows, -1), np.full(lights.num_rows, np.nan)
    rows = Rows(none[0], none[0], none[1], none[1]) if roads is None else place_along(lights, roads)
    return Lit(bundle, rows, places(lights))


def streets(lit: Lit) -> tuple[list[Street], int]:
    """The lit streets, those with most luminaires first, and how many luminaires stand on none."""
    lights, roads = lit.bundle[LIGHTS], lit.bundle.get(ROADS)
    if roads is None or not (lit.rows.street >= 0).any():
        return [], lights.num_rows
    names, natures, technology = texts(roads, "name"), texts(roads, "nature"), texts(lights, "lamp_technology")
    classes, arrangement, ids = texts(lights, "road_class"), texts(lights, "arrangement"), texts(lights, "id")
    power = _power(lights)
    measures = {n: floats(lights, n) for n in ("spacing_m", "road_width_m", "height_m")}
    order = np.argsort(lit.rows.street, kind="stable")
    order = order[lit.rows.street[order] >= 0]
    parts = np.split(order, np.flatnonzero(np.diff(lit.rows.street[order])) + 1)
    out = []
    for part in parts:
        segment = lit.rows.segment[part]
        middle = part[np.argsort(lit.rows.along_m[part], kind="stable")[len(part) // 2]]
        out.append(
            Street(
                name=str(names[segment[0]]), nature=str(natures[segment[0]]), road_class=_most(classes[part]),
                luminaires=len(part), spacing_m=_median(measures["spacing_m"][part]),
                width_m=_median(measures["road_width_m"][part]), height_m=_median(measures["height_m"][part]),
                arrangement=_most(arrangement[part]), technologies=dict(Counter(technology[part].tolist()).most_common()),
                power_kw=float(np.nansum(power[part]) / 1000) if np.isfinite(power[part]).any() else None,
                lamp=str(ids[middle]),
            )
        )  # fmt: skip
    return sorted(out, key=lambda s: (-s.luminaires, s.name)), int((lit.rows.street < 0).sum())


def street_sheet(lit: Lit, luminaire: str) -> StreetSheet:
    """The sheet of the street of a luminaire. Raises NotFoundError for one that is not in the commune."""
    lights, roads = lit.bundle[LIGHTS], lit.bundle.get(ROADS)
    ids = texts(lights, "id")
    found = np.flatnonzero(ids == luminaire)
    if not len(found):
        raise NotFoundError("eclairage.luminaire_inconnu", luminaire=luminaire)
    i = int(found[0])
    segment = int(lit.rows.segment[i])
    placed = roads is not None and segment >= 0
    name = str(texts(roads, "name")[segment]) if placed else ""
    mine = np.flatnonzero(lit.rows.street == lit.rows.street[i]) if lit.rows.street[i] >= 0 else found
    return StreetSheet(
        id=luminaire,
        code=str(texts(lights, "code")[i]),
        commune=str(texts(lights, "commune")[i]),
        name=name,
        nature=str(texts(roads, "nature")[segment]) if placed else "",
        facts=_facts(lights, i, mine),
        lantern=_lantern(lights, i),
        lamps=_lamps(lit, mine[np.argsort(np.nan_to_num(lit.rows.along_m[mine]), kind="stable")][:MOST_LAMPS]),
        others=max(0, len(mine) - MOST_LAMPS),
    )


def _facts(lights: pa.Table, i: int, street: Ints) -> list[Fact]:
    """What is known of the street, then what has to be supposed to compute it."""
    told: dict[str, Fact] = {}
    for name in MEASURES:
        value = floats(lights, name)[i]
        told[name] = _fact(lights, name, i, float(value) if np.isfinite(value) else None, street)
    for name in WORDS:
        told[name] = _fact(lights, name, i, str(texts(lights, name)[i]) or None, street)
    width = told["road_width_m"].value
    wide = float(width) if isinstance(width, float) else GUESSED_WIDTH_M
    both = told["arrangement"].value in ("bilateral", "quinconce")
    height = told["height_m"].value
    high = float(height) if isinstance(height, float) else float(np.clip(wide * (0.6 if both else 1.0), *GUESSED_HEIGHT_M))
    usual: dict[str, float | str] = {
        "road_width_m": wide, "height_m": round(high, 1),
        "spacing_m": round(float(np.clip(3.5 * high, *GUESSED_SPACING_M)), 0),
        "overhang_m": 0.0, "tilt_deg": 0.0, "arrangement": "unilateral",
    }  # fmt: skip
    out = []
    for name, fact in told.items():
        known = fact if fact.value is not None or name not in usual else _supposed(name, usual[name])
        out.append(Fact(NAMES.get(name, name), known.value, known.origin, known.why))
    return out


def _fact(lights: pa.Table, name: str, i: int, value: float | str | None, street: Ints) -> Fact:
    """The value of the luminaire, else the middle one of its street where others know it; what was inferred from positions is
    that of the street, for two lanterns of one mast would give theirs."""
    guessed = lights[f"{name}__origin"][i].as_py() == Origin.INFERRED.value and name in (
        "spacing_m",
        "overhang_m",
        "arrangement",
    )
    if value is not None and not guessed:
        origin = lights[f"{name}__origin"][i].as_py() or Origin.DECLARED.value
        return Fact(name, value, origin, t(f"eclairage.fait_{origin}"))
    if name in MEASURES and (others := _median(floats(lights, name)[street])) is not None:
        return Fact(name, others, Origin.INFERRED.value, t("eclairage.fait_voisins"))
    if name in WORDS and (word := _most(texts(lights, name)[street])):
        return Fact(name, word, Origin.INFERRED.value, t("eclairage.fait_voisins"))
    return Fact(name, None, Origin.UNKNOWN.value, t("eclairage.fait_inconnu"))


def _supposed(name: str, value: float | str) -> Fact:
    return Fact(name, value, Origin.DEFAULT.value, t("eclairage.fait_suppose"))


def _lantern(lights: pa.Table, i: int) -> Guess:
    """A generic beam with the light of the lamp in place: its flux when known, else its power and technology; where even the
    power is unknown, the likely one of its type."""
    laws = parameters("lighting")
    technology, kind = (str(texts(lights, name)[i]) for name in ("lamp_technology", "luminaire_type"))
    power, flux = float(_power(lights)[i]), float(floats(lights, "luminous_flux_lm")[i])
    beam = "moyenne" if technology == "led" else "large"
    lm_per_w = laws.get(f"efficacy_lm_per_w.{technology}", laws["efficacy_lm_per_w.inconnue"])
    spread = {"low": f"{lm_per_w.low:g}", "high": f"{lm_per_w.high:g}"}
    if not np.isfinite(power):
        law = laws.get(f"power_w.{technology}", laws.get(f"power_w.{kind}", laws["power_w.inconnu"]))
        said = t("eclairage.lanterne_sans_puissance", power=f"{law.mode:g}", least=f"{law.low:g}", most=f"{law.high:g}")
        return Guess(beam, law.mode, lm_per_w.mode, Origin.DEFAULT.value, said)
    if np.isfinite(flux):
        said = t("eclairage.lanterne_flux", flux=f"{flux:g}")
        return Guess(beam, power, round(flux / power, 1), Origin.INFERRED.value, said)
    return Guess(beam, power, lm_per_w.mode, Origin.INFERRED.value, t("eclairage.lanterne_technologie", **spread))


def _lamps(lit: Lit, rows: Ints) -> list[Lamp]:
    lights = lit.bundle[LIGHTS]
    ids, codes, technology = (texts(lights, name) for name in ("id", "code", "lamp_technology"))
    power = _power(lights)
    out = []
    for i in rows.tolist():
        x, y = lit.at_m[i].tolist()
        along, aside = lit.rows.along_m[i], lit.rows.aside_m[i]
        out.append(
            Lamp(
                str(ids[i]), str(codes[i]), str(technology[i]), _some(power[i]), _some(along),
                0 if np.isnan(aside) else int(np.sign(aside)), (x, y) if np.isfinite(x) else None,
            )
        )  # fmt: skip
    return out


def _power(lights: pa.Table) -> Floats:
    """Power of the system, else of the lamp [W] (N,)."""
    system = floats(lights, "system_power_w")
    return np.where(np.isfinite(system), system, floats(lights, "lamp_power_w"))


def _some(value: Any) -> float | None:
    return round(float(value), 1) if np.isfinite(value) else None


def _median(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return round(float(np.median(known)), 1) if len(known) else None


def _most(words: NDArray[np.object_]) -> str:
    count = Counter(w for w in words.tolist() if w)
    return count.most_common(1)[0][0] if count else ""
