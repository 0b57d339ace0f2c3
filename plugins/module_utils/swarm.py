"""A stack of Docker Swarm: look at it, and act on it, with the docker command of a manager."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible.module_utils.compose import (
    COMMAND_TIMEOUT,
    LOG_LINES,
    Container,
    Done,
    Engine,
    Look,
    StackError,
    docker,
    parsed,
    run_command,
)
from ansible.module_utils.records import write_atomically

NAMESPACE = "com.docker.stack.namespace"
# So many tasks that failed, and nobody waits any longer for a service.
FAILED_TASKS = 3
# Seconds for the logs of all nodes; one that is gone would keep everybody waiting.
LOG_TIMEOUT = 20
LISTING = "\t".join(["{{.ID}}", "{{.Name}}", "{{.Replicas}}", "{{.Image}}"])
TASKS = "\t".join(["{{.ID}}", "{{.Node}}", "{{.DesiredState}}", "{{.CurrentState}}", "{{.Error}}"])


# What a service has by default, and its tasks do not show.
UNSAID = {
    "Condition",
    "Delay",
    "DNSConfig",
    "ForceUpdate",
    "MaxAttempts",
    "Runtime",
    "StopGracePeriod",
}
# As Compose's containers are listed, with Swarm's labels.
HERE = "\t".join(
    [
        "{{.ID}}",
        "{{.Names}}",
        f'{{{{.Label "{NAMESPACE}"}}}}',
        '{{.Label "com.docker.swarm.service.name"}}',
        *("", "False"),
        *("{{.State}}", "{{.Status}}", "{{.Image}}", ""),
    ]
)


def containers_here(run: Callable[..., Done] = run_command) -> list[Container]:
    """The containers of every stack of a swarm that run on this machine."""
    words = ["ps", "--no-trunc", "--filter", f"label={NAMESPACE}", "--format", HERE]
    return [
        replace(found, service=found.service.removeprefix(f"{found.project}_"))
        for found in parsed(docker(run, *words))
    ]


def services(text: str) -> dict[str, str]:
    """
    Each service of a definition with its lines.

    A service begins with its name, two spaces from the margin, below the line `services:`.
    """
    block = re.search(r"(?m)^services:\n((?:(?:[ \t#].*)?\n)*)", text)
    if block is None:
        raise StackError("the definition of the stack has no services")
    found: dict[str, str] = {}
    name = ""
    for line in block.group(1).splitlines(keepends=True):
        if head := re.match(r"  ([\w-]+):\s*$", line):
            name = head.group(1)
            found[name] = ""
        if name:
            found[name] += line
    return found


def only(text: str, names: Iterable[str]) -> str:
    """A definition without its other services; all that they share stays."""
    for name, lines in services(text).items():
        if name not in names:
            text = text.replace(lines, "", 1)
    return text


def made_as(task: Any, template: Any) -> bool:
    """Whether a task was made as its service says, which also says what goes without saying."""
    if not (isinstance(task, dict) and isinstance(template, dict)):
        return bool(task == template)
    if (template.keys() - task.keys()) - UNSAID:
        return False
    return all(made_as(value, template.get(key)) for key, value in task.items())


# Of each service its number, how many tasks run and are to run, and the image.
Listed = dict[str, tuple[str, int, int, str]]


class Swarm(Engine):
    """One stack in a swarm. A service stands where Compose has a container."""

    def __init__(
        self,
        name: str,
        directory: Path,
        secrets: dict[str, str],
        trial: str = "trial",
        run: Callable[..., Done] = run_command,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(name, directory, run, clock, sleep)
        self.file = directory / "stack.yaml"
        self.earlier = directory / "stack.yaml.deployed"
        # What Swarm held of each service when it was proven.
        self.proven = directory / "services.json"
        self.secrets = secrets
        self.trial = trial
        # When the update that came before ours began, and the tasks that had failed, by service.
        self._before: dict[str, tuple[str, set[str]]] = {}
        self._configs: dict[str, dict[str, Any]] = {}

    # Looking.

    def _listed(self) -> Listed:
        """The services of the stack."""
        lines = self._docker(
            "service", "ls", "--filter", f"label={NAMESPACE}={self.name}", "--format", LISTING
        )
        found = {}
        for line in lines.splitlines():
            number, name, replicas, image = line.split("\t")
            counts = re.match(r"(\d+)/(\d+)", replicas)
            running, wanted = (int(count) for count in counts.groups()) if counts else (0, 0)
            found[name.removeprefix(f"{self.name}_")] = (number, running, wanted, image)
        return found

    def _inspected(self, listed: Listed) -> dict[str, dict[str, Any]]:
        """All that Swarm knows of the services that were listed."""
        if not (numbers := [number for number, *_ in listed.values()]):
            return {}
        found = json.loads(self._docker("service", "inspect", *numbers))
        return {each["Spec"]["Name"].removeprefix(f"{self.name}_"): each for each in found}

    def _tasks(self, service: str) -> list[list[str]]:
        words = ["service", "ps", "--no-trunc", "--format", TASKS, f"{self.name}_{service}"]
        return [line.split("\t") for line in self._docker(*words).splitlines()]

    def _failed(self, service: str) -> dict[str, str]:
        """Tasks that failed, with the reason."""
        return {
            number: error
            for number, _, _, state, error in self._tasks(service)
            if state.startswith(("Failed", "Rejected"))
        }

    @staticmethod
    def fingerprint(spec: dict[str, Any]) -> str:
        """What a service is made of, without what a start by force counts up."""
        template = {k: v for k, v in spec["TaskTemplate"].items() if k != "ForceUpdate"}
        text = json.dumps(spec | {"TaskTemplate": template}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def _proven(self) -> dict[str, str]:
        try:
            found: dict[str, str] = json.loads(self.proven.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def config(self, text: str) -> dict[str, Any]:
        """The definition as Compose understands it; a run asks for the same two again and again."""
        if text not in self._configs:
            self._configs[text] = super().config(text)
        return self._configs[text]

    def _definitions(self, text: str) -> dict[str, str]:
        """What each service is to be made of, with the names of its secrets."""
        config = self.config(text)
        named = {name: secret["name"] for name, secret in (config.get("secrets") or {}).items()}
        return {
            name: json.dumps(
                [service, [named[used["source"]] for used in service.get("secrets") or []]],
                sort_keys=True,
            )
            for name, service in config["services"].items()
        }

    def look(self, text: str) -> Look:
        """
        What a definition wants, and the services there are.

        A service is outdated where its definition differs from the one that was proven last, or
        where Swarm holds something else than it did then.
        """
        wanted = self._definitions(text)
        wanted.pop(self.trial, None)
        deployed = self.deployed()
        proven = self._definitions(deployed) if deployed else {}
        prints = self._proven()
        listed = self._listed()
        inspected = self._inspected(listed)
        found = []
        for name, (number, running, desired, image) in listed.items():
            if name == self.trial and not desired:
                continue
            same = proven.get(name) == wanted.get(name)
            held = self.fingerprint(inspected[name]["Spec"]) if name in inspected else ""
            same = same and prints.get(name, held) == held
            made = wanted.get(name, "") if same else "another"
            health = "healthy" if running >= desired > 0 else "unhealthy"
            status = f"{running} of {desired} run ({health})"
            title = f"{self.name}_{name}"
            found.append(
                Container(number, title, self.name, name, made, "", "running", status, image, "")
            )
        return Look(wanted, found)

    def moved_ports(self, *_: Any) -> list[str]:
        """None: only the edge publishes ports, and no Swarm has it."""
        return []

    # Acting.

    def missing_secrets(self) -> list[str]:
        """Secrets that Swarm does not have yet."""
        listed = self._docker("secret", "ls", "--format", "{{.Name}}").split()
        return [name for name in self.secrets if name not in listed]

    def write(self, text: str) -> None:
        """Make the secrets, and lay the definition where an operator looks for it."""
        for name in self.missing_secrets():
            label = f"{NAMESPACE}={self.name}"
            self._docker("secret", "create", "--label", label, name, "-", stdin=self.secrets[name])
        super().write(text)

    def adopt(self, wanted: str) -> None:
        """Nothing: what was not recorded is replaced, one service after the other."""

    def commit(self) -> None:
        """Keep the definition as the one to go back to, and remove secrets that it has not."""
        write_atomically(self.earlier, self.file.read_bytes(), 0o644, os.geteuid())
        prints = {
            name: self.fingerprint(of["Spec"])
            for name, of in self._inspected(self._listed()).items()
        }
        self.proven.write_text(json.dumps(prints, indent=2, sort_keys=True) + "\n", "utf-8")
        self.proven.chmod(0o644)
        label = f"label={NAMESPACE}={self.name}"
        listed = self._docker("secret", "ls", "--filter", label, "--format", "{{.Name}}").split()
        for name in listed:
            if name not in self.secrets:
                # One that is still in use is refused, and goes the next time.
                self._run(["docker", "secret", "rm", name])

    def start(self, *names: str, timeout: float) -> None:  # noqa: ARG002
        """Start what is missing, replace what is outdated; for all also remove orphans."""
        self._deploy(self.file.read_text("utf-8"), list(names))
        if not names:
            wanted = services(self.file.read_text("utf-8"))
            if orphans := [name for name in self._listed() if name not in wanted]:
                self._docker("service", "rm", *(f"{self.name}_{name}" for name in orphans))

    def replace(self, *names: str, timeout: float, again: bool = False) -> None:  # noqa: ARG002
        """Replace services and nothing else; `again` also where nothing differs."""
        self._deploy(self.file.read_text("utf-8"), list(names))
        for name in names if again else []:
            self._docker("service", "update", "--detach", "--force", f"{self.name}_{name}")

    def start_trial(self, service: str, timeout: float) -> None:  # noqa: ARG002
        """Start one task of the service that has none, once an earlier one has ended."""
        self._deploy(self.file.read_text("utf-8"), [service])
        end = self._clock() + COMMAND_TIMEOUT
        while self._listed()[service][1] and self._clock() < end:
            self._sleep(0.5)
        self._docker("service", "scale", "--detach", f"{self.name}_{service}=1")

    def remove_trial(self, service: str) -> None:
        """Have the trial stopped; the service stays, and has no task."""
        if service in self._listed():
            self._docker("service", "scale", "--detach", f"{self.name}_{service}=0")

    def _deploy(self, text: str, names: list[str]) -> None:
        """`docker stack deploy` of some services or all; what it does not name stays as it is."""
        seen = self._inspected(self._listed())
        for name in names or services(text):
            if name in seen:
                status = seen[name].get("UpdateStatus") or {}
                self._before[name] = (status.get("StartedAt", ""), set(self._failed(name)))
        arguments = ["--detach=true", "--with-registry-auth", "--resolve-image=never"]
        part = only(text, names) if names else text
        self._docker("stack", "deploy", *arguments, "--compose-file", "-", self.name, stdin=part)

    def down(self) -> None:
        """Remove everything but the volumes."""
        self._docker("stack", "rm", self.name)

    def wait(self, names: Iterable[str], timeout: float) -> None:
        """Wait until every task of some services is healthy; fail as soon as one cannot be."""
        waiting = list(names)
        end = self._clock() + timeout
        while waiting:
            listed = self._listed()
            inspected = self._inspected(listed)
            waiting = [
                name for name in waiting if not self._settled(name, listed, inspected.get(name))
            ]
            for name in waiting:
                self._fail_if_stuck(name)
            if waiting and self._clock() >= end:
                found = listed.get(waiting[0])
                count = f"{found[1]} of {found[2]} tasks" if found else "no task"
                said = f"{waiting[0]} has {count} healthy after {timeout:.0f} seconds"
                raise StackError(said, waiting[0])
            if waiting:
                self._sleep(1)

    def _settled(self, name: str, listed: Listed, seen: dict[str, Any] | None) -> bool:
        """Whether a service runs as it is wanted; an update that Swarm took back is a failure."""
        status = (seen or {}).get("UpdateStatus") or {}
        before = self._before.get(name, ("", set()))[0]
        state = status.get("State", "") if status.get("StartedAt", "") != before else ""
        if state.startswith("rollback") or state == "paused":
            raise StackError(f"Swarm stopped the update of {name} ({status['Message']})", name)
        if seen is None or name not in listed or state == "updating":
            return False
        _, running, desired, _ = listed[name]
        # An update that was just asked for may not have begun.
        return running == desired > 0 and self._all_new(name, seen["Spec"]["TaskTemplate"])

    def _all_new(self, name: str, template: dict[str, Any]) -> bool:
        """Whether all tasks that are to run are made as the service says."""
        words = ["service", "ps", "--quiet", "--no-trunc", "--filter", "desired-state=running"]
        numbers = self._docker(*words, f"{self.name}_{name}").split()
        tasks = json.loads(self._docker("inspect", *numbers)) if numbers else []
        return all(made_as(task["Spec"], template) for task in tasks)

    def _fail_if_stuck(self, name: str) -> None:
        """Fail where tasks of a service fail again and again, or the trial's only one did."""
        known = self._before.get(name, ("", set()))[1]
        new = [error for number, error in self._failed(name).items() if number not in known]
        if len(new) >= (1 if name == self.trial else FAILED_TASKS):
            raise StackError(
                f"tasks of {name} fail ({new[0].rstrip('.') or 'no reason given'})", name
            )

    def said(self, service: str) -> list[str]:
        """The last lines of a service's log on all nodes, and why its tasks failed."""
        title = f"{self.name}_{service}"
        log = self._run(
            ["docker", "service", "logs", "--raw", "--tail", str(LOG_LINES), title],
            timeout=LOG_TIMEOUT,
        )
        lines = (log.out + log.err).splitlines() + list(self._failed(service).values())
        once = dict.fromkeys(line.strip() for line in reversed(lines) if line.strip())
        return list(reversed(once))
