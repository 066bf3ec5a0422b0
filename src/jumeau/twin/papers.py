"""The papers of a purchase: which there are, for whom, and their files (DOCX, PDF/UA, XLSX)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import msgspec

from jumeau.documents.blocks import Document
from jumeau.documents.pieces import (
    Dossier,
    convention,
    deliberation,
    grant_request,
    note,
    plan,
    programme,
    reglement,
    write_bordereau,
)
from jumeau.errors import InputError, NotFoundError
from jumeau.funding import PlanDeFinancement
from jumeau.rules.loader import rule
from jumeau.texts import t

ESTIMATE = "bpu-dqe"


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that can be made. name: of its file; title: what it is, and whose."""

    name: str
    title: str
    make: Callable[[], Document]


def papers(made: Dossier, owners: Sequence[str] | None = None) -> Iterator[Paper]:
    """The papers of a purchase: those for all, then those of each member."""
    members = [m.owner for m in made.purchase.members]
    if len(members) > 1:
        yield Paper(name="convention", title=t("pieces.convention_titre"), make=partial(convention, made))
    yield Paper(name="programme-fonctionnel", title=t("pieces.programme_titre"), make=partial(programme, made))
    yield Paper(name="reglement-consultation", title=t("pieces.reglement_titre"), make=partial(reglement, made))
    for owner in members if owners is None else owners:
        if owner not in members:
            raise InputError("achats.coordonnateur", owner=owner, known=", ".join(members))
        yield from _of_member(made, owner)


def _of_member(made: Dossier, owner: str) -> Iterator[Paper]:
    stem, name = owner.replace(":", "-"), made.names[owner]

    def titled(key: str, **words: str) -> str:
        return f"{t(key, **words)} : {name}"

    yield Paper(name=f"note-{stem}", title=titled("pieces.note_titre"), make=partial(note, made, owner))
    yield Paper(
        name=f"deliberation-{stem}", title=titled("pieces.deliberation_titre"), make=partial(deliberation, made, owner)
    )
    if owner not in made.plans:
        return
    yield Paper(name=f"plan-financement-{stem}", title=titled("pieces.plan_titre"), make=partial(plan, made, owner))
    for law in _grants(made.plans[owner]):
        title = titled("pieces.demande_titre", title=rule(law).title)
        yield Paper(name=f"demande-{law}-{stem}", title=title, make=partial(grant_request, made, owner, law))


def _grants(found: PlanDeFinancement) -> list[str]:
    """Rules of the grants counted, then of those still to confirm."""
    counted = [line.rule for line in found.mid.lines if line.kind in ("aid", "certificate")]
    return list(dict.fromkeys([*counted, *(e.rule for e in found.to_confirm if e.kind != "refund")]))


def write_papers(
    made: Dossier,
    out: Path,
    *,
    owners: Sequence[str] | None = None,
    letterhead: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write the papers of a purchase, editable (DOCX) and accessible (PDF/UA), and its BPU and DQE, in a folder."""
    folder = out / made.purchase.id
    folder.mkdir(parents=True, exist_ok=True)
    written = [write_paper(made, ESTIMATE, "xlsx", folder)]
    for one in papers(made, owners):
        written += _printed(one, made.date, folder, ("docx", "pdf"), letterhead)
        if progress:
            progress(one.title)
    return written


def write_paper(made: Dossier, name: str, kind: str, folder: Path) -> Path:
    """Write one paper in `folder`. Raises NotFoundError for a paper the purchase does not have."""
    if name == ESTIMATE and kind == "xlsx":
        return write_bordereau(made, folder / f"{ESTIMATE}.xlsx")
    found = next((one for one in papers(made) if one.name == name), None)
    if found is None or kind == "xlsx":
        raise NotFoundError("achats.piece_inconnue", name=f"{name}.{kind}", purchase=made.purchase.id)
    return _printed(found, made.date, folder, (kind,), None)[0]


def _printed(one: Paper, on: date, folder: Path, kinds: Sequence[str], letterhead: Path | None) -> list[Path]:
    from jumeau.documents.render import print_pdf
    from jumeau.documents.word import print_word

    document, out = one.make(), []
    if "docx" in kinds:
        out.append(print_word(document, folder / f"{one.name}.docx", on, letterhead))
    if "pdf" in kinds:
        out.append(print_pdf([document], folder / f"{one.name}.pdf", on))
    return out
