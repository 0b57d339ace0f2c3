"""Hostile and unlucky input, sent byte by byte to the real edge."""

import gzip
import select
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from http.client import HTTPMessage, HTTPResponse
from typing import NamedTuple
from urllib.parse import quote

import pytest

testinfra_hosts = ["ansible://identidock_nodes"]
pytestmark = pytest.mark.intrusive

MEGABYTE = 1024 * 1024
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=fence"
PART = b'--fence\r\nContent-Disposition: form-data; name="name"\r\n\r\n'


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: HTTPMessage
    body: bytes


class Outline(HTMLParser):
    """The tags of a page with the names of their attributes: what no visitor may change."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, *(name for name, _ in attributes)))


def outline(reply):
    return Outline(reply.body.decode()).tags


def quoted(name):
    return quote(name, safe="")


def request(method, path, body=b"", *lines):
    """The bytes of a request, with whatever one wants in its headers."""
    if body:
        lines = (*lines, f"Content-Length: {len(body)}")
    head = "\r\n".join((f"{method} {path} HTTP/1.1", "Host: lab", "Connection: close", *lines))
    return head.encode("latin-1") + b"\r\n\r\n" + body


def form(body, kind=FORM, *lines):
    return request("POST", "/", body, *([f"Content-Type: {kind}"] if kind else []), *lines)


def in_chunks(body):
    size = 8192
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


# What a name must never become part of: a tag, a header, a path, another's query.
NAMES = {
    "script": '"><script>alert(1)</script>',
    "handler": "<img src=x onerror=alert(1)>",
    "double quotes": '" autofocus onfocus="alert(1)',
    "single quotes": "' autofocus onfocus='alert(1)",
    "comment": "--><!--",
    "template": "{{ 7 * 7 }}{% for x in () %}${7*7}",
    "NUL": "Ada\0Lovelace",
    "line breaks": "Ada\r\nX-Injected: yes\r\n\r\n<b>",
    "other line breaks": "Ada\u2028\u2029\x85\x0b\x0c<b>",
    "parents": "../../../../etc/passwd",
    "parents of another kind": "..\\..\\windows",
    "dots": "..",
    "encoded already": "%3Cscript%3E%00%0d%0aX-Injected:%20yes%2e%2e%2f",
    "half an encoding": "100%",
    "query and fragment": "Ada?size=1024&format=svg#x",
    "right to left": "\u202eecalevoL adA\u202c \u05d0\u05d3\u05d4",
    "emoji": "\U0001f469\u200d\U0001f4bb\U0001f3f3\ufe0f\u200d\U0001f308",
    "stacked accents": "Z" + "\u0334" * 100,
    "no characters": "\ufffe\uffff\U0010ffff",
    "nothing": "",
    "spaces": "   ",
    "just too long": "x" * 129,
    "10,000 letters": "x" * 10_000,
    "10,000 emoji": "\U0001f47e" * 10_000,
    "not UTF-8": b"\xff\xfe\xc0\xaf\xed\xa0\x80",
    "Latin-1": b"Andr\xe9",
}
BODIES = {
    "nothing": (FORM, b""),
    "other fields only": (FORM, b"surname=Lovelace"),
    "a field without a value": (FORM, b"name"),
    "a value without a field": (FORM, b"=Ada"),
    "a repeated field": (FORM, b"name=Ada&name=%3Cb%3E&name="),
    "a field as a list": (FORM, b"name[]=Ada&name[0]=%3Cb%3E"),
    "1,000 fields": (FORM, b"&".join(b"name=%d" % number for number in range(1000))),
    "separators": (FORM, b"&&;;==&=&"),
    "broken encodings": (FORM, b"name=%&name=%z&name=%u1234"),
    "no type": ("", b"name=Ada"),
    "an unknown type": ("<b>/<i>", b"name=Ada"),
    "an unknown charset": (f"{FORM}; charset=martian", b"name=Ada"),
    "JSON": ("application/json", b'{"name": "<b>Ada</b>"}'),
    "JSON that is none": ("application/json", b'{"name": '),
    "JSON in the form's place": (FORM, b'{"name": "<b>Ada</b>"}'),
    "XML that asks for a file": (
        "application/xml",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><name>&b;</name>',
    ),
    "parts without a boundary": ("multipart/form-data", b"--fence\r\n\r\nAda\r\n--fence--\r\n"),
    "parts that never end": (MULTIPART, b'--fence\r\nContent-Disposition: form-data; name="name"'),
    "no parts": (MULTIPART, b"name=Ada"),
    "a part without a name": (MULTIPART, b"--fence\r\nX-Part: <b>\r\n\r\nAda\r\n--fence--\r\n"),
    "a file": (
        MULTIPART,
        b'--fence\r\nContent-Disposition: form-data; name="name"; filename="../<b>"\r\n\r\nAda\r\n'
        b"--fence--\r\n",
    ),
    "1,000 parts": (
        MULTIPART,
        (PART + b"Ada\r\n") * 1000 + b"--fence--\r\n",
    ),
}
SIZES = ["0", "-1", "1e9", "80abc", "", "1025", "9" * 5000, "80&size=1024&size=0", "%00", "<b>"]
METHODS = [
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "BREW",
    "get",
    "M" * 1000,
]
PATHS = [
    "/nothing",
    "//",
    "/?",
    "/monster",
    "/monster/",
    "/monster//",
    "/monster/a/b/c",
    "/monster/../healthz",
    "/monster/%2e%2e/healthz",
    "/monster/Ada%3Fsize=1024",
    "/static/",
    "/static/../settings.py",
    "/static/..%2f..%2f..%2fetc/passwd",
    "/static//etc/passwd",
    "/..%c0%af..%c0%afetc/passwd",
    "/.git/config",
    "/%00",
    "/%",
    "/<b>",
    "/" + "a/" * 4000,
    "/?" + "&".join(f"a{number}=b" for number in range(1000)),
    "/?lang=<b>&lang=fr",
    "http://elsewhere.example/",
    "*",
]
HEADERS = [
    "Range: bytes=0-",
    "Range: bytes=-1",
    "Range: bytes=5-2",
    "Range: bytes=999999999999999999999-",
    "Range: bytes=" + ",".join(f"{start}-{start}" for start in range(1000)),
    "Range: <b>=0-1",
    'If-Range: "other"\r\nRange: bytes=0-3',
    "If-None-Match: *",
    "If-None-Match: no quotes",
    "If-None-Match: " + ", ".join(f'"{number}"' for number in range(1000)),
    'If-Match: "other"',
    "If-Modified-Since: yesterday",
    "If-Modified-Since: Thu, 32 Foo 9999 99:99:99 GMT",
    "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
    "Accept: <b>;q=nan, */*;q=-1, ;;,,",
    "Accept-Encoding: gzip;q=abc, \xff, *;q=1e9",
    "Accept-Language: <b>, fr;q=inf, -;q=, " + "x-" * 2000,
    "Content-Type: <b>",
    "Cookie: " + "a=b; " * 2000,
    "X-Request-ID: <script>alert(1)</script>",
    "X-Forwarded-For: <b>, 999.999.999.999",
    "X-Forwarded-Proto: <b>\r\nX-Forwarded-Host: <b>",
    "Authorization: Basic !!!!",
    "Expect: 100-continue",
    "Expect: <b>",
    "Connection: close, Host, X-Request-ID",
    "Upgrade: h2c, websocket\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: <b>",
    "X-Empty:",
    "\r\n".join(f"X-{number}: a" for number in range(90)),
    "\r\n".join(f"X-{number}: a" for number in range(1000)),
    "X-Long: " + "a" * 100_000,
    "X-NUL: a\0b",
    "X-Folded: a\r\n b",
    "X-Bare: a\rb",
    "no colon",
    ": no name",
    "Spaced : a",
    "H\xe9ader: \xe9",
]
# Where libraries would tidy up, or refuse.
CHUNKED = "Transfer-Encoding: chunked"
REQUESTS = {
    "words": b"Good morning\r\n\r\n",
    "noise": bytes(range(256)) * 4,
    "a browser that wants TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500,
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/1.0": b"GET / HTTP/1.0\r\n\r\n",
    "HTTP/9.9": b"GET / HTTP/9.9\r\nHost: lab\r\n\r\n",
    "bare line feeds": request("GET", "/").replace(b"\r", b""),
    "no host": request("GET", "/").replace(b"Host: lab\r\n", b""),
    "two hosts": request("GET", "/", b"", "Host: elsewhere"),
    "a host with markup": request("GET", "/").replace(b"lab", b"<b>"),
    "a name in raw bytes": request("GET", "/monster/\xff\xfe"),
    "a space in a name": request("GET", "/monster/A da"),
    "NUL in a name": request("GET", "/monster/A\0da"),
    "a length below zero": request("POST", "/", b"", "Content-Length: -1"),
    "a length beyond reason": request("POST", "/", b"", "Content-Length: " + "9" * 30),
    "no number for a length": request("POST", "/", b"", "Content-Length: 4x") + b"name",
    "two lengths": request("POST", "/", b"name=Ada", "Content-Length: 4"),
    "a length and chunks": request("POST", "/", b"0\r\n\r\nGET /<b> HTTP/1.1\r\n\r\n", CHUNKED),
    "an unknown coding": request("POST", "/", b"", "Transfer-Encoding: martian") + b"name",
    "a coding in disguise": request("POST", "/", b"", "Transfer-Encoding: \x0bchunked")
    + in_chunks(b""),
    "a chunk of no size": request("POST", "/", b"", CHUNKED) + b"xyz\r\n",
    "a chunk beyond reason": request("POST", "/", b"", CHUNKED) + b"ffffffffffffffff\r\nname",
    "a form in chunks": form(b"", FORM, CHUNKED) + in_chunks(b"name=Ada"),
    "a body for a picture": request("GET", "/monster/Ada", b"name"),
    "a squeezed body": form(gzip.compress(bytes(MEGABYTE)), FORM, "Content-Encoding: gzip"),
}


# Each goes on with one byte a second.
SLOW = {
    "line": b"GE",
    "headers": b"GET / HTTP/1.1\r\nHost: lab\r\nX-Slow: ",
    "body": form(b"", FORM, "Content-Length: 1000") + b"name=",
    "chunks": form(b"", FORM, CHUNKED) + b"3e8\r\n",
}


@pytest.fixture(scope="module")
def edge(lab, trusted):
    """A function that connects to the edge."""
    place = (lab["lab_address"], lab["identidock_port"] + lab["lab_port_offset"])

    def connect(timeout: float | None = None) -> socket.socket:
        plain = socket.create_connection(place, timeout=timeout)
        if lab["lab_scheme"] == "http":
            return plain
        return trusted.wrap_socket(plain, server_hostname=lab["lab_address"])

    return connect


@pytest.fixture(scope="module")
def send(edge):
    """A function that sends bytes to the edge and reads its reply."""

    def send(sent: bytes) -> Reply:
        with edge(timeout=10) as connection:
            for start in range(0, len(sent), 65536):
                # As browsers do: an early answer ends the sending.
                if select.select([connection], [], [], 0)[0]:
                    break
                connection.sendall(sent[start : start + 65536])
            reply = HTTPResponse(connection, method=sent.partition(b" ")[0].decode("latin-1"))
            reply.begin()
            return Reply(reply.status, reply.headers, reply.read())

    return send


@pytest.fixture(scope="module")
def outlines(send):
    """What pages look like when nobody means harm."""
    pages = [
        send(request("GET", "/")),
        send(form(b"name=Ada")),
        send(request("GET", "/nothing")),
        send(request("GET", "/static//nothing")),
        send(b"Good morning\r\n\r\n"),
        send(form(b"a" * 10 * MEGABYTE)),
    ]
    return [outline(page) for page in pages]


@pytest.fixture(scope="module")
def harmless(send, outlines):
    """A function that sends bytes and sees that the reply harms nobody."""

    def harmless(sent: bytes) -> Reply:
        reply = send(sent)
        kind = reply.headers.get_content_type()

        assert reply.status < 500
        assert b"Traceback" not in reply.body
        assert "X-Injected" not in reply.headers
        if reply.body and kind == "text/html":
            assert outline(reply) in outlines
        elif reply.body:
            # Nothing that a browser would take for a page, whatever it holds.
            assert kind in {"image/png", "text/plain"}
            assert reply.headers["X-Content-Type-Options"] == "nosniff"
            assert b"<" not in reply.body or kind == "image/png"
        return reply

    return harmless


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("way", ["address", "form", "parts"])
def test_name_is_text_or_refused(harmless, name, way):
    raw = name if isinstance(name, bytes) else name.encode()
    part = PART + raw + b"\r\n--fence--\r\n"
    sent = {
        "address": request("GET", f"/?name={quoted(name)}"),
        "form": form(b"name=" + quoted(name).encode()),
        "parts": form(part, MULTIPART),
    }

    assert harmless(sent[way]).status in {200, 400, 413, 414}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_monster_is_an_80_pixel_picture_or_a_sentence(harmless, name):
    reply = harmless(request("GET", f"/monster/{quoted(name)}"))

    assert reply.status in {200, 400, 404, 414}
    if reply.headers.get_content_type() == "image/png":
        assert struct.unpack(">II", reply.body[16:24]) == (80, 80)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_form_of_any_shape_is_answered(harmless, body):
    kind, content = body

    assert harmless(form(content, kind)).status in {200, 400, 413}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size[:20])
def test_size_makes_no_monster_larger(harmless, size):
    reply = harmless(request("GET", f"/monster/Ada?size={size}"))

    assert reply.status in {200, 400}
    if reply.status == 200:
        assert struct.unpack(">II", reply.body[16:24]) == (80, 80)


@pytest.mark.parametrize("path", ["/", "/monster/Ada", "/nothing"])
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method[:20])
def test_unknown_method_is_refused(harmless, method, path):
    reply = harmless(request(method, path, b"", "Cookie: secret=reflected"))

    assert b"reflected" not in reply.body
    if method not in {"OPTIONS", "get"}:
        assert 400 <= reply.status < 500


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:30])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_path_leads_nowhere_it_should_not(harmless, method, path):
    reply = harmless(request(method, path))

    assert b"root:" not in reply.body
    assert not reply.body or method != "HEAD"


@pytest.mark.parametrize("path", ["/", "/monster/Ada", "/static/identidock.css"])
@pytest.mark.parametrize("lines", HEADERS, ids=lambda lines: lines[:30])
def test_header_of_any_kind_is_answered(send, lines, path):
    reply = send(request("GET", path, b"", lines))

    assert reply.status in {200, 206, 304, 400, 412, 416, 417, 431}
    assert b"Traceback" not in reply.body
    assert b"<b>" not in reply.body
    assert "<" not in str(reply.headers)


@pytest.mark.parametrize("sent", REQUESTS.values(), ids=REQUESTS)
def test_what_is_hardly_a_request_is_answered(harmless, sent):
    harmless(sent)


@pytest.mark.parametrize("kind", [FORM, MULTIPART, "application/json", ""])
@pytest.mark.parametrize("path", ["/", "/monster/Ada", "/nothing"])
def test_ten_megabytes_are_too_much(harmless, kind, path):
    lines = [f"Content-Type: {kind}"] if kind else []
    reply = harmless(request("POST", path, b"name=" + b"a" * 10 * MEGABYTE, *lines))

    assert reply.status == 413


def test_ten_megabytes_in_chunks_are_too_much(harmless):
    sent = form(b"", FORM, CHUNKED) + in_chunks(b"name=" + b"a" * 10 * MEGABYTE)

    assert harmless(sent).status in {400, 411, 413}


def dribble(edge, sent, patience):
    """Send some bytes, then one a second; the seconds until the edge has had enough."""
    started = time.monotonic()
    with edge() as connection:
        connection.sendall(sent)
        while time.monotonic() < started + patience:
            try:
                if select.select([connection], [], [], 1)[0]:
                    break
                connection.sendall(b"a")
            except OSError:
                break
    return time.monotonic() - started


def test_slow_clients_are_sent_away_while_others_are_served(edge, send):
    visits = ["/", "/?name=Ada", "/monster/Ada", "/healthz"]
    took = []
    with ThreadPoolExecutor(len(SLOW) * 16) as clients:
        dribbling = [
            clients.submit(dribble, edge, sent, patience=20)
            for sent in SLOW.values()
            for _ in range(16)
        ]
        while not all(client.done() for client in dribbling):
            for path in visits:
                started = time.monotonic()
                assert send(request("GET", path)).status == 200
                took.append(time.monotonic() - started)
            time.sleep(0.2)

    assert max(took) < 2
    assert max(client.result() for client in dribbling) < 10


@pytest.fixture(scope="module")
def memory(docker):
    """A function that tells how many megabytes each container of the stack holds."""
    units = {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024}
    listing = "ps --filter name='^(identidock|edge)-' --quiet"
    usages = "stats --no-stream --format '{{.Name}} {{.MemUsage}}' "

    def memory() -> dict[str, float]:
        held = {}
        for line in docker(usages + " ".join(docker(listing).split())).splitlines():
            name, usage, *_ = line.split()
            held[name] = float(usage[:-3]) * units[usage[-3:]]
        return held

    return memory


def test_again_and_again_costs_no_memory_and_leaves_no_traceback(docker, host, send, memory):
    def once(_round):
        for name in NAMES.values():
            send(request("GET", f"/?name={quoted(name)}"))
            send(request("GET", f"/monster/{quoted(name)}"))
        for kind, content in BODIES.values():
            send(form(content, kind))
        send(form(b"name=" + b"a" * 10 * MEGABYTE))

    started = host.check_output("date +%s").strip()
    # Every worker has seen everything before the first look.
    for count in range(8):
        once(count)
    before = memory()
    for count in range(16):
        once(count)
    after = memory()

    assert all(after[name] < held + 8 for name, held in before.items()), (before, after)
    for name in before:
        said = docker(f"logs --since {started} {name} 2>&1")
        assert "Traceback" not in said
        assert '"level": "error"' not in said
