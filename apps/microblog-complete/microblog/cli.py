"""The command that boot.sh begins with: `flask wait-for-database`."""

import time

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import OperationalError

from .database import DatabaseNotReadyError, reason_of, unpooled_engine

_SECONDS_BETWEEN_TRIES = 1.0


@click.command("wait-for-database")
@with_appcontext
def wait_for_database() -> None:
    """Come back when the database answers; fail after DATABASE_TIMEOUT seconds."""
    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    click.echo(f"Waiting for the database at {url.host}.")
    wait_until_connected(unpooled_engine(url), current_app.config["DATABASE_TIMEOUT"])


def wait_until_connected(engine: Engine, timeout: float) -> None:
    """Try to connect again and again, or give up after some seconds."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            engine.connect().close()
        except OperationalError as error:
            if time.monotonic() + _SECONDS_BETWEEN_TRIES > deadline:
                raise DatabaseNotReadyError(
                    f"The database at {engine.url.host} could not be used within "
                    f"{timeout:g} seconds: {reason_of(error)}."
                ) from None
            time.sleep(_SECONDS_BETWEEN_TRIES)
        else:
            return
