"""The stacks that speed.py compares, each a Compose project that does not stay, and their load."""

from __future__ import annotations

import copy
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker

BENCH = Path(__file__).resolve().parent
OURS, LESSON, FLOOR = "bench-ours", "bench-lesson", "bench-floor"
LOAD_IMAGE, ONCE = "bench-load", "bench-once"
PORT = 9090
# A class of thirty, and its trainers.
THREADS, CONNECTIONS = 2, 32
# More than anybody asks.
NO_RATE_LIMIT = "1000000000"
_RATE_LIMIT = re.compile(r"(sc_http_req_rate\(0\) gt )\d+")
# What else stands behind the edge, and what only the machine itself asks.
_OTHERS = re.compile(r"(frontend|backend) (?!(identidock|unchecked|clients|health)\s)")
_CONFINEMENT = (
    "cap_drop", "cpus", "cpuset", "image", "mem_limit", "pids_limit", "read_only", "security_opt",
    "tmpfs", "user",
)  # fmt: skip


class CannotMeasureError(Exception):
    """Something that measuring needs is missing or failed; says what."""


def run(*command: str | Path, timeout: float = 600, **options: Any) -> str:
    """Run a command and tell its output."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
            **options,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotMeasureError(f"{command[0]}: {error}") from error
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        said = " ".join(map(str, command))
        raise CannotMeasureError(f"`{said}` failed with {done.returncode}:\n{last}")
    return done.stdout


def run_once(*arguments: str, timeout: float = 600) -> str:
    """Run a command in a container, and remove that whatever happens; tell its output."""
    try:
        return run("docker", "run", "--rm", "--name", ONCE, *arguments, timeout=timeout)
    except BaseException:
        # Its client has ended, and it has not.
        run("docker", "rm", "--force", ONCE)
        raise


@dataclass(frozen=True)
class Measured:
    """What one measurement found; times are microseconds."""

    cpu: float
    rate: float
    p50: float
    p99: float
    requests: int
    failures: str


class Stack:
    """A running Compose project."""

    def __init__(self, project: str, service: str, port: int = PORT) -> None:
        """Find its front door: the container of a service, and a port in it."""
        self.project, self.service, self.port = project, service, port
        self._docker = docker.from_env()
        door = self.containers(service)[0]
        self.network, place = next(iter(door.attrs["NetworkSettings"]["Networks"].items()))
        self.address = f"{place['IPAddress']}:{port}"

    def containers(self, service: str = "") -> list[Any]:
        """All its containers, or those of one service."""
        labels = [f"com.docker.compose.project={self.project}"]
        if service:
            labels.append(f"com.docker.compose.service={service}")
        found: list[Any] = self._docker.containers.list(filters={"label": labels})
        if not found:
            raise CannotMeasureError(f"No container of {self.project} runs: {service or 'any'}.")
        return found

    def cpu_seconds(self, service: str = "") -> float:
        """CPU time its containers have used since they started."""
        nanoseconds = 0
        for container in self.containers(service):
            stats = self._docker.api.stats(container.id, stream=False, one_shot=True)
            nanoseconds += stats["cpu_stats"]["cpu_usage"]["total_usage"]
        return nanoseconds / 1e9

    def processes(self) -> dict[str, list[int]]:
        """Their numbers on this machine, by service."""
        found: dict[str, list[int]] = {}
        for container in self.containers():
            table = container.top()
            column = table["Titles"].index("PID")
            service = container.labels["com.docker.compose.service"]
            numbers = found.setdefault(re.sub(r"replica\d+", "identidock", service), [])
            numbers += [int(row[column]) for row in table["Processes"]]
        return dict(sorted(found.items()))

    def load(self, kind: str, path: str, seconds: float, counted: str = "") -> Measured:
        """Put it under load and measure; `counted` names the one service whose CPU time counts."""
        before = self.cpu_seconds(counted)
        output = run_once(
            *("--network", self.network, LOAD_IMAGE),
            *(f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "10s"),
            f"http://{self.service}:{self.port}{path}",
            *("--", kind, secrets.token_hex(4)),
            timeout=seconds + 60,
        )
        told = json.loads(output.splitlines()[-1])
        used = self.cpu_seconds(counted) - before
        if not told["requests"]:
            raise CannotMeasureError(f"{self.project} answered no request for {path}.")
        kinds = ("status", "connect", "read", "write", "timeout")
        return Measured(
            cpu=used / told["requests"] * 1e6,
            rate=told["requests"] / told["seconds"],
            p50=told["p50"],
            p99=told["p99"],
            requests=told["requests"],
            failures=", ".join(f"{told[each]} {each}" for each in kinds if told[each]),
        )


def deployed_services(directory: Path, project: str) -> dict[str, Any]:
    """Read a stack's compose file as Compose understands it."""
    compose = ("docker", "compose", "--project-name", project, "--project-directory", directory)
    text = run(*compose, "--file", directory / "compose.yaml", "config", "--format", "json")
    stack: dict[str, Any] = json.loads(text)
    return stack


