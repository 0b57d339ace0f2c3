from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, UnixStreamServer
from threading import Thread

import pytest
from redis import Connection, ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from identidock.fuse import Fuse
from identidock.monsters import UnavailableError, UnusableNameError
from identidock.redis_cache import RedisCache
from identidock.renderer import HttpRenderer
from identidock.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n..."


class FakeRedis(Connection):
    """Redis at the other end of the real client's connection."""

    def __init__(self, **_options):
        super().__init__(retry=Retry(NoBackoff(), 0), protocol=2)
        self.kept = {}
        self.commands = []
        self.error = None

    def connect(self):
        pass

    def can_read(self, *_arguments, **_options):
        return False

    def pack_commands(self, commands):
        return commands

    def send_packed_command(self, commands, **_options):
        self.commands += commands
        if self.error:
            raise self.error
        self.answers = [self._answer_to(*command) for command in commands]

    def send_command(self, *command, **_options):
        self.send_packed_command([command])

    def read_response(self, *_arguments, **_options):
        return self.answers.pop(0)

    def _answer_to(self, command, *words):
        if command == "CLIENT":
            return None
        if command == "PING":
            return b"PONG"
        if command == "DEL":
            return int(self.kept.pop(words[0], None) is not None)
        before = self.kept.get(words[0])
        if "NX" not in words or before is None:
            self.kept[words[0]] = words[1]
        return before if "GET" in words else b"OK"


@pytest.fixture
def redis():
    return FakeRedis()


@pytest.fixture
def cache(redis):
    pool = ConnectionPool()
    pool.make_connection = lambda: redis
    return RedisCache(Redis(connection_pool=pool), 60, claim_expiry=2.5)


class FakeDnmonster:
    """A socket connected to dnmonster, which answers every request alike, or fails."""

    def __init__(self, status=200, body=PNG, error=None, missing=0):
        head = f"HTTP/1.1 {status} So\r\nContent-Length: {len(body) + missing}\r\n\r\n"
        # It comes in pieces.
        self.pieces = [head[:10].encode(), head[10:].encode() + body[:3], body[3:]]
        self.error = error
        self.asked = []
        self.closed = 0

    def sendall(self, request):
        self.asked.append(request.decode())
        if self.error:
            raise self.error
        self._left = [*self.pieces]

    def recv(self, _size):
        return self._left.pop(0) if self._left else b""

    def close(self):
        self.closed += 1


def renderer_at(connection, prefix=""):
    return HttpRenderer(lambda: connection, "dnmonster:8080", prefix)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


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

    look, no_reply, keep = redis.commands
    assert look[:3] == ("SET", "monster:abc", b"")
    assert set(look[3:]) == {"NX", "GET", "PX", 2500}
    assert no_reply == ("CLIENT", "REPLY", "SKIP")
    assert keep == ("SET", "monster:abc", PNG, "EX", 60)


@pytest.mark.parametrize("error", [RedisConnectionError("refused"), RedisTimeoutError("slow")])
def test_redis_that_is_down_is_not_asked_again_at_once(cache, redis, error):
    redis.error = error
    for _ in range(5):
        with pytest.raises(UnavailableError):
            cache.find_or_claim("abc")

    assert len(redis.commands) == 1


def test_redis_is_checked_whatever_the_fuse_says(cache, redis):
    redis.error = RedisConnectionError("refused")
    for check in (cache.find_or_claim, lambda _name: cache.check()):
        with pytest.raises(UnavailableError):
            check("abc")
    assert len(redis.commands) == 2

    redis.error = None
    cache.check()


def test_the_renderer_is_asked_for_80_pixels_and_for_nothing_a_name_could_add():
    connection = FakeDnmonster()

    assert renderer_at(connection, "/art/").draw("a/b?size=9 é", "id") == PNG
    path = "/art/monster/a%2Fb%3Fsize%3D9%20%C3%A9?size=80&format=png"
    head = (f"GET {path} HTTP/1.1", "Host: dnmonster:8080", "X-Request-ID: id", "", "")
    assert connection.asked == ["\r\n".join(head)]


@pytest.mark.parametrize(("status", "body"), [(500, PNG), (200, b"<html>"), (302, b""), (204, b"")])
def test_whatever_is_no_png_is_no_monster(status, body):
    with pytest.raises(UnavailableError):
        renderer_at(FakeDnmonster(status, body)).draw("abc", "")


