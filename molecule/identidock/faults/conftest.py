"""People who keep visiting, and the machine whose parts fail meanwhile."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import secrets
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

PROJECT = Path(__file__).resolve().parents[3]
# What the inventory of Molecule makes, and where it publishes the page.
ADDRESS = urlsplit(os.environ.get("IDENTIDOCK_URL", "http://127.0.0.1:19090/"))
VM = os.environ.get("IDENTIDOCK_VM", "molecule1")
INVENTORY = os.environ.get("IDENTIDOCK_INVENTORY", "molecule/inventory")
VISITORS = 8
REQUESTS_A_SECOND = 200
MONSTERS = [f"cached-{number}" for number in range(20)]
# How long anything may take to be whole again.
PATIENCE = 10


def exchange(connection, method, path, body=None):
    """Status, headers and body of one reply."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    connection.request(method, path, body, kind)
    reply = connection.getresponse()
    return reply.status, reply.headers, reply.read()


def connect():
    return http.client.HTTPConnection(ADDRESS.hostname, ADDRESS.port, timeout=PATIENCE)


class Visitors:
    """Eight people with a browser each, who ask up to 200 times a second and count what goes wrong.

    They never ask twice for the same visit: a connection that breaks is a failure too.
    """

    def __init__(self, *visits: tuple[str, str, str | None]) -> None:
        """Make these visits in turn."""
        self._visits = visits
        self._over = threading.Event()
        self._people = [
            threading.Thread(target=self._visit, args=(number,)) for number in range(VISITORS)
        ]
        self.served = 0
        # When, and what.
        self.failures: list[tuple[float, str]] = []

    def __enter__(self) -> Visitors:
        """Let them in."""
        self._started = time.monotonic()
        for person in self._people:
            person.start()
        self.wait_for(REQUESTS_A_SECOND)
        return self

    def __exit__(self, *_error: object) -> None:
        """Send them home."""
        self._over.set()
        for person in self._people:
            person.join()
        rate = self.served / (time.monotonic() - self._started)
        print(f"{self.served} visits, {rate:.0f} a second; {len(self.failures)} failed")

    def wait_for(self, more: int) -> None:
        """Wait until so many more visits were served, and tell where they are not."""
        wanted = self.served + more
        deadline = time.monotonic() + 2 * PATIENCE
        while self.served < wanted:
            assert time.monotonic() < deadline, f"{more} visits take too long: {self.failures}"
            time.sleep(0.05)

    def _visit(self, number: int) -> None:
        pause = VISITORS / REQUESTS_A_SECOND
        visits = itertools.islice(itertools.cycle(self._visits), number, None)
        with closing(connect()) as connection:
            # No hurry to make up for a slow reply: the next request is due a pause after it.
            while not self._over.wait(pause):
                method, path, body = next(visits)
                try:
                    status, *_ = exchange(connection, method, path, body)
                except (OSError, http.client.HTTPException) as error:
                    self._failed(f"{method} {path}: {error!r}")
                    connection.close()
                else:
                    if status == 200:
                        self.served += 1
                    else:
                        self._failed(f"{method} {path}: {status}")

    def _failed(self, what: str) -> None:
        self.failures.append((time.monotonic(), what))


@pytest.fixture
def ask():
    """A function that asks once, on a connection of its own."""

    def ask(path):
        with closing(connect()) as connection:
            return exchange(connection, "GET", path)

    return ask


@pytest.fixture
def new_monster():
    """A function that makes up the path of a monster nobody has seen."""
    return lambda: f"/monster/new-{secrets.token_hex(8)}"


@pytest.fixture
def readers(ask):
    """People who look at the page and at monsters that are in the cache."""
    monsters = [f"/monster/{name}" for name in MONSTERS]
    for path in monsters:
        assert ask(path)[0] == 200
    pages = itertools.cycle(["/", "/?name=Ada", "/?name=Grace&lang=fr"])
    paths = [path for pair in zip(monsters, pages, strict=False) for path in pair]
    with Visitors(*(("GET", path, None) for path in paths)) as people:
        yield people


@pytest.fixture
def writers():
    """People who send the form, too."""
    visits = [("POST", "/", f"name={name}") for name in MONSTERS]
    with Visitors(*visits, *(("GET", f"/monster/{name}", None) for name in MONSTERS)) as people:
        yield people


@pytest.fixture
def vm():
    """A function that runs a command on the machine and gives its output."""

    def run(*command):
        done = subprocess.run(
            ["docker", "exec", VM, *command], check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout.strip()

    return run


@pytest.fixture
def containers(vm):
    """A function that gives what the engine knows of the stack's containers, by name."""

    def containers():
        label = "label=com.docker.compose.project=identidock"
        names = vm("docker", "ps", "--all", "--quiet", "--filter", label).split()
        found = json.loads(vm("docker", "container", "inspect", *names))
        return {facts["Name"].strip("/"): facts for facts in found}

    return containers


@pytest.fixture
def until_whole(ask, containers, new_monster):
    """A function that waits for the whole service; seconds that took, or an error when too many."""

    def is_whole():
        try:
            # Twice, for each replica.
            ready = [ask("/readyz")[0] for _ in range(2)]
            drawn = [ask(new_monster())[0] for _ in range(2)]
        except (OSError, http.client.HTTPException):
            return False
        states = [facts["State"] for facts in containers().values()]
        healthy = all(
            state["Running"] and state["Health"]["Status"] == "healthy" for state in states
        )
        return healthy and {*ready, *drawn} == {200}

    def until_whole():
        started = time.monotonic()
        while not is_whole():
            assert time.monotonic() < started + PATIENCE, "not whole again in time"
            time.sleep(0.2)
        return time.monotonic() - started

    return until_whole


@pytest.fixture
def deploy():
    """A function that runs identidock's playbook with other variables."""

    def deploy(**variables):
        done = subprocess.run(
            [
                "ansible-playbook",
                f"--inventory={INVENTORY}",
                "playbooks/identidock.yml",
                f"--extra-vars={json.dumps(variables)}",
            ],
            cwd=PROJECT,
            env=os.environ
            | {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return deploy
