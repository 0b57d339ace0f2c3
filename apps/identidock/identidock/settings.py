"""Settings, read from the environment and checked before anything starts.

Flask's own reading of the environment would take any value, and knows no files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

PREFIX = "IDENTIDOCK_"
_KINDS = {int: "a whole number", float: "a number"}


class SettingError(SystemExit):
    """A setting that can't be used. Where nobody catches it, the program ends with its sentence."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an operator can choose; times are in seconds."""

    salt: str = field(default="UNIQUE_SALT", repr=False)
    redis_host: str = "redis"
    redis_port: int = 6379
    # A Unix socket takes the place of host and port, or of the renderer's address.
    redis_socket: str = ""
    redis_db: int = 0
    redis_password: str = field(default="", repr=False)
    redis_timeout: float = 0.5
    renderer_url: str = "http://dnmonster:8080"
    renderer_socket: str = ""
    renderer_timeout: float = 2.0
    # How long Redis keeps a monster.
    cache_expiry: int = 86400

    def __post_init__(self) -> None:
        """Refuse what could never work."""
        if not _is_web_address(self.renderer_url):
            raise _refusal("renderer_url", "must look like http://host:port", self.renderer_url)
        for name in ("redis_socket", "renderer_socket"):
            path = getattr(self, name)
            if path and not Path(path).is_absolute():
                raise _refusal(name, "must be a path from the root", path)
        if not 0 < self.redis_port < 65536:
            raise _refusal("redis_port", "must be from 1 to 65535", self.redis_port)
        if self.redis_db < 0:
            raise _refusal("redis_db", "must not be negative", self.redis_db)
        for name in ("redis_timeout", "renderer_timeout", "cache_expiry"):
            # Not a number is not above zero either.
            if not 0 < getattr(self, name) < float("inf"):
                raise _refusal(name, "must be more than zero", getattr(self, name))

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read IDENTIDOCK_<NAME>, or the file that IDENTIDOCK_<NAME>_FILE names."""
        chosen: dict[str, Any] = {}
        for setting in fields(cls):
            text = _text_of(setting.name, environ)
            if text:
                chosen[setting.name] = _converted(setting.name, text, type(setting.default))
        return cls(**chosen)


def _is_web_address(text: str) -> bool:
    try:
        address = urlsplit(text)
        return address.scheme == "http" and bool(address.hostname) and address.port != 0
    except ValueError:
        return False


def _text_of(name: str, environ: Mapping[str, str]) -> str:
    variable = PREFIX + name.upper()
    path = environ.get(f"{variable}_FILE")
    if not path:
        return environ.get(variable, "")
    if environ.get(variable):
        raise SettingError(f"Set either {variable} or {variable}_FILE, not both.")
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise SettingError(f"{variable}_FILE: cannot read {path}: {reason}.") from error


def _converted(name: str, text: str, kind: type) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise _refusal(name, f"must be {_KINDS[kind]}", text) from None


def _refusal(name: str, rule: str, value: object) -> SettingError:
    return SettingError(f"{PREFIX}{name.upper()} {rule}, not {value!r}.")
