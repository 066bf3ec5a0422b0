"""The note before an energy audit, gathered from what the twin holds of a building."""

from datetime import date
from pathlib import Path
from typing import Any

from jumeau.documents.context import Range
from jumeau.documents.numbers import about, interval, number
from jumeau.documents.pre_audit import Hourly, PreAudit, StepLine, pre_audit
from jumeau.errors import NotFoundError
from jumeau.model.query import Compare
from jumeau.store.port import NOW
from jumeau.texts import t
from jumeau.twin.building_commune import CommuneStock, commune_stock
from jumeau.twin.building_documents import Placed, called, due_on, printed, sources_of
from jumeau.twin.building_hours import hours
from jumeau.twin.building_known import OF_HOMES, SAID
from jumeau.twin.building_places import place_name
from jumeau.twin.building_sheet import LAYER, sheet
from jumeau.twin.weather import said as weather_said

VISITED = tuple(name for name in SAID if name not in ("usage", "height_m", *OF_HOMES))


def write_pre_audit(twin: Placed, building: str, out: Path) -> Path:
    """The note of one building, as PDF/UA, or as Word where `out` ends in .docx. Raises NotFoundError for an unknown
    building."""
    found = twin.view.read(LAYER, where=Compare("id", "=", building), provenance=True, moment=NOW)
    if not found.num_rows:
        raise NotFoundError("batiments.introuvable", building=building)
    return printed(pre_audit(_context(twin, found.to_pylist()[0])), out, twin.context().date)


def _context(twin: Placed, row: dict[str, Any]) -> PreAudit:
    stock = commune_stock(twin, row["commune"])
    said, place, on = sheet(twin, row["id"], read=lambda _: stock), twin.territory(), twin.context().date
    town = place_name(str(row["commune"])) if row["commune"] else ""
    alone = stock.alone(row["id"])
    floor = _range(said["floor"])
    return PreAudit(
        title=", ".join(x for x in (called(row), town) if x), territory=str(place["name"]),
        synthetic=bool(place["synthetic"]), date=on, state=twin.view.head(), actor=twin.view.actor.name,
        known=(*((k["what"], k["value"], k["origin"]) for k in said["known"]), *_official(said["dpe"])),
        floor=floor, energy=_range(said["energy"]), label=said["label"], label_computed=said["label_computed"],
        label_notes=tuple(said["label_notes"]),
        label_span=(said["label_best"], said["label_worst"]) if said["label_best"] else None, per_m2=_range(said["per_m2"]),
        steps=tuple(_line(s) for s in said["steps"]), total=_range(said["total"]),
        duties=tuple(_duty(d, on) for d in said["duties"]), model=_range(said["model"]), bill=said["bill"],
        envelope=tuple(_element(e) for e in said["envelope"]), hourly=_hourly(twin, row["id"], alone, stock),
        visit=_visit(row), sources=tuple(sources_of(twin, [row["id"]])),
    )  # fmt: skip


def _range(said: dict[str, float] | None) -> Range:
    return Range() if said is None else Range(**said)


def _line(step: dict[str, Any]) -> StepLine:
    return StepLine(
        title=step["title"], quantity=step["quantity"], unit=step["unit"], cost=Range(**step["cost"]),
        energy=Range(**step["energy"]), saved=Range(**step["saved"]), label=_labelled(step),
        reached=max(step["reached"], default=None), cautions=tuple(step["cautions"]),
    )  # fmt: skip


def _labelled(step: dict[str, Any]) -> str | None:
    """The label after a step, with that of the official method beside it where a DPE is attached."""
    one = step["official"]
    if one is None:
        return step["label"] and str(step["label"])
    said = {"label": step["label"] or t("rapport.inconnu"), "official": one["label"]}
    key = "etapes_3cl_case_sure" if one["best"] == one["worst"] else "etapes_3cl_case"
    return t(f"batiments.{key}", **said, best=one["best"], worst=one["worst"])


def _official(dpe: dict[str, Any] | None) -> tuple[tuple[str, str, str], ...]:
    """The DPE attached to a building, as one line of what is known."""
    if dpe is None:
        return ()
    words = {"number": dpe["number"], "label": dpe["label"], "recorded": dpe["recorded"] or t("rapport.inconnu")}
    return ((t("etudes.quoi_dpe"), t("etudes.dpe_joint", **words), t("etudes.origine_declared")),)


def _area(area: Range) -> str:
    """An area as sure as it is: to two digits with its interval where it is estimated."""
    said = about(area, 2 if area.low != area.high else 3)
    return f"{number(said.value)} m²" + (f" ({interval(said)})" if area.low != area.high else "")


def _element(element: dict[str, Any]) -> tuple[str, str, str, str]:
    area, u = Range(**element["area"]), Range(**element["u"])
    return (
        t(f"etudes.element_{element['element']}"), _area(area),
        f"{number(u.value, 2)} ({number(u.low, 2)} à {number(u.high, 2)})",
        t("etudes.element_fait" if element["done"] else f"etudes.element_{element['said'] or 'inconnu'}"),
    )  # fmt: skip


def _duty(duty: dict[str, Any], on: date) -> tuple[str, str, str, str]:
    state = "si_loue" if duty["if_let"] else duty["state"]
    said = t(f"etudes.etat_{state}", missing=", ".join(duty["questions"]))
    standing = duty["state"] == "due" or duty["if_let"]
    return duty["title"], said, due_on(duty["deadline"], on, standing=standing), duty["reference"]


def _hourly(twin: Placed, building: str, alone: CommuneStock, stock: CommuneStock) -> Hourly | None:
    """Peak and needs of the diagnosis, the coldest week and the roof of the hourly curve."""
    from jumeau.engines.buildings.diagnose import diagnose

    found = hours(twin, building, read=lambda _: stock.bundle)
    if found is None:
        return None
    row = diagnose(alone.bundle, alone.ctx).assets.to_pylist()[0]
    cold, solar = found["cold"], found["solar"]
    return Hourly(
        heat=_range(found["heat_kwh"]), peak=_of(row, "buildings_heating_peak_kw"),
        cooling=_of(row, "buildings_cooling_need_kwh"), hot_h=found["hot_hours"],
        solar=(solar["kw"], solar["kwh"], solar["used"]), weather=weather_said(twin.view),
        week=(tuple(cold["heat_kw"]), tuple(cold["heat_kw_low"]), tuple(cold["heat_kw_high"])),
    )  # fmt: skip


def _of(row: dict[str, Any], name: str) -> Range:
    return Range(row[name], row[f"{name}_low"], row[f"{name}_high"])


def _visit(row: dict[str, Any]) -> tuple[str, ...]:
    """What to read on the spot: what is not known first, then what no file tells."""
    unknown = [t(f"etudes.visite_{name}") for name in VISITED if row[name] is None]
    return (*unknown, *t("etudes.visite_toujours").split("|"))
