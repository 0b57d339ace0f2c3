"""Error pages: one sentence each, which needs neither the database nor a log-in."""

from http import HTTPStatus

from flask import Flask, current_app, render_template
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug import Response
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from .database import reason_of

_SECONDS_TO_RETRY = 5
_MESSAGES = {
    400: _l("The server could not make sense of that."),
    403: _l("You may not do this."),
    404: _l("There is no such page."),
    405: _l("That can't be done here."),
    413: _l("That was too much to read."),
    500: _l("Something broke here. It is not your fault."),
    503: _l("The blog can't reach its database. Please try again in a moment."),
}
_OTHER_ERROR = _l("That did not work.")
_CSRF_ERROR = _l("This page had been open for too long. Go back, reload it and try again.")


def init_app(app: Flask) -> None:
    """Show errors as pages, those of the database among them."""
    app.register_error_handler(HTTPException, _show)
    for lost in (OperationalError, InterfaceError, PoolTimeoutError):
        app.register_error_handler(lost, _show_database_error)


def _show(error: HTTPException) -> Response:
    code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    message = _CSRF_ERROR if isinstance(error, CSRFError) else _MESSAGES.get(code, _OTHER_ERROR)
    # With the status, and headers such as Allow and Retry-After.
    response = error.get_response()
    response.set_data(render_template("error.html", message=message))
    return response


def _show_database_error(error: SQLAlchemyError) -> Response:
    current_app.logger.error("The database does not answer: %s", reason_of(error))
    return _show(ServiceUnavailable(retry_after=_SECONDS_TO_RETRY))
