"""What the plugins' tests share: a plugin's functions, and running a module as a program."""

import importlib.util
import json
import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import ansible.module_utils
import pytest
from ansible.module_utils.testing import patch_module_args
from fake_registry import fake_registry, write_certificate

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
# Where Ansible puts the project's own module_utils, for the tests here and the modules they run.
ansible.module_utils.__path__.append(str(PLUGINS / "module_utils"))


@pytest.fixture(scope="session")
def load():
    """A function that loads a plugin, given as modules/NAME or filter/NAME."""

    def load(name):
        spec = importlib.util.spec_from_file_location(Path(name).name, PLUGINS / f"{name}.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def run_module(capsys):
    """A function that runs a module, here as a program would, and gives its reply."""

    def run(name, /, environment=None, **arguments):
        capsys.readouterr()
        with (
            patch.dict(os.environ, environment or {}),
            patch_module_args(arguments),
            pytest.raises(SystemExit) as end,
        ):
            runpy.run_path(str(PLUGINS / "modules" / f"{name}.py"), run_name="__main__")
        printed = capsys.readouterr()
        assert printed.err == ""
        reply = json.loads(printed.out)
        assert end.value.code == bool(reply.get("failed"))
        return reply

    return run


@pytest.fixture
def printed(tmp_path):
    """A function that runs a playbook and gives the lines that its user sees."""

    def printed(*arguments):
        done = subprocess.run(
            [Path(sys.executable).with_name("ansible-playbook"), *arguments],
            cwd=PLUGINS.parent,
            env=os.environ
            | {
                "ANSIBLE_CONFIG": str(PLUGINS.parent / "ansible.cfg"),
                "ANSIBLE_STDOUT_CALLBACK": "concise",
                "ANSIBLE_RUN_LOG_DIRECTORY": str(tmp_path),
            },
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout.splitlines()

    return printed


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that vouches for itself."""
    file = tmp_path_factory.mktemp("tls") / "registry.pem"
    write_certificate(file)
    return file


@pytest.fixture
def registry(certificate):
    """A registry that nobody has written to yet."""
    with fake_registry(certificate) as server:
        yield server


@pytest.fixture
def nobody():
    """Host and port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


class Clock:
    """A clock that only moves on while somebody sleeps."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    """A clock for whatever waits."""
    return Clock()


@pytest.fixture
def failed(deploy):
    """A function that deploys what cannot succeed, by the test file's `deploy`; its message."""
    # Imported here: its place is known only since this file is loaded.
    from ansible.module_utils.deployment import DeploymentError

    def failed(world, text, **options):
        with pytest.raises(DeploymentError) as stopped:
            deploy(world, text, **options)
        return str(stopped.value)

    return failed
