"""`/api/eclairage`: the law of the night by commune, and the light of one street."""

import tempfile
from datetime import date
from pathlib import Path as Folder
from typing import Annotated, Any

import msgspec
import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from numpy.typing import NDArray
from starlette.concurrency import run_in_threadpool

from jumeau.engines.groups import Groups
from jumeau.engines.lighting.photometry.choice import choice
from jumeau.engines.lighting.photometry.generic import BEAMS, EFFICACY_LM_PER_W, generic
from jumeau.engines.lighting.photometry.street import ARRANGEMENTS, street_from
from jumeau.engines.lighting.photometry.study import as_json, study
from jumeau.engines.protocol import Bundle
from jumeau.errors import InputError, RightsError
from jumeau.model.lantern import Lantern
from jumeau.model.road_classes import requirements
from jumeau.model.road_surface import Surface, diffuse
from jumeau.sources.photometry import read_lantern
from jumeau.sources.road_surface import read_surface
from jumeau.twin import light_points, nights, skies, street_sheet
from jumeau.twin.lighting import bundle_of
from jumeau.web import bodies
from jumeau.web.answers import answer
from jumeau.web.api.geo import moved
from jumeau.web.api.indicators import communes
from jumeau.web.kept import Kept, mark
from jumeau.web.ports import Twin

MOST_TEXT = 3_000_000
Name = Annotated[str, msgspec.Meta(max_length=200)]


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file as the page sends it."""

    name: Name
    text: Annotated[str, msgspec.Meta(max_length=MOST_TEXT)]


class Lamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lantern: a photometric file, else a generic beam, its power [W] and its efficacy [lm/W]."""

    file: Given | None = None
    beam: Name = "moyenne"
    power_w: Annotated[float, msgspec.Meta(ge=1, le=1000)] = 40.0
    efficacy_lm_per_w: Annotated[float, msgspec.Meta(ge=5, le=300)] = EFFICACY_LM_PER_W


class StreetAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """street: fields of a street; lanterns: to compute one after the other, or to choose among; road_class: to keep;
    surface: an r-table; q0: of an ideal diffuse surface; choose: find the lantern of least power instead."""

    street: dict[Name, float | int | Name | None]
    lanterns: Annotated[list[Lamp], msgspec.Meta(max_length=20)] = []
    road_class: Name = ""
    surface: Given | None = None
    q0: Annotated[float, msgspec.Meta(ge=0.005, le=0.5)] | None = None
    choose: bool = False
    grids: bool = True


def router(twin: Twin) -> APIRouter:
    """Routes of this subject."""
    routes = APIRouter(prefix="/api/eclairage")
    kept = Kept(twin)

    def bundle(commune: str) -> Bundle:
        return kept.value("bundle", commune, lambda: bundle_of(twin.view, commune))

    @routes.get("/communes")
    def eclairees() -> Response:
        """Communes that have luminaires, those with most first."""
        names = communes(twin)
        return answer(
            [{"code": c.code, "nom": names.get(c.code, c.code), "luminaires": c.luminaires}
             for c in light_points.lit_communes(twin.view)]
        )  # fmt: skip

    @routes.get("/{commune}/points")
    def points(commune: str) -> Response:
        """Every luminaire of a commune as columns, with its state before each rule."""
        _reserved(twin)
        found = twin.diagnosis("lighting")

        def made() -> dict[str, Any]:
            return _columns(light_points.light_points(bundle(commune)["luminaire"], date.today(), commune, found))

        return kept.answer("points", (commune, mark(found)), made)

    def lit(commune: str) -> street_sheet.Lit:
        return kept.value("rues", commune, lambda: street_sheet.lit_streets(bundle(commune)))

    @routes.get("/{commune}/rues")
    def rues(commune: str) -> Response:
        """The lit streets of a commune."""
        _reserved(twin)
        found, apart = street_sheet.streets(lit(commune))
        return answer({"streets": found, "apart": apart})

    @routes.get("/luminaires/{luminaire}/rue")
    def rue_de(luminaire: Annotated[str, Path(max_length=100)]) -> Response:
        """The sheet of the street of a luminaire."""
        _reserved(twin)
        found = street_sheet.street_sheet(lit(street_sheet.commune_of(twin.view, luminaire)), luminaire)
        return answer(_sheet(found))

    @routes.get("/regles")
    def regles() -> Response:
        """States of the rules by commune; for who may read every luminaire."""
        _reserved(twin)
        return kept.answer("regles", (), lambda: _rules(twin))

    @routes.get("/regles/{commune}")
    def fautes(commune: str, regle: Annotated[str | None, Query(max_length=60)] = None) -> Response:
        """Luminaires of a commune that do not keep a rule."""
        _reserved(twin)
        return answer(nights.faults(twin.view, date.today(), commune, (regle,) if regle else ()))

    @routes.get("/ciel")
    def ciel() -> Response:
        """Light sent to the sky by commune, its blue part and the glow it makes."""
        _reserved(twin)
        found = twin.diagnosis("lighting")
        groups = None if found is None else found.groups
        return kept.answer("ciel", mark(found), lambda: _skies(twin, groups))

    @routes.get("/rue")
    def choix() -> Response:
        """What a street may be described with."""
        return answer({"arrangements": ARRANGEMENTS, "beams": list(BEAMS), "classes": list(requirements())})

    @routes.post("/rue", openapi_extra=bodies.described(StreetAsked))
    async def rue(request: Request) -> Response:
        """Compute a street, or choose its lantern."""
        asked = await bodies.read(request, StreetAsked)
        return answer(await run_in_threadpool(_computed, asked))

    return routes


