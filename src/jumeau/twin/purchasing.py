"""What the programme asks to buy: purchases, their papers, volumes for industry, own prices, prices seen elsewhere."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

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
from jumeau.funding import PlanDeFinancement, total
from jumeau.invest import Programme
from jumeau.model.need import needs
from jumeau.model.territory import collectivite_name
from jumeau.procurement import (
    Benchmark,
    Purchase,
    Seen,
    Volumes,
    benchmarks,
    calendar,
    compared,
    is_service,
    legal_forms,
    pooling,
    purchases,
    seen,
    volumes,
)
from jumeau.rules.loader import rule
from jumeau.sharing.view import View
from jumeau.texts import t
from jumeau.twin import keys, own

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

ESTIMATE = "bpu-dqe"
WORKS_MONTH = 6
"""Month in which works are supposed to start when nobody says."""


# purchases ----------------------------------------------------------------------------------------------------------
def bought(twin: "Twin") -> list[Purchase]:
    """Purchases of the latest programme. Raises NotFoundError before any."""
    return purchases(_programme(twin).chosen, own.all_needs(twin.view))


def purchase(twin: "Twin", name: str) -> Purchase:
    """One of them, by id. Raises NotFoundError with the known ids."""
    found = {p.id: p for p in bought(twin)}
    if name not in found:
        raise NotFoundError("achats.inconnu", name=name, known=", ".join(found))
    return found[name]


def _programme(twin: "Twin") -> Programme:
    found = twin.programme()
    if found is None or not found.chosen.num_rows:
        raise NotFoundError("achats.sans_programme")
    return found


def published(twin: "Twin") -> Volumes:
    """Volumes for industry: nobody is named, and what too few ask for is not told."""
    return volumes(bought(twin), own.all_needs(twin.view))


def dossier(
    twin: "Twin",
    name: str,
    *,
    works_on: date | None = None,
    coordinator: str | None = None,
    share_rule: str | None = None,
) -> Dossier:
    """All that the papers of a purchase say. works_on: start of works (default: June of its first year); share_rule: of the
    key written in the agreement, none by default.

    Raises InputError for a coordinator that is not a member.
    """
    found, view = purchase(twin, name), twin.view
    owners = [m.owner for m in found.members]
    if coordinator is not None and coordinator not in owners:
        raise InputError("achats.coordonnateur", owner=coordinator, known=", ".join(owners))
    today = twin.instant().date()
    about = twin.territory()
    together = pooling(found, today)
    start = works_on or date(found.first_year, WORKS_MONTH, 1)
    return Dossier(
        territory=about["name"],
        date=today,
        actor=view.actor.name,
        commit=view.head(),
        synthetic=about["synthetic"],
        purchase=found,
        needs=own.all_needs(view),
        names={owner: collectivite_name(owner) for owner in owners},
        titles=_titles(twin, found),
        pooling=together,
        calendar=calendar(together.together, len(owners), start, today),
        forms=tuple(legal_forms(found, own.all_needs(view), today)),
        plans=_plans(twin, found),
        coordinator=coordinator,
        **_shared(twin, found, share_rule),
        sources=tuple(f"{s.title} ({s.licence})" for s in view.sources().values() if s.title and s.licence),
    )


def _shared(twin: "Twin", found: Purchase, rule: str | None) -> dict[str, Any]:
    """What a dossier says of the sharing of a purchase, nothing without a rule or for a single member."""
    name = keys.read_rule(rule)
    if name is None or len(found.members) < 2:
        return {}
    made = keys.keys(twin, found, name)
    return {
        "shares": {owner: part.key for owner, part in made.parts.items()},
        "share_rule": made.title,
        "payments": {owner: (part.alone_eur, part.pays_eur) for owner, part in made.parts.items()},
        "share_notes": made.notes,
    }


def _mine(chosen: pa.Table, found: Purchase) -> pa.Table:
    """Chosen actions of a purchase."""
    years = pc.and_(pc.greater_equal(chosen["year"], found.first_year), pc.less_equal(chosen["year"], found.last_year))
    return chosen.filter(pc.and_(years, pc.is_in(chosen["need"], value_set=pa.array(found.needs))))


def _titles(twin: "Twin", found: Purchase) -> dict[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    for row in _mine(_programme(twin).chosen, found).select(["owner", "year", "title"]).to_pylist():
        out.setdefault(row["owner"], []).append(f"{row['title']} ({row['year']})")
    return {owner: tuple(titles) for owner, titles in out.items()}


def _plans(twin: "Twin", found: Purchase) -> dict[str, PlanDeFinancement]:
    funded = twin.financing()
    if funded is None:
        return {}
    ids = set(_mine(_programme(twin).chosen, found)["action"].to_pylist())
    plans: dict[str, list[PlanDeFinancement]] = {}
    for one in funded.actions:
        if one.action in ids:
            plans.setdefault(one.owner, []).append(one.plan)
    return {owner: total(mine) for owner, mine in plans.items()}


# papers -------------------------------------------------------------------------------------------------------------
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


def subject(found: Purchase) -> str:
    """What a purchase buys, in French."""
    known = needs()
    if any(need.family == found.family for need in known.values()):
        return t(f"pieces.famille_{found.family}")
    return ", ".join(known[n].title if n in known else n for n in found.needs)


# prices seen elsewhere ----------------------------------------------------------------------------------------------
RECORDS = (("projet_subventionne", "total_cost_eur"), ("marche_attribue", "amount_eur"))


def observed(view: View) -> list[Seen]:
    """Public records of the twin sorted into needs, with their unit cost where the text gives a quantity."""
    found: list[tuple[str, str, float | None]] = []
    for layer, amount in RECORDS:
        if layer not in view.layers() or not view.count(layer):
            continue
        coded = [name for name in ("cpv",) if name in view.layer(layer).names]
        table = view.read(layer, columns=["code", "description", amount, *coded])
        for row in table.to_pylist():
            if row["description"] and not is_service(row.get("cpv")):
                found.append((row["code"] or row["id"], row["description"], row[amount]))
    return seen(found)


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """A need's costs in public records beside the catalogue's unit cost (low, high) [€/unit], None when no action has one.

    word: where the median of the records stands: `inside`, `below`, `above`, or `unknown`.
    """

    title: str
    unit: str
    benchmark: Benchmark
    catalogue: tuple[float, float] | None
    word: str


def compared_costs(twin: "Twin", found: Sequence[Seen] | None = None) -> list[Compared]:
    """Costs seen in public records beside those the engines propose, need by need. found: records already sorted."""
    known, costs = own.all_needs(twin.view), _catalogue_costs(twin)
    records = observed(twin.view) if found is None else found
    out = []
    for made, word in compared(benchmarks(records), costs):
        need = known[made.need]
        out.append(Compared(title=need.title, unit=need.unit, benchmark=made, catalogue=costs.get(made.need), word=word))
    return out


def _catalogue_costs(twin: "Twin") -> dict[str, tuple[float, float]]:
    """Least and most unit cost of the actions offered, by need [€/unit]."""
    offered = twin.offered()
    if offered is None:
        return {}
    ok = pc.and_(pc.is_valid(offered["cost_eur_low"]), pc.greater(offered["quantity"], 0))
    rows = offered.filter(ok)
    table = pa.table(
        {
            "need": rows["need"],
            "low": pc.divide(pc.cast(rows["cost_eur_low"], "float64"), rows["quantity"]),
            "high": pc.divide(pc.cast(rows["cost_eur_high"], "float64"), rows["quantity"]),
        }
    )
    found = table.group_by("need").aggregate([("low", "min"), ("high", "max")]).to_pylist()
    return {row["need"]: (row["low_min"], row["high_max"]) for row in found}
