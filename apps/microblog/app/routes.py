"""The blog's pages, and what they say when something goes wrong."""

from flask import Blueprint, Response, current_app, render_template
from flask_babel import lazy_gettext as _l
from werkzeug import Response as BaseResponse
from werkzeug.exceptions import HTTPException

from .posts import POSTS

_ERRORS = {
    404: _l("There is no such page."),
    405: _l("That can't be done here."),
}
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

blog = Blueprint("blog", __name__)


@blog.get("/index")
@blog.get("/")
def index() -> str:
    """Greet the user and show the posts."""
    return render_template("index.html", user=current_app.config["USER"], posts=POSTS)


@blog.get("/healthz")
def healthz() -> tuple[str, dict[str, str]]:
    """Say that this process is alive."""
    return "alive\n", {"Content-Type": "text/plain"}


@blog.app_errorhandler(HTTPException)
def show_error(error: HTTPException) -> BaseResponse:
    """Show an error as a page; status and headers such as Allow are the error's own."""
    message = _ERRORS.get(error.code or 500, _l("Something broke here. It is not your fault."))
    response = error.get_response()
    response.set_data(render_template("error.html", message=message))
    return response


@blog.after_app_request
def add_headers(response: Response) -> Response:
    """Tell the browser what a page may do, and not to store it."""
    response.headers.update(_SECURITY_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
