"""How the blog is put together."""

import os

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from .pages import answer_error, pages
from .settings import VARIABLE, greeted_user

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def build(user: str | None) -> Flask:
    """Build the blog that greets this user."""
    app = Flask(__package__)
    app.config.update(
        USER=greeted_user(os.environ.get(VARIABLE, "") if user is None else user),
        SEND_FILE_MAX_AGE_DEFAULT=300,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.register_blueprint(pages)
    app.register_error_handler(HTTPException, answer_error)
    app.after_request(_protect)
    return app


def _protect(response: Response) -> Response:
    response.headers.extend(_HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
