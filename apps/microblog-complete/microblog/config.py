"""Configuration: defaults, then the environment, checked before anything starts."""

import os
from typing import Any, cast

from environs import EnvValidationError, FileAwareEnv, ValidationError, validate
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

# The languages that there are texts in, by their own names; the texts themselves are English.
LANGUAGE_NAMES = {"en": "English", "fr": "Français"}
_LARGEST_BODY = 64 * 1024


class Config:
    """Defaults, and what nobody has to choose."""

    # Seconds to wait for the database before the first start is given up.
    DATABASE_TIMEOUT = 60
    POSTS_PER_PAGE = 10
    # Those that visitors can choose from; the first is for browsers that ask for none of them.
    LANGUAGES = ("en", "fr")

    SESSION_COOKIE_SAMESITE = "Lax"
    REMEMBER_COOKIE_HTTPONLY = True
    REMEMBER_COOKIE_SAMESITE = "Lax"
    # A form is good for as long as the session is.
    WTF_CSRF_TIME_LIMIT = None
    MAX_CONTENT_LENGTH = _LARGEST_BODY
    MAX_FORM_MEMORY_SIZE = _LARGEST_BODY
    MAX_FORM_PARTS = 20
    SEND_FILE_MAX_AGE_DEFAULT = 300


class ConfigError(SystemExit):
    """A value that can't be used. Where nobody catches it, the program ends with its message."""


def from_environment() -> dict[str, Any]:
    """Read each variable, or the file that <NAME>_FILE names; tell all mistakes at once."""
    for name in ("SECRET_KEY", "DATABASE_PASSWORD"):
        if os.environ.get(name) and os.environ.get(f"{name}_FILE"):
            raise ConfigError(f"Set either {name} or {name}_FILE, not both.")
    env = FileAwareEnv(eager=False, strip_whitespace=True)
    try:
        password = env.str("DATABASE_PASSWORD", "")
        config: dict[str, Any] = {
            "SECRET_KEY": env.str("SECRET_KEY", validate=_is_long_enough),
            "SQLALCHEMY_DATABASE_URI": env.str("DATABASE_URL", validate=_is_database_url),
            "DATABASE_TIMEOUT": env.int(
                "DATABASE_TIMEOUT", Config.DATABASE_TIMEOUT, validate=validate.Range(1, 3600)
            ),
            "POSTS_PER_PAGE": env.int(
                "POSTS_PER_PAGE", Config.POSTS_PER_PAGE, validate=validate.Range(1, 100)
            ),
            "LANGUAGES": env.list(
                "LANGUAGES",
                list(Config.LANGUAGES),
                subcast=str.strip,
                validate=[validate.Length(min=1), validate.ContainsOnly(LANGUAGE_NAMES)],
            ),
        }
        env.seal()
    except EnvValidationError as error:
        messages = cast("dict[str, list[str]]", error.error_messages)
        mistakes = "\n".join(f"{name}: {' '.join(messages[name])}" for name in messages)
        raise ConfigError(
            f"{mistakes}\nEach may also be in a file that <NAME>_FILE names."
        ) from None
    except UnicodeDecodeError:
        # Its message has a byte of the file.
        raise ConfigError("A file that a variable ..._FILE names is not text.") from None
    except (OSError, ValueError) as error:
        raise ConfigError(str(error)) from None
    url = make_url(config["SQLALCHEMY_DATABASE_URI"])
    config["SQLALCHEMY_DATABASE_URI"] = url.set(password=password) if password else url
    return config


_is_long_enough = validate.Length(
    min=16,
    error="Set SECRET_KEY_FILE or SECRET_KEY to a secret of {min} characters or more; "
    "it signs the visitors' sessions.",
)


def _is_database_url(text: str) -> None:
    try:
        known = make_url(text).drivername in {"mysql+pymysql", "mariadb+pymysql", "sqlite"}
    except (ArgumentError, ValueError):
        known = False
    if not known:
        # Not the text itself, which may hold a password.
        raise ValidationError(
            "Set DATABASE_URL to an address like mysql+pymysql://user@host/database."
        )
