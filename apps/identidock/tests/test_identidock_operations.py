import json
import logging
import re
from io import StringIO
from pathlib import Path

import pytest
from flask import abort

from identidock import create_app
from identidock.errors import UnavailableError


@pytest.fixture
def log(monkeypatch, cache, renderer):
    """The application's client, and a function that gives the entries of its log."""
    output = StringIO()
    monkeypatch.setattr("sys.stdout", output)
    client = create_app(cache, renderer).test_client()
    return client, lambda: [json.loads(line) for line in output.getvalue().splitlines()]


def counted(client, series):
    found = re.search(rf"^{re.escape(series)} (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return float(found[1])


def test_healthz_says_alive_and_asks_nobody(client, cache, renderer):
    cache.is_down = renderer.is_down = True

    assert client.get("/healthz").status_code == 200
    assert not cache.calls


def test_readyz_says_that_all_is_well(client):
    reply = client.get("/readyz")

    assert reply.status_code == 200
    assert reply.json == {"ready": True, "failing": []}


def test_readyz_names_what_fails(client, cache, renderer):
    renderer.is_down = True
    assert client.get("/readyz").json["failing"] == ["renderer"]

    cache.is_down = True
    reply = client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json == {"ready": False, "failing": ["redis", "renderer"]}


def test_metrics_count_where_monsters_came_from(client):
    series = [f'identidock_monsters_total{{source="{source}"}}' for source in ("cache", "renderer")]
    for _ in range(2):
        client.get("/monster/abc")
    before = [counted(client, name) for name in series]
    for path in ("/monster/abc", "/monster/abc", "/monster/def"):
        client.get(path)

    after = [counted(client, name) for name in series]
    assert [new - old for new, old in zip(after, before, strict=True)] == [2, 1]


def test_uwsgi_gives_every_reply_the_security_headers():
    settings = (Path(__file__).parent.parent / "uwsgi.ini").read_text()
    headers = dict(re.findall(r"(?m)^add-header = (\S+): (.+)$", settings))

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_nothing_on_the_page_needs_an_inline_script_or_style(client):
    page = client.get("/").text

    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)", page)


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", "/nowhere", 404, "There is no such page."),
        ("PUT", "/", 405, "That can't be done here."),
        ("BREW", "/", 405, "That can't be done here."),
        ("POST", "/monster/abc", 405, "That can't be done here."),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(client, method, path, status, sentence):
    reply = client.open(path, method=method)

    assert reply.status_code == status
    assert sentence in reply.text
    assert reply.headers["Cache-Control"] == "no-store"
    assert ("Allow" in reply.headers) == (status == 405)


def test_an_unforeseen_error_is_a_page_without_details_and_a_log_entry_with_them(renderer, log):
    client, entries = log

    def break_down(_name):
        raise RuntimeError("the pen is broken")

    renderer.draw = break_down
    reply = client.get("/monster/abc", headers={"X-Request-ID": "edge-42"})

    assert reply.status_code == 500
    assert "pen" not in reply.text
    (entry,) = entries()
    assert "the pen is broken" in entry["exc_info"]
    assert (entry["levelname"], entry["request_id"]) == ("ERROR", "edge-42")


def test_an_error_nobody_wrote_a_sentence_for_has_one_nevertheless(app, client):
    app.add_url_rule("/teapot", view_func=lambda: abort(418))

    assert "That did not work." in client.get("/teapot").text


def test_what_goes_wrong_during_a_request_is_logged_with_its_id(renderer, log):
    client, entries = log

    def break_down(_name):
        logging.getLogger("identidock.pen").warning("the pen is dry")
        raise UnavailableError

    renderer.draw = break_down
    client.get("/monster/abc", headers={"X-Request-ID": "edge-42"})

    (entry,) = entries()
    assert entry["message"] == "the pen is dry"
    assert (entry["levelname"], entry["request_id"]) == ("WARNING", "edge-42")
    assert entry["time"]


def test_a_request_that_goes_well_is_not_logged(log):
    client, entries = log
    client.get("/?name=Ada")

    assert not entries()


def test_a_message_outside_requests_is_logged_without_an_id(log):
    _, entries = log
    logging.getLogger("identidock").warning("hello")

    assert entries()[0]["request_id"] is None
