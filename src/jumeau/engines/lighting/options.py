"""Actions that need more than an inventory of lamps: each is proposed only where what it rests on is known.

References: [1] EN 13201-1:2014 (adaptive lighting: a lower class in hours of low traffic). [2] arrêté du 27 décembre
2018, article 2 (nothing obliges a commune to light its roads: the choice belongs to the mayor).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jumeau.engines.lighting.apply import (
    CABINET,
    CLOCK,
    DETECTION,
    DIMMING,
    PART_NIGHT_STREETS,
    POINT_REMOTE,
    POWER_STEP,
    REMOVAL,
)
from jumeau.engines.lighting.facts import LED, REGIMES
from jumeau.engines.lighting.made import OFF_FROM_H, OFF_TO_H, cabinet_count, make_action, priced
from jumeau.engines.lighting.sites import CLOCK_TYPES, Site
from jumeau.engines.tally import Draws
from jumeau.model.action import Action
from jumeau.texts import t

LOCAL = ("M5", "M6", "C5", "P1", "P2", "P3", "P4", "P5", "P6")
QUIET = ("P3", "P4", "P5", "P6")
DIMMED, STEP = 0.5, 0.8
OLD_LED_YEAR, OLD_CABINET_Y = 2019, 30
CLOSE = 1.8
"""Two lanterns nearer than this many mounting heights light the same ground: the usual spacing is three to four heights."""

Rows = NDArray[np.bool_]
WINDOW: dict[str, Any] = {"off_from_h": OFF_FROM_H, "off_to_h": OFF_TO_H}


def options(site: Site, draw: Draws) -> Iterator[Action]:
    """Actions of one site, in the order of a visit: calendar, drivers, points, cabinets."""
    yield from _streets(site, draw)
    led = (site.technology == LED) & site.lit & ~site.scheduled & (site.regime != REGIMES.index("abaissement"))
    steps: tuple[tuple[str, Rows, dict[str, Any], str, dict[str, str]], ...] = ((DIMMING, led & ~site.managed, WINDOW |
    {"dimming_ratio": DIMMED}, "cost_dimming_eur", {}),
             (POWER_STEP, led & (site.year <= OLD_LED_YEAR), {"power_ratio": STEP}, "cost_dimming_eur", {}),
             (POINT_REMOTE, led & ~site.managed, WINDOW | {"dimming_ratio": DIMMED, "remote": True}, "cost_point_remote_eur",
              {"digital": "point", "running": "running_point_remote_eur"}),
             (DETECTION, led & np.isin(site.road_class.astype(str), QUIET), {}, "cost_detection_eur", {"digital": "sensor"}),
             (REMOVAL, useless(site), {}, "cost_removal_eur", {}))  # fmt: skip
    for kind, rows, given, price, more in steps:
        if rows.any():
            title = t(f"eclairage.{kind}", number=int(rows.sum()), commune=site.place)
            action = make_action(site, kind, title, assets=site.ids[rows], parameters=given)
            yield priced(action, int(rows.sum()), draw, price, **more)
    yield from _cabinets(site, draw)


def _streets(site: Site, draw: Draws) -> Iterator[Action]:
    """Switch-off of the streets of a local class only: the main roads stay lit."""
    local = site.lit & np.isin(site.road_class.astype(str), LOCAL)
    if not 0 < local.sum() < site.lit.sum():
        return
    fed = np.unique(site.feeder[local])
    needy = np.isin(site.cabinet_row, fed) & ~site.cabinet_clock & ~site.cabinet_managed
    number, told = cabinet_count(site, site.cabinets[needy], int(local.sum()), draw)
    title = t("eclairage.part_night_streets", number=int(local.sum()), commune=site.place, cabinets=told)
    assets = np.concatenate([site.ids[local], site.cabinets[needy]])
    action = make_action(site, PART_NIGHT_STREETS, title, assets=assets, parameters=WINDOW | {"clock": True})
    yield priced(action, np.maximum(number, 1.0), draw, "cost_clock_eur", digital="clock")


def _cabinets(site: Site, draw: Draws) -> Iterator[Action]:
    """Astronomical clocks where another command is known, and cabinets past thirty years renewed with one."""
    for kind, chosen, given, price, more in (
        (CLOCK, site.cabinet_old_clock & ~site.cabinet_managed, {}, "cost_clock_eur", {"digital": "clock"}),
        (
            CABINET,
            site.cabinet_year <= draw.ctx.date.year - OLD_CABINET_Y,
            {"year": draw.ctx.date.year + 1},
            "cost_cabinet_eur",
            {},
        ),
    ):
        fed = np.isin(site.feeder, site.cabinet_row[chosen]) & (site.feeder >= 0) & ~site.removed
        if kind == CLOCK:
            fed &= site.clock != CLOCK_TYPES.index("horloge_astronomique")
        if chosen.any() and fed.any():
            title = t(f"eclairage.{kind}", number=int(chosen.sum()), commune=site.place)
            assets = np.concatenate([site.ids[fed], site.cabinets[chosen]])
            yield priced(
                make_action(site, kind, title, assets=assets, parameters=given), int(chosen.sum()), draw, price, **more
            )


def useless(site: Site) -> Rows:
    """Every other lantern of a row where they stand nearer than CLOSE heights: (N,), kept ones never two apart."""
    close = site.lit & (site.spacing_m < CLOSE * site.height_m) & np.isfinite(site.xy).all(axis=1)
    out = np.zeros(len(close), bool)
    rows = np.flatnonzero(close)
    if len(rows) < 3:
        return out
    from scipy.spatial import cKDTree

    rows = rows[np.lexsort((site.ids[rows].astype(str), site.xy[rows, 1], site.xy[rows, 0]))]
    near = cKDTree(site.xy[rows]).query_ball_point(site.xy[rows], 1.3 * site.spacing_m[rows])
    gone = np.zeros(len(rows), bool)
    for i, around in enumerate(near):
        others = [j for j in around if j != i]
        gone[i] = len(others) >= 1 and not gone[others].any() and any(j < i for j in others)
    out[rows[gone]] = True
    return out
