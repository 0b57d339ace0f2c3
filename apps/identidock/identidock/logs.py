"""The log: a JSON object for each warning and failure, a line each, on standard output."""

import logging
import sys

from flask import Flask, request
from pythonjsonlogger.json import JsonFormatter

_FIELDS = "%(levelname)s %(message)s %(request_id)s"


def log_to_stdout(app: Flask) -> None:
    """Log what this package says and what Flask says of it, with the id that the edge gave."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(_FIELDS, timestamp="time"))
    handler.addFilter(_add_request_id)
    app.logger.handlers = [handler]
    app.logger.propagate = False


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = request.headers.get("X-Request-ID") if request else None
    return True
