"""Drawings: true to scale, whole in their frame, and silent about what is unknown."""

import re
from xml.etree import ElementTree

import pytest

from jumeau.documents.charts import WIDTH, range_chart, share_chart
from jumeau.documents.context import Range

SVG = "{http://www.w3.org/2000/svg}"
NAMES = {"measured": "mesurée", "declared": "déclarée", "inferred": "déduite", "default": "par défaut", "unknown": "inconnue"}


def rects(svg: str) -> list[tuple[float, float]]:
    return [(float(r.get("x", "")), float(r.get("width", ""))) for r in ElementTree.fromstring(svg).iter(f"{SVG}rect")]


def test_bars_are_proportional_and_the_unknown_has_none() -> None:
    svg = range_chart([("A", Range(100, 50, 200), "100"), ("B", Range(50, 20, 60), "50"), ("C", Range(), "inconnu")])
    bars = rects(svg)
    assert len(bars) == 2
    assert bars[0][1] == pytest.approx(2 * bars[1][1], abs=0.2)
    paths = [path.get("d", "") for path in ElementTree.fromstring(svg).iter(f"{SVG}path")]
    whiskers = [[float(x) for x in re.findall(r"[MH]([\d.]+)", path)] for path in paths]
    left, width = bars[0]
    assert whiskers[0][0] == pytest.approx(left + width / 2, abs=0.2)
    assert whiskers[0][1] == pytest.approx(left + 2 * width, abs=0.2)
    assert max(max(w) for w in whiskers) <= WIDTH


def test_negative_values_go_left_of_zero() -> None:
    bars = rects(range_chart([("A", Range(-10, -20, -5), "-10"), ("B", Range(10, 5, 20), "10")]))
    assert bars[0][0] + bars[0][1] == pytest.approx(bars[1][0], abs=0.2)


def test_all_zero_draws() -> None:
    assert rects(range_chart([("A", Range(0.0, 0.0, 0.0), "0")]))[0][1] == 0


def test_shares_fill_the_bar() -> None:
    svg = share_chart([("Puissance", {"declared": 0.25, "inferred": 0.5, "unknown": 0.25})], NAMES)
    stacked = rects(svg)[:3]
    assert sum(width for _, width in stacked) == pytest.approx(WIDTH - 210, abs=0.2)
    assert "inconnue" in svg


def test_labels_are_escaped() -> None:
    svg = range_chart([("<b>&\x01", Range(1, 1, 1), "</svg>")])
    assert ElementTree.fromstring(svg).tag == f"{SVG}svg"
