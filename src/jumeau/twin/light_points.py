"""Every luminaire of a commune as columns: what it is, since when, and how it stands before each rule of the night."""

from datetime import date

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.lighting.ageing import backlog
from jumeau.engines.lighting.diagnose import UPWARD
from jumeau.engines.lighting.law import Need, Point, law
from jumeau.engines.lighting.sky import blue_share
from jumeau.engines.protocol import Diagnosis
from jumeau.engines.tables import flat, floats, origins, texts
from jumeau.model.origin import Origin
from jumeau.sharing.view import View
from jumeau.store.port import NOW, Moment
from jumeau.twin.nights import LIGHTS, OVERALL
from jumeau.twin.skies import alone

Names = NDArray[np.object_]


class Kinds(msgspec.Struct, frozen=True):
    """A column of words: `names`, and for each luminaire the position of its own, -1 unknown; inferred: how many values are
    guessed from others."""

    names: list[str]
    of: list[int]
    inferred: int


class LightPoints(msgspec.Struct, frozen=True, kw_only=True):
    """The N luminaires of a commune.

    at_m: (N, 2) EPSG:2154 [m], NaN without geometry; power_w: of the system, else of the lamp [W]; year: of installation;
    technology, type, road_class, regime: words; states: for each rule, and OVERALL, one digit a luminaire: 1 kept, 0 not
    kept, 2 outside the rule, 3 unknown; needs: what to measure first; guessed: luminaires whose use was inferred; upward_lm:
    light sent up [lm], flux times ULR where both are known, else the mean of the diagnosis; blue: likely share of blue
    [ratio]; left_y: service life left [year], 0 past it; alone: farther than 100 m from any other.
    """

    commune: str
    on: date
    ids: list[str]
    codes: list[str]
    at_m: NDArray[np.float64]
    power_w: list[float | None]
    year: list[int | None]
    technology: Kinds
    type: Kinds
    road_class: Kinds
    regime: Kinds
    armoire: Kinds
    states: dict[str, str]
    points: list[Point]
    needs: list[Need]
    guessed: int
    upward_lm: list[float | None]
    blue: list[float | None]
    left_y: list[float | None]
    alone: list[bool]


class Lit(msgspec.Struct, frozen=True):
    """A commune that has luminaires, and how many."""

    code: str
    luminaires: int


def lit_communes(view: View, moment: Moment = NOW) -> list[Lit]:
    """Communes where the actor sees luminaires, those with most first."""
    if LIGHTS not in view.layers() or "commune" not in view.layers()[LIGHTS].names:
        return []
    names = texts(view.read(LIGHTS, columns=["commune"], moment=moment), "commune")
    codes, counts = np.unique(names[names != ""].astype(str), return_counts=True)
    order = np.lexsort((codes, -counts))
    return [Lit(str(codes[i]), int(counts[i])) for i in order]


def light_points(table: pa.Table, on: date, commune: str, guess: Diagnosis | None = None) -> LightPoints:
    """The luminaires of a conformed table, those of a commune, judged on a day. guess: the latest diagnosis."""
    found, at_m = law(table, on), places(table)
    columns = {OVERALL: found.overall} | {p.id: found.states[:, i] for i, p in enumerate(found.points)}
    system, lamp = floats(table, "system_power_w"), floats(table, "lamp_power_w")
    return LightPoints(
        commune=commune,
        on=on,
        ids=table["id"].to_pylist(),
        codes=list(texts(table, "code")),
        at_m=at_m,
        power_w=_some(np.where(np.isfinite(system), system, lamp), 1),
        year=[None if v is None else int(v) for v in _some(floats(table, "install_year"), 0)],
        technology=_kinds(table, "lamp_technology"),
        type=_kinds(table, "luminaire_type"),
        road_class=_kinds(table, "road_class"),
        regime=_kinds(table, "regime"),
        armoire=_kinds(table, "armoire"),
        states={name: _digits(states) for name, states in columns.items()},
        points=found.points,
        needs=found.needs,
        guessed=found.guessed,
        upward_lm=_some(_upward(table, guess), 0),
        blue=_some(blue_share(texts(table, "lamp_technology"), floats(table, "cct_k"))[1], 3),
        left_y=_some(backlog(table, on.year).remaining_y, 0),
        alone=alone(at_m).tolist(),
    )


def _upward(table: pa.Table, guess: Diagnosis | None) -> NDArray[np.float64]:
    """Light sent up by each luminaire (N,) [lm], NaN unknown."""
    known = floats(table, "luminous_flux_lm") * floats(table, "ulr")
    if guess is None or UPWARD not in guess.assets.column_names:
        return known
    at = pc.index_in(flat(table["id"]), value_set=flat(guess.assets["id"]))
    drawn = np.asarray(flat(guess.assets[UPWARD]).take(at).cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    return np.where(np.isfinite(known), known, drawn)


def places(table: pa.Table) -> NDArray[np.float64]:
    """Positions (N, 2) [m], NaN without geometry."""
    import shapely

    shapes = shapely.from_wkb(np.asarray(flat(table["geometry"]).to_numpy(zero_copy_only=False), dtype=object))
    centres = shapely.centroid(shapes)
    return np.stack([shapely.get_x(centres), shapely.get_y(centres)], axis=1)


def _some(values: NDArray[np.float64], decimals: int) -> list[float | None]:
    rounded = np.round(values, decimals)
    return [x if k else None for x, k in zip(rounded.tolist(), np.isfinite(rounded).tolist(), strict=True)]


def _kinds(table: pa.Table, name: str) -> Kinds:
    coded = flat(pc.dictionary_encode(flat(table[name])))
    rank = np.asarray(pc.fill_null(coded.indices, -1))
    guessed = int((origins(table, name)[rank >= 0] >= Origin.INFERRED.rank).sum())
    return Kinds([str(x) for x in coded.dictionary.to_pylist()], rank.tolist(), guessed)


def _digits(states: NDArray[np.int8]) -> str:
    """One digit a luminaire; `UNKNOWN` is -1 and is written 3."""
    return (np.where(states < 0, 3, states) + ord("0")).astype(np.uint8).tobytes().decode("ascii")
