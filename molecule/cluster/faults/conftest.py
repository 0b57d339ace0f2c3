"""Visitors of a cluster, and what can happen to its machines."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from commands import run_on_vm
from releases import Releases
from visits import Visits

PROJECT = Path(__file__).resolve().parents[3]
# The scenario's own, or another lab for a try by hand.
INVENTORIES = [
    f"--inventory={name}"
    for name in os.environ.get(
        "IDENTIDOCK_INVENTORY", "molecule/inventory/hosts.yml molecule/cluster/inventory"
    ).split()
]
RATE = float(os.environ.get("IDENTIDOCK_RATE", "200"))
EVERYWHERE = ("dnmonster", "replica1", "replica2")
# Visits that a test must see at least, of each kind.
ENOUGH = int(os.environ.get("IDENTIDOCK_VISITS", "1000"))
# Seconds in which all replicas run again after a machine was lost, and after it came back.
RECOVERY = 30
RETURN = 150
# Seconds more after the loss of the leader: the others elect one after 10 to 20, and again as many
# later where nobody got a majority.
ELECTIONS = 30


def pytest_configure(config):
    """Tell pytest what the longer tests are marked with."""
    config.addinivalue_line("markers", "whole: takes minutes; only `make test-cluster` runs it")


class Machine:
    """One VM of the cluster, as the controller holds it."""

    def __init__(self, name: str, facts: dict[str, object], docker: list[str]) -> None:
        """Find where it publishes the page."""
        self.name = name
        self.network = str(facts["lab_vm_network"])
        self.ip = str(facts["lab_vm_address"])
        self.page = f"127.0.0.1:{9090 + int(str(facts['lab_port_offset']))}"
        self._docker = docker

    def run(self, *command: str, text: str = "", timeout: float = 120) -> str:
        """What a command says there."""
        return run_on_vm(self._docker, self.name, *command, text=text, timeout=timeout)

    def control(self, *words: str) -> None:
        """Do something with the VM itself."""
        subprocess.run([*self._docker, *words], check=True, capture_output=True, timeout=120)

    def kill(self) -> None:
        """Take its power away."""
        self.control("kill", self.name)

    def start(self) -> None:
        """Give it power."""
        self.control("start", self.name)

    def pull_cable(self) -> None:
        """Part it from the other machines; the controller still reaches nothing of it either."""
        self.control("network", "disconnect", self.network, self.name)

    def plug_in(self) -> None:
        """Put the cable back."""
        self.control("network", "connect", "--ip", self.ip, self.network, self.name)


@pytest.fixture(scope="session")
def inventory() -> dict[str, Any]:
    """Groups and variables of the machines."""
    listed = subprocess.run(
        ["ansible-inventory", *INVENTORIES, "--list"],
        cwd=PROJECT,
        env=os.environ | {"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")},
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(listed.stdout))


@pytest.fixture(scope="session")
def machines(docker, inventory) -> list[Machine]:
    """The machines of the swarm, in the inventory's order."""
    facts = inventory["_meta"]["hostvars"]
    return [Machine(name, facts[name], docker) for name in inventory["swarm_nodes"]["hosts"]]


@pytest.fixture(scope="session")
def cluster_address(machines, inventory) -> str:
    """The address that all machines share."""
    return str(inventory["_meta"]["hostvars"][machines[0].name]["cluster_address"])


@pytest.fixture(scope="session")
def builder(docker) -> Callable[..., str]:
    """A function that runs a command on the machine with the registry."""
    name = os.environ.get("IDENTIDOCK_BUILDER", "molecule1")

    def run(*command, text="", timeout=180):
        return Machine(
            name, {"lab_vm_network": "", "lab_vm_address": "", "lab_port_offset": 0}, docker
        ).run(*command, text=text, timeout=timeout)

    return run


