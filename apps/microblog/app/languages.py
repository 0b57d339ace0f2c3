"""The language of a page: that of `?lang=fr`, else the one that the browser prefers."""

from flask import Flask, request
from flask_babel import Babel, get_locale

# Each by its own name; the texts themselves are English.
LANGUAGES = {"en": "English", "fr": "Français"}


def init_app(app: Flask) -> None:
    """Translate the pages, and let templates offer the other language."""
    Babel(app, locale_selector=_choose)
    app.jinja_env.globals.update(get_locale=get_locale, languages=LANGUAGES)


def _choose() -> str:
    wanted = request.args.get("lang")
    return wanted if wanted in LANGUAGES else request.accept_languages.best_match(LANGUAGES, "en")
