"""Monsters drawn by dnmonster."""

import socket
from collections.abc import Callable
from contextlib import closing
from typing import Self
from urllib.parse import quote, urlsplit

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from .fuse import Fuse
from .journal import journal
from .metrics import metrics
from .monsters import UnavailableError, UnusableNameError
from .settings import Settings

NAME = "renderer"
PIXELS = 80
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BUFFER = 65536


class _Answer:
    """An HTTP answer while it comes in: what httptools tells of it."""

    def __init__(self) -> None:
        self.body = b""
        self.is_complete = False

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.is_complete = True


class HttpRenderer:
    """Asks dnmonster over HTTP, and trusts nothing but a PNG.

    Every request has a connection of its own: dnmonster keeps none, for an idle one would hold up
    somebody else.
    """

    def __init__(
        self, connect: Callable[[], socket.socket], host: str = "localhost", prefix: str = ""
    ) -> None:
        """Ask the service at the other end, called `host`; its paths begin with `prefix`."""
        self._connect = connect
        self._host = host
        self._prefix = prefix.rstrip("/")
        self._fuse = Fuse(NAME)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Connect lazily, and never for long."""
        timeout = settings.renderer_timeout
        if path := settings.renderer_socket:
            return cls(lambda: _connected(path, timeout))
        url = urlsplit(settings.renderer_url)
        address = (url.hostname or "", url.port or 80)
        return cls(lambda: socket.create_connection(address, timeout), url.netloc, url.path)

    def draw(self, name: str, request_id: str) -> bytes:
        """Have a monster drawn."""
        path = f"/monster/{quote(name, safe='')}?size={PIXELS}&format=png"
        with self._fuse:
            status, body = self._get(path, f"X-Request-ID: {request_id}")
        if 400 <= status < 500:
            raise UnusableNameError
        if status != 200 or not body.startswith(_PNG_SIGNATURE):
            raise self._failure(f"it answered {status}, and no PNG")
        return body

    def check(self) -> None:
        """Ask the service itself, whatever the fuse says."""
        status, _ = self._get("/healthz")
        if status != 200:
            raise self._failure(f"its health check answered {status}")

    def _get(self, path: str, *headers: str) -> tuple[int, bytes]:
        head = (f"GET {self._prefix}{path} HTTP/1.1", f"Host: {self._host}", *headers, "", "")
        answer = _Answer()
        parser = HttpResponseParser(answer)
        try:
            with closing(self._connect()) as connection:
                connection.sendall("\r\n".join(head).encode())
                while not answer.is_complete:
                    data = connection.recv(_BUFFER)
                    if not data:
                        raise self._failure("it hung up in the middle of its answer")
                    parser.feed_data(data)
        except (OSError, HttpParserError, HttpParserUpgrade) as error:
            raise self._failure(str(error) or type(error).__name__) from error
        return parser.get_status_code(), answer.body

    @staticmethod
    def _failure(reason: str) -> UnavailableError:
        metrics.count("failures", NAME)
        journal.warning("The renderer does not draw", extra={"reason": reason})
        return UnavailableError(NAME)


def _connected(path: str, timeout: float) -> socket.socket:
    """Connect to a Unix socket: no name to look up, and no network between."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    connection.connect(path)
    return connection
