"""A small blog: a greeting and a few posts."""

from flask import Flask

from . import languages, routes
from .config import from_environment


def create_app(**config: object) -> Flask:
    """Build the blog; its configuration comes from the environment unless it is handed in."""
    app = Flask(__name__)
    app.config.from_mapping(config or from_environment(), SEND_FILE_MAX_AGE_DEFAULT=300)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    languages.init_app(app)
    app.register_blueprint(routes.blog)
    return app
