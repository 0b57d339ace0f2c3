"""A monster for every name, drawn over HTTP."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .web import DrawingService

__all__ = ["app", "create_app"]


def create_app() -> "DrawingService":
    """Build the service."""
    from .web import DrawingService  # noqa: PLC0415 - importing the package does nothing.

    return DrawingService()


def __getattr__(name: str) -> Any:
    """Build `dnmonster.app` when it is first asked for."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["app"] = create_app()
    return globals()["app"]
