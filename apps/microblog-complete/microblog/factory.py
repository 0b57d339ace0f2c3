"""How the application is put together."""

import os
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from .accounts import keep_accounts
from .avatars import avatars
from .database import db, engine_options
from .errors import answer_errors
from .headers import send_headers
from .languages import speak_languages
from .operations import operations
from .pages import pages
from .settings import Settings

LARGEST_BODY = 64 * 1024


def build(settings: Settings | None, config: dict[str, Any]) -> Flask:
    """Build the application from its settings; Flask's own configuration can be handed in."""
    settings = settings or Settings.from_environment(os.environ)
    app = Flask(__package__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        SESSION_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        # A form is good for as long as the session is.
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=20,
        SEND_FILE_MAX_AGE_DEFAULT=300,
        **config,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions["settings"] = settings
    db.init_app(app)
    Migrate(app, db)
    CSRFProtect(app)
    speak_languages(app)
    send_headers(app)
    answer_errors(app)
    keep_accounts(app)
    app.register_blueprint(pages)
    app.register_blueprint(avatars)
    app.register_blueprint(operations)
    return app
