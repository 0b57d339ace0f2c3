"""What every request gets: an id, a line in the log, its counters and the security headers."""

import re
import time
from uuid import uuid4

from flask import Flask, Response, g, request

from .journal import log_request, open_journal, request_id
from .metrics import metrics

# Where the fast path leaves the exception that stopped it.
FAILURE = "identidock.failure"
_CONTENT_POLICY = (
    "default-src 'none'; img-src 'self'; script-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_SECURITY_HEADERS = [
    ("Content-Security-Policy", _CONTENT_POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]
_USABLE_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
# Probes come all day long; only their failures are worth a line.
_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


def watch_requests(app: Flask) -> None:
    """Have every request that Flask answers watched."""
    open_journal()
    app.before_request(_begin)
    app.after_request(_finish)


def request_id_of(given: str) -> str:
    """Take the id a request comes with, if it can't spoil a log; else make one."""
    return given if _USABLE_ID.fullmatch(given) else uuid4().hex


def headers_for_all(caching: str) -> list[tuple[str, str]]:
    """Give the headers that every reply has."""
    headers = [("Cache-Control", caching), *_SECURITY_HEADERS]
    if "public" not in caching:
        # A stored reply would show the id of somebody else's request.
        headers.append(("X-Request-ID", request_id.get()))
    return headers


def record(method: str, path: str, status: int, seconds: float) -> None:
    """Count a request and write its line."""
    status_class = f"{status // 100}xx"
    metrics.count("responses", status_class)
    metrics.count("response_seconds", status_class, seconds)
    if status >= 500 or path not in _QUIET_PATHS:
        log_request(method, path, status, seconds)


def _begin() -> None:
    g.started = time.perf_counter()
    if failure := request.environ.get(FAILURE):
        raise failure


def _finish(response: Response) -> Response:
    caching = response.headers.pop("Cache-Control", "no-store")
    response.headers.extend(headers_for_all(caching))
    seconds = time.perf_counter() - g.started
    record(request.method, request.path, response.status_code, seconds)
    return response
