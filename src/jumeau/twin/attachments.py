"""Photos and documents attached to assets: the content kept once by its fingerprint, the rest as an ordinary asset."""

from typing import Any
from uuid import uuid4

import msgspec
import pyarrow.compute as pc

from jumeau.errors import InputError, NotFoundError
from jumeau.model.claim import EXISTS, Claim, Commit
from jumeau.model.origin import Origin
from jumeau.model.query import And, Compare
from jumeau.model.typed import MAX_TEXT
from jumeau.sharing.rights import Act
from jumeau.sharing.view import ATTACHMENTS, View
from jumeau.sharing.writes import own_source
from jumeau.texts import t
from jumeau.twin.editing import SEEN, Edit

MAX_BYTES = 20_000_000
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
    (b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (b"%PDF-", "application/pdf", (".pdf",)),
)
KINDS = ("JPEG", "PNG", "WebP", "PDF")


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file attached to an asset. label: what it shows, for who does not see it."""

    id: str
    label: str
    filename: str
    media_type: str
    size_bytes: int
    sha256: str


def media_type(content: bytes, filename: str) -> str:
    """The kind of a file by its first bytes, never by its name. Raises InputError for a kind that is not taken."""
    found = next((kind for magic, kind, _ in _MAGIC if content.startswith(magic)), None)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        found = "image/webp"
    if found is None:
        raise InputError("edition.piece_sorte", file=filename, known=", ".join(KINDS))
    return found


def attach(
    view: View, layer: str, asset: str, content: bytes, *, filename: str, label: str, edit: Edit
) -> tuple[str, Commit]:
    """Attach a file to an asset. Raises InputError for a kind, a size or an empty label that cannot be taken."""
    declared = view.layer(layer)
    view.require(Act.EDIT, declared.title)
    name = _name(filename)
    if not content:
        raise InputError("edition.piece_vide", file=name)
    if len(content) > MAX_BYTES:
        raise InputError("edition.piece_lourde", file=name, size=len(content) // 1_000_000, limit=MAX_BYTES // 1_000_000)
    kind = media_type(content, name)
    said = " ".join(label.split())
    if not said or len(said) > MAX_TEXT:
        raise InputError("edition.piece_titre", file=name, field="label")
    piece, claims = piece_claims(view, layer, asset, content, name=name, label=said, kind=kind, origin=edit.origin)
    return piece, view.commit(claims, message=edit.message.strip() or t("edition.piece", label=said))


def piece_claims(
    view: View, layer: str, asset: str, content: bytes, *, name: str, label: str, kind: str, origin: Origin
) -> tuple[str, list[Claim]]:
    """Keep a file and say what attaches it to an asset: its id, and the claims to commit. Raises NotFoundError."""
    declared = view.layer(layer)
    columns = ["commune"] if "commune" in declared.names else []
    rows = view.read(layer, columns=columns, ids=[asset]).to_pylist()
    if not rows:
        raise NotFoundError("web.actif_inconnu", layer=declared.title, asset=asset[:60])
    values: dict[str, Any] = {
        EXISTS: True, "label": label, "layer": layer, "asset": asset, "filename": name, "media_type": kind,
        "size_bytes": len(content), "sha256": view.put_file(content, name=name), "commune": rows[0].get("commune"),
    }  # fmt: skip
    piece, source = str(uuid4()), own_source(view.actor).id
    return piece, [
        Claim(layer=ATTACHMENTS, asset=piece, attribute=k, value=v, source=source, origin=origin)
        for k, v in values.items()
        if v is not None
    ]


def _name(filename: str) -> str:
    """The bare name of a file, whatever path came with it."""
    bare = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in bare if c.isprintable())[:120] or "piece"


def attached(view: View, layer: str, asset: str) -> list[Attachment]:
    """Files attached to an asset, by label."""
    if ATTACHMENTS not in view.layers():
        return []
    where = And((Compare("asset", "=", asset), Compare("layer", "=", layer)))
    try:
        rows = view.read(ATTACHMENTS, where=where).to_pylist()
    except NotFoundError:
        return []
    found = [
        Attachment(
            id=row["id"],
            label=row.get("label") or "",
            filename=row.get("filename") or "",
            media_type=row.get("media_type") or "",
            size_bytes=row.get("size_bytes") or 0,
            sha256=row.get("sha256") or "",
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.label, one.id))


def erase(view: View, piece: str, reason: str) -> Commit:
    """Remove an attachment from all history, its content too unless another attachment has the same (RGPD)."""
    path, _, _ = view.attachment(piece)
    layer = view.layer(ATTACHMENTS)
    sha256 = path.name
    commit: Commit | None = None
    for name in layer.names:
        try:
            commit = view.erase(ATTACHMENTS, piece, name, reason=reason)
        except NotFoundError:
            continue
    left = view.read(ATTACHMENTS, columns=["sha256"])["sha256"]
    if not pc.any(pc.equal(left, sha256)).as_py():
        view.drop_file(sha256)
    source = own_source(view.actor).id
    gone = Claim(layer=ATTACHMENTS, asset=piece, attribute=EXISTS, value=False, source=source, origin=SEEN)
    view.commit([gone], message=t("edition.piece_effacee"))
    assert commit is not None
    return commit
