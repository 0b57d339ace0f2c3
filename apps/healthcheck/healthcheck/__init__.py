"""A service that is healthy until somebody visits /kill, to see what Docker makes of it."""

from threading import Event

from flask import Flask, Response, render_template, request
from flask_babel import Babel, gettext
from werkzeug import Response as BaseResponse
from werkzeug.exceptions import HTTPException

LANGUAGES = {"en": "English", "fr": "Français"}
_HEADERS = {
    # What was true a moment ago may not be true now.
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; style-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app() -> Flask:
    """Build the application; whether it was killed lives in this process and dies with it."""
    app = Flask(__name__)
    Babel(app, locale_selector=_language)
    app.context_processor(lambda: {"language": _language(), "languages": LANGUAGES})
    killed = Event()

    @app.get("/")
    def index() -> str:
        return render_template("index.html", killed=killed.is_set())

    @app.get("/health")
    def health() -> Response:
        return _plain("NOT OK", 500) if killed.is_set() else _plain("OK", 200)

    # GET changes something here: it is to be visited in a browser.
    @app.route("/kill", methods=["GET", "POST"])
    def kill() -> Response:
        killed.set()
        return _plain("You have killed your app.", 200)

    @app.errorhandler(HTTPException)
    def show_error(error: HTTPException) -> BaseResponse:
        missing = error.code == 404
        message = gettext("There is no such page.") if missing else gettext("That did not work.")
        # Status and headers such as Allow are the error's own.
        response = error.get_response()
        response.set_data(render_template("error.html", message=message))
        return response

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.update(_HEADERS)
        return response

    return app


def _language() -> str:
    """Choose the language that `?lang=fr` names, else the one that the browser prefers."""
    chosen = request.args.get("lang", "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "en")


def _plain(text: str, status: int) -> Response:
    return Response(text, status, mimetype="text/plain")
