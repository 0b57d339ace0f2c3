"""SVG files: for every colour one path of its horizontal runs of pixels."""

import re
from collections.abc import Sequence


def encode(pixels: str, palette: Sequence[bytes], side: int, size: int) -> bytes:
    """Draw a square of hexadecimal digits, `side` in a row, `size` pixels wide by default."""
    runs: dict[str, list[str]] = {}
    for y in range(side):
        for run in re.finditer(r"([1-9a-f])\1*", pixels[y * side : (y + 1) * side]):
            length = run.end() - run.start()
            runs.setdefault(run[1], []).append(f"M{run.start()} {y}h{length}v1h-{length}z")
    paths = "".join(
        f'<path fill="#{palette[int(colour, 16)].hex()}" d="{"".join(path)}"/>'
        for colour, path in sorted(runs.items())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}"'
        f' viewBox="0 0 {side} {side}" shape-rendering="crispEdges">{paths}</svg>\n'
    ).encode()
