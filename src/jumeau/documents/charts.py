"""Drawings of a report as SVG: bars with their range, shares by origin. Colours keep their order in grey print."""

from collections.abc import Sequence
from html import escape
from math import floor, log10
from typing import NamedTuple

from jumeau.documents.context import Range
from jumeau.documents.numbers import number, visible
from jumeau.texts import t

WIDTH = 640
_LABEL, _VALUE, _ROW = 160, 225, 22
_FONT = 'font-family="Libertinus Serif, Georgia, serif" font-size="13"'
ORIGIN_COLOURS = {
    "measured": "#12436d",
    "declared": "#28a197",
    "inferred": "#f4a83d",
    "default": "#c8551b",
    "unknown": "#d5d8dc",
}

DOT_COLOURS = ("#12436d", "#c8551b", "#28a197", "#801650", "#f4a83d", "#3d3d3d", "#a285d1", "#8a949e")


def range_chart(rows: Sequence[tuple[str, Range, str]]) -> str:
    """Horizontal bars with a whisker from low to high. rows: label, range, printed value. Unknown rows have no bar."""
    bounds = [x for _, r, _ in rows for x in (r.value, r.low, r.high) if x is not None]
    top = max([0.0, *bounds]) or 1.0
    bottom = min([0.0, *bounds])
    scale = (WIDTH - _LABEL - _VALUE) / (top - bottom)
    zero = _LABEL - bottom * scale
    marks = [f'<line x1="{zero:.1f}" y1="0" x2="{zero:.1f}" y2="{len(rows) * _ROW}" stroke="#5b6570" stroke-width="1"/>']
    for i, (label, range_, printed) in enumerate(rows):
        marks += _bar(i * _ROW, label, range_, printed, zero, scale)
    return _svg(len(rows) * _ROW + 2, marks)


def _bar(y: float, label: str, range_: Range, printed: str, zero: float, scale: float) -> list[str]:
    middle = y + _ROW / 2
    out = [
        _text(_LABEL - 8, middle, _short(label, 24), anchor="end"),
        _text(WIDTH - _VALUE + 8, middle, printed, colour="#1b242c" if range_.value is not None else "#5b6570"),
    ]
    if range_.value is None:
        return out
    x, width = min(zero, zero + range_.value * scale), abs(range_.value) * scale
    out.append(f'<rect x="{x:.1f}" y="{y + 5:.1f}" width="{width:.1f}" height="12" fill="#8fb3d1"/>')
    if range_.low is not None and range_.high is not None:
        low, high = zero + range_.low * scale, zero + range_.high * scale
        path = f"M{low:.1f} {middle}H{high:.1f}M{low:.1f} {middle - 4}v8M{high:.1f} {middle - 4}v8"
        out.append(f'<path d="{path}" stroke="#12436d" stroke-width="1.6" fill="none"/>')
    return out


class Line(NamedTuple):
    """A line of values, one a step, and its name."""

    name: str
    values: Sequence[float]


def line_chart(
    lines: Sequence[Line], band: tuple[Sequence[float], Sequence[float]], unit: str, every: int, first: str
) -> str:
    """Lines over steps of the same length from zero up, a grey band from low to high behind them, and their legend. every:
    steps between two marks below, named `first` and a number."""
    left, top, low, high = 56.0, 10.0, *band
    right, foot = WIDTH - 10.0, 190.0
    most = _round_up(max([*high, *(v for line in lines for v in line.values), 1e-9]))
    count = max(len(low) - 1, 1)

    def at(k: int, value: float) -> str:
        return f"{left + (right - left) * k / count:.1f} {foot - (foot - top) * value / most:.1f}"

    marks = []
    for k in range(5):
        y = foot - (foot - top) * k / 4
        marks.append(f'<line x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#d5d8dc"/>')
        marks.append(_text(left - 6, y, number(most * k / 4, 0 if most >= 20 else 1), anchor="end"))
    for k in range(0, count, every):
        x = left + (right - left) * (k + every / 2) / count
        marks.append(_text(x, foot + 14, f"{first} {k // every + 1}", anchor="middle"))
    there, back = (" L".join(at(k, v) for k, v in enumerate(values)) for values in (high, low))
    back = " L".join(reversed(back.split(" L")))
    marks.append(f'<path d="M{there} L{back}Z" fill="#c9d6e2"/>')
    x = left
    for line, colour in zip(lines, DOT_COLOURS, strict=False):
        path = " L".join(at(k, v) for k, v in enumerate(line.values))
        marks.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        marks.append(f'<rect x="{x:.1f}" y="{foot + 30}" width="18" height="3" fill="{colour}"/>')
        marks.append(_text(x + 24, foot + 31, f"{line.name} ({unit})"))
        x += 190
    marks.append(f'<rect x="{x:.1f}" y="{foot + 26}" width="18" height="10" fill="#c9d6e2"/>')
    marks.append(_text(x + 24, foot + 31, t("rapport.bande")))
    return _svg(foot + 44, marks)


def _round_up(most: float) -> float:
    """The next number whose quarters are round."""
    unit = 10 ** floor(log10(most))
    return float(next(k * unit for k in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12) if k * unit >= most))


def share_chart(rows: Sequence[tuple[str, dict[str, float]]], names: dict[str, str]) -> str:
    """Stacked bars of the share by origin, and their legend. names: origin -> French word."""
    left, span = 210, WIDTH - 210
    marks: list[str] = []
    for i, (label, shares) in enumerate(rows):
        y, x = i * _ROW, float(left)
        marks.append(_text(left - 8, y + _ROW / 2, _short(label, 32), anchor="end"))
        for origin, colour in ORIGIN_COLOURS.items():
            width = shares.get(origin, 0.0) * span
            if width > 0:
                marks.append(f'<rect x="{x:.1f}" y="{y + 4}" width="{width:.1f}" height="14" fill="{colour}"/>')
            x += width
    y, x = len(rows) * _ROW + 8, float(left)
    for origin, colour in ORIGIN_COLOURS.items():
        marks.append(f'<rect x="{x:.1f}" y="{y}" width="11" height="11" fill="{colour}"/>')
        marks.append(_text(x + 16, y + 6, names[origin]))
        x += 84
    return _svg(y + 16, marks)


def dot_map(points: Sequence[tuple[float, float, int]], names: Sequence[str]) -> str:
    """Points on a plane and their legend. points: x to the east and y to the north, both from 0 to 1 of the width, and the
    rank of their kind in `names`; more kinds than DOT_COLOURS share the last colour."""
    top = max((y for _, y, _ in points), default=0.0) * WIDTH
    last = len(DOT_COLOURS) - 1
    marks = [_dot(x * WIDTH, top - y * WIDTH + 3, 1.6, min(kind, last)) for x, y, kind in points]
    for k, name in enumerate(names):
        left, low = (k % 4) * WIDTH / 4, top + 18 + 18 * (k // 4)
        marks.append(_dot(left + 6, low, 4.5, min(k, last)))
        marks.append(_text(left + 16, low, _short(name, 22)))
    return _svg(top + 26 + 18 * ((len(names) + 3) // 4), marks)


def _dot(x: float, y: float, radius: float, kind: int) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{DOT_COLOURS[kind]}"/>'


def _svg(height: float, marks: list[str]) -> str:
    body = "".join(marks)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" {_FONT}>{body}</svg>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = "#1b242c") -> str:
    return f'<text x="{x:.1f}" y="{y + 4.5:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(visible(text))}</text>'


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
