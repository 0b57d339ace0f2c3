"""A small blog: accounts, posts, people to follow, and a search."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from .settings import Settings


def create_app(settings: "Settings | None" = None, **config: Any) -> "Flask":
    """Build the application; settings come from the environment unless they are handed in."""
    from .factory import build  # noqa: PLC0415 - importing the package does nothing.

    return build(settings, config)
