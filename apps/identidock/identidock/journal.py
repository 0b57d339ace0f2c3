"""The log: one JSON object a line, on standard output."""

import json
import logging
import sys
from datetime import UTC, datetime

from flask import g, has_request_context

# Flask's logger for the application has the same name, so errors come the same way.
journal = logging.getLogger(__package__)
_EXTRAS = ("method", "path", "status", "milliseconds", "reason")


class JsonFormatter(logging.Formatter):
    """Writes a record as JSON, with the request it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        if has_request_context() and "request_id" in g:
            entry["request_id"] = g.request_id
        present = record.__dict__
        entry.update((extra, present[extra]) for extra in _EXTRAS if extra in present)
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def open_journal() -> None:
    """Log to standard output from now on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    journal.handlers = [handler]
    journal.setLevel(logging.INFO)
    journal.propagate = False
