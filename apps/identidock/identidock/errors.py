"""Errors, told in one sentence: as a page, or as plain text where a picture was asked for."""

from http import HTTPStatus

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import BadRequest, HTTPException, ServiceUnavailable

from .monsters import UnavailableError, UnusableNameError
from .texts import texts_for

SECONDS_TO_RETRY = 5


def answer_errors(app: Flask) -> None:
    """Have errors answered."""
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(UnusableNameError, lambda _error: _answer(BadRequest()))
    app.register_error_handler(
        UnavailableError, lambda _error: _answer(ServiceUnavailable(retry_after=SECONDS_TO_RETRY))
    )


def _answer(error: HTTPException) -> Response:
    texts = texts_for(request.args.get("lang"), request.headers.get("Accept-Language", ""))
    code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    sentence = texts.errors.get(code, texts.error)
    if request.path.startswith("/monster/"):
        body, kind = f"{sentence}\n", "text/plain"
    else:
        body, kind = render_template("error.html", texts=texts, sentence=sentence), "text/html"
    reply = Response(body, code, mimetype=kind)
    # Such as Allow and Retry-After.
    own_headers = error.get_headers(request.environ)
    reply.headers.extend(header for header in own_headers if header[0] != "Content-Type")
    return reply
