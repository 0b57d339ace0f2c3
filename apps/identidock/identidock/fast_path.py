"""The way of almost every request: past Flask, whose routing takes longer than the answer."""

import time
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from .journal import request_id
from .monsters import Monsters
from .page import Page, Reply, picture
from .watch import FAILURE, headers_for_all, record, request_id_of

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_MONSTER = "/monster/"
_FORM = "application/x-www-form-urlencoded"
# Three bytes for each of four that a character takes, and the field's own name.
_LARGEST_FORM = 2048


class FastPath:
    """A WSGI middleware that answers a plain page or monster itself.

    It leaves to Flask what is unusual in any way (other methods, further arguments, bytes that
    are not UTF-8, conditional requests) and what fails, so that only Flask knows what to say then.
    """

    def __init__(self, flask: "WSGIApplication", page: Page, monsters: Monsters) -> None:
        """Stand before Flask."""
        self._flask = flask
        self._page = page
        self._monsters = monsters

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request, or have it answered."""
        belongs_to = request_id.set(request_id_of(environ.get("HTTP_X_REQUEST_ID", "")))
        try:
            return self._answer(environ, start_response)
        finally:
            request_id.reset(belongs_to)

    def _answer(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        started = time.perf_counter()
        try:
            reply = self._reply(environ)
        except Exception as error:
            # Flask raises it again where it is handled.
            environ[FAILURE] = error
            reply = None
        if reply is None:
            return self._flask(environ, start_response)

        start_response(
            "200 OK",
            [
                ("Content-Type", reply.kind),
                ("Content-Length", str(len(reply.body))),
                *reply.headers,
                *headers_for_all(reply.caching),
            ],
        )
        seconds = time.perf_counter() - started
        record(environ["REQUEST_METHOD"], environ["PATH_INFO"], 200, seconds)
        return [reply.body]

    def _reply(self, environ: "WSGIEnvironment") -> Reply | None:
        path = environ["PATH_INFO"]
        method = environ["REQUEST_METHOD"]
        languages = environ.get("HTTP_ACCEPT_LANGUAGE", "")
        if path == "/" and method == "GET":
            name = _name_in(environ.get("QUERY_STRING", ""))
            if name is not None:
                return self._page.show(name, None, languages)
        elif path == "/" and method == "POST" and not environ.get("QUERY_STRING"):
            name = _name_in(_form_in(environ))
            if name is not None:
                return self._page.greet(name, None, languages)
        elif path.startswith(_MONSTER) and method == "GET" and "HTTP_IF_NONE_MATCH" not in environ:
            name = path[len(_MONSTER) :]
            if name.isascii() and name.isprintable() and name:
                return picture(self._monsters, name)
        return None


def _form_in(environ: "WSGIEnvironment") -> str:
    """Read a small form; whoever comes next can read it again."""
    length = environ.get("CONTENT_LENGTH", "")
    is_small = length.isdecimal() and len(length) < 5 and int(length) <= _LARGEST_FORM
    if environ.get("CONTENT_TYPE") != _FORM or not is_small:
        return ""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    return body.decode("latin-1")


def _name_in(form: str) -> str | None:
    """Take the name out of a form or query that has nothing else."""
    key, _, value = form.partition("=")
    if key != "name" or "&" in value or not value.isascii():
        return None
    try:
        return unquote_plus(value, errors="strict")
    except UnicodeDecodeError:
        return None
