"""dnmonster's monsters as Pillow would draw them: parts laid over each other as RGBA."""

from __future__ import annotations

import io

from dnmonster.art.layers import GRID, Layer
from dnmonster.monster import design_of, layers_of
from PIL import Image

SIZE = 80


class Pillow:
    """Draws with Pillow, and colours the parts as it needs them."""

    def __init__(self) -> None:
        """Have no part yet; each is made ready once, when it is first needed."""
        self._parts: dict[Layer, Image.Image] = {}

    def coloured(self, name: str) -> list[Image.Image]:
        """Colour the parts of a monster; the first colour is transparent."""
        design = design_of(name)
        first, *others = design.palette
        palette = b"".join((first, b"\0", *(colour + b"\xff" for colour in others)))
        images = []
        for layer in layers_of(design):
            image = self._part(layer)
            image.putpalette(palette, "RGBA")
            images.append(image.convert("RGBA"))
        return images

    def draw(self, name: str) -> bytes:
        """Draw the monster of a name as PNG."""
        canvas = Image.new("RGBA", (GRID, GRID))
        for image in self.coloured(name):
            canvas.alpha_composite(image)
        file = io.BytesIO()
        canvas.resize((SIZE, SIZE), Image.Resampling.NEAREST).save(file, "PNG")
        return file.getvalue()

    def _part(self, layer: Layer) -> Image.Image:
        if layer not in self._parts:
            digits = f"{layer.paint:0{GRID * GRID}x}"
            numbers = bytes(int(digit, 16) for digit in digits)
            self._parts[layer] = Image.frombytes("P", (GRID, GRID), numbers)
        return self._parts[layer]


class ColouredPillow(Pillow):
    """Draws with Pillow, and has the parts coloured beforehand."""

    def __init__(self, names: list[str]) -> None:
        """Colour the parts of these names."""
        super().__init__()
        ready = super().coloured
        self._coloured = {name: ready(name) for name in names}

    def coloured(self, name: str) -> list[Image.Image]:
        """Throw the dice all the same."""
        design_of(name)
        return self._coloured[name]
