"""What the machines that watch the blog ask."""

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from .database import db

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> tuple[str, dict[str, str]]:
    """Say that this process is alive, asking nobody else."""
    return "alive\n", {"Content-Type": "text/plain"}


@health.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say whether the database answers."""
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(ready=False, failing=["database"]), 503
    return jsonify(ready=True, failing=[]), 200
