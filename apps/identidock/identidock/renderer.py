"""Monsters drawn by dnmonster."""

import socket
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Self
from urllib.parse import quote, urlsplit

from .fuse import Fuse
from .journal import journal
from .metrics import metrics
from .monsters import UnavailableError, UnusableNameError
from .settings import Settings

NAME = "renderer"
PIXELS = 80
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class SocketConnection(HTTPConnection):
    """HTTP over a Unix socket: no name to look up, and no network between."""

    def __init__(self, path: str, timeout: float) -> None:
        """Connect to the socket at `path`; nothing may take longer than `timeout` seconds."""
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class HttpRenderer:
    """Asks dnmonster over HTTP, and trusts nothing but a PNG.

    Every request has a connection of its own: dnmonster keeps none, for an idle one would hold up
    somebody else.
    """

    def __init__(
        self, connect: Callable[[], HTTPConnection], prefix: str = "", fuse: Fuse | None = None
    ) -> None:
        """Ask the service at the other end; its paths begin with `prefix`."""
        self._connect = connect
        self._prefix = prefix.rstrip("/")
        self._fuse = fuse or Fuse(NAME)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Connect lazily, and never for long."""
        timeout = settings.renderer_timeout
        if path := settings.renderer_socket:
            return cls(lambda: SocketConnection(path, timeout))
        url = urlsplit(settings.renderer_url)
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        return cls(lambda: kind(url.netloc, timeout=timeout), url.path)

    def draw(self, name: str, request_id: str) -> bytes:
        """Have a monster drawn."""
        path = f"/monster/{quote(name, safe='')}?size={PIXELS}&format=png"
        with self._fuse:
            status, body = self._get(path, {"X-Request-ID": request_id})
        if 400 <= status < 500:
            raise UnusableNameError
        if status != 200 or not body.startswith(_PNG_SIGNATURE):
            raise self._failure(f"it answered {status}, and no PNG")
        return body

    def check(self) -> None:
        """Ask the service itself, whatever the fuse says."""
        status, _ = self._get("/healthz", {})
        if status != 200:
            raise self._failure(f"its health check answered {status}")

    def _get(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        with closing(self._connect()) as connection:
            try:
                connection.request("GET", self._prefix + path, headers=headers)
                reply = connection.getresponse()
                return reply.status, reply.read()
            except (OSError, HTTPException) as error:
                raise self._failure(str(error) or type(error).__name__) from error

    @staticmethod
    def _failure(reason: str) -> UnavailableError:
        metrics.count("failures", NAME)
        journal.warning("The renderer does not draw", extra={"reason": reason})
        return UnavailableError(NAME)
