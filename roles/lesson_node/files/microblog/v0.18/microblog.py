"""Where Flask and gunicorn look for the blog."""

from app import create_app
from babel.messages.frontend import CommandLineInterface
from config import CONFIG

app = create_app(CONFIG)


@app.cli.group()
def translate() -> None:
    """Work on the translations."""


@translate.command("compile")
def compile_translations() -> None:
    """Compile them, so that pages speak the visitor's language."""
    CommandLineInterface().run(["pybabel", "compile", "--directory", "app/translations"])
