"""What the scenarios' own tests share: the VM, and a way to run playbooks."""

import os
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def vm_name():
    """The VM that the inventory of Molecule makes, or another for a try by hand."""
    return os.environ.get("IDENTIDOCK_VM", "molecule1")


@pytest.fixture(scope="session")
def docker():
    """The command of the controller's Docker, by sudo for a user who may not use it otherwise."""
    return ["docker"] if os.access("/var/run/docker.sock", os.W_OK) else ["sudo", "docker"]


@pytest.fixture(scope="session")
def vm(docker, vm_name):
    """A function that runs a command on the VM, which may read a text, and gives its output."""

    def run(*command, text="", timeout=60):
        done = subprocess.run(
            [*docker, "exec", "--interactive", vm_name, *command],
            input=text,
            check=True,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        return done.stdout.strip()

    return run


@pytest.fixture(scope="session")
def ansible_playbook():
    """A function that runs `ansible-playbook` as a user does; its return code and all it said."""

    def run(*arguments):
        done = subprocess.run(
            ["ansible-playbook", *arguments],
            cwd=PROJECT,
            env=os.environ
            | {
                "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
                # Molecule asks for colours, which win over a refusal.
                "ANSIBLE_FORCE_COLOR": "0",
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return done.returncode, done.stdout + done.stderr

    return run
