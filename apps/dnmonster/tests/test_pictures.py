import io
import tracemalloc
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dnmonster.gallery import NAMES, contact_sheet
from dnmonster.monster import GRID, monster_of

NAMES_OF_PEOPLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=256)


def opened(picture):
    image = Image.open(io.BytesIO(picture))
    image.load()
    return image


def colours(image):
    return [image.getpixel((x, y)) for y in range(image.height) for x in range(image.width)]


@settings(max_examples=60, deadline=None)
@given(NAMES_OF_PEOPLE, st.integers(12, 1024))
def test_a_picture_is_a_square_of_the_size_asked_for(name, size):
    image = opened(monster_of(name).png(size))

    assert image.format == "PNG"
    assert image.size == (size, size)


@settings(max_examples=60, deadline=None)
@given(NAMES_OF_PEOPLE, st.integers(20, 300))
def test_pixels_are_whole_and_in_the_middle(name, size):
    monster = monster_of(name)
    scale = size // GRID
    margin = (size - scale * GRID) // 2

    image = opened(monster.png(size)).convert("RGBA")

    small = Image.new("RGBA", (GRID, GRID))
    small.putdata(
        [(*monster.palette[int(digit, 16)], 255 * (digit != "0")) for digit in monster.pixels]
    )
    expected = Image.new("RGBA", (size, size))
    side = GRID * scale
    expected.paste(small.resize((side, side), Image.Resampling.NEAREST), (margin, margin))
    assert image.tobytes() == expected.tobytes()


def test_the_ground_is_transparent():
    image = opened(monster_of("Ada").png(80)).convert("RGBA")

    assert image.getpixel((0, 0))[3] == 0
    assert image.getpixel((40, 40))[3] == 255


@pytest.mark.parametrize("size", range(12, 20))
def test_a_tiny_picture_is_a_portrait(size):
    monster = monster_of("Ada")

    image = opened(monster.png(size)).convert("RGBA")

    assert image.size == (size, size)
    opaque = sum(pixel[3] == 255 for pixel in colours(image))
    assert opaque > size * size / 2


def test_pictures_are_small():
    lengths = [len(monster_of(f"name {number}").png(80)) for number in range(1_000)]

    assert sum(lengths) / len(lengths) < 370
    assert max(lengths) < 420


def test_the_largest_picture_needs_memory_in_proportion_to_its_pixels():
    monster = monster_of("Ada")
    monster.png(1024)

    tracemalloc.start()
    monster.png(1024)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 2 * 1024 * 1024


def test_the_svg_shows_the_same_pixels():
    monster = monster_of("Ada")

    root = ElementTree.fromstring(monster.svg(80))  # noqa: S314 - our own drawing

    assert root.get("width") == root.get("height") == "80"
    assert root.get("viewBox") == f"0 0 {GRID} {GRID}"
    drawn = {}
    for path in root:
        for run in path.get("d").removesuffix("z").split("z"):
            place, length = run.removeprefix("M").split("v")[0].split("h")
            x, y = map(int, place.split())
            drawn |= {(x + step, y): path.get("fill") for step in range(int(length))}
    expected = {
        (number % GRID, number // GRID): f"#{monster.palette[int(digit, 16)].hex()}"
        for number, digit in enumerate(monster.pixels)
        if digit != "0"
    }
    assert drawn == expected


def test_the_contact_sheet_shows_a_hundred_monsters():
    image = opened(contact_sheet())

    assert len(set(NAMES)) == 100
    assert image.mode == "RGBA"
    assert image.width == image.height == 10 * 88 + 8
    first = opened(monster_of(NAMES[0]).png(80)).convert("RGBA")
    shown = image.crop((8, 8, 88, 88))
    assert [p for p in colours(shown) if p[3]] == [p for p in colours(first) if p[3]]
