"""Configuration, read from the environment and checked before anything starts."""

from typing import cast

from environs import EnvValidationError, FileAwareEnv, validate

DEFAULT_USER = "Miguel"
# Control characters, and the surrogates that Python makes of bytes that are no UTF-8.
_ORDINARY_TEXT = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*\Z"


class ConfigError(SystemExit):
    """A value that can't be used. Where nobody catches it, the program ends with its message."""


def from_environment() -> dict[str, str]:
    """Read MICROBLOG_USER, the name that the home page greets."""
    valid_name = [
        validate.Length(max=64, error="Must have at most {max} characters."),
        validate.Regexp(_ORDINARY_TEXT, error="Must be one line of ordinary UTF-8 text."),
    ]
    env = FileAwareEnv(eager=False, strip_whitespace=True)
    try:
        with env.prefixed("MICROBLOG_"):
            user = env.str("USER", "", validate=valid_name)
        env.seal()
    except EnvValidationError as error:
        messages = cast("dict[str, list[str]]", error.error_messages)
        raise ConfigError(f"MICROBLOG_USER: {' '.join(messages['MICROBLOG_USER'])}") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"MICROBLOG_USER_FILE can't be read as text: {error}") from None
    return {"USER": user.strip() or DEFAULT_USER}
