"""The drawings: every part of a monster, as text in drawings/<part>.txt.

A drawing is its name with a colon, and its rows. A row of ten characters is the left half of a
symmetric row and is mirrored; one of twenty is drawn as it stands; a shorter one is filled up with
nothing on its right (and mirrored). Each character names a colour of the palette:

    .  nothing          b  body            a  accent          w  white
    #  outline          s  body, shaded    d  accent, dark    k  ink
    l  body, light      h  body, shining   y  ivory           i  iris
    r  inside of a mouth                   t  tongue, blush

A line that begins with a semicolon is a comment. Words after a row mark it.
"""

from pathlib import Path
from typing import NamedTuple

# What most monsters wear comes first: a picture holds colours only up to its last.
INKS = ".#bshkwladytri"
_FOLDER = Path(__file__).parent / "drawings"


class Drawing(NamedTuple):
    """The rows of a part, and the numbers of those that are marked."""

    rows: list[str]
    marks: dict[str, int]


def _read(part: str) -> dict[str, Drawing]:
    drawings: dict[str, Drawing] = {}
    for line in (_FOLDER / f"{part}.txt").read_text(encoding="utf-8").splitlines():
        if line.endswith(":"):
            drawing = drawings[line[:-1]] = Drawing([], {})
        elif line and not line.startswith(";"):
            row, *marks = line.split()
            drawing.marks.update(dict.fromkeys(marks, len(drawing.rows)))
            drawing.rows.append(row)
    return drawings


BODIES = _read("body")
# In the order in which a name chooses them.
PARTS = {
    part: _read(part)
    for part in ("back", "legs", "arms", "horns", "hat", "coat", "eyes", "mouth", "extra", "held")
}
