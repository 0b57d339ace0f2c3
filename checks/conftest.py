"""What the checks share: what was seen on the machine under test, and ways to reach it.

`playbooks/check_facts.yml` looks at every machine once, with the inventory's own way to connect and
to become root; most checks only judge what it saw. `playbooks/check.yml` hands that over; where
nobody does, as in Molecule, it is gathered here.

A check with the marker `intrusive` attacks the lab or changes something. Molecule and
`make check-hard` run those too.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import urllib.request
from collections.abc import Callable
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
import testinfra
from testinfra.host import Host

ROOT = Path(__file__).resolve().parent.parent

MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)

Facts = dict[str, Any]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--facts", type=Path, help="directory that check_facts.yml wrote to")


def pytest_configure(config: pytest.Config) -> None:
    """Check the machines that were seen, and no others."""
    config.addinivalue_line("markers", "intrusive: attacks the lab or changes something")
    if directory := config.getoption("--facts"):
        groups: dict[str, Any] = {}
        for file in directory.glob("*.json"):
            variables = json.loads(file.read_text(encoding="utf-8"))["variables"]
            for group in [*variables["group_names"], "docker_nodes"]:
                hosts = groups.setdefault(group, {"hosts": {}})["hosts"]
                hosts[variables["inventory_hostname"]] = {}
        inventory = directory / "inventory.yml"
        inventory.write_text(json.dumps(groups), encoding="utf-8")
        config.option.ansible_inventory = str(inventory)


@pytest.fixture(scope="session")
def all_facts(pytestconfig, tmp_path_factory) -> Callable[[str], Facts]:
    """A function that gives what was seen on a machine of the inventory."""
    directory = pytestconfig.getoption("--facts")
    if directory is None:
        directory = tmp_path_factory.mktemp("facts")
        inventory = Path(pytestconfig.getoption("--ansible-inventory")).resolve()
        looked = subprocess.run(
            [
                "ansible-playbook",
                f"--inventory={inventory}",
                f"--extra-vars={json.dumps({'check_facts_dir': str(directory)})}",
                "playbooks/check_facts.yml",
            ],
            cwd=ROOT,
            env=os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
            capture_output=True,
            text=True,
            check=False,
        )
        if looked.returncode != 0:
            pytest.fail(looked.stdout + looked.stderr, pytrace=False)
    return lambda name: json.loads((directory / f"{name}.json").read_text(encoding="utf-8"))


def as_of_compose(container: Facts) -> Facts:
    """A container of a swarm's service, with the labels that Compose would give it."""
    labels = container["Config"]["Labels"] or {}
    if stack := labels.get("com.docker.stack.namespace"):
        service = labels["com.docker.swarm.service.name"].removeprefix(f"{stack}_")
        named = {"project": stack, "service": service, "oneoff": "False"}
        labels |= {f"com.docker.compose.{name}": text for name, text in named.items()}
    return container


def is_history(container: Facts) -> bool:
    """Whether it ended and has a successor: a swarm keeps some of those."""
    labels = container["Config"]["Labels"] or {}
    return "com.docker.swarm.task.id" in labels and not container["State"]["Running"]


@pytest.fixture(scope="module")
def facts(all_facts, _testinfra_host) -> Facts:
    """What was seen on the machine under test."""
    seen = all_facts(_testinfra_host.backend.get_hostname())
    there = [each for each in seen.get("containers", []) if not is_history(each)]
    return seen | {"containers": [as_of_compose(each) for each in there]}


@pytest.fixture(scope="module")
def lab(facts) -> dict[str, Any]:
    """The inventory's variables of the machine under test."""
    return facts["variables"]


@pytest.fixture(scope="module")
def host(lab) -> Host:
    """The machine, over plain SSH, as the account that Ansible uses."""
    user = f"{lab['ansible_user']}@" if lab["ansible_user"] else ""
    name = lab["ansible_host"] or lab["inventory_hostname"]
    key = lab["ansible_ssh_private_key_file"]
    return testinfra.get_host(
        f"ssh://{user}{name}:{lab['ansible_port'] or 22}",
        ssh_identity_file=str(Path(key).expanduser()) if key else None,
        # One connection for all commands, where Ansible keeps its own.
        ssh_extra_args=f"{lab['ansible_ssh_common_args']} -o ControlMaster=auto"
        " -o ControlPersist=15s -o ControlPath=~/.ansible/cp/check-%C",
    )


@pytest.fixture(scope="module")
def root(host):
    """A function that runs a command as root on the machine and gives its output."""

    def run(command: str, *arguments: str) -> str:
        with host.sudo():
            return host.check_output(command, *arguments)

    return run


@pytest.fixture(scope="module")
def docker(host, root):
    """A function that runs a command of Docker's client and gives its output.

    Without sudo where it can be: that may want a password, which nobody is there to type.
    """
    allowed = host.run("docker version").rc == 0
    return lambda command, *arguments: (host.check_output if allowed else root)(
        f"docker {command}", *arguments
    )


