"""A page that shows the monster behind every name."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from .monsters import Cache, Renderer

__all__ = ["app", "create_app"]


def create_app(
    cache: "Cache | None" = None, renderer: "Renderer | None" = None, **settings: object
) -> "Flask":
    """Build the application; what is handed in goes before the environment."""
    from .factory import build  # noqa: PLC0415 - importing the package does nothing.

    return build(cache, renderer, **settings)


def __getattr__(name: str) -> Any:
    """Build `identidock.app` when it is first asked for."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["app"] = create_app()
    return globals()["app"]
