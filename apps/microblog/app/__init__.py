"""A small blog: a greeting and a few posts."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["app", "create_app"]


def create_app(user: str | None = None) -> "Flask":
    """Build the blog for the user that is handed in, else for the environment's."""
    from .factory import build  # noqa: PLC0415 - importing the package does nothing.

    return build(user)


def __getattr__(name: str) -> Any:
    """Build `app.app` when it is first asked for."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["app"] = create_app()
    return globals()["app"]
