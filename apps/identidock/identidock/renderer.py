"""Monsters drawn by dnmonster."""

from typing import Protocol, Self
from urllib.parse import quote

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError

from .fuse import Fuse
from .journal import journal
from .metrics import metrics
from .monsters import UnavailableError, UnusableNameError
from .settings import Settings

NAME = "renderer"
PIXELS = 80
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


class HttpPool(Protocol):
    """As much of a urllib3 pool as is used here."""

    def request(
        self, method: str, url: str, *, headers: dict[str, str] | None = None
    ) -> BaseHTTPResponse:
        """Send a request and read the whole reply."""


class HttpRenderer:
    """Asks dnmonster over HTTP, and trusts nothing but a PNG."""

    def __init__(self, pool: HttpPool, url: str, fuse: Fuse | None = None) -> None:
        """Ask the service at `url`."""
        self._pool = pool
        self._url = url.rstrip("/")
        self._fuse = fuse or Fuse(NAME)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Connect lazily, and never for long."""
        timeout = Timeout(
            connect=min(0.5, settings.renderer_timeout), total=settings.renderer_timeout
        )
        pool = PoolManager(maxsize=8, timeout=timeout, retries=False)
        return cls(pool, settings.renderer_url)

    def draw(self, name: str, request_id: str) -> bytes:
        """Have a monster drawn."""
        url = f"{self._url}/monster/{quote(name, safe='')}?size={PIXELS}&format=png"
        with self._fuse:
            reply = self._get(url, {"X-Request-ID": request_id})
        if 400 <= reply.status < 500:
            raise UnusableNameError
        if reply.status != 200 or not reply.data.startswith(_PNG_SIGNATURE):
            raise self._failure(f"it answered {reply.status}, and no PNG")
        return reply.data

    def check(self) -> None:
        """Ask the service itself, whatever the fuse says."""
        status = self._get(f"{self._url}/healthz", {}).status
        if status != 200:
            raise self._failure(f"its health check answered {status}")

    def _get(self, url: str, headers: dict[str, str]) -> BaseHTTPResponse:
        try:
            return self._pool.request("GET", url, headers=headers)
        except HTTPError as error:
            raise self._failure(str(error)) from error

    @staticmethod
    def _failure(reason: str) -> UnavailableError:
        metrics.count("failures", NAME)
        journal.warning("The renderer does not draw", extra={"reason": reason})
        return UnavailableError(NAME)
