from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnmonster import art
from dnmonster.art.layers import GRID
from dnmonster.art.palette import palette_of
from dnmonster.monster import Design, compose, design_of, monster_of

COLLECTIONS = art.PARTS
WHITE = f"{art.INKS.index('w'):x}"
PLAIN = {part: next(iter(drawings)) for part, drawings in COLLECTIONS.items()}
DRAWINGS = [
    pytest.param(drawing, id=f"{part}: {name}")
    for part, drawings in COLLECTIONS.items()
    for name, drawing in drawings.items()
]


def drawn(body, **parts):
    return compose(Design(PLAIN | {"body": body} | parts, palette_of(0)))


def rows_of(monster):
    return [monster.pixels[start : start + GRID] for start in range(0, GRID * GRID, GRID)]


def test_a_name_has_one_monster():
    assert monster_of("Ada") == monster_of("Ada")


def test_names_that_differ_by_one_letter_look_different():
    assert monster_of("Ada").pixels != monster_of("Ida").pixels


def test_no_two_of_ten_thousand_names_look_alike():
    pictures = {monster_of(f"name {number}").png(20) for number in range(10_000)}

    assert len(pictures) == 10_000


def test_monsters_are_the_same_on_every_machine():
    drawings = sha256()
    for number in range(2_000):
        monster = monster_of(f"name {number}")
        drawings.update(monster.pixels.encode() + b"".join(monster.palette))

    # A change of the art changes this on purpose.
    digest = drawings.hexdigest()
    assert digest == "acbcf3e51e2ab7a607700fd2bf91140ca7c676399ff036a15e04ff8b3ec51962"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_name_has_a_monster_with_nothing_around_it(name):
    rows = rows_of(monster_of(name))

    assert len(rows) == GRID
    assert {len(row) for row in rows} == {GRID}
    assert {digit for row in rows for digit in row} <= set("0123456789abcd")
    assert rows[0][0] == rows[0][-1] == "0"


@pytest.mark.parametrize("drawings", [art.BODIES, *COLLECTIONS.values()])
def test_there_are_at_least_ten_of_every_part(drawings):
    assert len(drawings) >= 10


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_a_part_is_drawn_in_known_colours_and_fits_on_the_canvas(drawing):
    assert set("".join(drawing.rows)) <= set(art.INKS)
    assert all(len(row) <= GRID for row in drawing.rows)


@pytest.mark.parametrize("body", art.BODIES)
def test_a_body_has_room_for_arms_and_roots_for_horns(body):
    rows = art.BODIES[body].rows

    assert all(len(row) == GRID // 2 and row.startswith("...") for row in rows)
    assert rows[2].endswith("bbbbb")
    assert len(rows) <= 13


@pytest.mark.parametrize("body", art.BODIES)
def test_a_monster_of_symmetric_parts_has_a_symmetric_outline(body):
    rows = rows_of(drawn(body, horns="bear's ears", hat="crown"))

    assert all([d == "0" for d in row] == [d == "0" for d in row[::-1]] for row in rows)


@pytest.mark.parametrize("part", COLLECTIONS)
def test_every_variant_of_a_part_can_be_told_from_the_others(part):
    pictures = {drawn("egg", **{part: variant}).pixels for variant in COLLECTIONS[part]}

    assert len(pictures) == len(COLLECTIONS[part])


@pytest.mark.parametrize("part", COLLECTIONS)
@pytest.mark.parametrize("body", art.BODIES)
def test_every_part_fits_every_body(body, part):
    for variant in COLLECTIONS[part]:
        assert len(drawn(body, **{part: variant}).pixels) == GRID * GRID


def test_eyes_and_mouths_are_in_front_of_all_that_is_worn():
    bare = drawn("egg", eyes="wide", mouth="gaping")
    whites = {place for place, digit in enumerate(bare.pixels) if digit == WHITE}
    for part in ("hat", "coat", "extra"):
        for variant in COLLECTIONS[part]:
            dressed = drawn("egg", eyes="wide", mouth="gaping", **{part: variant})

            assert all(dressed.pixels[place] == WHITE for place in whites)


def test_whoever_wears_a_hat_has_no_horns_and_whoever_holds_something_has_a_hand():
    designs = [design_of(f"name {number}").parts for number in range(1_000)]

    assert {parts["horns"] for parts in designs if parts["hat"] != "nothing"} == {"nothing"}
    assert {parts["arms"] for parts in designs if parts["held"] != "nothing"} == {"stubs"}


@pytest.mark.parametrize("part", ["body", *COLLECTIONS])
def test_every_variant_is_worn_by_some_of_two_thousand(part):
    worn = {design_of(f"name {number}").parts[part] for number in range(2_000)}

    assert worn == set(art.BODIES if part == "body" else COLLECTIONS[part])


@given(st.integers(min_value=0, max_value=2**200))
def test_a_palette_has_a_colour_for_every_ink(dice):
    palette = palette_of(dice)

    assert len(palette) == len(art.INKS)
    assert all(len(colour) == 3 for colour in palette)


@given(st.integers(min_value=0, max_value=2**200))
def test_an_outline_is_darker_than_the_body_it_surrounds(dice):
    outline, body = palette_of(dice)[1:3]

    assert sum(outline) < sum(body) - 100
