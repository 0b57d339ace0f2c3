"""Where Flask and gunicorn look for the blog."""

from app import create_app

app = create_app()
