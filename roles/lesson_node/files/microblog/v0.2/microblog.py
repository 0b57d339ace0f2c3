"""Where Flask looks for the blog."""

from app import app as app