@pytest.fixture(scope="module")
def password(lab) -> str:
    """The password of the registry's account admin."""
    return Path(lab["lab_state_dir"], "passwords", "admin").read_text(encoding="ascii")


@pytest.fixture(scope="module")
def trusted(lab) -> ssl.SSLContext:
    """TLS that trusts the lab's own authority and nobody else."""
    return ssl.create_default_context(cafile=f"{lab['lab_state_dir']}/ca.crt")


@pytest.fixture(scope="module")
def mirror(lab, trusted):
    """A function that gives what the builder's mirror serves below an address, as JSON."""
    port = lab["lab_registry_mirror_port"] + lab["lab_port_offset"]

    def get(path: str) -> Any:
        url = f"https://{lab['lab_address']}:{port}/v2/{path}"
        request = urllib.request.Request(url, headers={"Accept": MANIFESTS})
        with urllib.request.urlopen(request, context=trusted, timeout=30) as reply:
            return json.load(reply)

    return get


@pytest.fixture(scope="module")
def address(lab, trusted):
    """A function that gives the web address of one of the edge's ports; urlopen trusts it."""
    trusting = urllib.request.HTTPSHandler(context=trusted)
    urllib.request.install_opener(urllib.request.build_opener(trusting))
    return lambda port: (
        f"{lab['lab_scheme']}://{lab['lab_address']}:{port + lab['lab_port_offset']}"
    )


@pytest.fixture(scope="module")
def connection(lab, trusted):
    """A function that gives a connection to one of the edge's ports."""

    def connect(port: int) -> HTTPConnection:
        place = (lab["lab_address"], port + lab["lab_port_offset"])
        if lab["lab_scheme"] == "https":
            return HTTPSConnection(*place, timeout=10, context=trusted)
        return HTTPConnection(*place, timeout=10)

    return connect


@pytest.fixture(scope="module")
def stack(facts):
    """A function that gives the containers of a stack, or of one of its services."""
    assert facts["problem"] is None, facts["problem"]

    def containers(project: str, service: str | None = None) -> list[Facts]:
        wanted = {"com.docker.compose.project": project, "com.docker.compose.oneoff": "False"}
        if service:
            wanted["com.docker.compose.service"] = service
        found = [
            each
            for each in facts["containers"]
            if wanted.items() <= each["Config"]["Labels"].items()
        ]
        assert found, f"{' '.join(filter(None, (project, service)))} has no container"
        return found

    return containers


@pytest.fixture(scope="module")
def is_hidden(lab):
    """A function that sees that a password of the lab's is in none of these texts."""

    def see(account: str, **texts: str) -> None:
        password = Path(lab["lab_state_dir"], "passwords", account).read_text(encoding="ascii")
        # A failure must not show it either.
        shown = [name.replace("_", " ") for name, text in texts.items() if password in text]
        assert not shown, f"the password {account} stands in {' and in '.join(shown)}"

    return see


def weaknesses(container: Facts, *, may_be_root: bool) -> list[str]:
    """Why a container is not healthy, confined and nowhere root."""
    state, limits = container["State"], container["HostConfig"]
    # The swarm starts another one in its place, and its stack files know no security options.
    of_swarm = "com.docker.swarm.task.id" in container["Config"]["Labels"]
    expected = {
        "is not confined to a read-only root": limits["ReadonlyRootfs"],
        "has capabilities": limits["CapDrop"] == ["ALL"],
        "may gain privileges": of_swarm
        or "no-new-privileges:true" in (limits["SecurityOpt"] or []),
        "has no limit of memory": limits["Memory"] > 0,
        "has no limit of processor time": limits["NanoCpus"] > 0,
        "has no limit of processes": (limits["PidsLimit"] or 0) > 0,
        "does not restart by itself": of_swarm
        or limits["RestartPolicy"]["Name"] == "unless-stopped",
        "runs processes as root": may_be_root or "0" not in container["Uids"],
    }
    found = [sentence for sentence, good in expected.items() if not good]
    if not state["Running"]:
        found.insert(0, f"does not run ({state['Status']})")
    elif "Health" not in state:
        found.insert(0, "has no health check")
    elif state["Health"]["Status"] != "healthy":
        found.insert(0, f"is {state['Health']['Status']}")
    return found


@pytest.fixture(scope="module")
def runs_safely(stack):
    """A function that sees that each container of a service is healthy, confined and not root."""

    def see(
        project: str,
        service: str,
        image: str | None = None,
        replicas: int = 1,
        *,
        may_be_root: bool = False,
    ) -> None:
        containers = stack(project, service)
        assert len(containers) == replicas, (
            f"{len(containers)} containers of {project}'s {service} are there, not {replicas}"
        )
        for container in containers:
            name = container["Name"].strip("/")
            weak = weaknesses(container, may_be_root=may_be_root)
            assert not weak, f"{name} {', '.join(weak)}"
            assert image in (None, container["Config"]["Image"]), (
                f"{name} runs {container['Config']['Image']}, not {image}"
            )

    return see
