#!/usr/bin/python
"""Look at the controller: what it has for the lab, and what it lacks."""

from __future__ import annotations

import locale
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url

DOCUMENTATION = """
module: controller_info
short_description: Look at the controller, what it has for the lab and what it lacks
description:
  - Reads and changes nothing. Runs on the controller, as the user who types the commands.
options:
  project:
    description: Directory of the working copy.
    type: path
    required: true
  state_dir:
    description: Directory that keeps keys and passwords.
    type: path
    required: true
  simulated:
    description: Whether simulated VMs are to run here, which needs Docker, memory and disk.
    type: bool
    default: true
  ports:
    description: Ports of the loopback address that the lab publishes.
    type: list
    elements: int
    default: []
  own_ports:
    description: Those of them that a lab of this directory has published already.
    type: list
    elements: int
    default: []
  addresses:
    description: Addresses to ask, by what they are for. Leave out to ask nobody.
    type: dict
    default: {}
author: identidock-lab maintainers
"""

EXAMPLES = """
- name: Look at this machine
  controller_info:
    project: /home/ada/identidock-lab
    state_dir: /home/ada/identidock-lab/.lab
    ports: [2201, 9090]
    addresses:
      package index: https://pypi.org/simple/
"""

RETURN = """
checks:
  description: >
    What was looked at. Each has a C(name), a C(status), which is C(ok), C(will be installed) or
    C(problem), what was C(found), and for a problem a C(remedy).
  returned: always
  type: list
  sample:
    - {name: mmdebstrap, status: will be installed, found: none, remedy: ""}
"""

Check = dict[str, str]
GIB = 2**30


def check(name: str, found: str, remedy: str = "", status: str = "") -> Check:
    """One line of the table: a problem if there is a remedy."""
    status = status or ("problem" if remedy else "ok")
    return {"name": name, "status": status, "found": found, "remedy": remedy}


def system() -> Check:
    """The distribution; only Debian and its children have apt."""
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        lines = []
    release = dict(line.split("=", 1) for line in lines if "=" in line)
    name = release.get("PRETTY_NAME", "unknown").strip('"')
    if shutil.which("apt-get"):
        return check("system", name)
    return check(
        "system", name, "Use a Debian or Ubuntu, or install Docker and mmdebstrap yourself."
    )


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    found = ".".join(str(part) for part in version)
    remedy = "" if version[:2] >= (3, 11) else "Install Python 3.11 or later, then: rm -r .venv"
    return check("Python", found, remedy)


def user(uid: int, environment: dict[str, str], project: Path) -> Check:
    """Who runs this; root's files in somebody's working copy would lock its owner out."""
    owner = project.stat().st_uid
    if uid == 0 and environment.get("SUDO_UID", "0") != "0" and owner != 0:
        return check(
            "user",
            "root, by sudo, in the working copy of another account",
            "Run the same command without sudo; it asks for the password itself.",
        )
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return check("user", name)


def root_access(uid: int) -> Check:
    """How to become root, for packages and the engine."""
    if uid == 0:
        return check("root", "is the user")
    if not shutil.which("sudo"):
        return check("root", "no sudo", "As root: apt-get install sudo && adduser $USER sudo")
    asked = subprocess.run(["sudo", "-kn", "true"], capture_output=True, check=False)
    return check("root", f"sudo {'without' if asked.returncode == 0 else 'with'} a password")


def state(uid: int, directory: Path) -> Check:
    """Files that an earlier run of another account left."""
    for path in [directory, *walk(directory)]:
        if path.exists() and path.lstat().st_uid != uid and uid != 0:
            return check(
                "files of the lab",
                f"{path} belongs to another account",
                f"sudo chown -R $(id -un): '{directory}'",
            )
    return check("files of the lab", str(directory))


