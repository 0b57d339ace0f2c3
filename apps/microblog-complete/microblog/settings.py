"""Settings, read from the environment and checked before anything starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

# The languages that there are texts in, by their own names; the texts themselves are English.
LANGUAGES = {"en": "English", "fr": "Français"}
_SHORTEST_KEY = 16
_DRIVERS = ("mysql+pymysql", "mariadb+pymysql", "sqlite")


class SettingError(SystemExit):
    """A setting that can't be used. Where nobody catches it, the program ends with its sentence."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an operator can choose."""

    secret_key: str = field(repr=False)
    database_url: URL
    # Seconds to wait for the database before the first start is given up.
    database_timeout: int = 60
    posts_per_page: int = 10
    # Those that visitors can choose from; the first is for browsers that ask for none of them.
    languages: tuple[str, ...] = ("en", "fr")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read each setting from <NAME>, or from the file that <NAME>_FILE names."""
        return cls(
            secret_key=_secret_key(_read("SECRET_KEY", environ)),
            database_url=_database_url(
                _read("DATABASE_URL", environ), _read("DATABASE_PASSWORD", environ)
            ),
            database_timeout=_number(
                "DATABASE_TIMEOUT", environ, cls.database_timeout, range(1, 3601)
            ),
            posts_per_page=_number("POSTS_PER_PAGE", environ, cls.posts_per_page, range(1, 101)),
            languages=_languages(_read("LANGUAGES", environ) or ",".join(cls.languages)),
        )


def _read(name: str, environ: Mapping[str, str]) -> str:
    value, path = environ.get(name, ""), environ.get(f"{name}_FILE")
    if not path:
        return value
    if value:
        raise SettingError(f"Set either {name} or {name}_FILE, not both.")
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SettingError(f"{name}_FILE: cannot read {path}: {reason}.") from error


def _secret_key(text: str) -> str:
    if len(text) < _SHORTEST_KEY:
        raise SettingError(
            f"Set SECRET_KEY_FILE or SECRET_KEY to a secret of {_SHORTEST_KEY} characters or more; "
            "it signs the visitors' sessions."
        )
    return text


def _database_url(text: str, password: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in _DRIVERS:
        # Not the text itself, which may hold a password.
        raise SettingError(
            "Set DATABASE_URL to an address like mysql+pymysql://user@host/database."
        )
    return url.set(password=password) if password else url


def _number(name: str, environ: Mapping[str, str], default: int, allowed: range) -> int:
    text = _read(name, environ) or str(default)
    if not (text.isdecimal() and int(text) in allowed):
        raise SettingError(
            f"{name} must be a whole number from {allowed[0]} to {allowed[-1]}, not {text!r}."
        )
    return int(text)


def _languages(text: str) -> tuple[str, ...]:
    chosen = tuple(language.strip() for language in text.split(","))
    if unknown := [language for language in chosen if language not in LANGUAGES]:
        raise SettingError(f"LANGUAGES can be any of {', '.join(LANGUAGES)}, not {unknown[0]!r}.")
    return chosen
