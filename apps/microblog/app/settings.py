"""Whom the blog greets, checked before anything starts."""

from unicodedata import category

VARIABLE = "MICROBLOG_USER"
DEFAULT_USER = "Miguel"
LONGEST_USER = 64


class SettingError(SystemExit):
    """A setting that can't be used. Where nobody catches it, the program ends with its sentence."""


def greeted_user(text: str) -> str:
    """Tidy the name, or refuse what is none."""
    user = text.strip() or DEFAULT_USER
    if len(user) > LONGEST_USER:
        raise SettingError(
            f"{VARIABLE} must have at most {LONGEST_USER} characters, not {len(user)}."
        )
    # Surrogates are what Python makes of bytes that are no UTF-8.
    if any(category(character) in {"Cc", "Cs"} for character in user):
        raise SettingError(f"{VARIABLE} must be one line of ordinary UTF-8 text, not {user!a}.")
    return user
