"""A simulated VM as the controller: Debian 13 with sudo, Python and git, and nothing else."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import commands
import pytest
from commands import ROOT, attempt, run, sources

HERE = Path(__file__).resolve().parent
VM = "controller1"
USER = "ada"
PASSWORD = "a password"
COPY = f"/home/{USER}/my labs/identidock lab"
# What the site trusts, and where its packages come from.
TRUST = Path("/etc/ssl/certs/ca-certificates.crt")
SETTINGS = ("PIP_INDEX_URL", "http_proxy", "https_proxy", "no_proxy")


def play(playbook: str, *arguments: str) -> None:
    """Run one of the lab's playbooks for the machine of the inventory here."""
    done = commands.play("--inventory", HERE / "inventory", *arguments, playbook)
    assert done.returncode == 0, done.stdout


@dataclass
class Result:
    rc: int
    output: str


class Controller:
    """The machine, and commands typed there."""

    def root(self, script: str, text: str | None = None) -> str:
        command = ("docker", "exec", "--interactive", VM, "sh", "-ec", script)
        return run(*command, input=text)

    def type(self, command: str, folder: str = COPY, **environment: str) -> Result:
        """What ada sees who types a command in a folder, with a narrow umask and an old locale."""
        settings = {name: os.environ[name] for name in SETTINGS if name in os.environ}
        variables = settings | {"LC_ALL": "C", "ANSIBLE_NOCOLOR": "1", "HOME": f"/home/{USER}"}
        variables |= environment
        options = [part for pair in variables.items() for part in ("--env", "=".join(pair))]
        script = f"umask 077; cd {shlex.quote(folder)}; {command}"
        done = attempt("docker", "exec", *options, f"--user={USER}", VM, "bash", "-c", script)
        return Result(done.returncode, done.stdout)

    def sudo_password(self, wanted: bool) -> None:
        """Whether sudo asks ada for her password."""
        rule = f"{USER} ALL=(ALL) {'' if wanted else 'NOPASSWD: '}ALL"
        self.root(f"echo '{rule}' > /etc/sudoers.d/{USER}; chmod 0440 /etc/sudoers.d/{USER}")


@pytest.fixture(scope="session")
def controller(tmp_path_factory) -> Iterator[Controller]:
    """The machine, with a working copy of ada's below a path with spaces."""
    play("playbooks/down.yml", "--extra-vars", "down_confirm=true")
    play("playbooks/machines.yml")
    try:
        machine = Controller()
        run("docker", "cp", TRUST, f"{VM}:{TRUST}")
        machine.root(
            "apt-get update -q; apt-get install -qy --no-install-recommends make git python3-venv;"
            f"useradd --create-home --shell /bin/bash {USER}; chpasswd",
            f"{USER}:{PASSWORD}\n",
        )
        # What is not committed yet is tested too.
        files = tmp_path_factory.mktemp("copy") / "files.tar"
        run("tar", "--create", f"--file={files}", f"--directory={ROOT}", *sources())
        machine.root(f"install -d -o {USER} -g {USER} '{COPY}' '{COPY}/..'")
        # Not to /tmp, which is the VM's own.
        run("docker", "cp", files, f"{VM}:/home/files.tar")
        assert machine.type("tar --extract --no-same-owner --file=/home/files.tar").rc == 0
        machine.sudo_password(wanted=False)
        yield machine
    finally:
        play("playbooks/down.yml", "--extra-vars", "down_confirm=true")
