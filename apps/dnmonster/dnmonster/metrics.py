"""Counters that all worker processes add to, in Prometheus' text format."""

import sys
from mmap import mmap
from typing import NamedTuple

_WORKERS = 64


class Count(NamedTuple):
    """One time series."""

    name: str
    labels: str = ""


COUNTS = (
    Count("dnmonster_monsters_total", '{format="png"}'),
    Count("dnmonster_monsters_total", '{format="svg"}'),
    Count("dnmonster_responses_total", '{class="2xx"}'),
    Count("dnmonster_responses_total", '{class="3xx"}'),
    Count("dnmonster_responses_total", '{class="4xx"}'),
    Count("dnmonster_responses_total", '{class="5xx"}'),
)
_HELP = {
    "dnmonster_monsters_total": "Monsters drawn.",
    "dnmonster_responses_total": "Responses sent, by the class of their status.",
}


class Metrics:
    """Counters in memory shared by the processes forked after their making.

    Each worker has a row of its own, so that none waits for another.
    """

    def __init__(self) -> None:
        """Start from zero."""
        self._row = len(COUNTS)
        self._counters = memoryview(mmap(-1, 8 * self._row * _WORKERS)).cast("Q")

    def add(self, name: str, labels: str) -> None:
        """Count one more."""
        position = COUNTS.index(Count(name, labels))
        self._counters[_worker() % _WORKERS * self._row + position] += 1

    def text(self) -> str:
        """Sum up the workers' counters."""
        lines = []
        described = ""
        for position, count in enumerate(COUNTS):
            if count.name != described:
                described = count.name
                lines.append(f"# HELP {described} {_HELP[described]}")
                lines.append(f"# TYPE {described} counter")
            lines.append(f"{count.name}{count.labels} {sum(self._counters[position :: self._row])}")
        return "\n".join(lines) + "\n"


def _worker() -> int:
    """Tell the number of this process among uWSGI's workers; elsewhere there is one."""
    uwsgi = sys.modules.get("uwsgi")
    return uwsgi.worker_id() if uwsgi else 0
