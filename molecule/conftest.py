"""What the scenarios' own tests share: a way to run playbooks; and each reports for itself."""

import os
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Keep a scenario's earlier report; it would be replaced, and its tests not counted."""
    if report := config.option.xmlpath:
        folder = Path(config.args[0]).resolve().parent.name
        config.option.xmlpath = f"{report.removesuffix('.xml')}-{folder}.xml"


@pytest.fixture
def ansible_playbook():
    """A function that runs `ansible-playbook` as a user does; its return code and all it said."""

    def run(*arguments):
        done = subprocess.run(
            ["ansible-playbook", *arguments],
            cwd=PROJECT,
            env=os.environ
            | {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return done.returncode, done.stdout + done.stderr

    return run
