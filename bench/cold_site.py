#!/usr/bin/env python3
"""Compare a cold `ansible-playbook site.yml` with a plain shell script doing the same work.

Both make a simulated VM of their own on this machine's Docker Engine, one after the other, and
remove it again. The script is given the files of the VM that Ansible deployed first. See README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

BENCH = Path(__file__).resolve().parent
REPOSITORY = BENCH.parent
TARGET = 1.3
NAME = "bench-ansible"
# Below the ports that connections take for themselves.
PORT_OFFSET = 15000
PAGE = f"http://127.0.0.1:{9090 + PORT_OFFSET}/"
# What the roles put on a VM.
FILES = ["etc/docker", "opt", "root/.docker", "srv", "usr/local/share/ca-certificates"]
FILES += ["var/lib/identidock-lab"]


class SideFailedError(Exception):
    """One side did not get to its end; says which and how its log ends."""


def run(what: str, command: list[str], log: Path, **environment: str) -> float:
    """Run a command with its output in a log and tell the seconds it took."""
    started = time.monotonic()
    with (
        log.open("w") as output,
        subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            code = process.wait()
        except BaseException:
            # Not killed: the script still has to remove what it made.
            process.terminate()
            process.wait()
            raise
    seconds = time.monotonic() - started
    if code != 0:
        end = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
        raise SideFailedError(f"{what} failed with {code}; its log ends:\n{end}")
    return seconds


def run_shell(work: Path, given: Path) -> float:
    """Run the shell script; its last line is its time without cleaning up."""
    log = work / "shell.log"
    config = str(REPOSITORY / "ansible.cfg")
    run("the shell script", [str(BENCH / "cold_site.sh"), str(given)], log, ANSIBLE_CONFIG=config)
    return float(log.read_text(errors="replace").split()[-1])


def inventory(work: Path) -> Path:
    """Write an inventory of one simulated VM that shares nothing with anybody's lab."""
    state = {"lab_state_dir": str(work / "state")}
    machine = state | {
        "lab_vm_network": NAME,
        "lab_vm_subnet": "10.213.10.0/24",
        "lab_vm_address": "10.213.10.11",
        "lab_vm_ssh_port": 2299,
        "lab_port_offset": PORT_OFFSET,
        # The account is part of the VM image's name: this one is nobody else's.
        "lab_vm_user": "bench",
        "ansible_user": "bench",
    }
    groups = {
        "docker_nodes": {"children": {"lab_vms": {"hosts": {NAME: machine}}}},
        "builder": {"hosts": {NAME: {}}},
        "identidock_nodes": {"hosts": {NAME: {}}},
        "lesson_nodes": {"hosts": {NAME: {}}},
    }
    file = work / "hosts.json"
    controller = state | {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    file.write_text(json.dumps({"all": {"hosts": {"localhost": controller}, "children": groups}}))
    return file


def take_files(work: Path, given: Path, **environment: str) -> None:
    """Take from the deployed VM what the script is given, before it is removed."""
    play = [
        "ansible-playbook",
        "--inventory",
        str(work / "hosts.json"),
        "playbooks/bench_cold_site.yml",
    ]
    run(
        "bench_cold_site.yml",
        [*play, f"--extra-vars=bench_dir={given}"],
        work / "taken.log",
        **environment,
    )
    shutil.copy(work / "state/sources/contexts.tar", given)
    with (given / "files.tar").open("wb") as tar:
        command = ["docker", "exec", NAME, "tar", "-C", "/", "--create", *FILES]
        # Sockets are no files to it, and it says so.
        subprocess.run(command, stdout=tar, stderr=subprocess.DEVNULL, check=True)
    (given / "hosts").write_text(docker("exec", NAME, "grep", "registry.lab", "/etc/hosts") + "\n")
    machine = json.loads(docker("container", "inspect", NAME))[0]
    network = json.loads(docker("network", "inspect", NAME))[0]
    subnet = network["IPAM"]["Config"][0]["Subnet"]
    options = [f"--opt={name}={value}" for name, value in network["Options"].items()]
    (given / "network").write_text("\n".join([f"--subnet={subnet}", *options]))
    (given / "run").write_text("\n".join(run_arguments(machine)))


def run_arguments(machine: dict[str, Any]) -> list[str]:
    """What `docker run` is told to make a VM like this one, the name of the image at the end."""
    host = machine["HostConfig"]
    ports = {
        f"{place['HostIp']}:{place['HostPort']}:{port}"
        for port, places in host["PortBindings"].items()
        for place in places
    }
    mounts = [bind for bind in host["Binds"] if not bind.startswith(f"{NAME}-")]
    return [
        *(f"--cap-add={name}" for name in host["CapAdd"]),
        *(f"--security-opt={option}" for option in host["SecurityOpt"]),
        *(f"--device-cgroup-rule='{rule}'" for rule in host["DeviceCgroupRules"]),
        *(f"--publish={port}" for port in sorted(ports)),
        *(f"--volume={mount}" for mount in mounts),
        *(f"--tmpfs={path}:{options}" for path, options in host["Tmpfs"].items()),
        *(f"--env='{variable}'" for variable in machine["Config"]["Env"]),
        f"--cgroupns={host['CgroupnsMode'] or 'private'}",
        f"--ip={machine['NetworkSettings']['Networks'][NAME]['IPAMConfig']['IPv4Address']}",
        "--stop-signal=SIGRTMIN+3",
        "bench-shell:vm",
    ]


def run_ansible(work: Path, given: Path) -> tuple[float, float, int]:
    """Run site.yml twice; tell the seconds of both runs and what the second one changed."""
    log = work / "ansible.log"
    command = ["ansible-playbook", "--inventory", str(inventory(work)), "site.yml"]
    environment = {"ANSIBLE_LOCAL_TEMP": str(work / "tmp"), "ANSIBLE_NOCOLOR": "1"}
    remove_ansible()
    try:
        # A left-over image would spare the bootstrap.
        rebuild = [*command, "--extra-vars", '{"lab_vm_rebuild_image": true}']
        cold = run("site.yml", rebuild, log, **environment)
        with urllib.request.urlopen(PAGE, timeout=10) as page:
            page.read()
        second = run("the second run of site.yml", command, log, **environment)
        changed = re.findall(r"\bchanged=(\d+)", log.read_text(errors="replace"))
        take_files(work, given, **environment)
    except OSError as error:
        raise SideFailedError(f"{command[0]} or {PAGE}: {error}") from error
    finally:
        remove_ansible()
    return cold, second, sum(map(int, changed))


def docker(*arguments: str) -> str:
    """Output of a docker command; empty where there is nothing to show or to remove."""
    command = ["docker", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def remove_ansible() -> None:
    """Remove what site.yml made on this machine's engine."""
    image = docker("container", "inspect", "--format", "{{ .Config.Image }}", NAME)
    docker("container", "rm", "--force", NAME)
    docker("volume", "rm", f"{NAME}-docker", f"{NAME}-home")
    docker("network", "rm", NAME)
    if image:
        docker("image", "rm", image)


def compare(pairs: int, given: Path) -> None:
    """Run the pairs and print what they took."""
    shell: list[float] = []
    ansible: list[float] = []
    again: list[float] = []
    changed: list[int] = []
    for number in range(1, pairs + 1):
        # Neither side is always the one that finds the machine's caches warm.
        for side in ("ansible", "shell") if number % 2 else ("shell", "ansible"):
            with tempfile.TemporaryDirectory(prefix="bench-") as work:
                if side == "shell":
                    shell.append(run_shell(Path(work), given))
                    text = f"{shell[-1]:.1f} s"
                else:
                    cold, second, changes = run_ansible(Path(work), given)
                    ansible.append(cold)
                    again.append(second)
                    changed.append(changes)
                    text = f"{cold:.1f} s, second run {second:.1f} s, changed={changes}"
            print(f"pair {number}  {side:7}  {text}", flush=True)
    ours, plain = statistics.median(ansible), statistics.median(shell)
    print(f"median  ansible {ours:.1f} s, shell {plain:.1f} s")
    print(f"second run of site.yml {statistics.median(again):.1f} s, changed={max(changed)}")
    print(f"ratio {ours / plain:.2f} (median of {pairs} pairs; target at most {TARGET})")


def main() -> int:
    """Compare; 0 whatever the ratio, 1 if a side failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=3, help="pairs to run (default: 3)")
    arguments = parser.parse_args()
    if arguments.pairs < 1:
        parser.error("--pairs must be at least 1")
    # An end by kill cleans up as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix="bench-given-") as given:
            compare(arguments.pairs, Path(given))
    except SideFailedError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
