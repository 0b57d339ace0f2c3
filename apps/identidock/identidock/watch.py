"""What every request gets: an id, a line in the log, its counters and the security headers."""

import re
import time
from uuid import uuid4

from flask import Flask, Response, g, request

from .journal import journal, open_journal
from .metrics import metrics

_USABLE_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
# Probes come all day long; only their failures are worth a line.
_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; script-src 'self'; style-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def watch_requests(app: Flask) -> None:
    """Have every request watched."""
    open_journal()
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.started = time.perf_counter()
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _USABLE_ID.fullmatch(given) else uuid4().hex


def _finish(response: Response) -> Response:
    headers = response.headers
    headers.extend(_SECURITY_HEADERS)
    if "public" not in headers.setdefault("Cache-Control", "no-store"):
        # A stored reply would show the id of somebody else's request.
        headers["X-Request-ID"] = g.request_id

    status = response.status_code
    seconds = time.perf_counter() - g.started
    status_class = f"{status // 100}xx"
    metrics.count("responses", status_class)
    metrics.count("response_seconds", status_class, seconds)
    if status >= 500 or request.path not in _QUIET_PATHS:
        request_line = {"method": request.method, "path": request.path, "status": status}
        journal.info("request", extra={**request_line, "milliseconds": round(seconds * 1000, 2)})
    return response
