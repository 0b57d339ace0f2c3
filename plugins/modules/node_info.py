#!/usr/bin/python
"""Look at a machine that is to carry Docker."""

from __future__ import annotations

import grp
import http.client
import ipaddress
import json
import os
import platform
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
  - One look for all that a role asks of the machine, so that its other tasks run only where
    something differs.
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
    description: File with what was written to C(daemon.json) before. Looks at engine and networks.
    type: path
  files:
    description: What files and directories should be.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: Where it is.
        type: path
        required: true
      mode:
        description: Its mode, as four digits.
        type: str
        required: true
      content:
        description: All that stands in it.
        type: str
      contains:
        description: What stands in it beside other things.
        type: str
  certificate:
    description: Certificate in PEM to look for among those that the system trusts.
    type: str
  connect_to:
    description: Name or address of a machine, to be resolved and reached from here.
    type: str
  connect_port:
    description: TCP port to try there. A refused connection reaches the machine too.
    type: int
  hosts_name:
    description: Name that the hosts files should have for that machine.
    type: str
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
system:
  description: The distribution.
  returned: always
  type: dict
  sample: {id: debian, version: "13", codename: trixie, name: Debian GNU/Linux 13 (trixie)}
memory:
  description: Memory in MiB.
  returned: always
  type: int
  sample: 3920
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
differing:
  description: Paths of those of O(files) that are missing, or not as they should be.
  returned: always
  type: list
  elements: str
  sample: [/etc/gitconfig]
trusted:
  description: Whether the system trusts O(certificate).
  returned: when O(certificate) is given
  type: bool
  sample: true
networks:
  description: IPv4 networks on the machine's own devices, without those that the engine made.
  returned: when O(record) is given
  type: list
  elements: str
  sample: [192.0.2.0/24]
mtu:
  description: Bytes that a packet on the default route may have.
  returned: when O(record) is given
  type: int
  sample: 1500
engine:
  description: The Docker Engine and its configuration.
  returned: when O(record) is given
  type: dict
  sample: {installed: true, started: true, used: true, swarm: false, stale: false,
           config: {live-restore: true}}
  contains:
    disk:
      description: Room where it keeps its data, in MiB.
      type: int
    started:
      description: Whether it runs now, and will after a reboot.
      type: bool
    users:
      description: Accounts of the group C(docker).
      type: list
    installed:
      description: Whether there is a Docker Engine.
      type: bool
    used:
      description: Whether it ran before.
      type: bool
    swarm:
      description: Whether it is in a swarm.
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
    whether that is a C(loopback) one, and the C(problem) in reaching it, else empty. With
    O(hosts_name), C(not_in) lists the hosts files that do not have this address for the name.
  returned: when O(connect_to) is given
  type: dict
  sample: {address: 192.0.2.11, loopback: false, problem: "", not_in: [/etc/hosts]}
"""

CONFIG = Path("/etc/docker/daemon.json")
PID = Path("/run/docker.pid")
SOCKET = "/run/docker.sock"
# At each boot, cloud-init may write the first anew from the second.
HOSTS = [Path("/etc/hosts"), Path("/etc/cloud/templates/hosts.debian.tmpl")]
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
DPKG_UPDATES = Path("/var/lib/dpkg/updates")
# Holds a published port while the engine itself is stopped.
PROXY = "docker-proxy"
# The engine's own bridges, which stay when it is stopped.
BRIDGES = re.compile(r"docker0|docker_gwbridge|br-[0-9a-f]{12}")


def system() -> dict[str, str]:
    """The distribution, as it calls itself."""
    release = platform.freedesktop_os_release()
    return {
        "id": release["ID"],
        "version": release.get("VERSION_ID", ""),
        "codename": release.get("VERSION_CODENAME", ""),
        "name": release.get("PRETTY_NAME", release["NAME"]),
    }


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


def differs(path: str, mode: str, content: str | None, contains: str | None) -> bool:
    """Whether a file or directory is missing, or not as it should be."""
    file = Path(path)
    if not file.exists() or file.stat().st_mode & 0o7777 != int(mode, 8):
        return True
    if content is not None and file.read_bytes() != content.encode():
        return True
    return contains is not None and contains not in file.read_text(errors="replace")


def without_line(files: list[Path], address: str, name: str) -> list[str]:
    """Hosts files that are there and do not have just this address for a name."""
    ends = re.compile(rf"\s{re.escape(name)}$")
    return [
        str(file)
        for file in files
        if file.exists()
        and [line for line in file.read_text().splitlines() if ends.search(line)]
        != [f"{address} {name}"]
    ]


def trusts(certificate: str) -> bool:
    """Whether a certificate is in the system's bundle, as update-ca-certificates put it there."""
    return BUNDLE.exists() and certificate.strip() in BUNDLE.read_text()


