#!/usr/bin/python
"""Look at a machine that is to carry Docker."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import re
import shutil
import socket
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: node_info
short_description: Look at a machine that is to carry Docker
description:
  - Reads and changes nothing. Needs to be root to name the programs that hold ports.
options:
  packages:
    description: Debian packages to look for.
    type: list
    elements: str
    default: []
  ports:
    description: TCP ports that no program may hold but the engine, for its containers.
    type: list
    elements: int
    default: []
  record:
    description: File with what was written to C(daemon.json) before.
    type: path
  connect_to:
    description: Name or address of a machine, to be resolved and reached from here.
    type: str
  connect_port:
    description: TCP port to try there. A refused connection reaches the machine too.
    type: int
  timeout:
    description: Seconds an attempt to connect may take.
    type: int
    default: 5
"""

EXAMPLES = """
- name: Look at the machine
  node_info:
    packages: [docker.io, curl]
    ports: [5000, 9090]
    connect_to: vm1.example.org
    connect_port: 5443
  register: node
"""

RETURN = """
memory:
  description: Memory in MiB.
  returned: always
  type: int
  sample: 3920
disk:
  description: Room where the engine keeps its data, in MiB.
  returned: always
  type: int
  sample: 17408
dpkg_interrupted:
  description: Whether a run of dpkg was killed.
  returned: always
  type: bool
  sample: false
installed:
  description: Those of O(packages) that are installed.
  returned: always
  type: list
  elements: str
  sample: [docker.io, curl]
taken:
  description: Those of O(ports) that something else holds, each with its C(program).
  returned: always
  type: list
  elements: dict
  sample: [{port: 5000, program: gunicorn}]
cloud_init:
  description: Whether cloud-init has a template of C(/etc/hosts).
  returned: always
  type: bool
  sample: true
engine:
  description: The Docker Engine and its configuration.
  returned: always
  type: dict
  sample: {installed: true, used: true, stale: false, config: {live-restore: true}}
  contains:
    installed:
      description: Whether there is a Docker Engine.
      type: bool
    used:
      description: Whether it ran before.
      type: bool
    stale:
      description: Whether its configuration was written after it was last read.
      type: bool
    config:
      description: Content of C(daemon.json), empty where there is none.
      type: dict
    mode:
      description: Mode of that file.
      type: str
    problem:
      description: Why that file cannot be read as a configuration, else empty.
      type: str
    record:
      description: Content of O(record), null where there is none.
      type: dict
server:
  description: The machine of O(connect_to), with its C(address) (empty if the name has none),
    whether that is a C(loopback) one, and the C(problem) in reaching it, else empty.
  returned: when O(connect_to) is given
  type: dict
  sample: {address: 192.0.2.11, loopback: false, problem: ""}
"""

CONFIG = Path("/etc/docker/daemon.json")
PID = Path("/run/docker.pid")
SOCKET = "/run/docker.sock"
HOSTS_TEMPLATE = Path("/etc/cloud/templates/hosts.debian.tmpl")
DPKG_UPDATES = Path("/var/lib/dpkg/updates")
# Holds a published port while the engine itself is stopped.
PROXY = "docker-proxy"


def memory(meminfo: str) -> int:
    """Memory in MiB."""
    found = re.search(r"(?m)^MemTotal:\s+(\d+) kB", meminfo)
    return int(found.group(1)) // 1024 if found else 0


def free_disk(path: Path) -> int:
    """MiB free where a directory is or would be made."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free // 1024**2


def installed(listing: str) -> list[str]:
    """Names of the packages that are installed, of dpkg-query's ${db:Status-Abbrev}${Package}."""
    return [line[3:].strip() for line in listing.splitlines() if line[1:2] == "i"]


def listeners(listing: str) -> dict[int, str]:
    """Program that listens on each TCP port, of what ss printed."""
    found: dict[int, str] = {}
    for line in listing.splitlines():
        columns = line.split()
        program = re.search(r'\(\("([^"]+)"', line)
        found[int(columns[3].rpartition(":")[2])] = program.group(1) if program else "the kernel"
    return found


