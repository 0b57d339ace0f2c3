"""What operators and their machines ask."""

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from .errors import UnavailableError

operations = Blueprint("operations", __name__)


@operations.get("/healthz")
def healthz() -> Response:
    """Say that this process is alive, asking nobody else."""
    return Response("alive\n", mimetype="text/plain")


@operations.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say whether Redis and the renderer answer, and which does not."""
    monsters = current_app.extensions["monsters"]
    failing = []
    for name, collaborator in {"redis": monsters.cache, "renderer": monsters.renderer}.items():
        try:
            collaborator.check()
        except UnavailableError:
            failing.append(name)
    return jsonify(ready=not failing, failing=failing), 503 if failing else 200


@operations.get("/metrics")
def metrics() -> Response:
    """Show this replica's counters."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
