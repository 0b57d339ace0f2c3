"""Settings, read from the environment and checked before anything starts."""

import os
from typing import Any, cast

from environs import EnvValidationError, FileAwareEnv
from marshmallow.validate import URL, Range, Regexp

PREFIX = "IDENTIDOCK_"


def read_settings() -> dict[str, Any]:
    """Read IDENTIDOCK_<NAME>, or the file that IDENTIDOCK_<NAME>_FILE names; times are in seconds.

    Raises SystemExit with a sentence for each variable that can't be used.
    """
    for name in os.environ:
        if name.startswith(PREFIX) and f"{name}_FILE" in os.environ:
            raise SystemExit(f"Set either {name} or {name}_FILE, not both.")
    env = FileAwareEnv(eager=False)
    try:
        with env.prefixed(PREFIX):
            settings = _read(env)
        env.seal()
    except EnvValidationError as error:
        mistakes = cast("dict[str, list[str]]", error.error_messages)
        sentences = [f"{name}: {rules[0]}" for name, rules in mistakes.items()]
        raise SystemExit("\n".join(sentences)) from None
    except ValueError as error:
        raise SystemExit(f"A setting's file can't be read as text: {error}") from None
    return settings


def _read(env: FileAwareEnv) -> dict[str, Any]:
    port = Range(1, 65535, error="{input} is not from 1 to 65535.")
    positive = Range(0, min_inclusive=False, error="{input} is not more than zero.")
    not_negative = Range(0, error="{input} is negative.")
    path = Regexp("/|$", error="{input} is not a path from the root.")
    web_address = URL(
        schemes={"http"}, require_tld=False, error="{input} does not look like http://host:port."
    )
    return {
        # The line's end that an editor leaves in a file is no part of a secret.
        "SALT": env.str("SALT", "").rstrip("\r\n") or "UNIQUE_SALT",
        "REDIS_HOST": env.str("REDIS_HOST", "redis"),
        "REDIS_PORT": env.int("REDIS_PORT", 6379, validate=port),
        # A Unix socket takes the place of host and port, or of the renderer's address.
        "REDIS_SOCKET": env.str("REDIS_SOCKET", "", validate=path),
        "REDIS_DB": env.int("REDIS_DB", 0, validate=not_negative),
        "REDIS_PASSWORD": env.str("REDIS_PASSWORD", "").rstrip("\r\n"),
        "REDIS_TIMEOUT": env.float("REDIS_TIMEOUT", 0.5, validate=positive),
        "RENDERER_URL": env.str("RENDERER_URL", "http://dnmonster:8080", validate=web_address),
        "RENDERER_SOCKET": env.str("RENDERER_SOCKET", "", validate=path),
        "RENDERER_TIMEOUT": env.float("RENDERER_TIMEOUT", 2.0, validate=positive),
        # How long Redis keeps a monster.
        "CACHE_EXPIRY": env.int("CACHE_EXPIRY", 86400, validate=positive),
    }
