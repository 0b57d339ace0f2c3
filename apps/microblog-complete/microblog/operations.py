"""What operators and their machines ask."""

import click
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from .database import db
from .preparation import patient_engine
from .preparation import wait_for_database as wait_for_it
from .settings import Settings

operations = Blueprint("operations", __name__, cli_group=None)


@operations.get("/healthz")
def healthz() -> Response:
    """Say that this process is alive, asking nobody else."""
    return Response("alive\n", mimetype="text/plain")


@operations.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say whether the database answers."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(ready=False, failing=["database"]), 503
    return jsonify(ready=True, failing=[]), 200


@operations.cli.command("wait-for-database")
def wait_for_database() -> None:
    """Come back when the database answers; fail after DATABASE_TIMEOUT seconds."""
    settings: Settings = current_app.extensions["settings"]
    click.echo(f"Waiting for the database at {settings.database_url.host}.")
    wait_for_it(patient_engine(settings.database_url), settings.database_timeout)
