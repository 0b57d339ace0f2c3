import socket
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from dnmonster import create_app
from dnmonster.monster import monster_of

UNUSABLE_NAMES = [
    b"",
    b"\0",
    b"a\nb",
    b"\x7f",
    b"\xc2\x85",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"x" * 257,
    b"x" * 10_000,
    b"Ada\r\nSet-Cookie: a=b",
]
USABLE_NAMES = [
    "Ada",
    "Zoë",
    "<script>alert(1)</script>",
    "\"'&;",
    "../../etc/passwd",
    "/",
    "//a//",
    "a?size=80",
    "%3Fsize=80",
    "\N{RIGHT-TO-LEFT OVERRIDE}abc",
    "👩‍👩‍👧‍👦",
    " ",
    "x" * 256,
]


# All that a request can be told instead of a picture or a page.
SENTENCES = {
    b"",
    b"A format is png or svg.\n",
    b"A name has 1 to 256 characters.\n",
    b"A name has no control characters.\n",
    b"A name is written in UTF-8.\n",
    b"A query has at most 20 arguments.\n",
    b"A size is a whole number of pixels.\n",
    b"A size is from 12 to 1024 pixels.\n",
    b"A size or a format is given once.\n",
    b"Only GET and HEAD work here.\n",
    b"There is no such page.\n",
}


def monster_at_bytes(client, name):
    # The client's own way to a path would replace what is not UTF-8.
    path = (b"/monster/" + name).decode("latin-1")
    return client.get("/", environ_overrides={"PATH_INFO": path})


def monster_at(client, name, query="", **options):
    return client.get(f"/monster/{quote(name, safe='')}{query}", **options)


def test_a_monster_is_a_png_of_twenty_pixels(client):
    reply = client.get("/monster/Ada")

    assert reply.status_code == 200
    assert reply.mimetype == "image/png"
    assert reply.data == monster_of("Ada").png(20)


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("size=80", 80),
        ("width=80", 80),
        ("height=80", 80),
        ("width=40&height=80", 80),
        ("width=80&height=40", 80),
        ("size=40&width=30&height=80", 80),
        ("size=0080", 80),
        ("size=12", 12),
        ("size=1024", 1024),
        ("unknown=1", 20),
    ],
)
def test_the_larger_size_wins(client, query, size):
    assert client.get(f"/monster/Ada?{query}").data == monster_of("Ada").png(size)


@pytest.mark.parametrize(
    "size", ["0", "11", "1025", "-1", "1e9", "9" * 5000, "80abc", "", "+80", "8_0", "٨٠", "80\n"]
)
@pytest.mark.parametrize("key", ["size", "width", "height"])
def test_a_size_out_of_reason_gets_one_sentence(client, key, size):
    reply = client.get("/monster/Ada", query_string={key: size})

    assert reply.status_code == 400
    assert reply.mimetype == "text/plain"
    assert reply.text.startswith("A size is ")
    assert reply.text.count("\n") == 1


@pytest.mark.parametrize(
    "query",
    ["size=80&size=80", "width=1&width=", "size=80&height=80&height=40", "format=png&format"],
)
def test_what_is_given_twice_gets_one_sentence(client, query):
    reply = client.get(f"/monster/Ada?{query}")

    assert (reply.status_code, reply.text) == (400, "A size or a format is given once.\n")


@pytest.mark.parametrize("name", USABLE_NAMES)
def test_any_printable_name_has_its_monster(client, name):
    reply = monster_at(client, name, "?size=80")

    assert reply.status_code == 200
    assert reply.data == monster_of(name).png(80)


@pytest.mark.parametrize("name", UNUSABLE_NAMES)
def test_an_unusable_name_gets_one_sentence(client, name):
    reply = monster_at_bytes(client, name)

    assert reply.status_code == 400
    assert reply.text.startswith("A name ")
    assert reply.headers["Cache-Control"] == "no-store"


@settings(max_examples=150, deadline=None)
@given(name=st.text(), size=st.integers(-10, 1100))
def test_whatever_is_asked_gets_a_monster_or_a_sentence(client, name, size):
    reply = client.get(
        f"/monster/{quote(name, safe='', errors='surrogatepass')}", query_string={"size": size}
    )

    assert reply.status_code in {200, 400}
    assert reply.mimetype == ("image/png" if reply.status_code == 200 else "text/plain")


@settings(max_examples=150, deadline=None)
@given(name=st.binary(max_size=300))
def test_no_bytes_make_the_service_fail(client, name):
    assert monster_at_bytes(client, name).status_code in {200, 400}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "image/png"),
        ("*/*", "image/png"),
        ("image/*", "image/png"),
        ("image/svg+xml", "image/svg+xml"),
        ("image/svg+xml, image/png;q=0.5", "image/svg+xml"),
        ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/png"),
        ("text/html", "image/png"),
        (";;q=,,", "image/png"),
        ("image/svg+xml;q=nan, image/png;q=-1", "image/png"),
        ("image/png;q=0.1, IMAGE/*;q=0.9", "image/svg+xml"),
    ],
)
def test_the_client_may_prefer_svg(client, accept, kind):
    reply = client.get("/monster/Ada", headers={} if accept is None else {"Accept": accept})

    assert reply.mimetype == kind
    assert reply.headers["Vary"] == "Accept"


