"""Configuration, read from the environment and checked before anything starts."""

from environs import FileAwareEnv, validate

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
    env = FileAwareEnv(strip_whitespace=True)
    try:
        with env.prefixed("MICROBLOG_"):
            return {"USER": env.str("USER", "", validate=valid_name).strip() or DEFAULT_USER}
    except ValueError as error:
        raise ConfigError(str(error)) from error
