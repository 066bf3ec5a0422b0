"""The optics of a twin: makers' photometric files and r-tables of roads, kept, listed and taken out."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from jumeau.engines.lighting.photometry.catalogue import LANTERN, LAYER, SURFACE, Optics, optics_of, packed
from jumeau.errors import InputError, NotFoundError
from jumeau.model.claim import EXISTS, Claim, Commit
from jumeau.model.ids import asset_id
from jumeau.model.lantern import cie_code, ulr
from jumeau.model.origin import Origin
from jumeau.sharing.rights import Act
from jumeau.sharing.view import View
from jumeau.sharing.writes import own_source
from jumeau.sources.photometry import read_lantern
from jumeau.sources.road_surface import read_surface
from jumeau.store.port import NOW, Moment
from jumeau.texts import t

NAMED = "catalogue"
MOST_NAME = 120


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the catalogue. kind: LANTERN or SURFACE; what is not known is None; filename: the file it came from."""

    code: str
    kind: str
    power_w: float | None
    luminous_flux_lm: float | None
    cct_k: int | None
    ulr: float | None
    cie_flux_code_3: float | None
    q0: float | None
    filename: str


def add_optics(view: View, path: Path, *, name: str = "", power_w: float | None = None) -> tuple[Entry, tuple[str, ...]]:
    """Keep a lantern (.ldt, .ies) or an r-table (.csv) under its name, in place of the one of the same name. Gives the entry
    and what is doubtful in the file.

    power_w: system power where the file does not say it. Raises InputError for a file that cannot be read, or for a lantern
    without power, which could not be chosen.
    """
    view.require(Act.EDIT, view.layer(LAYER).title)
    read, doubts = (_surface(path), ()) if path.suffix.lower() in (".csv", ".txt") else _lantern(path, power_w)
    code = " ".join((name or str(read["code"])).split())[:MOST_NAME]
    values = read | {"code": code, "filename": path.name, "sha256": view.put_file(path, name=path.name)}
    asset, source = asset_id(LAYER, NAMED, code), own_source(view.actor).id
    names = view.layer(LAYER).names
    claims = [
        Claim(layer=LAYER, asset=asset, attribute=key, value=values.get(key), source=source, origin=Origin.DECLARED)
        for key in names
        if key not in ("id", "geometry")
    ]
    claims.append(Claim(layer=LAYER, asset=asset, attribute=EXISTS, value=True, source=source, origin=Origin.DECLARED))
    view.commit(claims, message=t("eclairage.catalogue_ajout", name=code))
    return msgspec.convert({f: values.get(f) for f in Entry.__struct_fields__}, Entry), tuple(doubts)


def _lantern(path: Path, power_w: float | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    read = read_lantern(path)
    lamp = read.lantern
    power = lamp.power_w if power_w is None else power_w
    if not np.isfinite(power):
        raise InputError("eclairage.catalogue_sans_puissance", file=path.name)
    return {
        "code": lamp.name, "kind": LANTERN, "power_w": round(float(power), 1), "luminous_flux_lm": round(float(lamp.flux_lm)),
        "cct_k": int(lamp.cct_k) if np.isfinite(lamp.cct_k) else None, "ulr": round(ulr(lamp), 4),
        "cie_flux_code_3": round(cie_code(lamp)[2], 4), "tilt_deg": round(float(lamp.tilt_deg), 1),
        "table": packed(lamp.intensity),
    }, read.doubts  # fmt: skip


def _surface(path: Path) -> dict[str, Any]:
    read = read_surface(path)
    assert read.table is not None
    return {"code": read.name, "kind": SURFACE, "q0": round(read.q0, 4), "table": packed(read.table)}


def catalogue(view: View, moment: Moment = NOW) -> list[Entry]:
    """Entries of the catalogue, surfaces after lanterns, by power then name."""
    if LAYER not in view.layers():
        return []
    rows = view.read(LAYER, columns=list(Entry.__struct_fields__), moment=moment).to_pylist()
    fields = Entry.__struct_fields__
    found = [msgspec.convert({f: (row[f] or "") if f in _TEXTS else row[f] for f in fields}, Entry) for row in rows]
    return sorted(found, key=lambda e: (e.kind != LANTERN, e.power_w or 0.0, e.code))


_TEXTS = ("code", "kind", "filename")


def optics(view: View, moment: Moment = NOW) -> Optics:
    """The optics a choice may use."""
    return optics_of(view.read(LAYER, moment=moment)) if LAYER in view.layers() else Optics()


def remove_optics(view: View, code: str) -> Commit:
    """Take an entry out of the catalogue. Raises NotFoundError with the names there are."""
    known = [entry.code for entry in catalogue(view)]
    if code not in known:
        raise NotFoundError("eclairage.catalogue_inconnu", name=code[:MOST_NAME], known=", ".join(known) or "-")
    source = own_source(view.actor).id
    gone = Claim(layer=LAYER, asset=asset_id(LAYER, NAMED, code), attribute=EXISTS, value=False, source=source,
                 origin=Origin.DECLARED)  # fmt: skip
    return view.commit([gone], message=t("eclairage.catalogue_retrait", name=code))
