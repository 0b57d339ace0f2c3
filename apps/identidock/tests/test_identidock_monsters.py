import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from identidock.errors import UnavailableError, UnusableNameError
from identidock.monsters import Monsters

PNG = b"\x89PNG\r\n\x1a\n"


def test_a_monster_is_a_png_drawn_for_that_name(client, renderer):
    reply = client.get("/monster/abc")

    assert reply.status_code == 200
    assert reply.mimetype == "image/png"
    assert reply.data == PNG + b"abc"
    assert renderer.asked == ["abc"]


def test_a_monster_is_drawn_and_kept_once_and_then_comes_from_the_cache(client, cache, renderer):
    replies = [client.get("/monster/abc") for _ in range(3)]

    assert [reply.headers["X-Cache"] for reply in replies] == ["miss", "hit", "hit"]
    assert len({reply.data for reply in replies}) == 1
    assert renderer.asked == ["abc"]
    assert cache.calls["keep"] == 1


def test_simultaneous_misses_of_one_name_are_drawn_once(cache, renderer):
    draw = renderer.draw

    def draw_slowly(name):
        time.sleep(0.1)
        return draw(name)

    renderer.draw = draw_slowly
    monsters = Monsters(cache, renderer, patience=10)
    with ThreadPoolExecutor(8) as visitors:
        found = list(visitors.map(monsters.find, ["abc"] * 8))

    assert renderer.asked == ["abc"]
    assert {png for png, _ in found} == {PNG + b"abc"}


def test_patience_ends_when_a_claimed_monster_never_comes(cache, renderer):
    cache.kept["abc"] = b""

    with pytest.raises(UnavailableError):
        Monsters(cache, renderer, patience=0.05).find("abc")

    assert cache.calls["find_or_claim"] > 1
    assert not renderer.asked


def test_a_monster_whose_drawing_was_given_up_is_drawn_by_the_next(cache, renderer):
    cache.kept["abc"] = b""
    look = cache.find_or_claim

    def look_and_expire(name):
        try:
            return look(name)
        finally:
            cache.kept = {name: png for name, png in cache.kept.items() if png}

    cache.find_or_claim = look_and_expire

    assert Monsters(cache, renderer, patience=10).find("abc") == (PNG + b"abc", False)
    assert renderer.asked == ["abc"]


def test_without_the_cache_monsters_still_come(client, cache, renderer):
    cache.is_down = True

    reply = client.get("/monster/abc")

    assert reply.status_code == 200
    assert reply.headers["X-Cache"] == "miss"
    assert renderer.asked == ["abc"]


def test_a_cache_that_goes_while_a_monster_is_drawn_does_not_matter(client, cache):
    def keep_fails(_name, _png):
        raise UnavailableError

    cache.keep = keep_fails

    assert client.get("/monster/abc").status_code == 200


def test_without_the_renderer_kept_monsters_still_come(client, renderer):
    client.get("/monster/abc")
    renderer.is_down = True

    assert client.get("/monster/abc").status_code == 200


def test_without_the_renderer_others_are_asked_to_come_back(client, cache, renderer):
    renderer.is_down = True

    reply = client.get("/monster/abc")

    assert reply.status_code == 503
    assert reply.headers["Retry-After"] == "5"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.text == "This monster is asleep. Please try again in a moment.\n"
    assert cache.calls["keep"] == 0


def test_a_failure_is_not_remembered(client, renderer):
    renderer.is_down = True
    client.get("/monster/abc")
    renderer.is_down = False

    assert client.get("/monster/abc").data == PNG + b"abc"


def test_a_name_the_renderer_refuses_is_refused(client, cache, renderer):
    renderer.refuses = True

    assert client.get("/monster/abc").status_code == 400
    assert not cache.kept


def test_a_monster_may_be_kept_by_everybody_for_ever(client):
    reply = client.get("/monster/abc")

    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert reply.headers["ETag"]


def test_a_monster_that_is_known_is_not_sent_again(client):
    etag = client.get("/monster/abc").headers["ETag"]

    reply = client.get("/monster/abc", headers={"If-None-Match": etag})

    assert reply.status_code == 304
    assert reply.headers["ETag"] == etag
    assert "immutable" in reply.headers["Cache-Control"]
    assert not reply.data


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": '"another"'},
        {"If-None-Match": "nonsense,,\x22"},
        {"If-Modified-Since": "yesterday"},
        {"Range": "bytes=0-3"},
        {"Range": "bytes=nonsense"},
    ],
)
def test_other_conditions_get_the_whole_monster(client, headers):
    reply = client.get("/monster/abc", headers=headers)

    assert reply.status_code == 200
    assert reply.data == PNG + b"abc"


def test_head_tells_the_same_without_the_picture(client):
    reply = client.head("/monster/abc")

    assert reply.status_code == 200
    assert reply.headers["Content-Length"] == str(len(PNG + b"abc"))
    assert not reply.data


@pytest.mark.parametrize(
    "name",
    ["abc", "Moby Dick", "O'Brien", "名前", "🐳", "100%", "a?size=1024", "x" * 128],
)
def test_a_sensible_name_has_a_monster_and_is_drawn_as_it_is(client, renderer, name):
    assert client.get(f"/monster/{quote(name)}").status_code == 200
    assert renderer.asked == [name]


@pytest.mark.parametrize(
    "path",
    [
        "x" * 129,
        "x" * 10_000,
        "%00",
        "a%09b",
        "a%0dSet-Cookie:x",
        "%ff%fe",
        "..",
        ".",
        "%20",
        "../healthz",
        "..%2fhealthz",
        "a/b",
        "a%5cb",
        "%E2%80%AEabc",
        "<b>TEST</b>",
    ],
)
def test_any_other_name_is_refused_in_one_sentence_without_asking_anybody(
    client, cache, renderer, path
):
    reply = client.get(f"/monster/{path}")

    assert reply.status_code == 400
    assert reply.text == "A name has 1 to 128 ordinary characters.\n"
    assert reply.mimetype == "text/plain"
    assert not cache.calls
    assert not renderer.asked


@pytest.mark.parametrize("path", ["", "a%0ab", "a%0d%0aSet-Cookie:x"])
def test_no_name_or_one_of_several_lines_is_nowhere(client, path):
    assert client.get(f"/monster/{path}").status_code == 404


def test_an_empty_name_has_no_monster(cache, renderer):
    with pytest.raises(UnusableNameError):
        Monsters(cache, renderer, patience=1).find("")