def walk(directory: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(directory):
        yield from (Path(folder, name) for name in folders + files)


def checkout(project: Path) -> Check:
    """Ansible reads no ansible.cfg in a directory that all may write, unless it is told to."""
    if project.stat().st_mode & stat.S_IWOTH and not os.environ.get("ANSIBLE_CONFIG"):
        return check(
            "working copy",
            "everybody may write to it, so Ansible ignores its ansible.cfg",
            f"chmod o-w '{project}', or: export ANSIBLE_CONFIG='{project}/ansible.cfg'",
        )
    return check("working copy", str(project))


def room(project: Path, simulated: bool) -> list[Check]:
    """Memory and disk, for VM and images."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    free = shutil.disk_usage(project).free / GIB
    least_memory, least_disk = (1.7, 6) if simulated else (0.4, 1)
    return [
        check(
            "memory",
            f"{memory:.1f} GiB",
            "" if memory >= least_memory else f"The lab needs {least_memory} GiB.",
        ),
        check(
            "disk",
            f"{free:.0f} GiB free",
            "" if free >= least_disk else f"Make room: the lab needs {least_disk} GiB.",
        ),
    ]


def cgroups(path: Path = Path("/sys/fs/cgroup")) -> Check:
    if (path / "cgroup.controllers").exists():
        return check("control groups", "version 2")
    if (path / "memory").exists():
        return check("control groups", "version 1")
    return check("control groups", "none", f"Mount them at {path}: Docker needs them.")


def engine(address: str) -> Check:
    """The Docker Engine that the lab would use."""
    if address:
        return check("Docker Engine", f"at {address} (DOCKER_HOST)", reach(address))
    path = Path("/var/run/docker.sock")
    if path.exists():
        how = "open to you" if os.access(path, os.W_OK) else "asked as root"
        return check("Docker Engine", f"at {path}, {how}")
    if shutil.which("dockerd", path="/usr/sbin:/usr/bin:/usr/local/bin"):
        return check("Docker Engine", "installed, will be started")
    return check("Docker Engine", "none", status="will be installed")


def reach(address: str) -> str:
    """What to do about an engine that cannot be connected to; empty where it can."""
    # Docker takes an address without a scheme for TCP.
    parts = urlsplit(address if ":/" in address else f"tcp://{address}")
    try:
        if parts.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(3)
                connection.connect(parts.path)
        elif parts.scheme in ("tcp", "http", "https"):
            socket.create_connection((parts.hostname or "", parts.port or 2375), 3).close()
    except (OSError, ValueError) as error:
        return f"It does not answer ({error}). Start it, or: unset DOCKER_HOST"
    return ""


def mmdebstrap() -> Check:
    if shutil.which("mmdebstrap"):
        return check("mmdebstrap", "installed")
    return check("mmdebstrap", "none", status="will be installed")


def encoding(name: str) -> Check:
    if name.lower().replace("-", "") == "utf8":
        return check("locale", name)
    return check("locale", name, "export LC_ALL=C.UTF-8")


def ports(wanted: list[int], own: list[int]) -> Check:
    """Ports that another program has."""
    taken = [port for port in wanted if port not in own and listens(port)]
    if taken:
        first = taken[0]
        return check(
            "ports",
            f"taken: {', '.join(str(port) for port in taken)}",
            f"See who listens with: ss -ltnp 'sport = :{first}'. Stop it, or set lab_port_offset "
            "and lab_vm_ssh_port in the inventory.",
        )
    return check("ports", f"{len(wanted) - len(own)} free, {len(own)} in use by this lab")


def listens(port: int) -> bool:
    with socket.socket() as connection:
        connection.settimeout(1)
        return connection.connect_ex(("127.0.0.1", port)) == 0


def asked(name: str, address: str) -> Check:
    """Whether a server answers; any answer will do."""
    # An address may carry a password.
    shown = urlsplit(address).hostname or address
    try:
        open_url(address, timeout=10, method="GET").close()
    except HTTPError:
        pass
    except OSError as error:
        return check(
            name,
            f"{shown} does not answer ({getattr(error, 'reason', error)})",
            "See to the network, a proxy (http_proxy, https_proxy), or name another address: "
            "lab_vm_mirror, PIP_INDEX_URL.",
        )
    return check(name, f"{shown} answers")


def look(asking: dict[str, Any]) -> list[Check]:
    project, simulated = Path(asking["project"]), asking["simulated"]
    uid = os.geteuid()
    checks = [
        system(),
        python(),
        encoding(locale.getpreferredencoding(False)),
        user(uid, dict(os.environ), project),
        checkout(project),
        state(uid, Path(asking["state_dir"])),
        *room(project, simulated),
    ]
    if simulated:
        address = os.environ.get("DOCKER_HOST", "")
        checks += [root_access(uid), cgroups(), engine(address), mmdebstrap()]
        checks.append(ports(asking["ports"], asking["own_ports"]))
    return checks + [asked(name, address) for name, address in asking["addresses"].items()]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "project": {"type": "path", "required": True},
            "state_dir": {"type": "path", "required": True},
            "simulated": {"type": "bool", "default": True},
            "ports": {"type": "list", "elements": "int", "default": []},
            "own_ports": {"type": "list", "elements": "int", "default": []},
            "addresses": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    module.exit_json(changed=False, checks=look(module.params))


if __name__ == "__main__":
    main()
