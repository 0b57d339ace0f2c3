"""Requests that prove that an application works, asked of a real server."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible.module_utils.compose import StackError
from ansible.module_utils.proof import prove


class Application(BaseHTTPRequestHandler):
    """A page, a form and images; the server's `answers` come first."""

    server: "Server"

    def do_GET(self):
        status = self.server.answers.pop(0) if self.server.answers else 200
        path = urlsplit(self.path).path
        self.server.asked.append(f"GET {path}")
        kind = "image/png" if path.startswith("/monster/") else "text/html; charset=utf-8"
        self.reply(302 if path == "/log-in" else status, kind, b"<form>")

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(f"POST {self.path}")
        self.reply(200, "text/html", f"Hello {form['name'][0]}".encode())

    def reply(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    def __init__(self):
        self.answers: list[int] = []
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Application)


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def ask(server):
    """A function that proves something of the server, and gives the seconds that it waited."""

    def ask(*steps, timeout=5, base=f"http://127.0.0.1:{server.server_port}"):
        waited = [0.0]

        def sleep(seconds):
            waited[0] += seconds

        prove(base, list(steps), timeout, lambda: waited[0], sleep)
        return waited[0]

    return ask


def test_page_form_and_image_are_asked_in_turn(server, ask):
    ask(
        {"get": "/", "has": "<form"},
        {"post": "/", "form": {"name": "{random}"}, "has": "Hello {random}"},
        {"get": "/monster/proof", "type": "image/png", "times": 2},
        {"get": "/log-in"},
        {"get": "/log-in", "status": 302},
    )

    images = ["GET /monster/proof"] * 2
    assert server.asked == ["GET /", "POST /", *images, "GET /log-in", "GET /log-in"]


def test_the_word_is_a_new_one_each_time(server, ask):
    ask({"get": "/monster/{random}"})
    ask({"get": "/monster/{random}"})

    assert len(set(server.asked)) == 2


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ({"get": "/", "has": "salt"}, "it answered GET / without 'salt'"),
        ({"get": "/", "type": "image/png"}, "it answered GET / with text/html"),
        ({"get": "/", "status": 404}, "it answered 200 to GET / (404 expected)"),
    ],
)
def test_a_wrong_answer_is_asked_for_thrice_and_told(server, ask, step, reason):
    with pytest.raises(StackError) as failed:
        ask(step)

    assert str(failed.value).startswith(reason)
    assert len(server.asked) == 3


def test_an_error_is_told_with_its_status(server, ask):
    server.answers = [500] * 3

    with pytest.raises(StackError, match=r"^it answered 500 to GET / \(200 expected\)$"):
        ask({"get": "/"})


def test_a_proxy_without_anybody_behind_it_is_asked_until_somebody_is_there(server, ask):
    server.answers = [503] * 5 + [502]

    assert ask({"get": "/"}) == 3


def test_silence_is_told_when_the_time_is_over(ask):
    with pytest.raises(StackError, match=r"it did not answer GET / .*refused"):
        ask({"get": "/"}, base="http://127.0.0.1:1")
