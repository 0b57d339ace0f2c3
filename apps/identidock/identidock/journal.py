"""The log: one JSON object a line, on standard output."""

import json
import logging
import sys
import time
from contextvars import ContextVar
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import Lock, Timer

# Flask's logger for the application has the same name, so errors come the same way.
journal = logging.getLogger(__package__)
# Of the request that is being answered; empty outside requests.
request_id: ContextVar[str] = ContextVar("request_id", default="")


class JsonFormatter(logging.Formatter):
    """Writes a record as JSON, with the request it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        entry: dict[str, object] = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        if belongs_to := request_id.get():
            entry["request_id"] = belongs_to
        if reason := getattr(record, "reason", ""):
            entry["reason"] = reason
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


class Batches:
    """Writes lines a few at a time: to wake the log's reader for each costs as much as a page."""

    def __init__(self, delay: float = 0.1) -> None:
        """Write to standard output, each line at most `delay` seconds late."""
        self.output = sys.stdout
        self._delay = delay
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._is_due = False
        self._lock = Lock()

    def put(self, line: str) -> None:
        """Take a line."""
        self._lines.put(line)
        if not self._is_due:
            self._is_due = True
            Timer(self._delay, self.flush).start()

    def flush(self) -> None:
        """Write what is there. A line that comes meanwhile goes with these or with the next."""
        self._is_due = False
        with self._lock:
            lines = [self._lines.get() for _ in range(self._lines.qsize())]
            self.output.write("".join(lines))
            self.output.flush()


request_lines = Batches()


def open_journal() -> None:
    """Log to standard output from now on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    journal.handlers = [handler]
    journal.setLevel(logging.INFO)
    journal.propagate = False
    request_lines.output = sys.stdout


def log_request(method: str, path: str, status: int, seconds: float) -> None:
    """Tell of a request; `logging` would take as long as the page itself."""
    entry = {
        "time": _moment(time.time()),
        "level": "info",
        "message": "request",
        "request_id": request_id.get(),
        "method": method,
        "path": path,
        "status": status,
        "milliseconds": round(seconds * 1000, 2),
    }
    request_lines.put(f"{json.dumps(entry)}\n")


def _moment(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds")
