"""A line chart as SVG, with logarithmic axes; readable on a light and on a dark page."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 84, 44, 44, 116
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #424a53; }
  .title { font-size: 15px; font-weight: 600; fill: #1f2328; }
  .paper { fill: #ffffff; }
  .grid { stroke: #d1d9e0; }
  .line { fill: none; stroke-width: 2.5; }
  .c0 { stroke: #0969da; } .c1 { stroke: #bc4c00; }
  .c2 { stroke: #1a7f37; } .c3 { stroke: #8250df; }
  @media (prefers-color-scheme: dark) {
    text { fill: #b7bdc8; }
    .title { fill: #f0f6fc; }
    .paper { fill: #0d1117; }
    .grid { stroke: #30363d; }
    .c0 { stroke: #58a6ff; } .c1 { stroke: #f0883e; }
    .c2 { stroke: #3fb950; } .c3 { stroke: #bc8cff; }
  }
"""
# So that lines differ without their colours, too.
DASHES = ("", "9 5", "2 5", "12 4 2 4")

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """Points in the order of x, and what the legend calls them."""

    label: str
    points: list[Point]


@dataclass(frozen=True)
class Chart:
    """Lines over two logarithmic axes; `x` and `y` name them, with their units."""

    title: str
    x: str
    y: str
    lines: list[Line]

    def svg(self) -> str:
        """Draw it."""
        across = _bounds([x for line in self.lines for x, _ in line.points])
        up = _bounds([y for line in self.lines for _, y in line.points])
        place_x = _scale(across, LEFT, WIDTH - RIGHT)
        place_y = _scale(up, HEIGHT - BOTTOM, TOP)
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
            ' role="img" aria-labelledby="title">',
            f'<title id="title">{escape(self.title)}</title>',
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="8"/>',
            _text(LEFT, 26, self.title, ' class="title"'),
        ]
        for value in _ticks(across):
            x = place_x(value)
            parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{bottom}"/>')
            parts.append(_text(x, bottom + 20, _number(value), ' text-anchor="middle"'))
        for value in _ticks(up):
            y = place_y(value)
            parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>')
            parts.append(_text(LEFT - 8, y + 4, _number(value), ' text-anchor="end"'))
        middle = (TOP + bottom) / 2
        parts.append(_text((LEFT + right) / 2, bottom + 42, self.x, ' text-anchor="middle"'))
        turned = f' text-anchor="middle" transform="rotate(-90 20 {middle})"'
        parts.append(_text(20, middle, self.y, turned))
        for number, line in enumerate(self.lines):
            look = f'class="line c{number}" stroke-dasharray="{DASHES[number]}"'
            dots = " ".join(f"{place_x(x):.1f},{place_y(y):.1f}" for x, y in line.points)
            parts.append(f'<polyline {look} points="{dots}"/>')
            # Two in a row.
            column = LEFT + number % 2 * (right - LEFT) / 2
            row = bottom + 68 + number // 2 * 24
            parts.append(f'<path {look} d="M{column:.1f} {row}h40"/>')
            parts.append(_text(column + 50, row + 4, line.label))
        return "\n".join([*parts, "</svg>", ""])


def _bounds(values: list[float]) -> tuple[float, float]:
    """The nearest powers of ten, their doubles or fivefolds around all values."""
    around = [step * 10.0**power for power in range(-6, 12) for step in (1, 2, 5)]
    low = max(value for value in around if value <= min(values) * 1.000001)
    return low, min(value for value in around if value >= max(values) * 0.999999 and value > low)


def _scale(bounds: tuple[float, float], start: float, end: float) -> Callable[[float], float]:
    low, high = bounds
    return lambda value: start + (end - start) * math.log(value / low) / math.log(high / low)


def _ticks(bounds: tuple[float, float]) -> list[float]:
    """Powers of ten between them; where these are few, their doubles and fivefolds as well."""
    low, high = bounds
    steps = (1, 2, 5) if high / low <= 1000 else (1,)
    every = [step * 10.0**power for power in range(-6, 12) for step in steps]
    return [value for value in every if low * 0.999999 <= value <= high * 1.000001]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:g}"


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(text)}</text>'
