"""The draft plan (SDIE) of the buildings of a place, from what the twin holds."""

from datetime import date
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
import pyarrow.compute as pc

from jumeau.documents.blocks import Document
from jumeau.documents.building import BuildingLine, StockPlan, stock_plan
from jumeau.documents.context import Range
from jumeau.documents.numbers import about, day, number, share
from jumeau.documents.render import print_pdf
from jumeau.documents.word import print_word
from jumeau.engines.buildings.choices import LABELS
from jumeau.engines.groups import summaries
from jumeau.errors import NotFoundError
from jumeau.texts import t
from jumeau.twin.building_commune import CommuneStock, place_bundle
from jumeau.twin.building_law import LAW_DRAWS, Deadline, gathered, rental
from jumeau.twin.building_places import kind_of_place, place_name
from jumeau.twin.building_sheet import LAYER, all_done
from jumeau.twin.buildings import Seen
from jumeau.twin.tertiary import declared, told

ENERGY = "buildings_annual_energy_kwh"


class Placed(Seen, Protocol):
    """What documents on buildings need of a twin."""

    def territory(self) -> dict[str, Any]:
        """Name of the territory, and whether it is synthetic."""


def due_on(given: Any, on: date, *, standing: bool) -> str:
    """A deadline in words: a standing duty whose date has passed began then."""
    if given is None:
        return t("etudes.permanente" if standing else "rapport.inconnu")
    when = date.fromisoformat(given) if isinstance(given, str) else given
    return t("etudes.depuis", day=day(when)) if standing and when <= on else day(when)


def called(row: dict[str, Any]) -> str:
    """A name and, since names repeat, the identifier in the source."""
    name = row["nom"] or row["code"] or row["id"]
    return f"{name} ({row['code']})" if row["nom"] and row["code"] else str(name)


def printed(document: Document, out: Path, on: date) -> Path:
    """A document as Word where the name ends in .docx, as PDF/UA elsewhere."""
    return print_word(document, out, on) if out.suffix.lower() == ".docx" else print_pdf([document], out, on)


def write_stock_plan(twin: Placed, place: str, out: Path) -> Path:
    """The draft plan of the public buildings of a commune, of an EPCI or of a département, as PDF/UA, or as Word where `out`
    ends in .docx. Raises NotFoundError where none is known."""
    return printed(stock_plan(plan_of(twin, place)), out, twin.context().date)


def plan_of(twin: Placed, place: str) -> StockPlan:
    """What the draft says."""
    from jumeau.engines.buildings.inventory import public_owner

    bundle, ctx = place_bundle(twin, place), twin.context()
    table = bundle[LAYER].filter(public_owner(bundle[LAYER]))
    home = pc.fill_null(pc.equal(table["usage"], "residentiel"), False)
    public, homes = (CommuneStock(dict(bundle) | {LAYER: table.filter(x)}, ctx) for x in (pc.invert(home), home))
    if not np.isfinite(public.floor).any():
        raise NotFoundError("etudes.sans_batiment_public", place=place_name(place))
    territory, followed = twin.territory(), told(declared(twin, ctx.date.year, place))
    return _plan(public, {
        "place": place_name(place), "territory": str(territory["name"]), "synthetic": bool(territory["synthetic"]),
        "area": kind_of_place(place) != "commune", "date": ctx.date, "followed": _followed(followed["pools"]),
        "remarks": tuple(followed["remarks"]) if followed["pools"] else (), "state": twin.view.head(),
        "actor": twin.view.actor.name, "sources": tuple(sources_of(twin, public.table["id"].to_pylist())),
        "homes": tuple(_rental(d, ctx.date) for d in rental(homes.bundle, ctx)),
    })  # fmt: skip


def sources_of(twin: Placed, ids: list[str]) -> list[str]:
    """Where what is known of some buildings comes from, one line a source."""
    found = twin.view.read(LAYER, ids=ids, provenance=True)
    used = {
        one for name in found.column_names if name.endswith("__source") for one in pc.unique(found[name]).to_pylist() if one
    }
    known, nothing = twin.view.sources(), t("rapport.non_precise")
    said = [known[i] for i in sorted(used) if i in known]
    return [t("etudes.source_ligne", title=s.title, licence=s.licence or nothing, vintage=s.vintage or nothing) for s in said]


def _plan(public: CommuneStock, common: dict[str, Any]) -> StockPlan:
    from jumeau.engines.buildings.diagnose import diagnose
    from jumeau.engines.buildings.packages import packages_and_costs
    from jumeau.engines.buildings.tertiary import STEPS

    ctx, floor = public.ctx, public.floor
    names = public.table.select(["id", "nom", "code", "usage", "commune"]).to_pylist()
    made, spent = packages_and_costs(
        public.bundle, ctx, [r["id"] for r, f in zip(names, floor, strict=True) if np.isfinite(f)]
    )
    duties = gathered(public.bundle, msgspec.structs.replace(ctx, draws=LAW_DRAWS))
    rows = {r["id"]: (r, f) for r, f in zip(names, floor, strict=True)}
    before = public.diagnosis.groups.draws[:, 0].sum(axis=0)
    after = diagnose(all_done(public.bundle), msgspec.structs.replace(ctx, detail=False), hourly=False).groups.draws[:, 0]
    lines = [_building(p, _range(cost), *rows[p.building], area=common["area"]) for p, cost in zip(made, spent, strict=True)]
    lines.sort(key=lambda x: -(x.energy.value or 0.0))
    now = float(before.mean())
    return StockPlan(
        count=len(lines), unknown=len(names) - len(lines), energy=_range(before), after=_range(after.sum(axis=0)),
        cost=_range(spent.sum(axis=0)), lines=tuple(lines), uses=_uses(lines), labels=_labels(public),
        rests=_rests(public), duties=tuple(_deadline(d, ctx.date) for d in duties if d.due + d.late),
        unsure=tuple(_unsure(d) for d in duties if d.unknown and d.missing),
        targets=tuple((year, cut, now * (1 - cut)) for year, cut in STEPS.items()), **common,
    )  # fmt: skip


