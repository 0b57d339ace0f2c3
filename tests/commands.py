"""Commands that the tests run, and playbooks as a user runs them."""

from __future__ import annotations

import os
import shutil
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


def sources() -> list[str]:
    """Files of the working copy that git knows or would take; those not committed yet too."""
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    return [name for name in listed.splitlines() if (ROOT / name).exists()]


def working_copy(folder: Path) -> Path:
    """Another working copy, to be edited."""
    for name in sources():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


def run_on_vm(
    docker: list[str], name: str, *command: str, text: str = "", timeout: float = 60
) -> str:
    """Run a command on a simulated VM, which may read a text, and return its output, stripped."""
    done = subprocess.run(
        [*docker, "exec", "--interactive", name, *command],
        input=text,
        check=True,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    return done.stdout.strip()
