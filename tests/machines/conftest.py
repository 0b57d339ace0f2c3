"""A Debian with cgroup v2 in QEMU, as the controller of a simulated VM."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import commands
import pytest
from commands import ROOT, run

HERE = Path(__file__).resolve().parent
# What takes long to make and is good for the next run too.
CACHE = ROOT / ".lab" / "machines"
VM_SSH_PORT = 22501
# Seconds: an emulated machine that hangs must not live on.
QEMU_LIMIT = 900
BOOT_LIMIT = 240


def play(playbook: str, variables: dict[str, str], **environment: str) -> None:
    """Run one of the playbooks here on the machines of the inventory here."""
    # As JSON, for a path may have spaces.
    extra = f"--extra-vars={json.dumps(variables)}"
    inventory = f"--inventory={HERE / 'inventory.yml'}"
    done = commands.play(inventory, extra, HERE / playbook, **environment)
    assert done.returncode == 0, done.stdout


@dataclass
class Guest:
    """The emulated machine, reached over SSH, and the simulated VM inside it."""

    directory: Path
    state: Path
    ssh_port: int

    @property
    def docker_host(self) -> str:
        return f"unix://{self.directory}/docker.sock"

    def ssh_options(self) -> list[str]:
        return [
            *("-F", "none", "-i", str(CACHE / "key"), "-p", str(self.ssh_port)),
            *("-o", f"UserKnownHostsFile={self.directory}/known_hosts", "-o", "BatchMode=yes"),
            *("-o", f"ControlPath={self.directory}/control", "-o", "ConnectTimeout=20"),
        ]

    def docker(self, *arguments: str) -> str:
        """Ask the guest's engine, from the controller."""
        return run("docker", "--host", self.docker_host, *arguments).strip()

    def start_vm(self, **variables: str) -> None:
        """Run the role lab_vm from the controller on the guest's engine."""
        state = {"lab_vm_state_dir": str(self.state)}
        play("start.yml", state | variables, DOCKER_HOST=self.docker_host)

    def vm(self, command: str) -> str:
        """Run a command in the simulated VM: over SSH, with the lab's key, by way of the guest."""
        jump = shlex.join(["ssh", *self.ssh_options(), "-W", "%h:%p", "root@127.0.0.1"])
        return run(
            *("ssh", "-F", "none", "-i", self.state / "ssh" / "id_ed25519", "-p", str(VM_SSH_PORT)),
            *("-o", f"UserKnownHostsFile={self.state}/ssh/known_hosts", "-o", "BatchMode=yes"),
            *("-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=60", "-o", f"ProxyCommand={jump}"),
            *("lab@127.0.0.1", command),
        ).strip()


@pytest.fixture(scope="session")
def disk() -> Path:
    """The guest's disk, made anew when the VM image or its own recipe changed."""
    if platform.machine() != "x86_64":
        pytest.skip("the guest is an amd64 machine")
    CACHE.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (CACHE / "key").exists():
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", CACHE / "key")
    play("image.yml", {"machines_image_file": f"{CACHE}/image.json"})
    image = json.loads((CACHE / "image.json").read_text())
    recipe = (HERE / "make_disk.sh").read_bytes() + (CACHE / "key.pub").read_bytes()
    wanted = hashlib.sha256(recipe + json.dumps(image).encode()).hexdigest()
    made_from = CACHE / "made-from"
    if not made_from.exists() or made_from.read_text() != wanted:
        made_from.unlink(missing_ok=True)
        archive = CACHE / "image.tar"
        try:
            run("docker", "image", "save", "--output", archive, image["image"])
            run(
                *([] if os.getuid() == 0 else ["sudo"]),
                *("sh", HERE / "make_disk.sh", CACHE, image["suite"], image["mirror"]),
                *(archive, CACHE / "key.pub"),
            )
        finally:
            archive.unlink(missing_ok=True)
        made_from.write_text(wanted)
    return CACHE


@contextlib.contextmanager
def emulated(disk: Path, console: Path, ssh_port: int) -> Iterator[subprocess.Popen[bytes]]:
    """QEMU with that disk, which it only reads; it ends with the tests, however they end."""
    qemu = subprocess.Popen(
        [
            *("setpriv", "--pdeathsig", "TERM", "timeout", "--kill-after=10", str(QEMU_LIMIT)),
            *("qemu-system-x86_64", "-machine", "q35", "-cpu", "max", "-smp", "2", "-m", "2048"),
            *("-accel", "tcg,thread=multi", "-nodefaults", "-display", "none"),
            *("-serial", f"file:{console}", "-device", "virtio-rng-pci"),
            *("-drive", f"file={disk}/disk.img,format=raw,if=virtio,snapshot=on,cache=unsafe"),
            *("-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{ssh_port}-:22"),
            *("-device", "virtio-net-pci,netdev=net"),
            *("-kernel", disk / "vmlinuz", "-initrd", disk / "initrd.img"),
            *("-append", "root=/dev/vda rw console=ttyS0 quiet"),
        ],
        stdin=subprocess.DEVNULL,
    )
    try:
        yield qemu
    finally:
        qemu.terminate()
        qemu.wait()


@pytest.fixture(scope="session")
def guest(disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """The guest up, and a way from the controller to its engine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        ssh_port = free.getsockname()[1]
    guest = Guest(tmp_path_factory.mktemp("guest"), tmp_path_factory.mktemp("lab"), ssh_port)
    console = guest.directory / "console.log"
    host_key = (disk / "host_key.pub").read_text()
    (guest.directory / "known_hosts").write_text(f"[127.0.0.1]:{ssh_port} {host_key}")
    # The engine is reached through a socket that only this account may open, not a port for all.
    tunnel = [
        *("ssh", *guest.ssh_options(), "-f", "-N", "-M", "-o", "ExitOnForwardFailure=yes"),
        *("-L", f"{guest.directory}/docker.sock:/run/docker.sock", "root@127.0.0.1"),
    ]
    with emulated(disk, console, ssh_port) as qemu:
        end = time.monotonic() + BOOT_LIMIT
        while subprocess.run(tunnel, check=False, stderr=subprocess.DEVNULL).returncode:
            assert qemu.poll() is None, f"QEMU ended with status {qemu.returncode}"
            assert time.monotonic() < end, f"the guest did not boot:\n{console.read_text()[-2000:]}"
            time.sleep(1)
        yield guest


@pytest.fixture(scope="session")
def vm(guest: Guest) -> Guest:
    """The guest with the simulated VM that the role lab_vm started on its engine."""
    guest.start_vm()
    return guest
