"""Monsters drawn by dnmonster, over HTTP."""

import re
import socket
import time
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
        with self._breaker.guard(), self._connect() as connection:
            connection.sendall(f"{line}\r\nHost: {self._url.netloc}\r\n\r\n".encode())
            with connection.makefile("rb") as answer:
                head, _, body = answer.read(LARGEST_ANSWER).partition(b"\r\n\r\n")
            if not (status := re.match(rb"HTTP/1\.[01] (\d{3})\b", head)):
                raise ConnectionError("its answer is not HTTP")
            return int(status[1]), body

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + self._timeout
        if self._socket_path:
            connection = _DeadlineSocket(socket.AF_UNIX)
            connection.settimeout(self._timeout)
            connection.connect(self._socket_path)
        else:
            place = self._url.hostname, self._url.port or 80
            connection = _DeadlineSocket(
                fileno=socket.create_connection(place, self._timeout).detach()
            )
        connection.deadline = deadline
        return connection


class _DeadlineSocket(socket.socket):
    """A socket whose reads end by one deadline, however slowly the bytes come."""

    deadline: float

    def recv_into(self, *arguments: Any) -> int:
        self.settimeout(max(self.deadline - time.monotonic(), 0.001))
        return super().recv_into(*arguments)
