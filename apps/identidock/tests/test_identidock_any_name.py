from hashlib import sha256
from html.parser import HTMLParser
from urllib.parse import quote_from_bytes, urlencode

import pytest

from identidock import create_app

hypothesis = pytest.importorskip("hypothesis", reason="The image carries pytest alone.")
strategies = hypothesis.strategies
# A busy machine is slow at times; what is slow is not wrong.
hypothesis.settings.register_profile("patient", hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("patient")
ANY_NAME = strategies.text(max_size=140)
ANY_FORM = strategies.builds(
    lambda name, more: urlencode({"name": name, **more}).encode(),
    ANY_NAME,
    strategies.dictionaries(strategies.text(max_size=5), strategies.text(max_size=5), max_size=2),
)


class PageReader(HTMLParser):
    """Finds the field's value, the picture's address and every tag."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.field = self.picture = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "input":
            self.field = dict(attrs)["value"]
        if tag == "img":
            self.picture = dict(attrs)["src"]


@pytest.fixture(scope="module")
def any_client():
    class NoCache:
        def find_or_claim(self, _name):
            return None

        def keep(self, _name, _png):
            pass

    class AnyRenderer:
        def draw(self, name):
            return name.encode()

    return create_app(cache=NoCache(), renderer=AnyRenderer()).test_client()


@hypothesis.given(name=ANY_NAME)
def test_whatever_is_typed_stays_text_and_never_breaks_the_page(any_client, name):
    reply = any_client.post("/", data={"name": name})

    assert reply.status_code in {200, 400}
    if reply.status_code == 200:
        page = PageReader(reply.text)
        usual = PageReader(any_client.post("/", data={"name": "Ada"}).text)
        assert page.tags == usual.tags
        digest = sha256(f"UNIQUE_SALT{page.field}".encode()).hexdigest()
        assert page.picture == f"/monster/{digest}"


@hypothesis.given(form=strategies.binary(max_size=60) | ANY_FORM)
def test_whatever_form_is_sent_is_answered_like_the_same_in_the_address(any_client, form):
    query = form.decode("latin-1")
    kind = "application/x-www-form-urlencoded"
    replies = (
        any_client.get("/", query_string=query),
        any_client.post("/", data=form, content_type=kind),
    )

    assert {reply.status_code for reply in replies} <= {200, 400}


@hypothesis.given(path=strategies.binary(min_size=1, max_size=140))
def test_whatever_bytes_a_monster_is_asked_by_there_is_no_server_error(any_client, path):
    reply = any_client.get(f"/monster/{quote_from_bytes(path)}", follow_redirects=True)

    assert reply.status_code in {200, 400, 404}
    if reply.status_code == 200:
        assert reply.data.decode().isprintable()


@hypothesis.given(
    method=strategies.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"]),
    path=ANY_NAME,
    body=strategies.binary(max_size=200),
    kind=strategies.sampled_from(
        [
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "nonsense",
        ]
    ),
)
def test_whatever_is_asked_there_is_no_server_error(any_client, method, path, body, kind):
    # As a server hands it over: the client would take two slashes for the name of a machine.
    path_info = "/" + path.encode(errors="replace").decode("latin-1")
    reply = any_client.open("/", method=method, environ_overrides={"PATH_INFO": path_info})
    posted = any_client.post("/", data=body, content_type=kind)

    assert reply.status_code < 500
    assert posted.status_code < 500
