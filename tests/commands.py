"""Commands that the tests run, and playbooks as a user runs them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def attempt(*command: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command and return its status and all that it printed, errors among it."""
    return subprocess.run(
        [str(word) for word in command],
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )


def run(*command: object, **options: Any) -> str:
    """Run a command and return what it printed; all of it is shown when it fails."""
    done = attempt(*command, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stdout}"
    return done.stdout


def play(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ansible-playbook with the lab's configuration."""
    settings = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    variables = os.environ | settings | environment
    return attempt("ansible-playbook", *arguments, cwd=ROOT, env=variables)