def _reserved(twin: Twin) -> None:
    """Raises RightsError for an actor who may not read every luminaire: hidden values would pass for unknown ones."""
    if not twin.view.sees_all:
        raise RightsError("voirie.regles_reservees")


def _rules(twin: Twin) -> dict[str, Any]:
    found = nights.night(twin.view, date.today())
    names = communes(twin)
    rows = [{"code": c.code, "nom": names.get(c.code, c.code), "counts": c.counts} for c in found.communes if c.code]
    built: dict[str, Any] = msgspec.to_builtins(found) | {"communes": rows}
    return built


def _skies(twin: Twin, groups: Groups | None) -> list[dict[str, Any]]:
    names = communes(twin)
    return [msgspec.to_builtins(c) | {"nom": names.get(c.code, c.code)} for c in skies.skies(twin.view, groups) if c.code]


def _columns(found: light_points.LightPoints) -> dict[str, Any]:
    degrees = _degrees(found.at_m)
    out = {k: v for k, v in msgspec.structs.asdict(found).items() if k != "at_m"}
    return out | {"lon": degrees[:, 0].tolist(), "lat": degrees[:, 1].tolist()}


def _sheet(found: street_sheet.StreetSheet) -> dict[str, Any]:
    degrees = _degrees(np.array([lamp.at_m or (np.nan, np.nan) for lamp in found.lamps]).reshape(-1, 2))
    lamps = [
        {k: v for k, v in msgspec.structs.asdict(lamp).items() if k != "at_m"} | {"at": at if lamp.at_m else None}
        for lamp, at in zip(found.lamps, degrees.tolist(), strict=True)
    ]
    return msgspec.structs.asdict(found) | {"lamps": lamps}


def _degrees(at_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positions (N, 2) in degrees, NaN where there is none."""
    import shapely

    known = np.isfinite(at_m).all(axis=1)
    out = np.full(at_m.shape, np.nan)
    out[known] = shapely.get_coordinates(moved(shapely.points(at_m[known]), 6))
    return out


def _computed(asked: StreetAsked) -> dict[str, Any]:
    street = street_from(asked.street)
    surface = _surface(asked)
    read = [_lantern(lamp) for lamp in asked.lanterns]
    doubts = [doubt for _, told in read for doubt in told]
    lanterns = [lantern for lantern, _ in read]
    if asked.choose:
        found, tried = choice(street, asked.road_class, lanterns, surface)
        return {"studies": [as_json(found, asked.grids)] if found else [], "tried": tried, "doubts": doubts}
    studies = [
        as_json(study(street, x, surface, asked.road_class), asked.grids) for x in lanterns or [generic("moyenne", 40)]
    ]
    return {"studies": studies, "tried": len(studies), "doubts": doubts}


def _lantern(lamp: Lamp) -> tuple[Lantern, tuple[str, ...]]:
    if lamp.file is None:
        return generic(lamp.beam, lamp.power_w, lamp.efficacy_lm_per_w), ()
    with tempfile.TemporaryDirectory() as folder:
        read = read_lantern(kept_file(lamp.file, Folder(folder), (".ldt", ".ies")))
    return read.lantern, read.doubts


def _surface(asked: StreetAsked) -> Surface | None:
    if asked.surface is None:
        return None if asked.q0 is None else diffuse(asked.q0)
    with tempfile.TemporaryDirectory() as folder:
        return read_surface(kept_file(asked.surface, Folder(folder), (".csv", ".txt")), q0=asked.q0)


def kept_file(given: Given, folder: Folder, suffixes: tuple[str, ...]) -> Folder:
    """The file under its last name, in a folder of ours. Raises InputError for another kind of file."""
    name = "".join(x for x in Folder(given.name.replace("\\", "/")).name if x.isprintable())[-100:].lstrip(".")
    if Folder(name).suffix.lower() not in suffixes:
        raise InputError("voirie.fichier_attendu", file=given.name[:100], known=", ".join(suffixes))
    path = folder / name
    path.write_text(given.text, encoding="latin-1", errors="replace")
    return path
