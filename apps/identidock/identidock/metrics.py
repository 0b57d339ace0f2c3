"""Counters that all worker processes add to, in Prometheus' text format."""

import sys
from mmap import mmap
from threading import Lock
from typing import NamedTuple

_WORKERS = 64
_DOUBLE = 8


class _Series(NamedTuple):
    label: str
    values: tuple[str, ...]
    description: str


_SERIES = {
    "responses": _Series("class", ("1xx", "2xx", "3xx", "4xx", "5xx"), "Responses sent."),
    "response_seconds": _Series("class", ("1xx", "2xx", "3xx", "4xx", "5xx"), "Time they took."),
    "monsters": _Series("source", ("cache", "renderer"), "Monsters served, by their source."),
    "failures": _Series("of", ("redis", "renderer"), "Times a collaborator did not answer."),
}
_COLUMNS = [(name, value) for name, series in _SERIES.items() for value in series.values]
_POSITIONS = {column: position for position, column in enumerate(_COLUMNS)}


class Metrics:
    """Counters in memory shared by the processes forked after their making.

    Each worker has a row of its own, so that none waits for another, and a lock for its threads.
    """

    def __init__(self) -> None:
        """Start from zero."""
        size = _DOUBLE * len(_COLUMNS) * _WORKERS
        self._counters = memoryview(mmap(-1, size)).cast("d")
        self._lock = Lock()

    def count(self, name: str, value: str, amount: float = 1) -> None:
        """Add to the series `name` where its label has that value."""
        position = _worker() % _WORKERS * len(_COLUMNS) + _POSITIONS[name, value]
        with self._lock:
            self._counters[position] += amount

    def text(self) -> str:
        """Sum up what all workers counted."""
        lines = []
        for name, series in _SERIES.items():
            full_name = f"identidock_{name}_total"
            lines += [f"# HELP {full_name} {series.description}", f"# TYPE {full_name} counter"]
            for value in series.values:
                total = sum(self._counters[_POSITIONS[name, value] :: len(_COLUMNS)])
                lines.append(f'{full_name}{{{series.label}="{value}"}} {total:.12g}')
        return "\n".join(lines) + "\n"


def _worker() -> int:
    """Tell the number of this process among uWSGI's workers; elsewhere there is one."""
    uwsgi = sys.modules.get("uwsgi")
    return uwsgi.worker_id() if uwsgi else 0


# Made on import, which uWSGI does before it forks its workers.
metrics = Metrics()
