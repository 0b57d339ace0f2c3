"""Visit pages of several addresses at a steady rate, and tell which visits failed.

usage: python tests/visits.py [--rate N] [--seconds N] ADDRESS...

Each visit has a connection of its own; half of them get a page or a monster, half send the form.
"""

from __future__ import annotations

import argparse
import collections
import http.client
import itertools
import json
import random
import sys
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

# Seconds a visitor waits for an answer.
PATIENCE = 10
WORKERS = 64
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Visits:
    """What visitors met at some addresses."""

    addresses: list[str]
    rate: float = 200
    answered: collections.Counter[str] = field(default_factory=collections.Counter)
    # When, in seconds since the start; what; and why.
    failures: list[tuple[float, str, str]] = field(default_factory=list)
    slowest: float = 0

    def __post_init__(self) -> None:
        self.started = time.monotonic()
        self._turns = itertools.count()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._go, daemon=True) for _ in range(WORKERS)]

    def __enter__(self) -> Visits:
        self.started = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, count: int, timeout: float = 60) -> None:
        """Wait for further answers."""
        until, end = sum(self.answered.values()) + count, time.monotonic() + timeout
        while sum(self.answered.values()) < until and time.monotonic() < end:
            time.sleep(0.1)

    def _go(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                turn = next(self._turns)
            wait = self.started + turn / self.rate - time.monotonic()
            # Late visits are not made up for: that would be another load than the one asked for.
            if wait > 0 and self._stop.wait(wait):
                return
            self._visit(turn)

    def _visit(self, turn: int) -> None:
        address = self.addresses[turn // 2 % len(self.addresses)]
        name = f"v{turn}-{random.randrange(10**6)}"
        if turn % 2:
            what, method, path, body = "POST /", "POST", "/", urllib.parse.urlencode({"name": name})
        else:
            path = ("/", "/monster/ada", f"/monster/{name}")[turn // 4 % 3]
            what, method, body = f"GET {path[:9]}", "GET", None
        began = time.monotonic()
        problem = ""
        try:
            connection = http.client.HTTPConnection(address, timeout=PATIENCE)
            connection.request(method, path, body, FORM if body else {})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            right = name.encode() in content if body else content
            if answer.status != 200 or not right:
                problem = f"{answer.status}"
        except (OSError, http.client.HTTPException) as error:
            problem = f"{error or type(error).__name__}"
        took = time.monotonic() - began
        with self._lock:
            self.slowest = max(self.slowest, took)
            if problem:
                self.failures.append((began - self.started, f"{what} at {address}", problem))
            else:
                self.answered[what.partition(" ")[0]] += 1

    def summary(self) -> dict[str, object]:
        """All of it, for a person or a program."""
        return {
            "answered": dict(self.answered),
            "failed": len(self.failures),
            "slowest": round(self.slowest, 2),
            "failures": [f"{when:.1f} s {what}: {why}" for when, what, why in self.failures[:20]],
        }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("addresses", nargs="+")
    args = parser.parse_args()
    with Visits(args.addresses, args.rate) as visits:
        time.sleep(args.seconds)
    print(json.dumps(visits.summary(), indent=2))
    return bool(visits.failures)


if __name__ == "__main__":
    sys.exit(main())
