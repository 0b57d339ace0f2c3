"""How the application is put together."""

import os
from dataclasses import asdict
from typing import Any

from flask import Flask

from .errors import answer_errors
from .fast_path import FastPath
from .monsters import Cache, Monsters, Renderer
from .operations import operations
from .page import Page
from .redis_cache import RedisCache
from .renderer import HttpRenderer
from .settings import Settings
from .views import views
from .watch import watch_requests

LARGEST_BODY = 64 * 1024


def build(cache: Cache | None, renderer: Renderer | None, **overrides: Any) -> Flask:
    """Build the application from the environment and what is handed in."""
    settings = Settings(**{**asdict(Settings.from_environment(os.environ)), **overrides})
    app = Flask(__package__)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=20,
        SEND_FILE_MAX_AGE_DEFAULT=300,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    page = Page(app.jinja_env, settings.salt)
    monsters = Monsters(
        cache or RedisCache.from_settings(settings),
        renderer or HttpRenderer.from_settings(settings),
        patience=settings.renderer_timeout,
    )
    app.extensions.update(page=page, monsters=monsters)
    watch_requests(app)
    answer_errors(app)
    app.register_blueprint(views)
    app.register_blueprint(operations)
    # Flask's documentation wraps an application so, though it is typed as a method.
    app.wsgi_app = FastPath(app.wsgi_app, page, monsters)  # type: ignore[method-assign]
    return app
