"""The draft plan (SDIE) of the buildings of a commune, from what the twin holds."""

from datetime import date
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np
import pyarrow.compute as pc

from jumeau.documents.building import BuildingLine, StockPlan, stock_plan
from jumeau.documents.context import Range
from jumeau.documents.numbers import about, day, number
from jumeau.documents.render import print_pdf
from jumeau.engines.groups import summaries
from jumeau.errors import NotFoundError
from jumeau.texts import t
from jumeau.twin.building_commune import floors, place_bundle
from jumeau.twin.building_law import LAW_DRAWS, Deadline, gathered, rental
from jumeau.twin.building_places import place_name
from jumeau.twin.building_sheet import LAYER, all_done
from jumeau.twin.buildings import FIELD, Seen
from jumeau.twin.registry import engine
from jumeau.twin.tertiary import declared, told


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


def write_stock_plan(twin: Placed, place: str, out: Path) -> Path:
    """The draft plan of the public buildings of a commune, of an EPCI or of a département, as PDF/UA. Raises NotFoundError
    where none is known."""
    from jumeau.engines.buildings.inventory import public_owner
    from jumeau.engines.buildings.stock import stock

    bundle = place_bundle(twin, place)
    table = bundle[LAYER].filter(public_owner(bundle[LAYER]))
    home = pc.fill_null(pc.equal(table["usage"], "residentiel"), False)
    public, homes = table.filter(pc.invert(home)), table.filter(home)
    whole = stock(public)
    ids = [i for i, ok in zip(public["id"].to_pylist(), whole.modelled, strict=True) if ok]
    if not ids:
        raise NotFoundError("etudes.sans_batiment_public", place=place_name(place))
    ctx = twin.context()
    territory = twin.territory()
    context = _plan(dict(bundle) | {LAYER: public}, ids, ctx, {
        "place": place_name(place), "territory": str(territory["name"]), "synthetic": bool(territory["synthetic"]),
        "date": ctx.date, "unknown": public.num_rows - len(ids), "followed": _followed(twin, ctx.date, place),
        "homes": tuple(_rental(d, ctx.date) for d in rental(dict(bundle) | {LAYER: homes}, ctx)),
    })  # fmt: skip
    return print_pdf([stock_plan(context)], out, ctx.date)


def _plan(bundle: Any, ids: list[str], ctx: Any, common: dict[str, Any]) -> StockPlan:
    from jumeau.engines.buildings.packages import packages_and_costs
    from jumeau.engines.buildings.tertiary import STEPS

    made, spent = packages_and_costs(bundle, ctx, ids)
    named = bundle[LAYER].select(["id", "nom", "code", "usage"]).to_pylist()
    owed = [d for d in gathered(bundle, msgspec.structs.replace(ctx, draws=LAW_DRAWS)) if d.due + d.late]
    rows = {r["id"]: (r, f) for r, f in zip(named, floors(bundle, ctx), strict=True)}
    total = msgspec.structs.replace(ctx, detail=False)
    before, after = (engine(FIELD).diagnose(b, total).groups.draws[:, 0].sum(axis=0) for b in (bundle, all_done(bundle)))
    lines = [_building(p, _range(cost), *rows[p.building]) for p, cost in zip(made, spent, strict=True)]
    lines.sort(key=lambda x: -(x.energy.value or 0.0))
    now = float(before.mean())
    return StockPlan(
        count=len(ids), energy=_range(before), after=_range(after), cost=_range(spent.sum(axis=0)), lines=tuple(lines),
        uses=_uses(lines), duties=tuple(_deadline(d, ctx.date) for d in owed),
        targets=tuple((year, cut, now * (1 - cut)) for year, cut in STEPS.items()), **common,
    )  # fmt: skip


def _building(package: Any, cost: Range, row: dict[str, Any], floor: float) -> BuildingLine:
    last = package.steps[-1] if package.steps else None
    return BuildingLine(
        name=called(row), use=t(f"etudes.usage_{row['usage']}"),
        floor=float(floor) if np.isfinite(floor) else None, label=package.label, energy=Range(*package.energy),
        saved=Range(*last.saved) if last else Range(0.0, 0.0, 0.0), cost=cost,
    )  # fmt: skip


def _uses(lines: list[BuildingLine]) -> tuple[tuple[str, ...], ...]:
    """Buildings, floor and energy by use, the largest first."""
    out = []
    for use in dict.fromkeys(x.use for x in lines):
        mine = [x for x in lines if x.use == use]
        floor, energy = sum(x.floor or 0.0 for x in mine), sum(x.energy.value or 0.0 for x in mine)
        out.append((energy, (use, number(len(mine)), number(about(Range(floor)).value), number(about(Range(energy)).value))))
    return tuple(row for _, row in sorted(out, key=lambda x: -x[0]))


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
    said += [t("etudes.si_loue", count=number(duty.if_let))] if duty.if_let else []
    said += [t("etudes.a_verifier", count=number(unknown))] if unknown else []
    return title, when if duty.deadline or known or duty.if_let else t("rapport.inconnu"), ", ".join(said), reference


def _followed(twin: Placed, on: date, place: str) -> tuple[tuple[str, ...], ...]:
    """Declared sites of each owner taken together."""

    def shown(value: int | None) -> str:
        return t("rapport.inconnu") if value is None else number(value)

    pools = told(declared(twin, on.year, place))["pools"]
    return tuple(
        (p["owner_name"], f"{p['sites'] - p['unknown']} / {p['sites']}", shown(p["reference_kwh"]),
         shown(p["now_kwh"]), shown(p["allowed_kwh"]), shown(p["gap_kwh"]))
        for p in pools
    )  # fmt: skip


def _range(draws: Any) -> Range:
    return Range(*(float(x[0]) for x in summaries(draws[None, :])))
