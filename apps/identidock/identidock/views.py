"""The page and its monsters."""

import gzip
import re
from functools import cache
from hashlib import sha256
from urllib.parse import quote

from flask import Blueprint, Response, current_app, render_template, request
from markupsafe import escape

from .errors import UnusableNameError
from .languages import visitors_language
from .metrics import MONSTERS
from .monsters import LONGEST_NAME

views = Blueprint("views", __name__)
_CONTROL_CHARACTERS = re.compile(r"[\0-\x1f\x7f-\x9f]")


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
    page = _page(request.form.get("name", ""))
    return Response(page, headers={"Cache-Control": "no-store"})


@views.get("/monster/<path:name>")
def monster(name: str) -> Response:
    """Show a monster as PNG, unless the visitor has it; a name has the same one for ever."""
    png, was_kept = current_app.extensions["monsters"].find(name)
    MONSTERS.labels("cache" if was_kept else "renderer").inc()
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Cache": "hit" if was_kept else "miss",
    }
    response = Response(png, mimetype="image/png", headers=headers)
    response.add_etag()
    if request.if_none_match:
        response.make_conditional(request)
    return response


def _page(typed: str) -> str:
    # What no keyboard types is dropped.
    name = _CONTROL_CHARACTERS.sub("", typed).strip() or "Joe Bloggs"
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
