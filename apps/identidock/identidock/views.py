"""The page and its monsters, as Flask serves them."""

from flask import Blueprint, Response, current_app, request

from .page import Page, Reply, picture

views = Blueprint("views", __name__)


@views.get("/")
def show() -> Response:
    """Show the page."""
    name = request.args.get("name")
    if name is not None:
        return _response(_page().show(name, *_languages()))
    gzip_accepted = request.accept_encodings["gzip"] > 0
    return _response(_page().welcome(*_languages(), gzip_accepted=gzip_accepted))


@views.post("/")
def greet() -> Response:
    """Show the page for the name that was typed."""
    return _response(_page().greet(request.form.get("name", ""), *_languages()))


@views.get("/monster/<path:name>")
def monster(name: str) -> Response:
    """Show a monster, unless the visitor knows it."""
    response = _response(picture(current_app.extensions["monsters"], name))
    response.make_conditional(request)
    return response


def _page() -> Page:
    page: Page = current_app.extensions["page"]
    return page


def _languages() -> tuple[str | None, str]:
    return request.args.get("lang"), request.headers.get("Accept-Language", "")


def _response(reply: Reply) -> Response:
    response = Response(reply.body, headers=reply.headers, content_type=reply.kind)
    response.headers["Cache-Control"] = reply.caching
    return response
