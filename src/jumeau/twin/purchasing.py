"""What the programme asks to buy: purchases, their papers, volumes for industry, own prices, prices seen elsewhere."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

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
from jumeau.model.territory import collectivite_name
from jumeau.procurement import (
    Benchmark,
    Purchase,
    Seen,
    Volumes,
    benchmarks,
    calendar,
    compared,
    legal_forms,
    pooling,
    purchases,
    seen,
    volumes,
)
from jumeau.sharing.view import View
from jumeau.twin import own

if TYPE_CHECKING:
    from jumeau.twin.core import Twin

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
    shares: Mapping[str, float] | None = None,
    share_rule: str = "",
) -> Dossier:
    """All that the papers of a purchase say. works_on: start of works (default: June of its first year).

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
        shares=dict(shares or {}),
        share_rule=share_rule,
        coordinator=coordinator,
        sources=tuple(f"{s.title} ({s.licence})" for s in view.sources().values() if s.title and s.licence),
    )


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
Paper = tuple[str, Callable[[], Document]]


def papers(made: Dossier, owners: Sequence[str] | None = None) -> Iterator[Paper]:
    """Name and maker of each paper of a purchase: common ones, then those of each member."""
    members = [m.owner for m in made.purchase.members]
    if len(members) > 1:
        yield "convention", lambda: convention(made)
    yield "programme-fonctionnel", lambda: programme(made)
    yield "reglement-consultation", lambda: reglement(made)
    for owner in members if owners is None else owners:
        stem = owner.replace(":", "-")
        yield f"note-{stem}", lambda o=owner: note(made, o)  # type: ignore[misc]
        yield f"deliberation-{stem}", lambda o=owner: deliberation(made, o)  # type: ignore[misc]
        if owner not in made.plans:
            continue
        yield f"plan-financement-{stem}", lambda o=owner: plan(made, o)  # type: ignore[misc]
        for law in _grants(made.plans[owner]):
            yield f"demande-{law}-{stem}", lambda o=owner, n=law: grant_request(made, o, n)  # type: ignore[misc]


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
    from jumeau.documents.render import print_pdf
    from jumeau.documents.word import print_word

    folder = out / made.purchase.id
    folder.mkdir(parents=True, exist_ok=True)
    written = [write_bordereau(made, folder / "bpu-dqe.xlsx")]
    for name, make in papers(made, owners):
        document = make()
        written.append(print_word(document, folder / f"{name}.docx", made.date, letterhead))
        written.append(print_pdf([document], folder / f"{name}.pdf", made.date))
        if progress:
            progress(name)
    return written


# prices seen elsewhere ----------------------------------------------------------------------------------------------
RECORDS = (("projet_subventionne", "total_cost_eur"), ("marche_attribue", "amount_eur"))


def observed(view: View) -> list[Seen]:
    """Public records of the twin sorted into needs, with their unit cost where the text gives a quantity."""
    found: list[tuple[str, str, float | None]] = []
    for layer, amount in RECORDS:
        if layer not in view.layers() or not view.count(layer):
            continue
        table = view.read(layer, columns=["code", "description", amount])
        for row in table.to_pylist():
            if row["description"]:
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


def compared_costs(twin: "Twin") -> list[Compared]:
    """Costs seen in public records beside those the engines propose, need by need."""
    known, costs = own.all_needs(twin.view), _catalogue_costs(twin)
    out = []
    for made, word in compared(benchmarks(observed(twin.view)), costs):
        need = known[made.need]
        found = costs.get(made.need)
        out.append(Compared(title=need.title, unit=need.unit, benchmark=made, catalogue=found, word=word))
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
