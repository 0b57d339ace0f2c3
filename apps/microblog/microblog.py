"""Where Flask and gunicorn look for the blog."""

from app import app

__all__ = ["app"]
