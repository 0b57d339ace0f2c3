"""Configuration from the environment, checked before anything starts."""

import os
from typing import Any, cast

from environs import EnvValidationError, FileAwareEnv, validate

_PREFIX = "IDENTIDOCK_"
_port = validate.Range(1, 65535)
_positive = validate.Range(0, min_inclusive=False)
_path = validate.Regexp("/|$", error="{input} is not a path from the root.")
_web_address = validate.URL(
    schemes={"http"}, require_tld=False, error="{input} does not look like http://host:port."
)


def from_environment() -> dict[str, Any]:
    """Read IDENTIDOCK_<NAME>, or the file that <NAME>_FILE names; tell all mistakes at once."""
    for name in os.environ:
        if name.startswith(_PREFIX) and os.environ[name] and os.environ.get(f"{name}_FILE"):
            raise SystemExit(f"Set either {name} or {name}_FILE, not both.")
    env = FileAwareEnv(eager=False, prefix=_PREFIX)
    try:
        config = {
            # The line's end that an editor leaves in a file is no part of a secret.
            "SALT": env.str("SALT", "").rstrip("\r\n") or "UNIQUE_SALT",
            "REDIS_HOST": env.str("REDIS_HOST", "redis"),
            "REDIS_PORT": env.int("REDIS_PORT", 6379, validate=_port),
            # A Unix socket takes the place of host and port, or of the renderer's address.
            "REDIS_SOCKET": env.str("REDIS_SOCKET", "", validate=_path),
            "REDIS_DB": env.int("REDIS_DB", 0, validate=validate.Range(0)),
            "REDIS_PASSWORD": env.str("REDIS_PASSWORD", "").rstrip("\r\n"),
            "REDIS_TIMEOUT": env.float("REDIS_TIMEOUT", 0.5, validate=_positive),  # seconds
            "RENDERER_URL": env.str("RENDERER_URL", "http://dnmonster:8080", validate=_web_address),
            "RENDERER_SOCKET": env.str("RENDERER_SOCKET", "", validate=_path),
            "RENDERER_TIMEOUT": env.float("RENDERER_TIMEOUT", 2.0, validate=_positive),  # seconds
            # Seconds that Redis keeps a monster.
            "CACHE_EXPIRY": env.int("CACHE_EXPIRY", 86400, validate=_positive),
        }
        env.seal()
    except EnvValidationError as error:
        messages = cast("dict[str, list[str]]", error.error_messages)
        raise SystemExit("\n".join(f"{name}: {messages[name][0]}" for name in messages)) from None
    except UnicodeDecodeError:
        # Its message has a byte of the file.
        raise SystemExit(f"A file that a variable {_PREFIX}..._FILE names is not text.") from None
    except ValueError as error:
        raise SystemExit(str(error)) from None
    return config
