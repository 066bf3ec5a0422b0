"""An official DPE attached to a building: checked against what the twin says, kept without addresses, its facts written."""

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np

from jumeau.engines.buildings.choices import LAYER
from jumeau.engines.buildings.described import FLAT, contradictions, described, kind_of
from jumeau.engines.buildings.dpe.check import oddities
from jumeau.engines.buildings.packages import Package
from jumeau.engines.buildings.stock import stock
from jumeau.errors import InputError, NotFoundError
from jumeau.model.claim import Claim
from jumeau.model.dpe import DpeBatch
from jumeau.model.origin import Origin
from jumeau.sharing.rights import Act
from jumeau.sharing.view import View
from jumeau.sharing.writes import own_source
from jumeau.sources.dpe_clean import cleaned
from jumeau.texts import t
from jumeau.twin.attachments import MAX_BYTES, attached, piece_claims
from jumeau.twin.building_commune import CommuneStock, commune_stock
from jumeau.twin.building_compared import Compared, compared
from jumeau.twin.building_known import floor_range
from jumeau.twin.building_labels import Labelled, labels_of_dpe
from jumeau.twin.buildings import Seen
from jumeau.twin.dpe import dpe_from_xml

MEDIA_TYPE = "application/xml"
IF_UNKNOWN = ("floor_area_m2", "dwellings", "construction_year")
"""Columns that a DPE fills only where the twin says nothing: it is not the best source of them."""


class AttachedDpe(msgspec.Struct, frozen=True, kw_only=True):
    """A DPE and what was done with it. kind: house, block or flat; commit: None where nothing was new; values:
    columns written; contradictions: why it may not be of this building; oddities: what in it cannot be true together;
    compared: what it says beside what was known or inferred."""

    number: str
    kind: str
    piece: str
    commit: int | None
    values: dict[str, Any]
    contradictions: tuple[str, ...]
    oddities: tuple[str, ...]
    compared: tuple[Compared, ...] = ()


def attach_dpe(twin: Seen, building: str, content: bytes, filename: str, *, accept: bool = False) -> AttachedDpe:
    """Attach an official DPE (XML) to a building and write what it says of it, in one commit.

    accept: attach it although something says that it is of another building. Raises InputError that names what
    contradicts, and for a file that is not a DPE; NotFoundError, RightsError.
    """
    view = twin.view
    view.require(Act.EDIT, view.layer(LAYER).title)
    found = view.read(LAYER, ids=[building])
    if not found.num_rows:
        raise NotFoundError("batiments.introuvable", building=building[:60])
    row = found.to_pylist()[0]
    kept, batch = _read(content, filename)
    number, day = batch.numbers[0], batch.facts.text("date_etablissement_dpe")[0]
    alone = _alone(twin, row)
    against = [t(f"batiments.dpe_contre_{key}", **said) for key, said in _against(alone, row, batch)]
    if against and not accept:
        raise InputError("batiments.dpe_autre", number=number, reasons=" ".join(against), field="accepter")
    odd = tuple(t(f"dpe.{o.key}", field=o.field, found=f"{o.found:.6g}", wanted=f"{o.wanted:.6g}") for o in oddities(batch))
    said = described(batch)
    values = {k: v for k, v in said.items() if k not in IF_UNKNOWN or row.get(k) is None}
    label = t("batiments.dpe_piece", number=number, day=day[:10])
    same = next((a.id for a in attached(view, LAYER, building) if a.sha256 == sha256(kept).hexdigest()), "")
    claims: list[Claim] = []
    piece = same
    if not same:
        piece, claims = piece_claims(
            view, LAYER, building, kept, name=f"{number}.xml", label=label, kind=MEDIA_TYPE, origin=Origin.DECLARED
        )
    source = own_source(view.actor).id
    claims += [
        Claim(layer=LAYER, asset=building, attribute=k, value=v, source=source, origin=Origin.DECLARED)
        for k, v in values.items()
        if row.get(k) != v
    ]
    commit = view.commit(claims, message=label).id if claims else None
    return AttachedDpe(
        number=number, kind=kind_of(batch), piece=piece, commit=commit, values=values, contradictions=tuple(against),
        oddities=odd, compared=tuple(compared(view.layer(LAYER), row, said, alone)),
    )  # fmt: skip


def _read(content: bytes, filename: str) -> tuple[bytes, DpeBatch]:
    """What may be kept of a file, and its columns."""
    name = Path(filename.replace("\\", "/")).name[:120] or "dpe.xml"
    if len(content) > MAX_BYTES:
        raise InputError("edition.piece_lourde", file=name, size=len(content) // 1_000_000, limit=MAX_BYTES // 1_000_000)
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        kept = cleaned(path)
        # a file without number takes its name from this one, never from the one that was sent: it may say an address
        path = Path(folder) / "sans-numero.xml"
        path.write_bytes(kept)
        return kept, dpe_from_xml([path])


def _alone(twin: Seen, row: dict[str, Any]) -> CommuneStock:
    """The building among those of its commune, as it was before its DPE."""
    return commune_stock(twin, row["commune"]).alone(row["id"])


def _against(alone: CommuneStock, row: dict[str, Any], batch: DpeBatch) -> list[tuple[str, dict[str, Any]]]:
    floor = floor_range(alone)
    limits = (np.nan, np.nan) if floor.low is None or floor.high is None else (floor.low, floor.high)
    return contradictions(batch, row, int(stock(alone.table).zone[0]), limits)


def attached_dpe(view: View, building: str) -> Path | None:
    """The latest DPE attached to a building; None where there is none that the actor sees."""
    pieces = [a for a in attached(view, LAYER, building) if a.media_type == MEDIA_TYPE]
    paths = [view.attachment(a.id)[0] for a in pieces]
    if len(paths) < 2:
        return paths[0] if paths else None
    days = dpe_from_xml(paths).facts.text("date_etablissement_dpe")
    return paths[max(range(len(paths)), key=lambda i: (days[i], pieces[i].id))]


class OfficialLabels(msgspec.Struct, frozen=True, kw_only=True):
    """What the DPE attached to a building says: its number, its day, whether it is that of one flat, its recorded label;
    steps: label by its method at the start, then after each step of works, with its range."""

    number: str
    day: str
    flat: bool
    recorded: str
    steps: tuple[Labelled, ...]


def official_labels(view: View, building: str, package: Package) -> OfficialLabels | None:
    """The labels of the steps of works of a building by the official method, from its attached DPE; None without one."""
    path = attached_dpe(view, building)
    if path is None:
        return None
    batch = dpe_from_xml([path])
    facts = batch.facts
    return OfficialLabels(
        number=batch.numbers[0], day=facts.text("date_etablissement_dpe")[0][:10], flat=kind_of(batch) == FLAT,
        recorded=facts.text("sortie.classe_bilan_dpe")[0], steps=tuple(labels_of_dpe(package, path)),
    )  # fmt: skip


def told_labels(found: OfficialLabels) -> dict[str, Any]:
    """The DPE and its label today as plain values."""
    return {
        "number": found.number, "day": found.day, "flat": found.flat, "recorded": found.recorded or None,
        "label": found.steps[0].label,
    }  # fmt: skip


def step_label(found: OfficialLabels | None, step: int) -> dict[str, Any]:
    """Label of the official method after a step (0 at the start) under the key `official`, None without a DPE."""
    if found is None:
        return {"official": None}
    one = found.steps[step]
    return {"official": {"label": one.label, "best": one.best, "worst": one.worst}}
