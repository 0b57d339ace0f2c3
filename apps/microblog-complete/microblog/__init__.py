"""A small blog: accounts, posts, people to follow, and a search."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from sqlalchemy import make_url

from . import accounts, errors, headers, languages
from .avatars import avatars
from .cli import wait_for_database
from .config import Config, from_environment
from .database import db, engine_options
from .health import health
from .pages import pages


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the blog; its configuration comes from the environment unless it is handed in."""
    app = Flask(__name__)
    app.config.from_object(Config)
    app.config.from_mapping(from_environment() if config is None else config)
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"])
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    db.init_app(app)
    Migrate(app, db)
    CSRFProtect(app)
    for module in (languages, headers, errors, accounts):
        module.init_app(app)
    for blueprint in (pages, avatars, health):
        app.register_blueprint(blueprint)
    app.cli.add_command(wait_for_database)
    return app
