"""Processor time that a request costs all of some simulated VMs, beyond what they use anyway.

usage: python bench/cluster_cpu.py ADDRESS VM...

The kernel counts what each container of edge and identidock uses, with what it does in their name.
Compare `ADDRESS` of a VM with Compose, and that VM, with a cluster's and all its VMs.
"""

from __future__ import annotations

import http.client
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

SECONDS = 3.0
ROUNDS = 3
# Below the edge's limit for one address.
RATE = 300
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def counters(machines: list[str]) -> list[Path]:
    """Where the kernel counts what each container of edge and identidock uses, on all VMs."""
    found = []
    for machine in machines:
        listing = ["docker", "ps", "--no-trunc", "--format", "{{.ID}} {{.Names}}"]
        listed = subprocess.check_output(["docker", "exec", machine, *listing], text=True)
        for line in listed.splitlines():
            number, name = line.split()
            if name.startswith(("edge", "identidock")):
                old = Path(f"/sys/fs/cgroup/cpuacct/docker/{number}/cpuacct.usage")
                new = next(Path("/sys/fs/cgroup").rglob(f"docker-{number}.scope/cpu.stat"), old)
                found.append(old if old.exists() else new)
    return found


def used(files: list[Path]) -> float:
    """Seconds of processor time so far."""
    total = 0.0
    for file in files:
        text = file.read_text()
        total += int(text.split()[1]) / 1e6 if file.name == "cpu.stat" else int(text) / 1e9
    return total


def case(
    path: Callable[[], str], form: bool = False
) -> Callable[[http.client.HTTPConnection], None]:
    """A request, as a function of a connection."""

    def ask(connection: http.client.HTTPConnection) -> None:
        if form:
            connection.request("POST", "/", f"name={random.randrange(10**9)}", FORM)
        else:
            connection.request("GET", path())
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path()} was answered with {answer.status}")

    return ask


CASES = {
    "cached monster": case(lambda: "/monster/ada"),
    "cached page": case(lambda: "/"),
    "new page": case(lambda: f"/?name={random.randrange(10**9)}"),
    "form": case(lambda: "/", form=True),
    "new monster": case(lambda: f"/monster/{random.randrange(10**12)}"),
}


def cost(
    files: list[Path], address: str, ask: Callable[[http.client.HTTPConnection], None]
) -> float:
    """Microseconds that a request costs: half of the time there are some, half there are none."""
    connection = http.client.HTTPConnection(address, timeout=10)
    began, before, count = time.monotonic(), used(files), 0
    while time.monotonic() < began + SECONDS:
        ask(connection)
        count += 1
        time.sleep(max(0.0, began + count / RATE - time.monotonic()))
    busy = used(files) - before
    took = time.monotonic() - began
    before, began = used(files), time.monotonic()
    time.sleep(SECONDS)
    idle = (used(files) - before) / (time.monotonic() - began)
    return (busy - idle * took) / count * 1e6


def main(address: str, machines: list[str]) -> None:
    files = counters(machines)
    found = {
        name: statistics.median(cost(files, address, ask) for _ in range(ROUNDS))
        for name, ask in CASES.items()
    }
    print(json.dumps({name: round(value, 1) for name, value in found.items()}, indent=2))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