def networks(devices: list[dict[str, Any]]) -> list[str]:
    """The networks of the devices that `ip -json address` lists, without the engine's own."""
    return [
        str(ipaddress.ip_interface(f"{address['local']}/{address['prefixlen']}").network)
        for device in devices
        if not BRIDGES.fullmatch(device["ifname"])
        for address in device["addr_info"]
    ]


def uplink_mtu(devices: list[dict[str, Any]], routes: list[dict[str, Any]]) -> int:
    """What the default route's device carries; Ethernet's 1500 where there is no such route."""
    mtus = {device["ifname"]: int(device["mtu"]) for device in devices}
    return next((mtus[route["dev"]] for route in routes if route.get("dev") in mtus), 1500)


def members(group: str) -> list[str]:
    """Accounts of a group."""
    try:
        return grp.getgrnam(group).gr_mem
    except KeyError:
        return []


def written(path: Path) -> int:
    """When a file was written, 0 where there is none."""
    return path.stat().st_mtime_ns if path.exists() else 0


def started(properties: str) -> bool:
    """Whether a service runs and is enabled, of what `systemctl show` printed."""
    return set(properties.split()) == {"ActiveState=active", "UnitFileState=enabled"}


def engine(record: Path) -> dict[str, Any]:
    """The engine as it is configured."""
    config, problem = loaded(CONFIG)
    root = Path((config or {}).get("data-root", "/var/lib/docker"))
    return {
        "installed": shutil.which("dockerd", path=f"{os.defpath}:/usr/sbin") is not None,
        "used": (root / "engine-id").exists(),
        "swarm": (root / "swarm/docker-state.json").exists(),
        "stale": written(CONFIG) > max(written(PID), written(record)),
        "config": config or {},
        "mode": f"{CONFIG.stat().st_mode & 0o777:04o}" if CONFIG.exists() else "0644",
        "problem": problem,
        "record": loaded(record)[0],
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


FILE = {
    "path": {"type": "path", "required": True},
    "mode": {"type": "str", "required": True},
    "content": {"type": "str"},
    "contains": {"type": "str"},
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "packages": {"type": "list", "elements": "str", "default": []},
            "ports": {"type": "list", "elements": "int", "default": []},
            "record": {"type": "path"},
            "files": {"type": "list", "elements": "dict", "default": [], "options": FILE},
            "certificate": {"type": "str"},
            "connect_to": {"type": "str"},
            "connect_port": {"type": "int"},
            "hosts_name": {"type": "str"},
            "timeout": {"type": "int", "default": 5},
        },
        required_together=[("connect_to", "connect_port")],
        supports_check_mode=True,
    )
    given = module.params
    found: dict[str, Any] = {
        "system": system(),
        "memory": memory(Path("/proc/meminfo").read_text()),
        "dpkg_interrupted": DPKG_UPDATES.is_dir() and any(DPKG_UPDATES.iterdir()),
        "differing": [file["path"] for file in given["files"] if differs(**file)],
        "installed": [],
        "taken": [],
    }

    def output(*command: str) -> str:
        return str(module.run_command(list(command), check_rc=True)[1])

    if given["record"]:
        properties = "--property=ActiveState,UnitFileState"
        found["engine"] = engine(Path(given["record"])) | {
            "started": started(output("systemctl", "show", "docker.service", properties)),
            "users": members("docker"),
        }
        devices = json.loads(output("ip", "-json", "-4", "address"))
        routes = json.loads(output("ip", "-json", "-4", "route", "show", "default"))
        found["networks"] = networks(devices)
        found["mtu"] = uplink_mtu(devices, routes)
    if given["certificate"] is not None:
        found["trusted"] = trusts(given["certificate"])
    # Another distribution has no dpkg.
    if given["packages"] and shutil.which("dpkg-query"):
        query = ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev}${Package}\n"]
        _code, listing, _errors = module.run_command([*query, *given["packages"]])
        found["installed"] = installed(listing)
    if given["ports"]:
        ss = ["ss", "--listening", "--tcp", "--numeric", "--processes", "--no-header"]
        programs = listeners(output(*ss))
        found["taken"] = taken(given["ports"], programs, published(given["timeout"]))
    if given["connect_to"]:
        found["server"] = server(given["connect_to"], given["connect_port"], given["timeout"])
        if given["hosts_name"]:
            address, name = found["server"]["address"], given["hosts_name"]
            found["server"]["not_in"] = without_line(HOSTS, address, name)
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
