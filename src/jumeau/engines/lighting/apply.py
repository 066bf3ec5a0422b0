"""The inventory once actions are done."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jumeau.engines.lighting.photometry.catalogue import LAYER, Optics, optics_of
from jumeau.engines.lighting.photometry.relamp import replacement
from jumeau.engines.protocol import Bundle
from jumeau.engines.tables import Rows, assign, touched

LED_RELAMP, PART_NIGHT, PART_NIGHT_REMOTE, REMOTE = "relamp_led", "part_night", "part_night_remote", "remote_cabinet"
GATEWAY, INVENTORY = "gateway", "inventory"
PART_NIGHT_STREETS, DIMMING, POWER_STEP, POINT_REMOTE = "part_night_streets", "dimming", "power_step", "remote_point"
DETECTION, REMOVAL, CLOCK, CABINET = "detection", "removal", "clock", "cabinet"
_NO_CALENDAR: dict[str, Any] = {"night_profile": None, "dimming_steps": None}


def apply(inventory: Bundle, actions: pa.Table) -> Bundle:
    """The inventory as it would be once `actions` are done. A gateway or an inventory changes nothing here."""
    changed = dict(inventory)
    relamp = partial(_relamp, optics=optics_of(inventory.get(LAYER)))
    for kind, change in ({LED_RELAMP: relamp} | _CHANGES).items():
        chosen = actions.filter(pc.equal(actions["kind"], kind))
        if not chosen.num_rows:
            continue
        settings = chosen["parameters"].to_pylist()
        for layer in ("luminaire", "armoire"):
            action = touched(changed[layer], chosen)
            for text in sorted(set(settings)):
                of_text = np.array([s == text for s in settings] + [False])
                rows = of_text[action]
                if rows.any():
                    changed[layer] = change(changed[layer], rows, layer, json.loads(text))
    return changed


def _relamp(table: pa.Table, rows: Rows, layer: str, given: dict[str, Any], optics: Optics) -> pa.Table:
    """The LED that keeps the class of the road where the street is known, never above the power it replaces; else a known
    power is multiplied by the ratio of the LED, and an unknown one stays unknown, of a LED from now on."""
    if layer != "luminaire":
        return table
    led = replacement(table, rows, given, optics)
    usual = led.lantern < 0
    values = {
        "system_power_w": led.power_w,
        "lamp_power_w": None,
        "luminous_flux_lm": led.flux_lm,
        "cie_flux_code_3": led.cie_flux_code_3,
        "lamp_technology": "led",
        "cct_k": np.where(usual, given["cct_k"], led.cct_k),
        "ulr": np.where(usual, given["ulr"], led.ulr),
        "install_year": given["year"],
    }
    return assign(table, rows, values)


def _part_night(table: pa.Table, rows: Rows, layer: str, given: dict[str, Any]) -> pa.Table:
    if layer == "armoire":
        return assign(table, rows, {"clock_type": "horloge_astronomique"}) if given.get("clock") else table
    clock = {"clock_type": "horloge_astronomique"} if given.get("clock") else {}
    return assign(table, rows, {"regime": "coupure"} | _window(given) | _NO_CALENDAR | clock)


def _window(given: dict[str, Any]) -> dict[str, Any]:
    return {"off_from_h": given["off_from_h"], "off_to_h": given["off_to_h"]}


def _dimming(table: pa.Table, rows: Rows, layer: str, given: dict[str, Any]) -> pa.Table:
    if layer == "armoire":
        return table
    kept = {"regime": "abaissement", "dimming_ratio": given["dimming_ratio"]}
    managed = {"remote_managed": True} if given.get("remote") else {}
    return assign(table, rows, kept | _window(given) | _NO_CALENDAR | managed)


def _power_step(table: pa.Table, rows: Rows, layer: str, given: dict[str, Any]) -> pa.Table:
    """A share of the power kept all night: a known power and an unknown one are both multiplied."""
    step = {"night_profile": None, "dimming_steps": f"A/F/%/{round(100 * given['power_ratio'])}/-999MN/+999MN"}
    return table if layer == "armoire" else assign(table, rows, step)


def _detection(table: pa.Table, rows: Rows, layer: str, given: dict[str, Any]) -> pa.Table:  # noqa: ARG001
    return table if layer == "armoire" else assign(table, rows, {"regime": "detection"} | _NO_CALENDAR)


def _removal(table: pa.Table, rows: Rows, layer: str, given: dict[str, Any]) -> pa.Table:  # noqa: ARG001
    return table if layer == "armoire" else assign(table, rows, {"in_service": False})


def _clock(table: pa.Table, rows: Rows, layer: str, given: dict[str, Any]) -> pa.Table:
    renewed = {"install_year": given["year"]} if layer == "armoire" and "year" in given else {}
    return assign(table, rows, {"clock_type": "horloge_astronomique"} | renewed)


def _remote(table: pa.Table, rows: Rows, layer: str, given: dict[str, Any]) -> pa.Table:  # noqa: ARG001
    return assign(table, rows, {"remote_managed": True})


_CHANGES: dict[str, Callable[[pa.Table, Rows, str, dict[str, Any]], pa.Table]] = {
    PART_NIGHT: _part_night,
    PART_NIGHT_REMOTE: _part_night,
    REMOTE: _remote,
    PART_NIGHT_STREETS: _part_night,
    DIMMING: _dimming,
    POINT_REMOTE: _dimming,
    POWER_STEP: _power_step,
    DETECTION: _detection,
    REMOVAL: _removal,
    CLOCK: _clock,
    CABINET: _clock,
}
