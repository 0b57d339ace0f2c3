"""A page that shows the monster behind every name."""

from typing import Any

from flask import Flask

from .cache import Cache
from .config import from_environment
from .errors import answer_errors
from .languages import speak_languages
from .logs import log_to_stdout
from .monsters import Monsters
from .operations import operations
from .renderer import Renderer
from .views import views


def create_app(
    cache: Cache | None = None, renderer: Renderer | None = None, **config: Any
) -> Flask:
    """Build the application; what is handed in goes before the environment."""
    app = Flask(__name__)
    app.config.update(
        MAX_CONTENT_LENGTH=64 * 1024,  # bytes
        MAX_FORM_MEMORY_SIZE=64 * 1024,
        MAX_FORM_PARTS=20,
        SEND_FILE_MAX_AGE_DEFAULT=300,  # seconds
    )
    app.config.update(from_environment() | config)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions["monsters"] = Monsters(
        cache or Cache(app.config),
        renderer or Renderer(app.config),
        patience=app.config["RENDERER_TIMEOUT"],
    )
    log_to_stdout(app)
    speak_languages(app)
    answer_errors(app)
    app.register_blueprint(views)
    app.register_blueprint(operations)
    return app


def __getattr__(name: str) -> Flask:
    """Build `identidock.app` when it is first asked for: importing the package does nothing."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    app: Flask = globals().setdefault("app", create_app())
    return app
