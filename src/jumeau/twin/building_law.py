"""What the law asks of buildings, and when: of one, and of all those of a commune."""

from collections import Counter
from datetime import date
from typing import Any

import msgspec
import numpy as np

from jumeau.engines.buildings.choices import HEATED_USES, LAYER
from jumeau.engines.buildings.diagnose import labelled
from jumeau.engines.buildings.duties import RENTAL, Duty, duties
from jumeau.engines.buildings.envelope import envelope
from jumeau.engines.buildings.power import nominal_power
from jumeau.engines.buildings.stock import stock
from jumeau.engines.groups import summaries
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.tally import Draws
from jumeau.model.territory import referential
from jumeau.rules.loader import facts as facts_asked
from jumeau.rules.loader import rule
from jumeau.store.port import NOW, Moment
from jumeau.texts import t
from jumeau.twin import runs
from jumeau.twin.building_places import communes_of
from jumeau.twin.buildings import FIELD, Seen
from jumeau.twin.registry import engine

LAW_DRAWS = 32
FLOOR_STEPS, POWER_STEPS = (250.0, 1000.0), (70.0, 290.0)
"""Values from which a duty holds [m², kW]: an estimate that may fall on both sides of one leaves the duty to be checked."""


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """One duty over a stock: buildings that owe it, that are late, and those where a fact is missing (`unknown`, of which
    `if_let` owe it if they are let); missing: what would settle these, in words, the most often missing first."""

    rule: str
    title: str
    reference: str
    deadline: date | None
    confidence: str
    due: int
    late: int
    unknown: int
    buildings: tuple[str, ...]
    if_let: int = 0
    missing: tuple[str, ...] = ()


def facts_of(
    bundle: Bundle, ctx: Context, computed: tuple[Diagnosis, list[str | None]] | None = None
) -> list[dict[str, Any]]:
    """What is known, or computed without doubt, of each building of a bundle: answers to `rules/facts.yaml`.

    computed: diagnosis and labels of the bundle, when they are there already.
    """
    table, draws = bundle[LAYER], Draws(ctx, FIELD)
    whole = stock(table)
    floor, energy = (np.full((3, len(whole.ids)), np.nan) for _ in range(2))
    rows = np.flatnonzero(whole.modelled)
    if len(rows):
        floor[:, rows] = summaries(envelope(whole.take(rows), draws).floor)
    power = nominal_power(bundle, ctx, whole.use != HOME, POWER_STEPS)
    if computed is None:
        diagnosis, told = labelled(bundle, ctx)
        computed = diagnosis, told["buildings_label"].to_pylist()
    found, named, known = computed[0].assets, computed[1], referential()
    energy[0] = [np.nan if v is None else v for v in found["buildings_annual_energy_kwh"].to_pylist()]
    out = []
    for i, row in enumerate(table.select(_COLUMNS).to_pylist()):
        home = None if row["usage"] in (None, "indifferencie") else row["usage"] == "residentiel"
        facts: dict[str, Any] = {
            "dwelling": home, "dpe_class": row["dpe_class"] or named[i], "public_body": row["public_owner"],
            "overseas": row["commune"] is not None and str(row["commune"])[:2] in ("97", "98"),
            "permit_year": row["construction_year"],
            # a house is no collective building
            "lots": 0 if row["dwellings"] == 1 else row["dwellings"],
        }  # fmt: skip
        if home:
            facts["let"] = let(row)
        if home is False and row["usage"] not in ("industriel", "agricole", "religieux", "annexe"):
            area = row["floor_area_m2"] or _sure(floor[:, i], FLOOR_STEPS)
            facts |= {"tertiary_area_m2": area, "building_area_m2": area, "hvac_kw": _sure(power[:, i], POWER_STEPS)}
        if row["usage"] == "religieux":
            # a place of worship is out of the decree (CCH, R174-22, II, 2°)
            facts["tertiary_area_m2"] = 0.0
        facts["final_energy_kwh_m2"] = row["dpe_final_kwh_m2"]
        if row["dpe_final_kwh_m2"] is None and np.isfinite(energy[0, i]) and np.isfinite(floor[0, i]):
            facts["final_energy_kwh_m2"] = float(energy[0, i] / floor[0, i])
        if row["public_owner"] and known.knows(str(row["commune"])):
            facts["population"] = known.commune(str(row["commune"])).population
        out.append({k: v for k, v in facts.items() if v is not None})
    return out


