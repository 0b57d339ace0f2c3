import json
import re
import time
from io import StringIO

import pytest
from flask import abort

from identidock.journal import Batches, journal, open_journal, request_lines
from identidock.monsters import UnavailableError


@pytest.fixture
def log(client, monkeypatch):
    """What is written to standard output, line by line, once the application is built."""
    output = StringIO()
    # Of earlier requests.
    request_lines.flush()
    monkeypatch.setattr("sys.stdout", output)
    open_journal()

    def log():
        request_lines.flush()
        return [json.loads(line) for line in output.getvalue().splitlines()]

    return log


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


def test_metrics_count_responses_and_where_monsters_came_from(client):
    series = [
        'identidock_monsters_total{source="cache"}',
        'identidock_monsters_total{source="renderer"}',
        'identidock_responses_total{class="4xx"}',
    ]
    before = [counted(client, name) for name in series]
    for path in ("/monster/abc", "/monster/abc", "/monster/abc", "/nowhere"):
        client.get(path)

    after = [counted(client, name) for name in series]
    assert [new - old for new, old in zip(after, before, strict=True)] == [2, 1, 1]
    assert counted(client, 'identidock_response_seconds_total{class="2xx"}') > 0


def test_every_reply_carries_the_security_headers(client):
    for path in ("/", "/monster/abc", "/monster/..", "/nowhere", "/static/identidock.css"):
        headers = client.get(path).headers
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
        ("PUT", "/", 405, "That can&#39;t be done here."),
        ("BREW", "/", 405, "That can&#39;t be done here."),
        ("POST", "/monster/abc", 405, "That can't be done here."),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(client, method, path, status, sentence):
    reply = client.open(path, method=method)

    assert reply.status_code == status
    assert sentence in reply.text
    assert reply.headers["Cache-Control"] == "no-store"
    assert ("Allow" in reply.headers) == (status == 405)


def test_an_unforeseen_error_is_a_page_without_details_and_a_log_entry_with_them(
    app, client, renderer, log
):
    def break_down(_name, _request_id):
        raise RuntimeError("the pen is broken")

    renderer.draw = break_down
    app.config["TESTING"] = False
    reply = client.get("/monster/abc")

    assert reply.status_code == 500
    assert "pen" not in reply.text
    entries = log()
    assert "the pen is broken" in entries[0]["exception"]
    assert entries[0]["request_id"] == entries[1]["request_id"]


def test_an_error_nobody_wrote_a_sentence_for_has_one_nevertheless(app, client):
    app.add_url_rule("/teapot", view_func=lambda: abort(418))

    assert "That did not work." in client.get("/teapot").text


def test_a_request_is_one_json_line_with_its_id(client, log):
    reply = client.post("/", data={"name": "Ada"}, headers={"X-Request-ID": "edge-42"})

    entry = log()[-1]
    assert reply.headers["X-Request-ID"] == "edge-42"
    assert entry["request_id"] == "edge-42"
    assert entry["level"] == "info"
    assert (entry["method"], entry["path"], entry["status"]) == ("POST", "/", 200)
    assert entry["milliseconds"] >= 0


@pytest.mark.parametrize("given", ["", "x" * 65, "with space", '"},{"', "é"])
def test_an_id_that_could_spoil_a_log_is_replaced(client, log, given):
    client.get("/?name=Ada", headers={"X-Request-ID": given})

    assert re.fullmatch("[0-9a-f]{32}", log()[-1]["request_id"])


def test_a_reply_that_caches_keep_does_not_show_the_id_of_one_request(client):
    assert "X-Request-ID" not in client.get("/monster/abc").headers


def test_names_stay_out_of_the_log(client, log):
    client.get("/?name=Ada")

    assert log()
    assert "Ada" not in str(log())


def test_probes_that_succeed_are_not_logged_but_failures_are(client, renderer, log):
    for path in ("/healthz", "/readyz", "/metrics"):
        client.get(path)
    assert not log()

    renderer.is_down = True
    client.get("/readyz")
    assert log()[-1]["status"] == 503


def test_what_goes_wrong_during_a_request_is_logged_with_its_id(client, renderer, log):
    def break_down(_name, _request_id):
        journal.warning("the pen is dry")
        raise UnavailableError("renderer")

    renderer.draw = break_down
    client.get("/monster/abc", headers={"X-Request-ID": "edge-42"})

    assert [entry["request_id"] for entry in log()] == ["edge-42", "edge-42"]


def test_a_message_outside_requests_is_logged_without_an_id(client, log):
    journal.warning("hello")

    assert set(log()[-1]) == {"time", "level", "message"}


def test_lines_about_requests_wait_for_others_but_not_for_long():
    output = StringIO()
    lines = Batches(delay=0.01)
    lines.output = output
    for number in range(3):
        lines.put(f"{number}\n")
    assert not output.getvalue()

    deadline = time.monotonic() + 10
    while not output.getvalue():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert output.getvalue() == "0\n1\n2\n"
