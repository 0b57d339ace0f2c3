"""Layers of pixels: every variant of every part, fitted to every body.

A canvas is one long integer of 20 x 20 hexadecimal digits, each the colour of a pixel, so
that laying a part over it takes an AND and an OR.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from . import BODIES, INKS, PARTS

GRID = 20
FLOOR = 17  # The row below every body.

_OUTLINED = {"back", "legs", "arms", "horns", "hat", "held"}

_DIGITS = str.maketrans({ink: f"{number:x}" for number, ink in enumerate(INKS)})
_COVERAGE = str.maketrans("123456789abcde", "f" * 14)
_OUTLINE, _BODY, _SHADED, _SHINING = (INKS.index(ink) for ink in "#bsh")
_ROW_BITS = 4 * GRID
_FULL = (1 << _ROW_BITS * GRID) - 1


class Layer(NamedTuple):
    """A part in its place."""

    keep: int  # Which pixels of the canvas stay.
    paint: int  # What is laid over the others.


def prepare() -> None:
    """Draw every layer there is, a tenth of a second's work and a megabyte."""
    for body in BODIES:
        layers_on(body)


@cache
def layers_on(body: str) -> dict[str, dict[str, Layer]]:
    """Fit every variant of every part to a body."""
    layers = {
        part: {
            variant: _part_layer(part, drawing.rows, body) for variant, drawing in drawings.items()
        }
        for part, drawings in PARTS.items()
    }
    return layers | {"body": {body: _body_layer(body)}}


def _part_layer(part: str, drawing: list[str], body: str) -> Layer:
    """Fit a part to a body."""
    rows = _whole(drawing)
    if part == "arms":
        rows = _moved_apart(rows, 4 - _left_edge(body, _shoulder_row(body)))
    pixels = _canvas(rows, top=_top_of(part, len(rows), body))
    if part == "coat":
        pixels &= _silhouette(body)
    return _outlined(pixels) if part in _OUTLINED else _flat(pixels)


def _top_of(part: str, height: int, body: str) -> int:
    """Tell at which row of the canvas a part begins."""
    return {
        "back": 5,
        "legs": FLOOR - 2,
        "arms": _shoulder_row(body) - 3,
        "horns": _top_row(body) + 3 - height,
        "coat": 5,
        "hat": _top_row(body) + 1 - height,
        "eyes": face_row(body) + 4 - height + (height > 4),
        "mouth": face_row(body) + 5,
        "extra": face_row(body) - 2,
        "held": _shoulder_row(body) - 6,
    }[part]


def _body_layer(body: str) -> Layer:
    """Light a body from its upper left, and outline it."""
    shape = _silhouette(body)
    shaded = shape & ~(shape << _ROW_BITS + 4)
    lit = shape & ~(shape >> 2 * _ROW_BITS + 8) & (shape >> _ROW_BITS + 4)
    lit &= _FULL << (FLOOR - 5) * _ROW_BITS & ~shaded
    pixels = _of_colour(_BODY, shape & ~shaded & ~lit)
    return _outlined(pixels | _of_colour(_SHADED, shaded) | _of_colour(_SHINING, lit))


@cache
def _silhouette(body: str) -> int:
    return _coverage(_canvas(_whole(BODIES[body].rows), top=_top_row(body)))


def _top_row(body: str) -> int:
    return FLOOR - len(BODIES[body].rows)


@cache
def face_row(body: str) -> int:
    """Tell the row of the canvas that the eyes begin at."""
    return _top_row(body) + BODIES[body].marks["eyes"]


def _shoulder_row(body: str) -> int:
    return _top_row(body) + BODIES[body].marks["shoulders"]


def _left_edge(body: str, row: int) -> int:
    return _whole(BODIES[body].rows)[row - _top_row(body)].index("b")


def _whole(rows: list[str]) -> list[str]:
    """Make rows as wide as the canvas."""
    return [_mirrored(row) if len(row) <= GRID // 2 else row.ljust(GRID, ".") for row in rows]


def _mirrored(half: str) -> str:
    half = half.ljust(GRID // 2, ".")
    return half + half[::-1]


def _moved_apart(rows: list[str], pixels: int) -> list[str]:
    """Move the left half to the left and the right half to the right, or both inwards."""
    half = GRID // 2
    if pixels < 0:
        gap = "." * -pixels
        return [gap + row[: half + pixels] + row[half - pixels :] + gap for row in rows]
    gap = "." * pixels
    return [row[pixels:half] + gap + gap + row[half : GRID - pixels] for row in rows]


def _canvas(rows: Iterable[str], top: int) -> int:
    """Put rows on an empty canvas, inside a rim that is left for the outline."""
    canvas = ["." * GRID] * GRID
    for number, row in enumerate(rows, start=top):
        if 0 < number < GRID - 1:
            canvas[number] = f".{row[1:-1]}."
    return int("".join(canvas).translate(_DIGITS), 16)


def _coverage(pixels: int) -> int:
    """All bits of each pixel that has a colour."""
    return int(f"{pixels:x}".translate(_COVERAGE), 16)


def _of_colour(colour: int, coverage: int) -> int:
    return coverage // 0xF * colour


def _flat(pixels: int) -> Layer:
    return Layer(_FULL & ~_coverage(pixels), pixels)


def _outlined(pixels: int) -> Layer:
    shape = _coverage(pixels)
    grown = shape | shape << 4 | shape >> 4 | shape << _ROW_BITS | shape >> _ROW_BITS
    return Layer(_FULL & ~grown, pixels | _of_colour(_OUTLINE, grown & ~shape))
