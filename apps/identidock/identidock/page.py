"""What visitors see: the page, and its monsters."""

from hashlib import blake2b, sha256
from unicodedata import category

from flask import Blueprint, Response, abort, current_app, g, render_template, request
from werkzeug.exceptions import ServiceUnavailable

from .metrics import metrics
from .monsters import LONGEST_NAME, Monsters, UnavailableError, UnusableNameError
from .settings import Settings
from .texts import texts_for

DEFAULT_NAME = "Joe Bloggs"
SECONDS_TO_RETRY = 5
_TINTS = 8

pages = Blueprint("pages", __name__)


@pages.get("/")
def show() -> Response:
    """Show the page, for a name in the address or for the default one."""
    page = _page(request.args.get("name", ""))
    if "name" in request.args:
        page.headers["Cache-Control"] = "private, max-age=60"
    else:
        page.headers["Cache-Control"] = "public, max-age=60"
    if "lang" not in request.args:
        page.headers["Vary"] = "Accept-Language"
    return page


@pages.post("/")
def greet() -> Response:
    """Show the page for the name that was typed."""
    return _page(request.form.get("name", ""))


@pages.get("/monster/<path:name>")
def monster(name: str) -> Response:
    """Show a monster as PNG; a name has the same one for ever."""
    monsters: Monsters = current_app.extensions["monsters"]
    try:
        png, was_cached = monsters.portrait(name, g.request_id)
    except UnusableNameError:
        abort(400)
    except UnavailableError:
        raise ServiceUnavailable(retry_after=SECONDS_TO_RETRY) from None
    metrics.count("monsters", "cache" if was_cached else "renderer")
    reply = Response(png, mimetype="image/png")
    reply.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    reply.headers["X-Cache"] = "hit" if was_cached else "miss"
    reply.set_etag(blake2b(png, digest_size=12).hexdigest())
    reply.make_conditional(request)
    return reply


def _page(typed: str) -> Response:
    name = _tidy(typed) or DEFAULT_NAME
    if len(name) > LONGEST_NAME:
        abort(400)
    settings: Settings = current_app.extensions["settings"]
    digest = sha256((settings.salt + name).encode()).digest()
    texts = texts_for(request)
    html = render_template(
        "page.html",
        texts=texts,
        # A language chosen by hand stays chosen.
        language=texts.language if "lang" in request.args else "",
        name=name,
        longest_name=LONGEST_NAME,
        monster=digest.hex(),
        tint=digest[0] % _TINTS,
    )
    return Response(html)


def _tidy(typed: str) -> str:
    """Drop what no keyboard types."""
    if typed.isprintable():
        return typed.strip()
    return "".join(character for character in typed if category(character) != "Cc").strip()
