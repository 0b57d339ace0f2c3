"""Where Flask and gunicorn look for the blog."""

from app import create_app
from babel.messages.frontend import CommandLineInterface
from config import settings

app = create_app(settings())


@app.cli.group()
def translate() -> None:
    """Work on the translations."""


@translate.command("compile")
def compile_translations() -> None:
    """Compile them, so that pages speak the visitor's language."""
    CommandLineInterface().run(["pybabel", "compile", "--directory", "app/translations"])
