"""Draw a hundred monsters as one picture: `tools/monster_wall.py wall.png`."""

import io
import sys
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent / "apps" / "dnmonster"))

from dnmonster.monster import monster_of

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
""".split()  # noqa: SIM905 - a list has a hundred quotes.
_COLUMNS, _SIZE, _GAP = 10, 80, 8  # the latter two in pixels


def wall() -> Image.Image:
    """Draw all of them, each with colours of its own."""
    side = (_SIZE + _GAP) * _COLUMNS + _GAP
    sheet = Image.new("RGBA", (side, side))
    for number, name in enumerate(NAMES):
        top, left = (_GAP + (_SIZE + _GAP) * place for place in divmod(number, _COLUMNS))
        monster = Image.open(io.BytesIO(monster_of(name).png(_SIZE)))
        sheet.paste(monster.convert("RGBA"), (left, top))
    return sheet


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: tools/monster_wall.py <out.png>")
    wall().save(sys.argv[1], "PNG", optimize=True)
