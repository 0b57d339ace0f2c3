"""A name becomes a monster: a choice of parts, laid over each other, and a palette."""

from hashlib import sha256
from typing import NamedTuple

from . import art, png, svg
from .art.layers import GRID, Layer, face_row, layers_on
from .art.palette import Palette, palette_of

_CHOICES = {part: tuple(drawings) for part, drawings in {"body": art.BODIES, **art.PARTS}.items()}
# A monster with a bit of everything is a muddle: about so many of a hundred go without.
for part, percent in {"back": 45, "hat": 65, "coat": 25, "extra": 35, "held": 75}.items():
    choices = _CHOICES[part]
    _CHOICES[part] += (choices[0],) * (len(choices) * percent // (100 - percent))
_BACK_TO_FRONT = (
    "back", "legs", "arms", "horns", "body", "coat", "extra", "hat", "eyes", "mouth", "held",
)  # fmt: skip
_WITHOUT = {"nothing", "plain"}
_PIXELS = f"0{GRID * GRID}x"


class Monster(NamedTuple):
    """A drawn monster: its pixels, row by row, as digits that number the palette's colours."""

    pixels: str
    palette: Palette
    face: int  # The row its eyes begin at.

    def png(self, size: int) -> bytes:
        """Draw it sharp and as large as it fits; a tiny picture shows the face alone."""
        side = min(size, GRID)
        return png.encode(self._cut_out(side), self.palette, side, size)

    def svg(self, size: int) -> bytes:
        """Draw it whole, and sharp at any size."""
        return svg.encode(self.pixels, self.palette, GRID, size)

    def _cut_out(self, side: int) -> str:
        """Cut out the square around the middle of the face."""
        if side == GRID:
            return self.pixels
        left = (GRID - side) // 2
        top = min(self.face + 4 - side // 2, GRID - side)
        return "".join(
            self.pixels[row * GRID + left : row * GRID + left + side]
            for row in range(top, top + side)
        )


class Design(NamedTuple):
    """What a monster is made of: the variant of each part, and the colours."""

    parts: dict[str, str]
    palette: Palette


def monster_of(name: str) -> Monster:
    """Draw the one monster that belongs to a name."""
    return compose(design_of(name))


def design_of(name: str) -> Design:
    """Choose parts and colours by the digest of a name, as a random number."""
    number = int.from_bytes(sha256(name.encode()).digest(), "big")
    parts = {}
    for part, variants in _CHOICES.items():
        number, pick = divmod(number, len(variants))
        parts[part] = variants[pick]
    if parts["hat"] != "nothing":
        parts["horns"] = "nothing"
    if parts["held"] != "nothing":
        parts["arms"] = "stubs"
    return Design(parts, palette_of(number))


def compose(design: Design) -> Monster:
    """Lay the parts over each other."""
    canvas = 0
    for keep, paint in layers_of(design):
        canvas = canvas & keep | paint
    return Monster(format(canvas, _PIXELS), design.palette, face_row(design.parts["body"]))


def layers_of(design: Design) -> list[Layer]:
    """Tell what lies over each other, from the back to the front."""
    parts = design.parts
    layers = layers_on(parts["body"])
    return [layers[part][parts[part]] for part in _BACK_TO_FRONT if parts[part] not in _WITHOUT]
