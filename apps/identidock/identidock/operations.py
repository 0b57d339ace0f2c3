"""What operators and their machines ask."""

from flask import Blueprint, Response, current_app, jsonify

from .metrics import metrics
from .monsters import Cache, Monsters, Renderer, UnavailableError

operations = Blueprint("operations", __name__)


@operations.get("/healthz")
def healthz() -> Response:
    """Say that this process is alive, asking nobody else."""
    return Response("alive\n", mimetype="text/plain")


@operations.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say whether Redis and the renderer answer, and which does not."""
    monsters: Monsters = current_app.extensions["monsters"]
    collaborators: dict[str, Cache | Renderer] = {
        "redis": monsters.cache,
        "renderer": monsters.renderer,
    }
    failing = []
    for name, collaborator in collaborators.items():
        try:
            collaborator.check()
        except UnavailableError:
            failing.append(name)
    return jsonify(ready=not failing, failing=failing), 503 if failing else 200


@operations.get("/metrics")
def show_metrics() -> Response:
    """Show the counters of all workers."""
    return Response(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")
