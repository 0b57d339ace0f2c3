import io
import tracemalloc
import zlib
from hashlib import sha256
from struct import unpack_from
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dnmonster.art.layers import GRID
from dnmonster.monster import monster_of

NAMES_OF_PEOPLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=256)


def opened(picture):
    image = Image.open(io.BytesIO(picture))
    image.load()
    return image


def chunks_of(picture):
    """Take a PNG apart and check every part of it."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, start = {}, 8
    while start < len(picture):
        length, kind = unpack_from(">I4s", picture, start)
        content = picture[start + 8 : start + 8 + length]
        assert unpack_from(">I", picture, start + 8 + length) == (zlib.crc32(kind + content),)
        chunks[kind.decode()] = content
        start += 12 + length
    assert list(chunks) == ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]
    return chunks


def colours(image):
    return [image.getpixel((x, y)) for y in range(image.height) for x in range(image.width)]


@settings(max_examples=60, deadline=None)
@given(NAMES_OF_PEOPLE, st.integers(12, 1024))
def test_a_picture_is_a_square_of_the_size_asked_for(name, size):
    image = opened(monster_of(name).png(size))

    assert image.format == "PNG"
    assert image.size == (size, size)


@settings(max_examples=60, deadline=None)
@given(NAMES_OF_PEOPLE, st.integers(20, 600))
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

    assert sum(lengths) / len(lengths) < 345
    assert max(lengths) < 400


def test_all_that_is_not_left_to_zlib_is_the_same_on_every_machine():
    content = sha256()
    for number in range(200):
        for size in (12, 20, 33, 80, 300):
            chunks = chunks_of(monster_of(f"name {number}").png(size))
            for kind in ("IHDR", "PLTE", "tRNS"):
                content.update(chunks[kind])
            content.update(zlib.decompress(chunks["IDAT"]))

    # A change of the art changes this on purpose.
    assert content.hexdigest() == "e970cf9170195ea606d94e0cb4948da12e6434b0ec92051c49e8d4d40b38d7e3"


def test_a_picture_holds_no_colours_that_come_after_its_last():
    for number in range(100):
        monster = monster_of(f"name {number}")
        last = max(int(digit, 16) for digit in monster.pixels)

        assert len(chunks_of(monster.png(80))["PLTE"]) == 3 * (last + 1)


@pytest.mark.parametrize(("size", "most"), [(512, 3_000), (1024, 5_000)])
def test_large_pictures_are_small_too(size, most):
    assert max(len(monster_of(f"name {number}").png(size)) for number in range(20)) < most


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
