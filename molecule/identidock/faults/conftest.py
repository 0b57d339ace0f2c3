"""People who keep visiting, and the machine whose parts fail meanwhile."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from releases import Releases

# What the inventory of Molecule makes, and where it publishes the page.
ADDRESS = urlsplit(os.environ.get("IDENTIDOCK_URL", "http://127.0.0.1:19090/"))
INVENTORY = os.environ.get("IDENTIDOCK_INVENTORY", "molecule/inventory")
PROJECT = Path(__file__).resolve().parents[3]
STATE = Path(os.environ.get("IDENTIDOCK_STATE", PROJECT / ".lab/molecule"))
# The other stacks have nothing to do here; in the end all are deployed once.
ONLY = "--tags=edge,identidock"
VISITORS = 8
REQUESTS_A_SECOND = 200
# Failures that are told one by one; the rest is counted.
MOST_TOLD = 30
MONSTERS = [f"cached-{number}" for number in range(20)]
# Seconds that anything may take to be whole again.
PATIENCE = 10
# And to look so to the engine and the edge, who are asked on the machine itself: when it is busy,
# one answer may take as long as the whole recovery.
LONG_PATIENCE = 60
# A deployment has other things to do before it comes to the replicas.
DEPLOYMENT_PATIENCE = 180
PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
# Says to HAProxy, through its admin socket, what it is given.
SAY = """
import socket, sys
with socket.socket(socket.AF_UNIX) as haproxy:
    haproxy.connect("/opt/edge/run/admin.sock")
    haproxy.sendall(sys.argv[1].encode())
    print(b"".join(iter(lambda: haproxy.recv(65536), b"")).decode())
"""


def exchange(connection, method, path, body=None):
    """Status, headers and body of one reply."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    connection.request(method, path, body, kind)
    reply = connection.getresponse()
    return reply.status, reply.headers, reply.read()


def connect():
    return http.client.HTTPConnection(ADDRESS.hostname, ADDRESS.port, timeout=PATIENCE)


class Story:
    """What happened, and how many seconds after the beginning."""

    def __init__(self) -> None:
        """Begin."""
        self._began = time.monotonic()
        self._events: list[tuple[float, str]] = []

    def tell(self, what: str) -> None:
        """Tell what happens now."""
        self._events.append((time.monotonic() - self._began, what))

    def wait_out(self, troubles: Callable[[], list[str]], patience: float) -> None:
        """Look until there are no troubles; no look begins after so many seconds."""
        deadline = time.monotonic() + patience
        before: list[str] = []
        while time.monotonic() < deadline:
            found = troubles()
            if not found:
                return
            if found != before:
                self.tell(", ".join(found))
            before = found
            time.sleep(0.2)
        pytest.fail(f"this took more than {patience} s: {', '.join(before)}")

    def __str__(self) -> str:
        """All of it, a line each."""
        return "\n".join(f"{moment:6.1f} s  {what}" for moment, what in self._events)