class Engine(http.client.HTTPConnection):
    """The engine's API on its socket; a user's context or DOCKER_HOST does not matter."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(SOCKET)


def published(timeout: int) -> set[int] | None:
    """TCP ports that the engine publishes for its containers; nothing if it does not answer."""
    engine = Engine("docker", timeout=timeout)
    try:
        engine.request("GET", "/containers/json")
        answer = engine.getresponse()
        containers = json.load(answer) if answer.status == http.client.OK else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        engine.close()
    if containers is None:
        return None
    ports = [port for container in containers for port in container["Ports"]]
    return {port["PublicPort"] for port in ports if port["Type"] == "tcp" and "PublicPort" in port}


def taken(
    ports: list[int], programs: dict[int, str], ours: set[int] | None
) -> list[dict[str, Any]]:
    """Ports that something else holds than the engine for a container."""
    held = {port: programs[port] for port in ports if port in programs}
    return [
        {"port": port, "program": program}
        for port, program in held.items()
        if (program != PROXY if ours is None else port not in ours)
    ]


def loaded(path: Path) -> tuple[dict[str, Any] | None, str]:
    """Content of a file with one JSON object, or none, and why it cannot be read."""
    try:
        content = json.loads(path.read_text() or "{}")
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError) as error:
        return None, str(error)
    return (content, "") if isinstance(content, dict) else (None, "it is not a JSON object")


def written(path: Path) -> int:
    """When a file was written, 0 where there is none."""
    return path.stat().st_mtime_ns if path.exists() else 0


def engine(record: Path | None) -> dict[str, Any]:
    """The engine as it is configured."""
    config, problem = loaded(CONFIG)
    root = Path((config or {}).get("data-root", "/var/lib/docker"))
    return {
        "installed": shutil.which("dockerd", path=f"{os.defpath}:/usr/sbin") is not None,
        "used": (root / "engine-id").exists(),
        "stale": written(CONFIG) > max(written(PID), written(record) if record else 0),
        "config": config or {},
        "mode": f"{CONFIG.stat().st_mode & 0o777:04o}" if CONFIG.exists() else "0644",
        "problem": problem,
        "record": loaded(record)[0] if record else None,
        "disk": free_disk(root),
    }


def server(name: str, port: int, timeout: int) -> dict[str, Any]:
    """The first of a machine's addresses that is reached from here, or why none is."""
    try:
        infos = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return {"address": "", "loopback": False, "problem": error.strerror or str(error)}
    failed = []
    for family, kind, protocol, _name, target in infos:
        address = str(target[0])
        found = {"address": address, "loopback": ipaddress.ip_address(address).is_loopback}
        with socket.socket(family, kind, protocol) as attempt:
            attempt.settimeout(timeout)
            try:
                attempt.connect(target)
            except ConnectionRefusedError:
                pass
            except OSError as error:
                failed.append(found | {"problem": error.strerror or str(error)})
                continue
        return found | {"problem": ""}
    return failed[0]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "packages": {"type": "list", "elements": "str", "default": []},
            "ports": {"type": "list", "elements": "int", "default": []},
            "record": {"type": "path"},
            "connect_to": {"type": "str"},
            "connect_port": {"type": "int"},
            "timeout": {"type": "int", "default": 5},
        },
        required_together=[("connect_to", "connect_port")],
        supports_check_mode=True,
    )
    given = module.params
    found: dict[str, Any] = {
        "memory": memory(Path("/proc/meminfo").read_text()),
        "dpkg_interrupted": DPKG_UPDATES.is_dir() and any(DPKG_UPDATES.iterdir()),
        "cloud_init": HOSTS_TEMPLATE.exists(),
        "engine": engine(Path(given["record"]) if given["record"] else None),
        "installed": [],
        "taken": [],
    }
    found["disk"] = found["engine"].pop("disk")
    if given["packages"]:
        query = ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev}${Package}\n"]
        _code, listing, _errors = module.run_command([*query, *given["packages"]])
        found["installed"] = installed(listing)
    if given["ports"]:
        ss = ["ss", "--listening", "--tcp", "--numeric", "--processes", "--no-header"]
        _code, listing, _errors = module.run_command(ss, check_rc=True)
        found["taken"] = taken(given["ports"], listeners(listing), published(given["timeout"]))
    if given["connect_to"]:
        found["server"] = server(given["connect_to"], given["connect_port"], given["timeout"])
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
