"""Monsters drawn by dnmonster, over HTTP."""

import re
import socket
import struct
import time
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

from .breaker import CircuitBreaker
from .errors import UnusableNameError

LARGEST_ANSWER = 64 * 1024  # bytes
_PNG_BEGIN, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"


class Renderer:
    """Asks dnmonster, and trusts nothing but a whole PNG; may raise UnavailableError.

    Each request has a connection of its own: an idle one would hold up somebody else there.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._url = urlsplit(config["RENDERER_URL"])
        self._socket_path = config["RENDERER_SOCKET"]
        self._timeout = config["RENDERER_TIMEOUT"]
        self._breaker = CircuitBreaker("renderer", OSError)

    def draw(self, name: str) -> bytes:
        """Give a PNG of 80 pixels, or raise UnusableNameError."""
        status, body = self._get(f"/monster/{quote(name, safe='')}?size=80&format=png")
        if 400 <= status < 500:
            raise UnusableNameError
        if status != 200 or not (body.startswith(_PNG_BEGIN) and body.endswith(_PNG_END)):
            raise self._breaker.failure(f"it answered {status}, and no PNG of at most 64 kB")
        return body

    def check(self) -> None:
        """Return when dnmonster answers."""
        status, _ = self._get("/healthz")
        if status != 200:
            raise self._breaker.failure(f"its health check answered {status}")

    def _get(self, path: str) -> tuple[int, bytes]:
        # An answer in HTTP/1.0 has no chunks and ends with its connection, so it can just be read;
        # HTTPConnection takes as long to send and parse as Flask takes for all of a page.
        line = f"GET {self._url.path.rstrip('/')}{path} HTTP/1.0"
        deadline = time.monotonic() + self._timeout
        with self._breaker.guard(), self._connect() as connection:
            connection.sendall(f"{line}\r\nHost: {self._url.netloc}\r\n\r\n".encode())
            # The kernel reads to the end by one deadline, however slowly the bytes come; Python
            # would let other threads go first each time it looks.
            _set_timeout(connection, socket.SO_RCVTIMEO, deadline - time.monotonic())
            answer = b""
            with suppress(BlockingIOError):
                answer = connection.recv(LARGEST_ANSWER, socket.MSG_WAITALL)
            if time.monotonic() >= deadline:
                raise TimeoutError("it took too long")
            head, _, body = answer.partition(b"\r\n\r\n")
            if not (status := re.match(rb"HTTP/1\.[01] (\d{3})\b", head)):
                raise ConnectionError("its answer is not HTTP")
            return int(status[1]), body

    def _connect(self) -> socket.socket:
        if not self._socket_path:
            place = self._url.hostname, self._url.port or 80
            connection = socket.create_connection(place, self._timeout)
            connection.settimeout(None)
            return connection
        connection = socket.socket(socket.AF_UNIX)
        try:
            _set_timeout(connection, socket.SO_SNDTIMEO, self._timeout)
            connection.connect(self._socket_path)
        except OSError:
            connection.close()
            raise
        return connection


def _set_timeout(connection: socket.socket, option: int, seconds: float) -> None:
    # Zero would mean for ever.
    microseconds = max(1, round(1e6 * seconds))
    timeval = struct.pack("ll", *divmod(microseconds, 1_000_000))
    connection.setsockopt(socket.SOL_SOCKET, option, timeval)