class Visitors:
    """Eight people with a browser each, who ask up to 200 times a second and count what goes wrong.

    They never ask twice for the same visit: a connection that breaks is a failure too.
    """

    def __init__(
        self, story: Story, *visits: tuple[str, str, str | None], people: int = VISITORS
    ) -> None:
        """Make these visits in turn, each with a new word for `{new}`; tell what goes wrong."""
        self._story = story
        self._visits = visits
        self._rate = REQUESTS_A_SECOND * people / VISITORS
        self._over = threading.Event()
        self._people = [
            threading.Thread(target=self._visit, args=(number,)) for number in range(people)
        ]
        self.served = 0
        # When each of them failed.
        self.failures: list[float] = []

    def __enter__(self) -> Visitors:
        """Let them in."""
        self._started = time.monotonic()
        for person in self._people:
            person.start()
        self.wait_for(int(self._rate))
        return self

    def __exit__(self, *_error: object) -> None:
        """Send them home."""
        self._over.set()
        for person in self._people:
            person.join()
        print(self)

    def __str__(self) -> str:
        """How many there were, and how it went."""
        rate = self.served / (time.monotonic() - self._started)
        return f"{self.served} visits, {rate:.0f} a second; {len(self.failures)} failed"

    def wait_for(self, more: int) -> None:
        """Wait until so many more visits were served, and tell where they are not."""
        wanted = self.served + more
        deadline = time.monotonic() + 2 * (PATIENCE + more / self._rate)
        while self.served < wanted:
            assert time.monotonic() < deadline, f"{more} visits take too long"
            time.sleep(0.05)

    def _visit(self, number: int) -> None:
        pause = VISITORS / REQUESTS_A_SECOND
        visits = itertools.islice(itertools.cycle(self._visits), number, None)
        with closing(connect()) as connection:
            # No hurry to make up for a slow reply: the next request is due a pause after it.
            while not self._over.wait(pause):
                method, path, body = next(visits)
                path = path.replace("{new}", secrets.token_hex(8))
                asked = time.monotonic()
                try:
                    status, *_ = exchange(connection, method, path, body)
                except (OSError, http.client.HTTPException) as error:
                    self._failed(f"{method} {path}", asked, repr(error))
                    connection.close()
                else:
                    if status == 200:
                        self.served += 1
                    else:
                        self._failed(f"{method} {path}", asked, status)

    def _failed(self, visit: str, asked: float, reply: object) -> None:
        self.failures.append(time.monotonic())
        waited = self.failures[-1] - asked
        if len(self.failures) <= MOST_TOLD:
            self._story.tell(f"{visit} failed after {waited:.1f} s: {reply}")


@pytest.fixture
def story():
    """What a test did and what the visitors met; pytest shows it when the test fails."""
    story = Story()
    yield story
    print(story)


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
def readers(ask, story):
    """People who look at the page and at monsters that are in the cache."""
    monsters = [f"/monster/{name}" for name in MONSTERS]
    for path in monsters:
        assert ask(path)[0] == 200
    pages = itertools.cycle(["/", "/?name=Ada", "/?name=Grace&lang=fr"])
    paths = [path for pair in zip(monsters, pages, strict=False) for path in pair]
    with Visitors(story, *(("GET", path, None) for path in paths)) as people:
        yield people


@pytest.fixture
def writers(story):
    """People who send the form, too."""
    visits = [("POST", "/", f"name={name}") for name in MONSTERS]
    visits += [("GET", f"/monster/{name}", None) for name in MONSTERS]
    with Visitors(story, *visits) as people:
        yield people


@pytest.fixture
def visitors(story):
    """People who look at everything and send the form, while releases come and go."""
    visits = [("POST", "/", f"name={name}") for name in MONSTERS]
    others = itertools.cycle(["/", "/?name=Ada", "/monster/cached-1", "/?name={new}"])
    both = zip(visits, others, strict=False)
    visits = [each for form, path in both for each in (form, ("GET", path, None))]
    with Visitors(story, *visits) as people:
        yield people


@pytest.fixture
def newcomers(story):
    """People who want a monster that nobody has seen, 25 times a second."""
    with Visitors(story, ("GET", "/monster/new-{new}", None), people=1) as people:
        yield people


@pytest.fixture
def containers(vm):
    """A function that gives what the engine knows of identidock's containers and of the edge."""

    def containers():
        # Of one that was just removed there is nothing to tell.
        inspect = f"""
            names=$(docker ps --all --quiet --filter label={PROJECT_LABEL})
            docker container inspect $names 2> /dev/null || [ $? -eq 1 ]
        """
        found = json.loads(vm("sh", "-euc", inspect))
        return {
            facts["Name"].strip("/"): facts
            for facts in found
            if facts["Config"]["Labels"][PROJECT_LABEL] in ("identidock", "edge")
        }

    return containers


class Edge:
    """HAProxy, through its admin socket."""

    def __init__(self, vm: Callable[..., str]) -> None:
        """Speak to the edge of this machine."""
        self._vm = vm

    def tell(self, *commands: str) -> str:
        """Give it commands, and its answer."""
        return self._vm("python3", "-c", SAY, "; ".join(commands) + "\n")

    def servers(self) -> list[str]:
        """The replicas that requests go to."""
        rows = [line.split() for line in self.tell("show servers state identidock").splitlines()]
        # The fourth column is the name, the sixth tells whether it is up.
        return [row[3] for row in rows if len(row) > 5 and row[5] == "2"]


