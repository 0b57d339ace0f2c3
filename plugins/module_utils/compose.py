"""A stack of Docker Compose: look at it, and act on it, with the docker command."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

# Seconds for all that is not a container's start, and for it to stop.
COMMAND_TIMEOUT = 120
# So many restarts, and nobody waits any longer for a container to become healthy.
CRASHES = 5
# How much of a failed container's log is told.
LOG_LINES = 20
# How much of a failed check's output is the reason.
CHECK_LINES = 5
LABEL = "com.docker.compose"
LISTING = "\t".join(
    [
        "{{.ID}}",
        "{{.Names}}",
        *(f'{{{{.Label "{LABEL}.{name}"}}}}' for name in ("project", "service", "config-hash")),
        f'{{{{.Label "{LABEL}.oneoff"}}}}',
        "{{.State}}",
        "{{.Status}}",
        "{{.Image}}",
        "{{.Ports}}",
    ]
)


# What the engine Swarm leaves in a stack's directory when Compose takes over.
OTHERS_FILES = ("stack.yaml", "stack.yaml.deployed", "services.json")


class StackError(Exception):
    """What went wrong, as a clause, and the service whose container may know why."""

    def __init__(self, reason: str, service: str = "") -> None:
        super().__init__(reason)
        self.service = service


class NoDockerError(StackError):
    """Docker is not installed."""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str = ""


def run_command(argv: list[str], stdin: str = "", timeout: float = COMMAND_TIMEOUT) -> Done:
    """Run a command in an environment where nobody's own settings of Docker count."""
    own = ("DOCKER_", "COMPOSE_", "BUILDX_")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(own)}
    try:
        done = subprocess.run(
            argv,
            input=stdin,
            env=environment | {"DOCKER_CONTEXT": "default"},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
            # The lock of the stack, if there is one, is open to commands.
            close_fds=False,
        )
    except FileNotFoundError:
        raise NoDockerError(f"{argv[0]} is not installed; run playbooks/nodes.yml") from None
    except subprocess.TimeoutExpired:
        raise StackError(f"`{shlex.join(argv)}` took longer than {timeout:.0f} seconds") from None
    return Done(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Container:
    """A container as `docker ps` lists it."""

    id: str
    name: str
    project: str
    service: str
    hash: str
    oneoff: str
    state: str
    status: str
    image: str
    ports: str

    @property
    def health(self) -> str:
        """Its health while it runs, "running" where it has no health check, else its state."""
        found = re.search(r"\((?:health: )?(healthy|unhealthy|starting)\)", self.status)
        return found.group(1) if self.state == "running" and found else self.state

    @property
    def ready(self) -> bool:
        return self.health in ("healthy", "running")


@dataclass(frozen=True)
class Look:
    """What a definition wants, by service, and the containers there are."""

    wanted: dict[str, str]
    containers: list[Container]

    def of(self, service: str) -> list[Container]:
        return [container for container in self.containers if container.service == service]

    def _services(self, has: Callable[[Container], bool]) -> list[str]:
        return [name for name in self.wanted if any(map(has, self.of(name)))]

    @property
    def missing(self) -> list[str]:
        """Services without a container, or with one that does not run."""
        stopped = self._services(lambda container: container.health in ("created", "exited"))
        return [name for name in self.wanted if name in stopped or not self.of(name)]

    @property
    def outdated(self) -> list[str]:
        return self._services(lambda container: container.hash != self.wanted[container.service])

    @property
    def starting(self) -> list[str]:
        return self._services(lambda container: container.health == "starting")

    @property
    def unhealthy(self) -> list[str]:
        return self._services(
            lambda container: container.health in ("unhealthy", "restarting", "paused", "dead")
        )

    @property
    def orphans(self) -> list[str]:
        """Services that have a container and are not wanted."""
        return sorted({container.service for container in self.containers} - self.wanted.keys())

    def without_health(self, service: str) -> Look:
        """The same, with a service that somebody else found dead."""
        dead = [replace(container, state="dead") for container in self.of(service)]
        return Look(self.wanted, [*(c for c in self.containers if c.service != service), *dead])

    @property
    def faults(self) -> list[str]:
        """Services that are not as they are wanted, in the definition's order."""
        found = {*self.missing, *self.outdated, *self.unhealthy}
        return [name for name in self.wanted if name in found]

    def described(self) -> dict[str, dict[str, Any]]:
        """Each service's image, health, and whether it is outdated."""
        return {
            name: {
                "image": next((container.image for container in self.of(name)), ""),
                "health": next((container.health for container in self.of(name)), "missing"),
                "outdated": name in self.outdated,
            }
            for name in self.wanted
        }


@dataclass(frozen=True)
class Port:
    """A port of this machine, at one of its addresses or at all."""

    address: str
    number: int
    protocol: str

    def meets(self, other: Port) -> bool:
        """Whether both cannot be had at once."""
        every = {"", "0.0.0.0", "*", "[::]", "::"}
        overlap = self.address == other.address or not every.isdisjoint(
            [self.address, other.address]
        )
        return overlap and (self.number, self.protocol) == (other.number, other.protocol)


def published(config: dict[str, Any]) -> list[tuple[str, Port]]:
    """The ports that a definition publishes, each with its service."""
    return [
        (name, Port(port.get("host_ip", ""), int(port["published"]), port.get("protocol", "tcp")))
        for name, service in config["services"].items()
        for port in service.get("ports") or []
        if str(port.get("published", "")).isdigit()
    ]


def holders(containers: Iterable[Container]) -> list[tuple[Container, Port]]:
    """The ports that containers publish."""
    pattern = re.compile(r"([^\s,]+):(\d+)(?:-(\d+))?->\S+/(\w+)")
    return [
        (container, Port(address, number, protocol))
        for container in containers
        for address, first, last, protocol in pattern.findall(container.ports)
        for number in range(int(first), int(last or first) + 1)
    ]


def listeners(listing: str) -> list[tuple[str, Port]]:
    """The ports that programs listen on, of what ss printed."""
    found = []
    for line in listing.splitlines():
        columns = line.split()
        address, _, number = columns[4].rpartition(":")
        program = re.search(r'\(\("([^"]+)",pid=(\d+)', line)
        name = f"{program.group(1)} (process {program.group(2)})" if program else "the kernel"
        found.append((name, Port(address.partition("%")[0], int(number), columns[0])))
    return found


def last_lines(text: str, count: int = 1) -> str:
    """The last lines that are not empty; commands end with the reason of their failure."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-count:]) or "no reason given"


def parsed(listing: str) -> list[Container]:
    """The containers of a listing, without those of `docker compose run`."""
    containers = [Container(*line.split("\t")) for line in listing.splitlines()]
    return [container for container in containers if container.oneoff != "True"]


def docker(
    run: Callable[..., Done], *arguments: str, stdin: str = "", timeout: float = COMMAND_TIMEOUT
) -> str:
    """What the docker command says; the last line of its errors is the reason of a failure."""
    done = run(["docker", *arguments], stdin=stdin, timeout=timeout)
    if done.code:
        raise StackError(last_lines(done.err or done.out))
    return done.out


def all_containers(run: Callable[..., Done] = run_command) -> list[Container]:
    """The containers of every stack, and those of none."""
    return parsed(docker(run, "ps", "--all", "--no-trunc", "--format", LISTING))


class Engine:
    """One stack, by Docker Compose on this machine."""

    def __init__(
        self,
        name: str,
        directory: Path,
        run: Callable[..., Done] = run_command,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self.file = directory / "compose.yaml"
        self.earlier = directory / "compose.yaml.deployed"
        self._run = run
        self._clock = clock
        self._sleep = sleep

    def _docker(self, *arguments: str, stdin: str = "", timeout: float = COMMAND_TIMEOUT) -> str:
        return docker(self._run, *arguments, stdin=stdin, timeout=timeout)

    def _compose_words(self, *arguments: str, file: str = "") -> list[str]:
        place = ["--project-name", self.name, "--project-directory", str(self.file.parent)]
        named = ["--file", file or str(self.file)]
        return ["compose", "--ansi", "never", *place, *named, *arguments]

    def _compose(self, *arguments: str, text: str = "", timeout: float = COMMAND_TIMEOUT) -> str:
        """Compose with compose.yaml, or with another definition that need not lie there."""
        argv = self._compose_words(*arguments, file="-" if text else "")
        return self._docker(*argv, stdin=text, timeout=timeout)

    def _containers(self) -> list[Container]:
        return [found for found in all_containers(self._run) if found.project == self.name]

    def look(self, text: str) -> Look:
        """What a definition wants, by the hash that Compose itself compares, and what there is."""
        hashes = self._compose("config", "--hash", "*", text=text)
        return Look(dict(line.split() for line in hashes.splitlines()), self._containers())

    def config(self, text: str) -> dict[str, Any]:
        """The definition as Compose understands it, with the services of every profile."""
        found: dict[str, Any] = json.loads(
            self._compose("--profile", "*", "config", "--format", "json", text=text)
        )
        return found

    def moved_ports(self, config: dict[str, Any], givers: Iterable[str] = ()) -> list[str]:
        """
        Containers that hold a port which another service wants, here or in a stack that gives it.

        A port that somebody else holds is a failure: it is found before anything has gone.
        """
        wanted = published(config)
        if not wanted:
            return []
        held = holders(all_containers(self._run))
        moved = set()
        for service, port in wanted:
            owners = [owner for owner, other in held if port.meets(other)]
            for owner in owners:
                if owner.project not in (self.name, *givers):
                    raise StackError(
                        f"port {port.number} of {service} is held by the container {owner.name}; "
                        f"remove that one (`docker rm --force {owner.name}`), or give the stack "
                        "another port in the inventory"
                    )
                if (owner.project, owner.service) != (self.name, service):
                    moved.add(owner.name)
            if not owners:
                self._fail_on_program(service, port)
        return sorted(moved)

    def _fail_on_program(self, service: str, port: Port) -> None:
        """Fail where a program that is no container listens on a port."""
        place = f"sport = :{port.number}"
        for program, other in listeners(self._run(["ss", "-Hlntup", place]).out):
            if port.meets(other):
                raise StackError(
                    f"port {port.number} of {service} is held by {program}; stop that program "
                    f"(`ss -lntup '{place}'` shows it), or give the stack another port in "
                    "the inventory"
                )

    def fetch(self, config: dict[str, Any]) -> None:
        """Get the images that are not here; one that its registry has no more ends it."""
        for image in sorted({service["image"] for service in config["services"].values()}):
            if self._run(["docker", "image", "inspect", "--format", "{{.Id}}", image]).code:
                try:
                    self._docker("pull", "--quiet", image, timeout=10 * COMMAND_TIMEOUT)
                except StackError as failure:
                    raise StackError(
                        f"the image {image} cannot be fetched ({failure}); `make releases` shows "
                        "which releases there are"
                    ) from None

    def check(self, service: str, command: list[str]) -> None:
        """Run a command in a throw-away container of a service; it must end well."""
        name = f"{self.name}-check"
        self._run(["docker", "rm", "--force", name])
        run = ["--profile", "*", "run", "--rm", "--no-deps", "-T", "--name", name]
        argv = self._compose_words(*run, "--entrypoint", command[0], service, *command[1:])
        done = self._run(["docker", *argv])
        if done.code:
            said = last_lines(done.err or done.out, CHECK_LINES)
            raise StackError(f"`{shlex.join(command)}` in a container of {service} says: {said}")

    def write(self, text: str) -> None:
        """Make a definition the one that `docker compose` finds here."""
        self.file.write_text(text, "utf-8")
        self.file.chmod(0o644)

    def deployed(self) -> str | None:
        """The definition that was proven last."""
        return self.earlier.read_text("utf-8") if self.earlier.exists() else None

    def commit(self) -> None:
        """Keep the definition as the one to go back to, and forget that of the other engine."""
        written = self.earlier.with_suffix(".new")
        written.write_bytes(self.file.read_bytes())
        written.chmod(0o644)
        written.replace(self.earlier)
        for name in OTHERS_FILES:
            (self.file.parent / name).unlink(missing_ok=True)

    def adopt(self, wanted: str) -> None:
        """Where none was proven yet: keep another definition by which everything runs healthy."""
        text = self.file.read_text("utf-8") if self.file.exists() else wanted
        if self.deployed() is None and text != wanted:
            look = self.look(text)
            if look.containers and not look.faults:
                self.commit()

    def put_back(self) -> Look:
        """Take the definition that was proven last again; tells what differs from it."""
        text = self.earlier.read_text("utf-8")
        self.write(text)
        return self.look(text)

    def start(self, *services: str, timeout: float) -> None:
        """Start what is missing, replace what is outdated; for all also remove orphans."""
        self._up(*(services or ["--remove-orphans"]), timeout=timeout)

    def replace(self, *services: str, timeout: float, again: bool = False) -> None:
        """Replace services and nothing else; `again` also where nothing differs."""
        force = ["--force-recreate"] if again else []
        self._up("--no-deps", *force, *services, timeout=timeout)

    def start_trial(self, service: str, timeout: float) -> None:
        """Start the service of the profile "trial" beside the others."""
        self._up("--no-deps", service, timeout=timeout)

    def _up(self, *arguments: str, timeout: float) -> None:
        self._compose(
            "up", "--detach", "--quiet-pull", *arguments, timeout=timeout + COMMAND_TIMEOUT
        )

    def stop(self, *containers: str) -> None:
        """Stop containers, so that others can have what they hold."""
        self._docker("stop", *containers)

    def resume(self, *containers: str) -> None:
        """Start containers that were stopped, as far as they are still there."""
        there = {container.name for container in all_containers(self._run)}
        if left := [name for name in containers if name in there]:
            self._docker("start", *left)

    def remove(self, service: str) -> None:
        """Stop and remove a service's containers, whatever the definition says about it now."""
        for container in Look({}, self._containers()).of(service):
            self._docker("stop", container.id)
            self._docker("rm", "--force", "--volumes", container.id)

    remove_trial = remove

    def down(self) -> None:
        """Remove everything but the volumes."""
        self._compose("--profile", "*", "down", "--remove-orphans")

    def reload(self, service: str, command: list[str]) -> None:
        """Run a command in a service's container that makes it read its files again."""
        try:
            self._compose("exec", "-T", service, *command)
        except StackError as failure:
            raise StackError(
                f"`{shlex.join(command)}` in {service} says: {failure}", service
            ) from None

    def wait(self, services: Iterable[str], timeout: float) -> None:
        """Wait until every container of some services is healthy; fail as soon as one cannot be."""
        end = self._clock() + timeout
        waiting = list(services)
        while waiting:
            look = Look(dict.fromkeys(waiting, ""), self._containers())
            waiting = [
                name
                for name in waiting
                if not look.of(name) or not all(container.ready for container in look.of(name))
            ]
            late = self._clock() >= end
            for name in waiting:
                for container in look.of(name):
                    self._fail_if_hopeless(container, late, timeout)
                if late and not look.of(name):
                    raise StackError(f"{name} has no container", name)
            if waiting:
                self._sleep(0.5)

    def _fail_if_hopeless(self, container: Container, late: bool, timeout: float) -> None:
        if container.ready:
            return
        problem = ""
        if container.health in ("unhealthy", "exited", "dead", "paused"):
            problem = f"is {container.health}"
        elif self._restarts(container) >= CRASHES:
            problem = "ends again and again"
        elif late:
            problem = f"is not healthy after {timeout:.0f} seconds"
        if problem:
            raise StackError(f"the container {container.name} {problem}", container.service)

    def _restarts(self, container: Container) -> int:
        found = self._run(["docker", "inspect", "--format", "{{.RestartCount}}", container.id])
        return int(found.out.strip() or 0) if not found.code else 0

    def said(self, service: str) -> list[str]:
        """The last lines of a service's log, and of its health check if that fails."""
        lines: list[str] = []
        for container in Look({}, self._containers()).of(service):
            log = self._run(["docker", "logs", "--tail", str(LOG_LINES), container.id])
            lines += (log.out + log.err).splitlines()
            if not container.ready:
                health = ["docker", "inspect", "--format", "{{json .State.Health}}", container.id]
                checks = json.loads(self._run(health).out or "null") or {}
                for check in (checks.get("Log") or [])[-1:]:
                    lines += check["Output"].splitlines()[-LOG_LINES:]
        # What ends again and again says the same each time.
        once = dict.fromkeys(line.strip() for line in reversed(lines) if line.strip())
        return list(reversed(once))
