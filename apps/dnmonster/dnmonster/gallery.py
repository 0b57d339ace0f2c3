"""A wall of a hundred monsters; `python -m dnmonster.gallery wall.png` draws it as one picture.

The picture takes Pillow, which is not in the image.
"""

import io
import sys
from pathlib import Path

from .monster import monster_of

NAMES = (Path(__file__).parent / "names.txt").read_text(encoding="utf-8").split()
_COLUMNS, _SIZE, _GAP = 10, 80, 8  # the latter two in pixels


def contact_sheet() -> bytes:
    """Draw all of them as one PNG, each with colours of its own."""
    from PIL import Image  # noqa: PLC0415 - the service has no need of it.

    side = (_SIZE + _GAP) * _COLUMNS + _GAP
    sheet = Image.new("RGBA", (side, side))
    for number, name in enumerate(NAMES):
        top, left = (_GAP + (_SIZE + _GAP) * place for place in divmod(number, _COLUMNS))
        sheet.paste(
            Image.open(io.BytesIO(monster_of(name).png(_SIZE))).convert("RGBA"), (left, top)
        )
    file = io.BytesIO()
    sheet.save(file, "PNG", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python -m dnmonster.gallery <out.png>")
    Path(sys.argv[1]).write_bytes(contact_sheet())
