"""The visitor's language: the one in the address, else the one the browser likes best."""

from functools import lru_cache

from babel import negotiate_locale
from flask import Flask, request
from flask_babel import Babel
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

# By their own names; the texts themselves are English, and translations/ has the others.
LANGUAGES = {"en": "English", "fr": "Français"}


def speak_languages(app: Flask) -> None:
    """Have pages speak the visitor's language, and let templates offer the others."""
    Babel(app, locale_selector=visitors_language)
    app.context_processor(lambda: {"language": visitors_language(), "languages": LANGUAGES})


def visitors_language() -> str:
    """Tell the language of this request's visitor."""
    chosen = request.args.get("lang")
    if chosen is not None:
        return chosen if chosen in LANGUAGES else "en"
    return _accepted(request.headers.get("Accept-Language", ""))


# Most visitors send one of a few headers.
@lru_cache(maxsize=128)
def _accepted(header: str) -> str:
    accepted = parse_accept_header(header, LanguageAccept)
    wanted = [tag for tag, quality in accepted if quality > 0]
    return negotiate_locale(wanted, LANGUAGES, sep="-") or "en"