@contextmanager
def project(name: str, file: Path, **environment: str) -> Iterator[None]:
    """Start a Compose project, and remove it with all it made."""
    compose = ["docker", "compose", "--project-name", name, "--file", str(file)]
    remove_project(name)
    try:
        run(
            *compose,
            "up",
            "--detach",
            "--wait",
            "--wait-timeout",
            "120",
            env={**os.environ, **environment},
        )
        yield
    finally:
        remove_project(name)


def remove_project(name: str) -> None:
    """Remove what a project has, without asking its file."""
    compose = ("docker", "compose", "--project-name", name)
    run(*compose, "down", "--volumes", "--timeout", "2", cwd="/")


def copy_deployed(deployed: Path, edge: Path, target: Path) -> Path:
    """Copy identidock and its edge, so that they run beside themselves; tell their compose file."""
    target.mkdir()
    copies = {}
    for source in (deployed, edge):
        if not (source / "compose.yaml").is_file():
            raise CannotMeasureError(f"There is no {source}/compose.yaml: `make lab` deploys it.")
        copies[source] = target / source.name
        # Owners and modes stay: the secrets' too.
        run("cp", "--archive", source, copies[source])
    for file in target.rglob("*"):
        if file.is_socket():
            file.unlink()
    # The sockets that they share are those of the copy.
    definition = copies[deployed] / "compose.yaml"
    definition.write_text(definition.read_text().replace(f"{edge}/", f"{copies[edge]}/"))
    config = copies[edge] / "live" / "haproxy.cfg"
    text, found = _RATE_LIMIT.subn(rf"\g<1>{NO_RATE_LIMIT}", config.read_text())
    if not found:
        raise CannotMeasureError(f"{edge}/live/haproxy.cfg has no `{_RATE_LIMIT.pattern}`.")
    config.write_text("".join(part for part in sections(text) if not _OTHERS.match(part)))
    stack = deployed_services(copies[deployed], OURS)
    front = deployed_services(copies[edge], OURS)["services"]["edge"]
    stack["services"]["edge"] = front | {"networks": ["front"]}
    stack["networks"] = {"front": {}}
    for service in stack["services"].values():
        service.pop("ports", None)
        # As always while it starts, then no more: a probe would cost the more, the fewer requests.
        service.setdefault("healthcheck", {})["interval"] = "1h"
    file = target / "bench.json"
    file.write_text(json.dumps(stack))
    return file


def sections(config: str) -> list[str]:
    """The parts of HAProxy's configuration."""
    return re.split(r"(?m)^(?=\S)", config)


def floor_of(ours: Path, network: str, reply: tuple[list[tuple[str, str]], bytes]) -> Path:
    """Let the same HAProxy give one reply from memory, and do nothing else."""
    headers, body = reply
    target = ours.parent / FLOOR
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o755)
    (target / "reply").write_bytes(body)
    # The same process settings, threads and time-outs.
    parts = sections((ours / "edge" / "live" / "haproxy.cfg").read_text())
    kept = "".join(part for part in parts if re.match(r"(global|defaults)\b", part))
    lines = [line for line in kept.splitlines() if "stats socket" not in line]
    said = ""
    for name, value in headers:
        if name.lower() == "content-type":
            said = f" content-type {_quoted(value)}{said}"
        elif name.lower() not in {"content-length", "connection", "keep-alive"}:
            said += f" hdr {name} {_quoted(value)}"
    lines += [
        "",
        "frontend floor",
        f"    bind :{PORT}",
        f"    http-request return status 200{said} file /etc/haproxy/reply",
        "",
    ]
    (target / "haproxy.cfg").write_text("\n".join(lines))
    edge = json.loads((ours / "bench.json").read_text())["services"]["edge"]
    service = {key: copy.copy(edge[key]) for key in _CONFINEMENT if key in edge}
    service["volumes"] = [f"{target}:/etc/haproxy:ro"]
    listens = ["CMD", "bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{PORT}"]
    service["healthcheck"] = {"test": listens, "interval": "1h"}
    service["networks"] = ["front"]
    file = target / "bench.json"
    networks = {"front": {"name": network, "external": True}}
    file.write_text(json.dumps({"services": {"floor": service}, "networks": networks}))
    return file


def _quoted(value: str) -> str:
    return "'" + value.replace("%", "%%") + "'"


def build() -> None:
    """Build the load and the lesson's two images."""
    run("docker", "build", "--quiet", "--tag", LOAD_IMAGE, BENCH / "load")
    run("docker", "compose", "--file", BENCH / "lesson" / "compose.yaml", "build")


def remove_images() -> None:
    """Remove every image that is called bench-something."""
    form = "{{ .Repository }}:{{ .Tag }}"
    names = run("docker", "image", "ls", "--format", form, "--filter", "reference=bench-*").split()
    if names:
        run("docker", "image", "rm", *names)
