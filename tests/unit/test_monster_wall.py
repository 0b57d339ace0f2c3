"""The picture of a hundred monsters."""

from commands import ROOT
from PIL import Image

from tools.monster_wall import NAMES, wall


def test_a_hundred_different_names_are_shown():
    assert len(NAMES) == len(set(NAMES)) == 100
    assert wall().size == (10 * 88 + 8, 10 * 88 + 8)


def test_the_readme_shows_them_as_they_are():
    with Image.open(ROOT / "docs/images/monsters.png") as picture:
        assert picture.convert("RGBA").tobytes() == wall().tobytes()