def _building(package: Any, cost: Range, row: dict[str, Any], floor: float, *, area: bool) -> BuildingLine:
    last = package.steps[-1] if package.steps else None
    name = called(row)
    return BuildingLine(
        name=f"{name}, {place_name(row['commune'])}" if area and row["commune"] else name,
        use=t(f"etudes.usage_{row['usage']}"), floor=float(floor), label=package.label, energy=Range(*package.energy),
        saved=Range(*last.saved) if last else Range(0.0, 0.0, 0.0), cost=cost,
    )  # fmt: skip


def _uses(lines: list[BuildingLine]) -> tuple[tuple[str, ...], ...]:
    """Buildings, floor, energy and energy by m² of each use, the largest first, then of all."""
    mine = [(use, [x for x in lines if x.use == use]) for use in dict.fromkeys(x.use for x in lines)]
    mine.sort(key=lambda one: -sum(x.energy.value or 0.0 for x in one[1]))
    return tuple(_use(name, some) for name, some in [*mine, (t("etudes.usages_total"), lines)])


def _use(name: str, some: list[BuildingLine]) -> tuple[str, ...]:
    floor, energy = sum(x.floor or 0.0 for x in some), sum(x.energy.value or 0.0 for x in some)
    shown = (number(about(Range(value)).value) for value in (floor, energy))
    return (name, number(len(some)), *shown, number(about(Range(energy / floor), 2).value) if floor else "")


def _labels(public: CommuneStock) -> tuple[tuple[str, ...], ...]:
    """Buildings and floor of each label, unknown ones last."""
    out = []
    for name in (*LABELS, None):
        rows = [i for i, label in enumerate(public.labels) if label == name]
        floor = float(np.nansum(public.floor[rows])) if rows else 0.0
        shown = number(about(Range(floor)).value) if floor else "" if rows else "0"
        out.append((name or t("rapport.inconnu"), number(len(rows)), shown))
    return tuple(out)


def _rests(public: CommuneStock) -> str:
    """What share of the energy rests on which origin."""
    found = public.diagnosis.assets.select([ENERGY, f"{ENERGY}__origin"]).to_pylist()
    known = [(row[f"{ENERGY}__origin"], row[ENERGY]) for row in found if row[ENERGY] is not None]
    total = sum(value for _, value in known)
    if not total:
        return ""
    parts = {o: sum(v for origin, v in known if origin == o) / total for o in ("measured", "declared", "inferred", "default")}
    if parts["default"] == 1:
        return t("etudes.sdie_repose", parts=t("etudes.repose_default_seul"))
    said = [t(f"etudes.repose_{origin}", share=share(part)) for origin, part in parts.items() if part > 0]
    return t("etudes.sdie_repose", parts=", ".join(said))


def _unsure(duty: Deadline) -> str:
    key = "etudes.a_verifier_ligne_un" if duty.unknown == 1 else "etudes.a_verifier_ligne"
    return t(key, title=duty.title, count=number(duty.unknown), missing=" ; ".join(duty.missing))


def _deadline(duty: Deadline, on: date) -> tuple[str, str, str, str]:
    count = (
        t("etudes.dont_tard", count=number(duty.due + duty.late), late=number(duty.late)) if duty.late else number(duty.due)
    )
    return duty.title, due_on(duty.deadline, on, standing=not duty.late), count, duty.reference


def _rental(duty: Deadline, on: date) -> tuple[str, str, str, str]:
    """The same for dwellings, where it is said how many owe it only if they are let, and how many are to be checked."""
    title, when, count, reference = _deadline(duty, on)
    known, unknown = duty.due + duty.late, duty.unknown - duty.if_let
    said = [count] if known else []
    if duty.if_let:
        said.append(t("etudes.si_loue_un" if duty.if_let == 1 else "etudes.si_loue", count=number(duty.if_let)))
    said += [t("etudes.a_verifier", count=number(unknown))] if unknown else []
    return title, when if duty.deadline or known or duty.if_let else t("rapport.inconnu"), ", ".join(said), reference


def _followed(pools: list[dict[str, Any]]) -> tuple[tuple[str, ...], ...]:
    """Declared sites of each owner taken together."""

    def shown(value: int | None) -> str:
        return t("rapport.inconnu") if value is None else number(value)

    return tuple(
        (p["owner_name"], f"{p['sites'] - p['unknown']} / {p['sites']}", shown(p["reference_kwh"]),
         shown(p["now_kwh"]), shown(p["allowed_kwh"]), shown(p["gap_kwh"]))
        for p in pools
    )  # fmt: skip


def _range(draws: Any) -> Range:
    return Range(*(float(x[0]) for x in summaries(draws[None, :])))