HOME = HEATED_USES.index("residentiel")
_COLUMNS = [
    "usage", "dpe_class", "public_owner", "commune", "construction_year", "dwellings", "floor_area_m2", "occupancy_status",
    "let_share", "dpe_final_kwh_m2",
]  # fmt: skip


def let(row: dict[str, Any]) -> bool | None:
    """Whether some dwelling of a building is let; None where nothing says it, and where it stands empty."""
    if row["let_share"] is not None:
        return bool(row["let_share"] > 0)
    return {"loue": True, "mixte": True, "occupe_proprietaire": False, "logement_fonction": False}.get(
        row["occupancy_status"] or ""
    )


def _sure(triple: np.ndarray, steps: tuple[float, ...]) -> float | None:
    """The mean where its interval does not cross a threshold, else None."""
    mean, low, high = triple
    if not np.isfinite(mean) or any(low <= step <= high for step in steps):
        return None
    return float(mean)


def deadlines(twin: Seen, place: str, moment: Moment = NOW) -> list[Deadline]:
    """Duties of the buildings of a commune, EPCI or département, the nearest first; those that hold for no building are left
    out."""
    ctx = msgspec.structs.replace(twin.context(moment), draws=LAW_DRAWS)
    communes = ",".join(communes_of(place))
    bundle = engine(FIELD).inventory(runs.inputs_of(twin.view, FIELD, communes, moment), place)
    if not bundle[LAYER].num_rows:
        return []
    return gathered(bundle, ctx)


def gathered(bundle: Bundle, ctx: Context, known: list[dict[str, Any]] | None = None) -> list[Deadline]:
    """The same of a bundle. known: answers of its buildings, when they are there already."""
    by: dict[tuple[str, date | None], list[tuple[Duty, str]]] = {}
    names = bundle[LAYER].select(["nom", "code", "id"]).to_pylist()
    judged: dict[Any, list[Duty]] = {}
    for facts, row in zip(facts_of(bundle, ctx) if known is None else known, names, strict=True):
        alike = _alike(facts)
        if alike not in judged:
            judged[alike] = duties(facts, ctx.date)
        for duty in judged[alike]:
            if duty.state != "none":
                key = (duty.rule, duty.deadline)
                by.setdefault(key, []).append((duty, row["nom"] or row["code"] or row["id"]))
    out = [_deadline(rule(name).reference, when, some) for (name, when), some in by.items()]
    return sorted(out, key=lambda d: (d.due + d.late == 0, d.deadline or date.max, d.rule))


def rental(bundle: Bundle, ctx: Context) -> list[Deadline]:
    """Duties of the dwellings of a bundle that are let or may be, with the year each label can no longer be."""
    if not bundle[LAYER].num_rows:
        return []
    return [d for d in gathered(bundle, msgspec.structs.replace(ctx, draws=LAW_DRAWS)) if d.rule in RENTAL]


_EDGES: dict[str, tuple[float, ...]] = {
    "tertiary_area_m2": FLOOR_STEPS, "building_area_m2": FLOOR_STEPS, "hvac_kw": POWER_STEPS, "final_energy_kwh_m2": (450.0,),
    "permit_year": (2012.5,), "lots": (0.5, 49.5, 200.5), "population": (4999.5, 49999.5),
}  # fmt: skip
"""Values on either side of which the rules say something else: thousands of dwellings make a few cases."""


def _alike(facts: dict[str, Any]) -> Any:
    """What the rules see of the facts of a building."""
    return frozenset((k, int(np.searchsorted(_EDGES[k], v)) if k in _EDGES else v) for k, v in facts.items())


def _deadline(reference: str, when: date | None, some: list[tuple[Duty, str]]) -> Deadline:
    first = some[0][0]
    states = [duty.state for duty, _ in some]
    named = tuple(dict.fromkeys(name for duty, name in some if duty.state != "unknown"))[:5]
    return Deadline(
        rule=first.rule, title=first.title, reference=reference, deadline=when,
        confidence=t(f"regles.confiance_{first.confidence}"),
        due=states.count("due"), late=states.count("late"), unknown=states.count("unknown"), buildings=named,
        if_let=sum(duty.if_let for duty, _ in some),
        missing=tuple(asked(name) for name, _ in Counter(m for duty, _ in some for m in duty.missing).most_common(3)),
    )  # fmt: skip


def asked(fact: str) -> str:
    """What a fact that is missing is called, in words that go on a sentence."""
    known = facts_asked()
    title = known[fact].title if fact in known else fact
    return title[:1].lower() + title[1:]
