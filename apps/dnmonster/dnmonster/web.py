"""The service, in plain WSGI: Flask takes longer over a request than the drawing does."""

import socket
from collections.abc import Iterable
from errno import EAGAIN
from hashlib import blake2b
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from .art.layers import prepare
from .monster import monster_of
from .requested import FORMATS, UnusableError, arguments_in, format_in, name_in, size_in

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_MONSTER = "/monster/"
_FOR_EVER = ("Cache-Control", "public, max-age=31536000, immutable")
_NOT_AT_ALL = ("Cache-Control", "no-store")
_CONTENT_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SECURITY_HEADERS = (
    ("Content-Security-Policy", _CONTENT_POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)


class _Reply(NamedTuple):
    status: HTTPStatus
    kind: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = (_NOT_AT_ALL,)


class DrawingService:
    """A WSGI application that draws monsters."""

    def __init__(self, socket_path: str = "") -> None:
        """Draw what all monsters are made of, once for all processes forked from this one.

        `socket_path` is where neighbours ask, beside the port; empty where there is none.
        """
        self._socket_path = socket_path
        prepare()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        try:
            status, kind, body, headers = self._reply(environ)
        except UnusableError as error:
            status, kind, body, headers = _sentence(str(error), HTTPStatus.BAD_REQUEST)
        described = [*headers, *_SECURITY_HEADERS]
        if status != HTTPStatus.NOT_MODIFIED:
            described += [("Content-Type", kind), ("Content-Length", str(len(body)))]
        start_response(f"{status.value} {status.phrase}", described)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _reply(self, environ: "WSGIEnvironment") -> _Reply:
        path: str = environ.get("PATH_INFO", "")
        if path != "/healthz" and not path.startswith(_MONSTER):
            return _sentence("There is no such page.", HTTPStatus.NOT_FOUND)
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            refusal = _sentence("Only GET and HEAD work here.", HTTPStatus.METHOD_NOT_ALLOWED)
            return refusal._replace(headers=(_NOT_AT_ALL, ("Allow", "GET, HEAD")))
        if path == "/healthz":
            if self._socket_path and not _listens(self._socket_path):
                return _sentence("Nobody listens.", HTTPStatus.SERVICE_UNAVAILABLE)
            return _sentence("alive", HTTPStatus.OK)
        return self._monster(environ, path)

    def _monster(self, environ: "WSGIEnvironment", path: str) -> _Reply:
        arguments = arguments_in(environ.get("QUERY_STRING", ""))
        form = format_in(arguments, environ.get("HTTP_ACCEPT", ""))
        size = size_in(arguments)
        # WSGI hands over bytes as if they were Latin-1.
        monster = monster_of(name_in(path.encode("latin-1")[len(_MONSTER) :]))
        picture = monster.svg(size) if form == "svg" else monster.png(size)
        etag = f'"{blake2b(picture, digest_size=12).hexdigest()}"'
        headers = [_FOR_EVER, ("ETag", etag)]
        if "format" not in arguments:
            headers.append(("Vary", "Accept"))
        known = environ.get("HTTP_IF_NONE_MATCH", "")
        if etag in known or known.strip() == "*":
            return _Reply(HTTPStatus.NOT_MODIFIED, "", b"", tuple(headers))
        return _Reply(HTTPStatus.OK, FORMATS[form], picture, tuple(headers))


def _listens(path: str) -> bool:
    # Of two that started at once the second took the socket over, and may have ended since.
    with socket.socket(socket.AF_UNIX) as neighbour:
        neighbour.setblocking(False)
        # Where many wait already, it would be the next.
        return neighbour.connect_ex(path) in {0, EAGAIN}


def _sentence(text: str, status: HTTPStatus) -> _Reply:
    return _Reply(status, "text/plain; charset=utf-8", f"{text}\n".encode())
