"""Documents on buildings, from what the twin holds: the note before an audit, the draft plan of a commune."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.compute as pc

from jumeau.documents.building import BuildingLine, PreAudit, StepLine, StockPlan, pre_audit, stock_plan
from jumeau.documents.context import Range
from jumeau.documents.numbers import day, number
from jumeau.documents.render import print_pdf
from jumeau.engines.groups import summaries
from jumeau.errors import NotFoundError
from jumeau.model.query import Compare
from jumeau.store.port import NOW
from jumeau.texts import t
from jumeau.twin import runs
from jumeau.twin.building_sheet import LAYER, all_done, floors, sheet
from jumeau.twin.buildings import FIELD
from jumeau.twin.core import Twin
from jumeau.twin.registry import engine

SAID = (
    "usage", "floor_area_m2", "construction_year", "height_m", "storeys", "heating_energy", "heating_system",
    "annual_energy_kwh", "dpe_class", "insulation", "control_class",
)  # fmt: skip
PLAN_DRAWS = 64


def write_pre_audit(twin: Twin, building: str, out: Path) -> Path:
    """The note of one building, as PDF/UA. Raises NotFoundError for an unknown building."""
    found = twin.view.read(LAYER, where=Compare("id", "=", building), provenance=True, moment=NOW)
    if not found.num_rows:
        raise NotFoundError("batiments.introuvable", building=building)
    row, said, place = found.to_pylist()[0], sheet(twin, building), twin.territory()
    on = twin.context().date
    context = PreAudit(
        title=row["nom"] or row["code"] or building, territory=str(place["name"]), synthetic=bool(place["synthetic"]),
        date=on,
        known=tuple(_known(row, name) for name in SAID),
        energy=Range() if said["energy"] is None else Range(**said["energy"]), label=said["label"],
        steps=tuple(_line(s) for s in said["steps"]), duties=tuple(_duty(d) for d in said["duties"]),
    )  # fmt: skip
    return print_pdf([pre_audit(context)], out, on)


def _known(row: dict[str, Any], name: str) -> tuple[str, str, str]:
    value, origin = row[name], row.get(f"{name}__origin")
    if value is None:
        return t(f"etudes.quoi_{name}"), t("rapport.inconnu"), ""
    shown = number(value, 0 if float(value).is_integer() else 1) if isinstance(value, float) else str(value)
    return t(f"etudes.quoi_{name}"), shown, t(f"etudes.origine_{origin}") if origin else ""


def _line(step: dict[str, Any]) -> StepLine:
    return StepLine(
        title=step["title"], quantity=step["quantity"], unit=step["unit"], cost=Range(**step["cost"]),
        saved=Range(**step["saved"]), label=step["label"], reached=max(step["reached"], default=None),
        cautions=tuple(step["cautions"]),
    )  # fmt: skip


def _duty(duty: dict[str, Any]) -> str:
    from datetime import date

    when = duty["deadline"]
    told = "" if when is None else t("etudes.echeance", day=day(date.fromisoformat(when) if isinstance(when, str) else when))
    return t(f"etudes.obligation_{duty['state']}", title=duty["title"], deadline=told, count=len(duty["missing"]))


def write_stock_plan(twin: Twin, commune: str, out: Path) -> Path:
    """The draft plan of the public buildings of a commune, as PDF/UA. Raises NotFoundError where none is known."""
    from jumeau.engines.buildings.inventory import public_owner
    from jumeau.engines.buildings.stock import stock

    bundle = engine(FIELD).inventory(runs.inputs_of(twin.view, FIELD, commune, NOW), commune)
    table = bundle[LAYER]
    public = table.filter(pc.and_(public_owner(table), pc.fill_null(pc.not_equal(table["usage"], "residentiel"), True)))
    whole = stock(public)
    ids = [i for i, ok in zip(public["id"].to_pylist(), whole.modelled, strict=True) if ok]
    if not ids:
        raise NotFoundError("etudes.sans_batiment_public", commune=commune)
    ctx = msgspec.structs.replace(twin.context(), draws=PLAN_DRAWS)
    place = twin.territory()
    context = _plan(dict(bundle) | {LAYER: public}, ids, ctx, {
        "place": _name(twin, commune), "territory": str(place["name"]), "synthetic": bool(place["synthetic"]),
        "date": ctx.date, "unknown": public.num_rows - len(ids),
    })  # fmt: skip
    return print_pdf([stock_plan(context)], out, ctx.date)


def _plan(bundle: Any, ids: list[str], ctx: Any, common: dict[str, Any]) -> StockPlan:
    from jumeau.engines.buildings.packages import packages_and_costs
    from jumeau.engines.buildings.tertiary import STEPS

    made, spent = packages_and_costs(bundle, ctx, ids)
    named = bundle[LAYER].select(["id", "nom", "code", "usage"]).to_pylist()
    rows = {r["id"]: (r, f) for r, f in zip(named, floors(bundle, ctx), strict=True)}
    total = msgspec.structs.replace(ctx, detail=False)
    before, after = (engine(FIELD).diagnose(b, total).groups.draws[:, 0].sum(axis=0) for b in (bundle, all_done(bundle)))
    lines = [_building(p, _range(cost), *rows[p.building]) for p, cost in zip(made, spent, strict=True)]
    lines.sort(key=lambda x: -(x.energy.value or 0.0))
    now = float(before.mean())
    return StockPlan(
        count=len(ids), energy=_range(before), after=_range(after), cost=_range(spent.sum(axis=0)), lines=tuple(lines),
        targets=tuple((year, cut, now * (1 - cut)) for year, cut in STEPS.items()), **common,
    )  # fmt: skip


def _building(package: Any, cost: Range, row: dict[str, Any], floor: float) -> BuildingLine:
    last = package.steps[-1] if package.steps else None
    return BuildingLine(
        name=row["nom"] or row["code"] or row["id"], use=t(f"etudes.usage_{row['usage']}"),
        floor=float(floor) if np.isfinite(floor) else None, label=package.label, energy=Range(*package.energy),
        saved=Range(*last.saved) if last else Range(0.0, 0.0, 0.0), cost=cost,
    )  # fmt: skip


def _range(draws: Any) -> Range:
    return Range(*(float(x[0]) for x in summaries(draws[None, :])))


def _name(twin: Twin, commune: str) -> str:
    found = twin.view.read("commune", where=Compare("commune", "=", commune), columns=["nom"], moment=NOW)
    return str(found["nom"][0].as_py()) if found.num_rows and found["nom"][0].as_py() else commune