def test_a_bad_answer_for_one_name_does_not_close_the_renderer_for_others():
    connection = FakeDnmonster(500)
    renderer = renderer_at(connection)
    for _ in range(2):
        with pytest.raises(UnavailableError):
            renderer.draw("abc", "")

    assert len(connection.asked) == 2


def test_a_name_the_renderer_refuses_is_unusable():
    with pytest.raises(UnusableNameError):
        renderer_at(FakeDnmonster(400)).draw("abc", "")


@pytest.mark.parametrize(
    "connection",
    [
        FakeDnmonster(error=ConnectionRefusedError()),
        FakeDnmonster(error=TimeoutError("slow")),
        FakeDnmonster(status="unheard of"),
        FakeDnmonster(status="101 Now\r\nConnection: upgrade\r\nUpgrade: something\r\nNot:"),
        FakeDnmonster(missing=1),
    ],
)
def test_a_renderer_that_does_not_answer_is_not_asked_again_at_once(connection):
    renderer = renderer_at(connection)
    for _ in range(5):
        with pytest.raises(UnavailableError):
            renderer.draw("abc", "")

    assert len(connection.asked) == 1
    assert connection.closed == 1


def test_the_renderers_own_health_is_asked():
    connection = FakeDnmonster()
    renderer_at(connection).check()
    assert connection.asked == ["GET /healthz HTTP/1.1\r\nHost: dnmonster:8080\r\n\r\n"]

    with pytest.raises(UnavailableError):
        renderer_at(FakeDnmonster(503)).check()


def test_both_are_built_from_settings_without_connecting():
    settings = Settings(redis_host="nowhere.invalid", renderer_url="http://nowhere.invalid/art")
    assert RedisCache.from_settings(settings)
    assert HttpRenderer.from_settings(settings)


class OneMonster(BaseHTTPRequestHandler):
    """dnmonster at the end of a Unix socket, or of a port."""

    def do_GET(self):
        body = PNG + self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "somebody"

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("kind", [UnixStreamServer, TCPServer])
def test_a_monster_comes_over_a_real_socket(tmp_path, kind):
    path = str(tmp_path / "http.sock")
    with kind(path if kind is UnixStreamServer else ("127.0.0.1", 0), OneMonster) as server:
        Thread(target=server.serve_forever, args=[0.01]).start()
        if kind is UnixStreamServer:
            settings = Settings(renderer_socket=path)
        else:
            settings = Settings(renderer_url="http://127.0.0.1:{1}".format(*server.server_address))
        drawn = HttpRenderer.from_settings(settings).draw("abc", "")
        server.shutdown()

    assert drawn == PNG + b"/monster/abc?size=80&format=png"


def test_nobody_at_a_socket_means_unavailable(tmp_path):
    nowhere = str(tmp_path / "nowhere.sock")
    settings = Settings(renderer_socket=nowhere, redis_socket=nowhere)
    for collaborator in (HttpRenderer, RedisCache):
        with pytest.raises(UnavailableError):
            collaborator.from_settings(settings).check()


def blow(fuse):
    with pytest.raises(UnavailableError), fuse:
        raise UnavailableError("redis")


def test_a_fuse_lets_one_request_try_after_a_rest():
    clock = Clock()
    fuse = Fuse("redis", rest=1, clock=clock)
    blow(fuse)
    clock.now += 1.5

    with fuse, pytest.raises(UnavailableError), fuse:
        pytest.fail("A second request got through.")


def test_a_fuse_mends_when_a_request_succeeds():
    clock = Clock()
    fuse = Fuse("redis", rest=1, clock=clock)
    blow(fuse)
    clock.now += 1.5
    with fuse:
        pass

    with fuse, fuse:
        pass


def test_a_fuse_rests_again_when_the_try_fails():
    clock = Clock()
    fuse = Fuse("redis", rest=1, clock=clock)
    blow(fuse)
    clock.now += 1.5
    blow(fuse)

    with pytest.raises(UnavailableError), fuse:
        pytest.fail("It did not rest.")


def test_other_errors_do_not_blow_a_fuse():
    fuse = Fuse("redis")
    with pytest.raises(KeyError), fuse:
        raise KeyError

    with fuse:
        pass
