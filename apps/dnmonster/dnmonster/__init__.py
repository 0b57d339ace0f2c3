"""A monster for every name, drawn over HTTP."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .web import DrawingService


def create_app() -> "DrawingService":
    """Build the service."""
    from .web import DrawingService  # noqa: PLC0415 - importing the package does nothing.

    return DrawingService(os.environ.get("DNMONSTER_SOCKET", ""))
