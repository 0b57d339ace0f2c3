"""Where mirror, package index and name servers answer nobody, a lab heals and takes in a new VM."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml
from commands import run

PROJECT = Path(__file__).resolve().parents[3]
SECOND = "molecule2"
OFFSET = 14000
# No machine has this address.
NOWHERE = "10.213.1.254"


@pytest.fixture(scope="module")
def inventory(tmp_path_factory):
    """Molecule's own inventory, and a second VM, which gets identidock."""
    host = {"lab_vm_address": "10.213.1.12", "lab_vm_ssh_port": 12202, "lab_port_offset": OFFSET}
    groups = {"lab_vms": {"hosts": {SECOND: host}}, "identidock_nodes": {"hosts": {SECOND: {}}}}
    file = tmp_path_factory.mktemp("inventory") / "hosts.yml"
    file.write_text(yaml.safe_dump({"all": {"children": groups}}))
    return ["--inventory=molecule/inventory", f"--inventory={file}"]


@pytest.fixture(scope="module")
def second_vm(ansible_playbook, docker, inventory):
    """Another VM, just made; its packages come from the mirror."""
    code, said = ansible_playbook(*inventory, "playbooks/machines.yml", "playbooks/nodes.yml")
    assert code == 0, said
    yield SECOND
    for command in (
        ["container", "rm", "--force", SECOND],
        ["volume", "rm", f"{SECOND}-docker", f"{SECOND}-home"],
    ):
        subprocess.run([*docker, *command], check=True, capture_output=True)


@pytest.fixture
def _no_way_out(docker, vm_name, second_vm):
    """Both VMs reach each other and nobody else."""
    route = "ip route replace default via"
    machines = (vm_name, second_vm)
    gateway = "10.213.1.1"

    def lead(where):
        for machine in machines:
            command = [*docker, "exec", machine, *route.split(), where]
            subprocess.run(command, check=True)

    lead(NOWHERE)
    yield
    lead(gateway)


def page(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as reply:
        return reply.read().decode()


@pytest.mark.usefixtures("_no_way_out")
def test_removed_stack_comes_back_and_a_new_vm_gets_its_own(ansible_playbook, vm, inventory):
    vm("docker", "compose", "--file", "/opt/healthcheck/compose.yaml", "down")
    vm("rm", "-r", "/opt/healthcheck")

    code, said = ansible_playbook(*inventory, "site.yml")

    assert code == 0, said
    assert "This app is well" in page(15003)
    assert "<form" in page(9090 + OFFSET)


def test_second_vm_runs_safely_and_may_only_pull(ansible_playbook, second_vm, inventory, tmp_path):
    code, said = ansible_playbook(
        *inventory,
        "playbooks/check_facts.yml",
        f"--limit={second_vm}",
        f"--extra-vars=check_facts_dir={tmp_path}",
    )
    assert code == 0, said

    checks = ["docker_engine", "identidock/test_identidock.py", "registry/test_registry_client.py"]
    chosen = [f"checks/{name}" for name in checks]
    run(sys.executable, "-m", "pytest", "-q", f"--facts={tmp_path}", *chosen, cwd=PROJECT)
