"""Errors, told in one sentence: as a page, or as plain text where a picture was asked for."""

from flask import Flask, Response, render_template, request
from flask_babel import gettext, lazy_gettext
from werkzeug.exceptions import BadRequest, HTTPException, ServiceUnavailable

_SENTENCES = {
    400: lazy_gettext("A name has 1 to 128 ordinary characters."),
    404: lazy_gettext("There is no such page."),
    405: lazy_gettext("That can't be done here."),
    413: lazy_gettext("That was too much to read."),
    500: lazy_gettext("Something broke here. It is not your fault."),
    503: lazy_gettext("This monster is asleep. Please try again in a moment."),
}


class UnusableNameError(BadRequest):
    """Nobody can have that name."""


class UnavailableError(ServiceUnavailable):
    """A collaborator doesn't answer."""


def answer_errors(app: Flask) -> None:
    """Have all errors answered, those that nobody foresaw too."""
    app.register_error_handler(HTTPException, _answer)


def _answer(error: HTTPException) -> Response:
    sentence = _SENTENCES.get(error.code or 500) or gettext("That did not work.")
    # The error's own headers: which methods are allowed, for one.
    response = Response(status=error.code, headers=error.get_headers())
    response.headers["Cache-Control"] = "no-store"
    if error.code == 503:
        response.headers["Retry-After"] = "5"
    if request.path.startswith("/monster/"):
        response.mimetype = "text/plain"
        response.data = f"{sentence}\n"
    else:
        response.data = render_template("error.html", sentence=sentence)
    return response
