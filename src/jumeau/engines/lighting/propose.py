"""What can be done on the lighting of each commune and owner, with its cost, its need and its digital part."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
)  # fmt: skip
from jumeau.engines.lighting.facts import LED, TYPES
from jumeau.engines.lighting.made import OFF_FROM_H, OFF_TO_H, cabinet_count, make_action, priced
from jumeau.engines.lighting.options import options
from jumeau.engines.lighting.photometry.assurance import assess
from jumeau.engines.lighting.photometry.catalogue import LAYER, optics_of
from jumeau.engines.lighting.sites import Site, sites
from jumeau.engines.protocol import Bundle, Context, Diagnosis
from jumeau.engines.tables import flat
from jumeau.engines.tally import Draws
from jumeau.model.action import Action, actions_table
from jumeau.texts import several, t

TRANCHE = 500
POWER_RATIO, LED_ULR, LED_CCT_K = 0.4, 0.02, 3000
CALENDARS = (PART_NIGHT, PART_NIGHT_REMOTE, PART_NIGHT_STREETS, DIMMING, POINT_REMOTE, POWER_STEP, DETECTION, CLOCK, CABINET)


def propose(inventory: Bundle, diagnosis: Diagnosis, ctx: Context) -> pa.Table:
    """One row of ACTION_SCHEMA per feasible action, by commune and owner in order.

    A luminaire without owner is the commune's. Where no cabinet is known their number is estimated from the luminaires and
    the action says so.
    """
    draw = Draws(ctx, "lighting")
    out: list[Action] = []
    for site in sites(inventory, diagnosis):
        out += [_judged(action, inventory, draw) for action in _relamps(site, draw)]
        out += _apart(_switching(site, draw), options(site, draw))
        out += _survey(site, draw)
    return actions_table(out)


def _apart(switching: Iterable[Action], more: Iterable[Action]) -> list[Action]:
    """Actions on the calendar of the same luminaires, each excluding the others: a lamp has one calendar."""
    out = [*switching, *more]
    family = [a for a in out if a.kind in CALENDARS]
    touched = {a.id: set(a.assets) for a in family}
    clash = {
        a.id: tuple(b.id for b in family if b.id != a.id and not touched[a.id].isdisjoint(touched[b.id])) for a in family
    }
    return [msgspec.structs.replace(a, excludes=clash[a.id]) if clash.get(a.id) else a for a in out]


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
    title = t(
        "eclairage.gateway",
        gateways=several(wanted, t("eclairage.passerelle")),
        commune=site.place,
        capacity=int(wanted * each),
    )
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
