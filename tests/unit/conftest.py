"""What the modules' tests share: running a module as the program it is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"


@pytest.fixture
def run_module():
    """A function that runs a module and gives its reply, told from what it printed."""

    def run(name, environment=None, **arguments):
        done = subprocess.run(
            [sys.executable, MODULES / f"{name}.py"],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
            env=os.environ | (environment or {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.stderr == ""
        reply = json.loads(done.stdout)
        assert done.returncode == bool(reply.get("failed"))
        return reply

    return run
