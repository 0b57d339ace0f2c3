"""What the checks share: the machine under test and the inventory's variables."""

from __future__ import annotations

import functools
import json
import ssl
from pathlib import Path
from typing import Any

import pytest
import testinfra
from testinfra.host import Host

CONNECTION = {
    "ansible_host": "inventory_hostname",
    "ansible_user": "'root'",
    "ansible_port": "22",
    "ansible_ssh_private_key_file": "''",
    "ansible_ssh_common_args": "''",
}
LAB = [
    "healthcheck_port",
    "identidock_port",
    "identidock_stats_port",
    "lab_address",
    "lab_images",
    "lab_port_offset",
    "lab_registry",
    "lab_registry_mirror_port",
    "lab_registry_port",
    "lab_state_dir",
    "microblog_complete_port",
    "microblog_ports",
]


@functools.cache
def resolved(host: Host, expressions: str) -> dict[str, Any]:
    """Variables of one machine as Ansible sees them, templates resolved."""
    message = "{{ {" + expressions + "} | to_json }}"
    found = host.ansible("ansible.builtin.debug", f'msg="{message}"', check=False)["msg"]
    return found if isinstance(found, dict) else json.loads(found)


@pytest.fixture(scope="module")
def host(_testinfra_host) -> Host:
    """The machine, over plain SSH: an inventory's templates are too much for testinfra."""
    wanted = ", ".join(f"'{name}': {name} | default({value})" for name, value in CONNECTION.items())
    variables = resolved(_testinfra_host, wanted)
    return testinfra.get_host(
        f"ssh://{variables['ansible_user']}@{variables['ansible_host']}:{variables['ansible_port']}",
        ssh_identity_file=variables["ansible_ssh_private_key_file"] or None,
        ssh_extra_args=variables["ansible_ssh_common_args"],
    )


@pytest.fixture(scope="module")
def lab(_testinfra_host) -> dict[str, Any]:
    """The inventory's variables of the machine under test."""
    return resolved(_testinfra_host, ", ".join(f"'{name}': {name}" for name in LAB))


@pytest.fixture(scope="module")
def password(lab) -> str:
    """The password of the registry's account admin."""
    return Path(lab["lab_state_dir"], "passwords", "admin").read_text(encoding="ascii")


@pytest.fixture(scope="module")
def trusted(lab) -> ssl.SSLContext:
    """TLS that trusts the lab's own authority and nobody else."""
    return ssl.create_default_context(cafile=f"{lab['lab_state_dir']}/ca.crt")


@pytest.fixture(scope="module")
def root(host):
    """A function that runs a command as root on the machine and gives its output."""

    def run(command: str, *arguments: str) -> str:
        with host.sudo():
            return host.check_output(command, *arguments)

    return run


@pytest.fixture(scope="module")
def address(lab):
    """A function that gives the web address of one of the machine's ports."""
    return lambda port: f"http://{lab['lab_address']}:{port + lab['lab_port_offset']}"


@pytest.fixture(scope="module")
def inspect(root):
    """A function that gives all that the engine knows of a container."""
    return lambda name: json.loads(root("docker container inspect %s", name))[0]


@pytest.fixture(scope="module")
def runs_safely(inspect, root):
    """A function that sees whether a container is healthy, confined and nowhere root."""

    def see(name: str) -> None:
        facts = inspect(name)
        limits = facts["HostConfig"]
        _title, *processes = root("docker top %s -eo pid,uid", name).splitlines()

        assert facts["State"]["Health"]["Status"] == "healthy"
        assert limits["ReadonlyRootfs"]
        assert limits["CapDrop"] == ["ALL"]
        assert "no-new-privileges:true" in limits["SecurityOpt"]
        assert limits["Memory"] > 0
        assert limits["NanoCpus"] > 0
        assert limits["PidsLimit"] > 0
        assert limits["RestartPolicy"]["Name"] == "unless-stopped"
        assert processes
        assert all(process.split()[1] != "0" for process in processes)

    return see
