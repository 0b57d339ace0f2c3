"""The visitor's language: the one they chose, else the one their browser likes best."""

from datetime import UTC, datetime, timedelta

from flask import Flask, Response, current_app, request
from flask_babel import Babel, format_date, format_timedelta, get_locale, gettext

from .config import LANGUAGE_NAMES

_COOKIE = "language"
_A_YEAR = 365 * 24 * 60 * 60
_A_MINUTE = timedelta(minutes=1)
_A_MONTH = timedelta(days=30)


def init_app(app: Flask) -> None:
    """Translate the pages, and let templates offer the other languages."""
    Babel(app, locale_selector=_choose)
    app.after_request(_remember)
    app.add_template_filter(_ago, "ago")
    app.context_processor(
        lambda: {
            "language": str(get_locale()),
            "languages": {code: LANGUAGE_NAMES[code] for code in current_app.config["LANGUAGES"]},
        }
    )


def _choose() -> str:
    offered: list[str] = current_app.config["LANGUAGES"]
    for chosen in (request.args.get("lang"), request.cookies.get(_COOKIE)):
        if chosen in offered:
            return chosen
    return request.accept_languages.best_match(offered) or offered[0]


def _remember(response: Response) -> Response:
    chosen = request.args.get("lang", "")
    if chosen in current_app.config["LANGUAGES"]:
        response.set_cookie(_COOKIE, chosen, max_age=_A_YEAR, httponly=True, samesite="Lax")
    return response


def _ago(moment: datetime) -> str:
    age = datetime.now(UTC) - moment
    if age < _A_MINUTE:
        words = gettext("just now")
    elif age < _A_MONTH:
        words = format_timedelta(-age, add_direction=True)
    else:
        words = format_date(moment, "long")
    return str(words)
