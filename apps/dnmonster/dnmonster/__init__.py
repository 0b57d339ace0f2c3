"""A monster for every name, drawn over HTTP."""

from .web import DrawingService


def create_app() -> DrawingService:
    """Build the service."""
    return DrawingService()