class Swarm:
    """What its managers know."""

    recovery, comeback = RECOVERY, RETURN

    def __init__(self, machines: list[Machine]) -> None:
        """Ask whoever answers."""
        self.machines = machines
        # Those that a test has taken away.
        self.away: set[str] = set()

    def ask(self, *words: str) -> str:
        """What a manager says that is there."""
        for machine in self.machines:
            if machine.name not in self.away:
                return machine.run("docker", *words)
        raise AssertionError("no machine is left")

    def recovery_without(self, lost: Machine) -> float:
        """Seconds in which all runs again without one; to be asked while it is there."""
        return self.recovery + (ELECTIONS if lost is self.leader() else 0)

    def leader(self) -> Machine:
        """The manager that decides."""
        lines = self.ask("node", "ls", "--format", "{{.Hostname}} {{.ManagerStatus}}").splitlines()
        name = next(line.split()[0] for line in lines if line.endswith("Leader"))
        return next(machine for machine in self.machines if machine.name == name)

    def runs(self, service: str) -> list[str]:
        """Machines on which a service runs."""
        said = self.ask(
            *("service", "ps", "--filter=desired-state=running"),
            *("--format", "{{.Node}} {{.CurrentState}}", f"identidock_{service}"),
        )
        return [line.split()[0] for line in said.splitlines() if line.split()[1] == "Running"]

    def missing(self) -> list[str]:
        """Services with less than they are to have, and machines that are not ready."""
        there = [machine for machine in self.machines if machine.name not in self.away]
        lines = self.ask("node", "ls", "--format", "{{.Hostname}} {{.Status}}").splitlines()
        states = dict(line.split() for line in lines)
        found = [
            f"{machine.name} is not ready" for machine in there if states[machine.name] != "Ready"
        ]
        if len(self.runs("redis")) != 1:
            found.append("redis does not run once")
        placed = {service: sorted(self.runs(service)) for service in EVERYWHERE}
        names = sorted(machine.name for machine in there)
        return found + [f"{name} runs on {on}" for name, on in placed.items() if on != names]

    def wait(self, seconds: float) -> float:
        """Wait until nothing is missing; how long it took."""
        began = time.monotonic()
        found = ["nothing was seen"]
        while time.monotonic() - began < seconds:
            try:
                found = self.missing()
            except subprocess.CalledProcessError as error:
                found = [error.stderr.strip()]
            if not found:
                return time.monotonic() - began
            time.sleep(0.5)
        pytest.fail(f"after {seconds} seconds: {', '.join(found)}")

    def images(self) -> set[str]:
        """Images of all replicas that run."""
        found = set()
        for machine in self.machines:
            said = machine.run(
                *(
                    "docker",
                    "ps",
                    "--no-trunc",
                    "--filter",
                    "label=com.docker.stack.namespace=identidock",
                ),
                *("--format", '{{.Label "com.docker.swarm.service.name"}} {{.Image}}'),
            )
            lines = [line.split() for line in said.splitlines()]
            found |= {image for name, image in lines if name.startswith("identidock_replica")}
        return found


@pytest.fixture
def swarm(machines):
    """The swarm; afterwards everything is there again."""
    swarm = Swarm(machines)
    yield swarm
    for machine in machines:
        if machine.name in swarm.away:
            # What is there already says so.
            with suppress(subprocess.CalledProcessError):
                machine.start()
                machine.plug_in()
    swarm.away.clear()
    swarm.wait(RETURN)
    wait_for_pages(machines)


def wait_for_pages(machines: list[Machine]) -> None:
    """Every machine serves its visitors."""
    for machine in machines:
        end = time.monotonic() + RETURN
        while True:
            with Visits([machine.page], rate=50) as visits:
                time.sleep(1)
            if not visits.failures:
                break
            assert time.monotonic() < end, visits.summary()


@pytest.fixture
def visit():
    """A context in which people visit some machines; afterwards it tells how that went."""

    @contextmanager
    def visit(*machines: Machine, rate: float = RATE):
        with Visits([machine.page for machine in machines], rate=rate) as visits:
            visits.wait_for(int(rate))
            yield visits
            visits.wait_for(int(rate))
        print(json.dumps(visits.summary(), indent=2))

    return visit


@pytest.fixture
def play(ansible_playbook):
    """A function that runs a playbook; its return code and all it said."""
    return lambda playbook, *words: ansible_playbook(*INVENTORIES, playbook, *words)


@pytest.fixture
def deploy(play):
    """A function that deploys the current release."""

    def deploy():
        code, said = play("playbooks/deploy.yml", "--tags=identidock")
        assert code == 0, said

    return deploy


@pytest.fixture(scope="session")
def releases(builder, ansible_playbook):
    """Releases made for a test; in the end the lab runs the one it ran at first."""
    state = Path(os.environ.get("IDENTIDOCK_STATE", PROJECT / ".lab/molecule"))
    releases = Releases(builder, state)
    try:
        yield releases
    finally:
        releases.forget()
        code, said = ansible_playbook(*INVENTORIES, "playbooks/deploy.yml")
        assert code == 0, said
