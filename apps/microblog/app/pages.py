"""What visitors and probes see."""

from http import HTTPStatus

from flask import Blueprint, Response, current_app, render_template
from werkzeug.exceptions import HTTPException

from .posts import POSTS

_SENTENCES = {
    404: "There is no such page.",
    405: "That can't be done here.",
}

pages = Blueprint("pages", __name__)


@pages.get("/")
@pages.get("/index")
def index() -> str:
    """Greet the user and show the posts."""
    return render_template("index.html", user=current_app.config["USER"], posts=POSTS)


@pages.get("/healthz")
def healthz() -> Response:
    """Say that this process is alive."""
    return Response("alive\n", mimetype="text/plain")


def answer_error(error: HTTPException) -> Response:
    """Tell an error in one sentence."""
    code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    sentence = _SENTENCES.get(code, "Something broke here. It is not your fault.")
    reply = Response(render_template("error.html", sentence=sentence), code)
    own_headers = error.get_headers()
    reply.headers.extend(header for header in own_headers if header[0] != "Content-Type")
    return reply
