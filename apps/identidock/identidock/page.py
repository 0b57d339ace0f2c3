"""What visitors see: the page, and its monsters."""

import gzip
import re
from functools import cache
from hashlib import blake2b, sha256
from typing import NamedTuple
from unicodedata import category
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import escape

from .journal import request_id
from .metrics import metrics
from .monsters import LONGEST_NAME, Monsters, UnusableNameError
from .texts import texts_for

DEFAULT_NAME = "Joe Bloggs"
_TINTS = 8
_FIELDS = ("name", "address", "monster", "tint")
_MARK = "\x02{}\x03"

_HTML = "text/html; charset=utf-8"
# The edge keeps it for everybody, and must soon show the new page after an update.
_FOR_EVERYBODY = "public, max-age=60, s-maxage=5"
_FOR_EVER = "public, max-age=31536000, immutable"

Headers = list[tuple[str, str]]


class Reply(NamedTuple):
    """A body with the headers that belong to it."""

    body: bytes
    kind: str
    caching: str
    headers: Headers


class Page:
    """The page, for any name.

    The template is rendered once for each of its forms, which leaves four fields to fill in.
    """

    def __init__(self, templates: Environment, salt: str) -> None:
        """Take the page from `templates`; another salt means other monsters."""
        self._templates = templates
        self._salt = salt
        # A developer wants to see what the template says now.
        self._frame = self._rendered if templates.auto_reload else cache(self._rendered)

    def welcome(
        self, chosen_language: str | None, accepted_languages: str, *, gzip_accepted: bool
    ) -> Reply:
        """Show it for the default name; as caches keep it, compressing it pays."""
        html = self._html("", chosen_language, accepted_languages)
        headers = [("Vary", "Accept-Encoding"), *_varying(chosen_language)]
        if gzip_accepted:
            html = gzip.compress(html, mtime=0)
            headers.append(("Content-Encoding", "gzip"))
        return Reply(html, _HTML, _FOR_EVERYBODY, headers)

    def show(self, typed: str, chosen_language: str | None, accepted_languages: str) -> Reply:
        """Show it for a name in the address."""
        html = self._html(typed, chosen_language, accepted_languages)
        return Reply(html, _HTML, "private, max-age=60", _varying(chosen_language))

    def greet(self, typed: str, chosen_language: str | None, accepted_languages: str) -> Reply:
        """Show it for the name that was sent."""
        html = self._html(typed, chosen_language, accepted_languages, was_sent=True)
        return Reply(html, _HTML, "no-store", [])

    def _html(
        self,
        typed: str,
        chosen_language: str | None,
        accepted_languages: str,
        *,
        was_sent: bool = False,
    ) -> bytes:
        name = _tidy(typed) or DEFAULT_NAME
        if len(name) > LONGEST_NAME:
            raise UnusableNameError
        language = texts_for(chosen_language, accepted_languages).language
        digest = sha256((self._salt + name).encode()).digest()
        # A language chosen by hand stays chosen.
        html = self._frame(language, chosen_language is not None, was_sent) % {
            "name": escape(name),
            "address": quote(name),
            "monster": digest.hex(),
            "tint": digest[0] % _TINTS,
        }
        return html.encode()

    def _rendered(self, language: str, is_chosen: bool, was_sent: bool) -> str:
        html = self._templates.get_template("page.html").render(
            texts=texts_for(language, ""),
            language=language if is_chosen else "",
            longest_name=LONGEST_NAME,
            was_sent=was_sent,
            **{field: _MARK.format(field) for field in _FIELDS},
        )
        return re.sub(_MARK.format("(.+?)"), r"%(\1)s", html.replace("%", "%%"))


def picture(monsters: Monsters, name: str) -> Reply:
    """Show a monster as PNG; a name has the same one for ever."""
    png, was_cached = monsters.portrait(name, request_id.get())
    metrics.count("monsters", "cache" if was_cached else "renderer")
    etag = f'"{blake2b(png, digest_size=12).hexdigest()}"'
    headers = [("ETag", etag), ("X-Cache", "hit" if was_cached else "miss")]
    return Reply(png, "image/png", _FOR_EVER, headers)


def _varying(chosen_language: str | None) -> Headers:
    return [("Vary", "Accept-Language")] if chosen_language is None else []


def _tidy(typed: str) -> str:
    """Drop what no keyboard types."""
    if typed.isprintable():
        return typed.strip()
    return "".join(character for character in typed if category(character) != "Cc").strip()