def test_a_format_asked_for_by_name_wins_over_preferences(client):
    reply = client.get("/monster/Ada?format=svg&size=80", headers={"Accept": "image/png"})

    assert reply.mimetype == "image/svg+xml"
    assert reply.data == monster_of("Ada").svg(80)
    assert "Vary" not in reply.headers


def test_an_unknown_format_gets_one_sentence(client):
    reply = client.get("/monster/Ada?format=gif")

    assert (reply.status_code, reply.text) == (400, "A format is png or svg.\n")


def test_too_many_arguments_get_one_sentence(client):
    reply = client.get("/monster/Ada?" + "size=80&" * 1000)

    assert (reply.status_code, reply.text) == (400, "A query has at most 20 arguments.\n")


def test_a_monster_may_be_kept_for_ever(client):
    reply = client.get("/monster/Ada")

    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_monster_the_client_has_is_not_sent_again(client):
    etag = client.get("/monster/Ada").headers["ETag"]

    for condition in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        reply = client.get("/monster/Ada", headers={"If-None-Match": condition})

        assert (reply.status_code, reply.data) == (304, b"")
        assert reply.headers["ETag"] == etag
        assert reply.headers["Vary"] == "Accept"
        assert "immutable" in reply.headers["Cache-Control"]


def test_another_picture_has_another_etag(client):
    etags = {
        client.get(f"/monster/{rest}").headers["ETag"]
        for rest in ("Ada", "Ida", "Ada?size=80", "Ada?format=svg")
    }

    assert len(etags) == 4


@pytest.mark.parametrize("etag", ["*", "nonsense", '"unfinished', "W/", '"a", "b"'])
def test_odd_conditions_are_survived(client, etag):
    assert client.get("/monster/Ada", headers={"If-None-Match": etag}).status_code in {200, 304}


@pytest.mark.parametrize("wanted", ["bytes=0-10", "bytes=9-1", "lines=1-2", "bytes="])
def test_a_range_is_answered_with_the_whole(client, wanted):
    assert client.get("/monster/Ada", headers={"Range": wanted}).status_code == 200


def test_head_tells_everything_but_the_picture(client):
    got, head = client.get("/monster/Ada"), client.head("/monster/Ada")

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
    assert head.headers["ETag"] == got.headers["ETag"]


@pytest.mark.parametrize("path", ["/", "/monster/Ada", "/monster/", "/healthz"])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_an_unknown_page_gets_one_sentence_that_does_not_repeat_it(client):
    reply = client.get("/<b>nowhere</b>")

    assert (reply.status_code, reply.mimetype) == (404, "text/plain")
    assert "<b>" not in reply.text


@settings(max_examples=150, deadline=None)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "TRACE", "BREW", "\0", ""]),
    path=st.binary(max_size=60),
    query=st.text(st.characters(max_codepoint=255), max_size=60),
    headers=st.dictionaries(
        st.sampled_from(["ACCEPT", "IF_NONE_MATCH", "RANGE", "HOST", "X_FORWARDED_FOR", "COOKIE"]),
        st.text(st.characters(max_codepoint=255), max_size=60),
    ),
)
@example("GET", b"/monster/../../etc/passwd", "size=%00", {"RANGE": "bytes=-1,0-"})
@example("GET", b"/monster/%2e%2e%2f", "%ff=%ff&&;=", {"ACCEPT": ";,;q=9," * 500})
@example("GET", b"//monster/a", "\udcff", {"IF_NONE_MATCH": '"' * 5000})
def test_no_request_makes_the_service_fail_or_repeat_it(service, method, path, query, headers):
    environ = {"REQUEST_METHOD": method, "QUERY_STRING": query, "PATH_INFO": path.decode("latin-1")}
    answer = []

    body = service(
        environ | {f"HTTP_{name}": value for name, value in headers.items()},
        lambda status, described: answer.extend([int(status.split()[0]), dict(described)]),
    )

    status, described = answer
    assert status in {200, 304, 400, 404, 405}
    assert all(value.isprintable() for value in described.values())
    assert status == 200 or b"".join(body) in SENTENCES


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "BREW"])
def test_other_methods_are_refused(client, method):
    reply = client.open("/monster/Ada", method=method, data=b"x" * 10_000)

    assert reply.status_code == 405
    assert "GET" in reply.headers["Allow"]


def test_it_is_alive(client):
    reply = client.get("/healthz")

    assert (reply.status_code, reply.text) == (200, "alive\n")


def test_it_is_not_alive_where_its_neighbours_find_nobody(tmp_path, monkeypatch):
    path = tmp_path / "http.sock"
    monkeypatch.setenv("DNMONSTER_SOCKET", str(path))
    client = Client(create_app())
    statuses = [client.get("/healthz").status_code]
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(1)
        # More than may wait there.
        statuses += [client.get("/healthz").status_code for _ in range(5)]
    statuses.append(client.get("/healthz").status_code)

    assert statuses == [503, *[200] * 5, 503]
