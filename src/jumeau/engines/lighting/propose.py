"""What can be done on the lighting of each commune and owner, with its cost, its need and its digital part."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jumeau.engines.costs import costed
from jumeau.engines.lighting.apply import (
    CABINET,
    CLOCK,
    DETECTION,
    DIMMING,
    GATEWAY,
    INVENTORY,
    LED_RELAMP,
    PART_NIGHT,
    PART_NIGHT_REMOTE,
    PART_NIGHT_STREETS,
    POINT_REMOTE,
    POWER_STEP,
    REMOTE,
    REMOVAL,
)  # fmt: skip
from jumeau.engines.lighting.attach import positions
from jumeau.engines.lighting.facts import LED, REGIMES, TECHNOLOGIES, TYPES
from jumeau.engines.lighting.inventory import cabinet_rows
from jumeau.engines.lighting.photometry.assurance import assess
from jumeau.engines.lighting.photometry.catalogue import LAYER, optics_of
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.tables import codes, flat, floats, texts
from jumeau.engines.tally import Draws
from jumeau.model.action import Action, actions_table
from jumeau.model.origin import Origin
from jumeau.model.territory import referential
from jumeau.texts import t

PRICE_YEAR = 2025
TRANCHE = 500
POWER_RATIO, LED_ULR, LED_CCT_K = 0.4, 0.02, 3000
OFF_FROM_H, OFF_TO_H = 23.0, 5.0
OLD_CLOCKS = ("cellule", "radio", "manuel", "autre")
CLOCK_TYPES = ("horloge_astronomique", *OLD_CLOCKS)
CALENDARS = (PART_NIGHT, PART_NIGHT_REMOTE, PART_NIGHT_STREETS, DIMMING, POINT_REMOTE, POWER_STEP, DETECTION, CLOCK, CABINET)
LIFETIME_Y = {
    LED_RELAMP: 20, PART_NIGHT: 15, PART_NIGHT_REMOTE: 10, REMOTE: 10, GATEWAY: 10, INVENTORY: 10, PART_NIGHT_STREETS: 15,
    DIMMING: 15, POWER_STEP: 15, POINT_REMOTE: 10, DETECTION: 12, REMOVAL: 30, CLOCK: 15, CABINET: 30,
}  # fmt: skip
NEEDS = {
    LED_RELAMP: ("lanterne_led", "point"),
    PART_NIGHT: ("horloge_astronomique", "armoire"),
    PART_NIGHT_REMOTE: ("programmation_coupure", "armoire"),
    REMOTE: ("telegestion_armoire", "armoire"),
    GATEWAY: ("passerelle_iot", "passerelle"),
    INVENTORY: ("inventaire_eclairage", "point"),
    PART_NIGHT_STREETS: ("horloge_astronomique", "armoire"),
    DIMMING: ("gradation_led", "point"),
    POWER_STEP: ("gradation_led", "point"),
    POINT_REMOTE: ("telegestion_point", "point"),
    DETECTION: ("detection_presence", "point"),
    REMOVAL: ("depose_point", "point"),
    CLOCK: ("horloge_astronomique", "armoire"),
    CABINET: ("armoire_neuve", "armoire"),
}

Rows = NDArray[np.bool_]
Ids = NDArray[np.object_]
Floats = NDArray[np.float64]


class Site(msgspec.Struct, frozen=True):
    """The lighting of one owner in one commune: arrays over its luminaires, and its cabinets when they are known."""

    commune: str
    owner: str
    ids: Ids
    type: NDArray[np.int8]
    technology: NDArray[np.int8]
    regime: NDArray[np.int8]
    managed: Rows
    guessed: Rows
    removed: Rows
    scheduled: Rows
    clock: NDArray[np.int8]
    road_class: Ids
    spacing_m: Floats
    height_m: Floats
    year: Floats
    xy: Floats
    feeder: NDArray[np.int64]
    cabinets: Ids
    cabinet_row: NDArray[np.int64]
    cabinet_managed: Rows
    cabinet_clock: Rows
    cabinet_old_clock: Rows
    cabinet_year: Floats

    @property
    def lit(self) -> Rows:
        """Luminaires in service that nothing is known to switch off in the night."""
        return ~np.isin(self.regime, [REGIMES.index("coupure"), REGIMES.index("detection")]) & ~self.removed

    @property
    def place(self) -> str:
        """Name of the commune, its code when the referential does not know it."""
        known = referential()
        return known.commune(self.commune).nom if known.knows(self.commune) else self.commune

    def name(self, kind: str, part: str = "") -> str:
        """Id of an action here: kind, commune, part of the stock, and the owner when it is not the commune."""
        own = self.owner == f"commune:{self.commune}"
        return "/".join(filter(None, [kind, self.commune, part, "" if own else self.owner]))


def propose(inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:
    """One row of ACTION_SCHEMA per feasible action, by commune and owner in order.

    A luminaire without owner is the commune's. Where no cabinet is known their number is estimated from the luminaires and
    the action says so.
    """
    draw = Draws(ctx, "lighting")
    out: list[Action] = []
    for site in _sites(inventory, diagnosis):
        out += [_judged(action, inventory, draw) for action in _relamps(site, draw)]
        out += _apart(_switching(site, draw), options(site, draw))
        out += _survey(site, draw)
    return actions_table(out)


def _sites(inventory: Bundle, diagnosis: Diagnosis) -> Iterator[Site]:
    lights, cabinets = inventory["luminaire"], inventory["armoire"]
    energy = pc.index_in(
        diagnosis.assets["lighting_annual_energy_kwh__origin"], value_set=pa.array([Origin.INFERRED, Origin.DEFAULT])
    )
    columns: dict[str, Any] = {
        "ids": texts(lights, "id"),
        "type": codes(lights, "luminaire_type", TYPES),
        "technology": codes(lights, "lamp_technology", TECHNOLOGIES),
        "regime": codes(lights, "regime", REGIMES),
        "managed": (floats(lights, "remote_managed") == 1) | _fed_by_managed(lights, cabinets),
        "guessed": np.asarray(pc.is_valid(energy)),
        "removed": floats(lights, "in_service") == 0,
        "scheduled": np.asarray(pc.or_(pc.is_valid(lights["night_profile"]), pc.is_valid(lights["dimming_steps"]))),
        "clock": codes(lights, "clock_type", CLOCK_TYPES),
        "road_class": texts(lights, "road_class"),
        "spacing_m": floats(lights, "spacing_m"),
        "height_m": floats(lights, "height_m"),
        "year": floats(lights, "install_year"),
        "xy": positions(lights),
        "feeder": np.asarray(pc.fill_null(cabinet_rows(lights, cabinets), -1), np.int64),
    }
    of_cabinets: dict[str, Any] = {
        "cabinets": texts(cabinets, "id"),
        "cabinet_row": np.arange(cabinets.num_rows),
        "cabinet_managed": floats(cabinets, "remote_managed") == 1,
        "cabinet_old_clock": np.isin(texts(cabinets, "clock_type").astype(str), OLD_CLOCKS),
        "cabinet_year": floats(cabinets, "install_year"),
        "cabinet_clock": texts(cabinets, "clock_type") == "horloge_astronomique",
    }
    mine, theirs = _owners(lights), _owners(cabinets)
    names, inverse = np.unique(mine, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    bounds = np.searchsorted(inverse[order], np.arange(len(names) + 1))
    for i, name in enumerate(names):
        rows, at = order[bounds[i] : bounds[i + 1]], theirs == name
        commune, _, owner = str(name).partition("\x1f")
        if not commune:
            continue
        taken = {k: v[rows] for k, v in columns.items()} | {k: v[at] for k, v in of_cabinets.items()}
        yield Site(commune=commune, owner=owner, **taken)


def _owners(table: pa.Table) -> NDArray[np.str_]:
    """`commune` and owner of each row as one text; the owner is the commune when it is not said."""
    commune = pc.fill_null(table["commune"], "")
    owner = pc.coalesce(table["owner"], pc.binary_join_element_wise("commune", commune, ":"))
    return np.asarray(pc.binary_join_element_wise(commune, owner, "\x1f").to_pylist(), dtype=str)


def _apart(switching: Iterator[Action], more: list[Action]) -> list[Action]:
    """Actions on the calendar of the same luminaires, each excluding the others: a lamp has one calendar."""
    out = [*switching, *more]
    family = [a for a in out if a.kind in CALENDARS]
    touched = {a.id: set(a.assets) for a in family}
    clash = {
        a.id: tuple(b.id for b in family if b.id != a.id and not touched[a.id].isdisjoint(touched[b.id])) for a in family
    }
    return [msgspec.structs.replace(a, excludes=clash[a.id]) if clash.get(a.id) else a for a in out]


def _fed_by_managed(lights: pa.Table, cabinets: pa.Table) -> Rows:
    managed = np.array([*cabinets.filter(pc.fill_null(cabinets["remote_managed"], False))["code"].drop_null().to_pylist()])
    fed_by = texts(lights, "armoire").astype(str)
    return np.asarray(np.isin(fed_by, managed.astype(str)) & (fed_by != ""))


def _relamps(site: Site, draw: Draws) -> Iterator[Action]:
    """LED lanterns by type of luminaire, for what is not known to be LED, in tranches of neighbours that a year can hold."""
    old = (site.technology != LED) & ~site.removed
    given = {
        "power_ratio": POWER_RATIO,
        "ulr": LED_ULR,
        "cct_k": LED_CCT_K,
        "year": draw.ctx.date.year + 1,
        "keep_class": True,
    }
    for code, kind in enumerate((*TYPES, "inconnu")):
        rows = np.flatnonzero(old & (site.type == code))
        cuts = np.array_split(rows, max(-(-len(rows) // TRANCHE), 1)) if len(rows) else []
        for rank, part in enumerate(cuts, 1):
            label = t(f"eclairage.type_{kind}")
            text = "relamp_tranche" if len(cuts) > 1 else "relamp_led"
            said = {"number": len(part), "kind": label, "commune": site.place, "rank": rank, "ranks": len(cuts)}
            name = kind if len(cuts) == 1 else f"{kind}-{rank:03d}"
            action = make_action(
                site, LED_RELAMP, t(f"eclairage.{text}", **said), part=name, assets=site.ids[part], parameters=given
            )
            yield priced(action, len(part), draw, "cost_led_eur")


def _judged(action: Action, inventory: Bundle, draw: Draws) -> Action:
    """The relamping with what the photometric engine says of the class of its streets."""
    lights = inventory["luminaire"]
    rows = lights.take(pc.index_in(pa.array(action.assets), value_set=flat(lights["id"])))
    found = assess(rows, json.loads(action.parameters or "{}"), optics_of(inventory.get(LAYER)), draw)
    share = None if np.isnan(found.share) else round(found.share, 3)
    return msgspec.structs.replace(action, verdict=found.state, verdict_share=share, verdict_why=found.why)


def _switching(site: Site, draw: Draws) -> Iterator[Action]:
    """Part-night switch-off by clock, remote management of cabinets, its gateway, and the switch-off it allows."""
    window = {"off_from_h": OFF_FROM_H, "off_to_h": OFF_TO_H}
    lit = site.lit
    remote, gateway = (site.name(k) for k in (REMOTE, GATEWAY))
    unmanaged = site.ids[~site.managed]
    if lit.any():
        needy = site.cabinets[~site.cabinet_clock & ~site.cabinet_managed]
        number, told = cabinet_count(site, needy, len(site.ids), draw)
        title = t("eclairage.part_night", number=int(lit.sum()), commune=site.place, cabinets=told)
        assets = np.concatenate([site.ids[lit], needy])
        action = make_action(site, PART_NIGHT, title, assets=assets, parameters=window | {"clock": True})
        yield priced(action, number, draw, "cost_clock_eur", digital="clock")
    if not len(unmanaged):
        return
    needy = site.cabinets[~site.cabinet_managed]
    number, told = cabinet_count(site, needy, len(unmanaged), draw)
    served = float(np.round(number.mean()))
    title = t("eclairage.remote_cabinet", commune=site.place, cabinets=told)
    capacity = f"passerelle:{site.commune}"
    action = make_action(site, REMOTE, title, assets=np.concatenate([unmanaged, needy]), requires_any=(gateway,))
    action = msgspec.structs.replace(action, consumes={capacity: served})
    yield priced(action, number, draw, "cost_remote_eur", digital="remote", running="running_remote_eur")
    each = draw.law("gateway_capacity").mode
    wanted = max(int(np.ceil(served / each)), 1)
    title = t("eclairage.gateway", number=wanted, commune=site.place, capacity=int(wanted * each))
    action = msgspec.structs.replace(make_action(site, GATEWAY, title), provides={capacity: wanted * each})
    yield priced(action, wanted, draw, "cost_gateway_eur", digital="gateway", running="running_gateway_eur")
    if lit.any():
        title = t("eclairage.part_night_remote", number=int(lit.sum()), commune=site.place)
        rules: dict[str, Any] = {"requires_all": (remote,)}
        action = make_action(site, PART_NIGHT_REMOTE, title, assets=site.ids[lit], parameters=window, **rules)
        yield priced(action, number, draw, "cost_calendar_eur")


def _survey(site: Site, draw: Draws) -> Iterator[Action]:
    """Go and see the luminaires whose energy rests on a guess. It touches no asset: it changes what is known, not what is."""
    number = int(site.guessed.sum())
    if number:
        title = t("eclairage.inventory", number=number, commune=site.place)
        yield priced(make_action(site, INVENTORY, title), number, draw, "cost_inventory_eur")


def cabinet_count(site: Site, known: Ids, lights: int, draw: Draws) -> tuple[NDArray[np.float64], str]:
    """Number of cabinets on draws (1, D) and how to say it: those known, else an estimate from the lights they feed."""
    if len(site.cabinets):
        return np.full((1, draw.ctx.draws), float(len(known))), t("eclairage.armoires_connues", number=len(known))
    number = np.maximum(lights / draw("points_per_cabinet", [site.commune]), 1.0)
    return number, t("eclairage.armoires_estimees", number=round(float(number.mean())))


def options(site: Site, draw: Draws) -> list[Action]:
    """What else can be done here, each only where what it needs is known."""
    from jumeau.engines.lighting import options as more

    return list(more.options(site, draw))


def make_action(
    site: Site, kind: str, title: str, *, part: str = "", assets: Sequence[str] | Ids = (), **more: Any
) -> Action:
    need, unit = NEEDS[kind]
    parameters = json.dumps(more.pop("parameters", {}), sort_keys=True)
    return Action(
        id=site.name(kind, part),
        kind=kind,
        field="lighting",
        title=title,
        owner=site.owner,
        commune=site.commune,
        need=need,
        unit=unit,
        quantity=0.0,
        cost_eur=None,
        cost_eur_low=None,
        cost_eur_high=None,
        price_year=PRICE_YEAR,
        cost_source="",
        lifetime_y=LIFETIME_Y[kind],
        assets=tuple(assets),
        parameters=parameters,
        beneficiaries=(site.owner,),
        **more,
    )


def priced(action: Action, quantity: Any, draw: Draws, price: str, **more: str) -> Action:
    """See `costs.costed`; works start the year after, a calendar the same year."""
    done = costed(action, quantity, draw, price, **more)
    year = draw.ctx.date.year + (0 if action.kind in (PART_NIGHT, PART_NIGHT_STREETS, CLOCK) else 1)
    return msgspec.structs.replace(done, quantity=float(round(done.quantity)), earliest_year=year)
