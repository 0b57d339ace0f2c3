"""Errors, told in one sentence on a page that needs neither the database nor a log-in."""

from http import HTTPStatus

from flask import Flask, Response, current_app, render_template, request
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from .database import reason_of

_SECONDS_TO_RETRY = 5
_SENTENCES = {
    400: _l("The server could not make sense of that."),
    403: _l("You may not do this."),
    404: _l("There is no such page."),
    405: _l("That can't be done here."),
    413: _l("That was too much to read."),
    500: _l("Something broke here. It is not your fault."),
    503: _l("The blog can't reach its database. Please try again in a moment."),
}
_OTHERWISE = _l("That did not work.")
_STALE_PAGE = _l("This page had been open for too long. Go back, reload it and try again.")


def answer_errors(app: Flask) -> None:
    """Have errors answered."""
    app.register_error_handler(HTTPException, _answer)
    for lost in (OperationalError, InterfaceError, PoolTimeoutError):
        app.register_error_handler(lost, _answer_without_database)


def _answer(error: HTTPException) -> Response:
    code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    is_stale = isinstance(error, CSRFError)
    sentence = _STALE_PAGE if is_stale else _SENTENCES.get(code, _OTHERWISE)
    reply = Response(render_template("error.html", sentence=sentence), code)
    # Such as Allow and Retry-After.
    own_headers = error.get_headers(request.environ)
    reply.headers.extend(header for header in own_headers if header[0] != "Content-Type")
    return reply


def _answer_without_database(error: SQLAlchemyError) -> Response:
    current_app.logger.error("The database does not answer: %s", reason_of(error))
    return _answer(ServiceUnavailable(retry_after=_SECONDS_TO_RETRY))
