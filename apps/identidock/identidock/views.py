"""The page and its monsters."""

import gzip
from functools import cache
from hashlib import sha256
from unicodedata import category
from urllib.parse import quote

from flask import Blueprint, Response, current_app, render_template, request
from markupsafe import escape

from .errors import UnusableNameError
from .languages import visitors_language
from .metrics import MONSTERS
from .monsters import LONGEST_NAME

views = Blueprint("views", __name__)
_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; script-src 'self'; "
    "style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@views.get("/")
def show() -> Response:
    """Show the page, for the name in the address if there is one."""
    name = request.args.get("name")
    headers = {} if "lang" in request.args else {"Vary": "Accept-Language"}
    if name is not None:
        return Response(_page(name), headers={**headers, "Cache-Control": "private, max-age=60"})
    # The edge keeps it for everybody, and must soon show the new page after an update.
    headers["Cache-Control"] = "public, max-age=60, s-maxage=5"
    response = Response(_page(""), headers=headers)
    response.vary.add("Accept-Encoding")
    # The edge can't compress what it keeps.
    if request.accept_encodings["gzip"]:
        response.data = gzip.compress(response.data, mtime=0)
        response.content_encoding = "gzip"
    return response


@views.post("/")
def greet() -> Response:
    """Show the page for the name that was typed."""
    return Response(_page(request.form.get("name", "")))


@views.get("/monster/<path:name>")
def monster(name: str) -> Response:
    """Show a monster as PNG, unless the visitor has it; a name has the same one for ever."""
    png, was_kept = current_app.extensions["monsters"].find(name)
    MONSTERS.labels("cache" if was_kept else "renderer").inc()
    response = Response(png, mimetype="image/png")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["X-Cache"] = "hit" if was_kept else "miss"
    response.add_etag()
    if request.if_none_match:
        response.make_conditional(request)
    return response


@views.after_app_request
def add_headers(response: Response) -> Response:
    """Have browsers trust nothing that isn't from here, and keep only what they may."""
    response.headers.update(_SECURITY_HEADERS)
    caching = response.headers.setdefault("Cache-Control", "no-store")
    # A stored reply would show the id of somebody else's request.
    if "public" not in caching and "X-Request-ID" in request.headers:
        response.headers["X-Request-ID"] = request.headers["X-Request-ID"]
    return response


def _page(typed: str) -> str:
    # What no keyboard types is dropped.
    name = "".join(each for each in typed if category(each) != "Cc").strip() or "Joe Bloggs"
    if len(name) > LONGEST_NAME:
        raise UnusableNameError
    digest = sha256((current_app.config["SALT"] + name).encode()).digest()
    # A developer wants to see what the template says now.
    render = _render if current_app.debug else _render_once
    return render(visitors_language(), "lang" in request.args, request.method) % {
        "name": escape(name),
        "quoted_name": quote(name, safe=""),
        "monster": digest.hex(),
        "tint": digest[0] % 8,
    }


def _render(_language: str, is_language_chosen: bool, _method: str) -> str:
    """Render the page with %(name)s and the like in it, for a name's own things."""
    return render_template("page.html", is_language_chosen=is_language_chosen)


# To render it for each name takes three times as long as all of Flask.
_render_once = cache(_render)
