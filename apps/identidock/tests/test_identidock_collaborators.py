import gc
import re
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, UnixStreamServer
from threading import Thread
from urllib.parse import urlsplit

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from identidock.breaker import CircuitBreaker
from identidock.cache import Cache
from identidock.config import from_environment
from identidock.errors import UnavailableError, UnusableNameError
from identidock.renderer import LARGEST_ANSWER, Renderer

PNG = b"\x89PNG\r\n\x1a\n...IEND\xaeB`\x82"


class FakeRedis:
    """Redis as far as a cache needs it."""

    def __init__(self):
        self.kept = {}
        self.commands = []
        self.error = None

    def set(self, key, value, nx=False, get=False, **expiry):
        self._answer("set", expiry)
        before = self.kept.get(key)
        if not nx or before is None:
            self.kept[key] = value
        return before if get else True

    def delete(self, key):
        self._answer("delete")
        self.kept.pop(key, None)

    def ping(self):
        self._answer("ping")

    def _answer(self, *command):
        self.commands.append(command)
        if self.error:
            raise self.error


@pytest.fixture
def redis():
    return FakeRedis()


@pytest.fixture
def cache(redis):
    return Cache(from_environment() | {"CACHE_EXPIRY": 60}, lambda: redis)


class FakeDnmonster(BaseHTTPRequestHandler):
    """Answers all requests alike."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Host"]))
        # A renderer that gives up hangs up.
        with suppress(OSError):
            for part in self.server.answer:
                self.wfile.write(part)

    def address_string(self):
        return "somebody"

    def log_message(self, *_):
        pass


@pytest.fixture(params=[UnixStreamServer, TCPServer], ids=["unix", "tcp"])
def dnmonster(request, tmp_path):
    """A server, and the settings of a renderer that asks it."""
    path = str(tmp_path / "http.sock")
    is_unix = request.param is UnixStreamServer
    with request.param(path if is_unix else ("127.0.0.1", 0), FakeDnmonster) as server:
        server.asked = []
        thread = Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        place = {"IDENTIDOCK_RENDERER_SOCKET": path}
        if not is_unix:
            place = {"IDENTIDOCK_RENDERER_URL": f"http://127.0.0.1:{server.server_address[1]}/art/"}
        with pytest.MonkeyPatch.context() as environment:
            for name, value in place.items():
                environment.setenv(name, value)
            server.settings = from_environment()
        server.prefix = "" if is_unix else "/art"
        yield server
        server.shutdown()
        thread.join()


def answer(status=200, body=PNG, missing=0):
    return f"HTTP/1.1 {status} So\r\nContent-Length: {len(body) + missing}\r\n\r\n".encode(), body


def test_a_missing_monster_is_claimed_by_the_first_who_looks(cache):
    assert cache.find_or_claim("abc") is None
    assert cache.find_or_claim("abc") == b""


def test_a_kept_monster_is_found(cache):
    cache.find_or_claim("abc")
    cache.keep("abc", PNG)

    assert cache.find_or_claim("abc") == PNG


def test_a_monster_that_was_given_up_can_be_claimed_again(cache):
    cache.find_or_claim("abc")
    cache.give_up("abc")

    assert cache.find_or_claim("abc") is None


def test_a_look_is_one_command_and_everything_kept_expires(cache, redis):
    cache.find_or_claim("abc")
    cache.keep("abc", PNG)

    assert redis.commands == [("set", {"px": 2500}), ("set", {"ex": 60})]


@pytest.mark.parametrize("error", [RedisConnectionError("refused"), RedisTimeoutError("slow")])
def test_redis_that_is_down_is_not_asked_again_at_once(cache, redis, error):
    redis.error = error
    for _ in range(5):
        with pytest.raises(UnavailableError):
            cache.find_or_claim("abc")

    assert len(redis.commands) == 1


# A socket that nobody closes would be a warning.
@pytest.mark.filterwarnings("error")
def test_nobody_at_a_socket_means_unavailable(tmp_path):
    nowhere = str(tmp_path / "nowhere.sock")
    config = from_environment() | {"RENDERER_SOCKET": nowhere, "REDIS_SOCKET": nowhere}
    for collaborator in (Renderer, Cache):
        with pytest.raises(UnavailableError):
            collaborator(config).check()
        gc.collect()


def test_the_renderer_is_asked_for_80_pixels_and_for_nothing_a_name_could_add(dnmonster):
    dnmonster.answer = answer()

    assert Renderer(dnmonster.settings).draw("a/b?size=9 é\r\n") == PNG
    path = "/monster/a%2Fb%3Fsize%3D9%20%C3%A9%0D%0A?size=80&format=png"
    host = urlsplit(dnmonster.settings["RENDERER_URL"]).netloc
    assert dnmonster.asked == [(dnmonster.prefix + path, host)]


@pytest.mark.parametrize(
    "reply",
    [
        answer(500),
        answer(body=b"<html>"),
        answer(302, b""),
        answer(204, b""),
        answer(missing=1, body=PNG[:-1]),
        answer(body=PNG[:-9] + bytes(LARGEST_ANSWER) + PNG[-9:]),
    ],
    ids=["broken", "html", "elsewhere", "nothing", "cut-off", "too-large"],
)
def test_whatever_is_no_png_is_no_monster_and_does_not_close_the_renderer(dnmonster, reply):
    renderer = Renderer(dnmonster.settings)
    dnmonster.answer = reply
    with pytest.raises(UnavailableError):
        renderer.draw("abc")

    dnmonster.answer = answer()
    assert renderer.draw("abc") == PNG


def test_a_name_the_renderer_refuses_is_unusable(dnmonster):
    dnmonster.answer = answer(400)

    with pytest.raises(UnusableNameError):
        Renderer(dnmonster.settings).draw("abc")


@pytest.mark.parametrize("reply", [[], [b"HTTP/1.1 unheard of\r\n\r\n"], [b"\x00" * 100]])
def test_a_renderer_that_does_not_answer_is_not_asked_again_at_once(dnmonster, reply):
    renderer = Renderer(dnmonster.settings)
    dnmonster.answer = reply
    for _ in range(5):
        with pytest.raises(UnavailableError):
            renderer.draw("abc")

    assert len(dnmonster.asked) == 1


def test_an_answer_that_comes_byte_by_byte_ends_with_the_deadline(dnmonster):
    def trickle():
        for byte in b"HTTP/1.1 200 So\r\nX: " + b"x" * 50:
            time.sleep(0.02)
            yield bytes([byte])

    dnmonster.answer = trickle()
    started = time.monotonic()
    with pytest.raises(UnavailableError):
        Renderer(dnmonster.settings | {"RENDERER_TIMEOUT": 0.2}).draw("abc")

    assert time.monotonic() - started < 1


def test_the_renderers_own_health_is_asked(dnmonster):
    renderer = Renderer(dnmonster.settings)
    dnmonster.answer = answer()
    renderer.check()
    assert [path for path, _ in dnmonster.asked] == [f"{dnmonster.prefix}/healthz"]

    dnmonster.answer = answer(503)
    with pytest.raises(UnavailableError):
        renderer.check()


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("identidock.breaker.time", clock)
    return clock


@pytest.fixture
def breaker(clock):
    """A circuit breaker that is open since a moment ago."""
    breaker = CircuitBreaker("redis", OSError)
    fail(breaker)
    return breaker


def fail(breaker):
    with pytest.raises(UnavailableError), breaker.guard():
        raise OSError("refused")


def test_an_open_breaker_lets_one_request_try_after_a_rest(breaker, clock):
    clock.now += 1.5

    with breaker.guard(), pytest.raises(UnavailableError), breaker.guard():
        pytest.fail("A second request got through.")


def test_a_breaker_closes_when_a_request_succeeds(breaker, clock):
    clock.now += 1.5
    with breaker.guard():
        pass

    with breaker.guard(), breaker.guard():
        pass


def test_a_breaker_rests_again_when_the_try_fails(breaker, clock):
    clock.now += 1.5
    fail(breaker)

    with pytest.raises(UnavailableError), breaker.guard():
        pytest.fail("It did not rest.")


def test_other_errors_do_not_open_a_breaker(clock):
    breaker = CircuitBreaker("redis", OSError)
    with pytest.raises(KeyError), breaker.guard():
        raise KeyError

    with breaker.guard():
        pass


def test_failures_are_counted_and_logged_with_their_reason(client, breaker, caplog):
    series = r'identidock_failures_total{of="redis"} (\S+)'
    before = float(re.search(series, client.get("/metrics").text)[1])
    with pytest.raises(UnavailableError):
        raise breaker.failure("it is out of ink")

    after = float(re.search(series, client.get("/metrics").text)[1])
    assert after - before == 1
