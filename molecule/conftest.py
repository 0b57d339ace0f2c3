"""What the scenarios' own tests share: the VM, and a way to run playbooks."""

import hashlib
import os
import subprocess
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from commands import run_on_vm

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

    return partial(run_on_vm, docker, vm_name)


@pytest.fixture(scope="session")
def ansible_playbook():
    """A function that runs `ansible-playbook` as a user does; its return code and all it said.

    In this working copy, or in another.
    """

    def run(*arguments, project=PROJECT):
        done = subprocess.run(
            ["ansible-playbook", *arguments],
            cwd=project,
            env=os.environ
            | {
                "ANSIBLE_CONFIG": str(project / "ansible.cfg"),
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


@pytest.fixture(scope="session")
def nothing_changes(vm):
    """A context in which nothing may change, on the VM and in the lab's own directory."""
    look = """
        folders=$(ls --directory /opt /var/lib/identidock-lab 2> /dev/null)
        find $folders -ls
        find $folders -xdev -type f -exec sha256sum {} +
        docker ps --all --quiet --no-trunc
        docker image ls --all --quiet --no-trunc
    """

    def seen(state):
        controller = {
            file: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in state.rglob("*")
            if file.is_file()
        }
        return controller, sorted(vm("sh", "-c", look).splitlines())

    @contextmanager
    def nothing_changes(state=PROJECT / ".lab/molecule"):
        before = seen(state)
        yield
        assert seen(state) == before

    return nothing_changes
