"""A wall of a hundred monsters; `python -m dnmonster.gallery wall.png` draws it as one picture."""

import sys
from pathlib import Path
from struct import pack
from zlib import compress

from .monster import GRID, monster_of
from .png import END, SIGNATURE, chunk

NAMES = """
    Ada Alan Amara Anouk Arjun Astrid Babak Beatriz Bilal Björk
    Camille Carlos Chidi Chloé Dagny Daisuke Darya Diego Dorothy Edsger
    Eiko Elif Emil Esther Fatima Felix Fiona Frances Freja Gael
    Giulia Grace Guido Hamid Hana Hedy Hugo Ibrahim Ida Imani
    Ingrid Ivan Jada Jamal Jean João Juno Kai Karin Katherine
    Kenji Khadija Kwame Lars Layla Leila Linus Lucía Luigi Maëlle
    Mahmoud Malala Margaret Mateo Mei Mila Minh Mónica Nadia Niels
    Nina Noor Nuria Odin Olga Omar Oscar Parisa Pedro Priya
    Quinn Radia Rafael Ravi Rosa Ruth Sami Sana Sofia Søren
    Tariq Tove Uma Viktor Wanda Xavier Yara Yuki Zoë Zuri
""".split()  # noqa: SIM905 - as a list they take a hundred lines.
_COLUMNS, _SCALE, _GAP = 10, 4, 8


def contact_sheet() -> bytes:
    """Draw all of them as one PNG, each with colours of its own."""
    cell = GRID * _SCALE + _GAP
    side = cell * _COLUMNS + _GAP
    picture = bytearray(side * side * 4)
    for number, name in enumerate(NAMES):
        top, left = (_GAP + cell * place for place in divmod(number, _COLUMNS))
        monster = monster_of(name)
        for y in range(GRID):
            digits = monster.pixels[y * GRID : (y + 1) * GRID]
            colours = [monster.palette[int(digit, 16)] for digit in digits]
            row = b"".join(
                (colour + (b"\0" if digit == "0" else b"\xff")) * _SCALE
                for digit, colour in zip(digits, colours, strict=True)
            )
            for line in range(top + y * _SCALE, top + (y + 1) * _SCALE):
                start = (line * side + left) * 4
                picture[start : start + len(row)] = row
    scanlines = b"".join(
        b"\0" + picture[start : start + side * 4] for start in range(0, len(picture), side * 4)
    )
    header = chunk(b"IHDR", pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
    return SIGNATURE + header + chunk(b"IDAT", compress(scanlines, 9)) + END


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m dnmonster.gallery <out.png>")
    Path(sys.argv[1]).write_bytes(contact_sheet())