@pytest.fixture
def edge(vm):
    """The edge, to be asked and told."""
    return Edge(vm)


@pytest.fixture
def kill(vm, containers, story):
    """A function that kills a container's first process as the kernel does when memory is short.

    To `docker kill` the engine would not answer with a restart.
    """

    def kill(name):
        pid = containers()[name]["State"]["Pid"]
        vm("kill", "-KILL", str(pid))
        story.tell(f"{name} is killed")

        def unnoticed():
            runs = containers()[name]["State"]["Pid"] == pid
            return [f"to the engine, {name} still runs"] if runs else []

        story.wait_out(unnoticed, PATIENCE)

    return kill


@pytest.fixture
def until_whole(ask, containers, edge, vm, new_monster, story):
    """A function that waits until everything is served, and then until every part looks well."""

    def unserved():
        # Twice, for each replica.
        paths = [new_monster(), new_monster()]
        try:
            return [f"{path}: {status}" for path in paths if (status := ask(path)[0]) != 200]
        except (OSError, http.client.HTTPException) as error:
            return [repr(error)]

    def unready(name):
        status = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
        return vm(*status, f"http://127.0.0.1:9190/identidock/{name}/readyz") != "200"

    def unwell():
        states = {name: facts["State"] for name, facts in containers().items()}
        sick = [
            f"{name}: {state['Status']}, {state['Health']['Status']}"
            for name, state in states.items()
            if not (state["Running"] and state["Health"]["Status"] == "healthy")
        ]
        if sick:
            return sick
        replicas = [
            service
            for facts in containers().values()
            if (service := facts["Config"]["Labels"][SERVICE_LABEL]).startswith("replica")
        ]
        servers = edge.servers()
        if len(servers) != len(replicas):
            return [f"to the edge only {servers} are up"]
        return [f"{name} is not ready" for name in replicas if unready(name)]

    def until_whole():
        story.wait_out(unserved, PATIENCE)
        story.wait_out(unwell, LONG_PATIENCE)
        story.tell("all is well")

    return until_whole


@pytest.fixture
def play(ansible_playbook):
    """A function that runs a playbook with other variables; its return code and all it said."""

    def play(playbook, **variables):
        extra = f"--extra-vars={json.dumps(variables)}"
        return ansible_playbook(f"--inventory={INVENTORY}", ONLY, f"playbooks/{playbook}", extra)

    return play


@pytest.fixture
def deploy(play):
    """A function that deploys the current release with other variables."""

    def deploy(**variables):
        code, said = play("deploy.yml", **variables)
        assert code == 0, said

    return deploy


@pytest.fixture
def killed_deployment(vm, story):
    """A function that deploys, and kills what works on it when there are no more troubles.

    On the VM, too, or only here, as somebody does whose terminal is gone.
    """

    def killed_deployment(troubles, vm_too):
        command = ["ansible-playbook", f"--inventory={INVENTORY}", ONLY, "playbooks/deploy.yml"]
        with subprocess.Popen(
            command,
            cwd=PROJECT,
            env=os.environ | {"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as run:
            try:
                story.wait_out(troubles, DEPLOYMENT_PATIENCE)
                if vm_too:
                    # A module comes through its standard input.
                    vm("pkill", "-KILL", "--full", "--exact", "/usr/bin/python3")
            finally:
                os.killpg(run.pid, signal.SIGKILL)
        story.tell("the run is killed")

    return killed_deployment


@pytest.fixture
def replicas(containers):
    """A function that gives the image of each replica by the name of its service."""

    def replicas():
        found = {}
        for facts in containers().values():
            name = facts["Config"]["Labels"][SERVICE_LABEL]
            if facts["State"]["Running"] and name.startswith(("replica", "trial")):
                found[name] = facts["Config"]["Image"]
        return dict(sorted(found.items()))

    return replicas


@pytest.fixture(scope="module")
def releases(vm, ansible_playbook):
    """Releases made for a test; in the end the lab runs the one it ran at first."""
    releases = Releases(vm, STATE)
    try:
        yield releases
    finally:
        releases.forget()
        code, said = ansible_playbook(f"--inventory={INVENTORY}", "playbooks/deploy.yml")
        assert code == 0, said
