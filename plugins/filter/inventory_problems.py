"""Look for mistakes in an inventory before anything is changed."""

from __future__ import annotations

import difflib
import functools
import ipaddress
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

# How much two names have in common that differ in a letter or two, and no others. One's own
# variables of two words or more stay below it.
CLOSE = 0.9


@functools.cache
def known_variables(project: Path) -> set[str]:
    """Options of every role, and what the lab's own group_vars set."""
    known: set[str] = set()
    for specs in project.glob("roles/*/meta/argument_specs.yml"):
        for entry in _read(specs)["argument_specs"].values():
            known |= set(entry.get("options", {}))
    for group_vars in project.glob("playbooks/group_vars/*/*.yml"):
        known |= set(_read(group_vars) or {})
    return {name for name in known if not name.startswith(("_", "ansible_"))}


def _read(file: Path) -> Any:
    # Written in C, it takes a tenth of the time.
    return yaml.load(file.read_text(), yaml.CSafeLoader)


def unknown_variables(names: list[str], project: str, own: list[str] | None = None) -> list[str]:
    """A sentence for each variable that looks like a misspelling of one of the lab's.

    :param names: variables that are set
    :param project: the project's directory
    :param own: variables that an inventory declares to be its own
    """
    known = known_variables(Path(project))
    sentences = []
    for name in sorted({*names} - known - {*(own or [])}):
        near = difflib.get_close_matches(name, known, n=1, cutoff=CLOSE)
        if near and not name.startswith(("_", "ansible_")):
            sentences.append(
                f"{name} is unknown: did you mean {near[0]}? If it is your own, list it in "
                "lab_own_variables."
            )
    return sentences


def group_problems(groups: dict[str, list[str]]) -> list[str]:
    """What is wrong with the groups: which must be there, and who may be in them."""
    nodes = groups.get("docker_nodes", [])
    builders = groups.get("builder", [])
    problems = []
    if "localhost" not in groups.get("all", []):
        problems.append(
            "The host localhost is missing. Take it over from inventory/lab/hosts.yml, with "
            "ansible_connection and ansible_python_interpreter."
        )
    if not nodes:
        problems.append("The group docker_nodes is missing or empty. Put the VMs there.")
    if len(builders) != 1:
        found = f"has {', '.join(builders)}" if builders else "is missing or empty"
        problems.append(f"The group builder {found}. Put exactly one of docker_nodes there.")
    for group in ("builder", "identidock_nodes", "lesson_nodes", "swarm_nodes", "lab_vms"):
        problems += [
            f"In the group {group}, {host} is not one of docker_nodes. Add it there or take it out."
            for host in groups.get(group, [])
            if host not in nodes
        ]
    return problems


def is_reachable(address: str) -> bool:
    """Whether it is an IP address at which other machines can be."""
    try:
        return not ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def swarm_problems(groups: dict[str, list[str]], hosts: dict[str, dict[str, Any]]) -> list[str]:
    """What is wrong with the swarm: who is to be in it, and where the others find it."""
    swarm = groups.get("swarm_nodes", [])
    outside = [
        f"identidock_engine is swarm, and {name} of identidock_nodes is not in swarm_nodes. Add it "
        "there, or take it out of identidock_nodes."
        for name, host in hosts.items()
        if host.get("engine") == "swarm" and name not in swarm
    ]
    lost = [
        f'{name} is in swarm_nodes, and the others cannot reach it at "{address}". Give its IP '
        "address in their network as swarm_address."
        for name, host in hosts.items()
        if name in swarm and not is_reachable(address := host["swarm_address"])
    ]
    return outside + lost


def shared(hosts: dict[str, dict[str, Any]], what: str) -> dict[Any, list[str]]:
    """Values that stand more than once, with the hosts that have them."""
    users = defaultdict(list)
    for name, host in hosts.items():
        values = host.get(what)
        for value in values if isinstance(values, list) else [values]:
            if value not in (None, ""):
                users[str(value)].append(name)
    return {value: names for value, names in users.items() if len(names) > 1}


def inventory_problems(groups: dict[str, list[str]], hosts: dict[str, dict[str, Any]]) -> list[str]:
    """A sentence for each thing that cannot be right in the shape of an inventory.

    :param groups: the hosts of each group
    :param hosts: of each VM its C(ssh) address with port, its C(ports), and if it is simulated its
        C(address) and the ports it has C(published) on the controller; the C(engine) of its
        identidock, empty where it has none, and its C(swarm_address)
    """
    problems = group_problems(groups) + swarm_problems(groups, hosts)
    for value, names in shared(hosts, "ssh").items():
        problems.append(
            f"{' and '.join(names)} are both reached at {value}. Give each its own ansible_host, "
            "ansible_port or lab_vm_ssh_port."
        )
    for value, names in shared(hosts, "address").items():
        problems.append(
            f"{' and '.join(names)} both have lab_vm_address {value}. Give each its own."
        )
    for name, host in hosts.items():
        ports = [str(port) for port in host.get("ports", [])]
        if twice := sorted({port for port in ports if ports.count(port) > 1}):
            problems.append(
                f"{name} is to serve two things on port {', '.join(twice)}. Give each its own."
            )
    both = [
        (names, port) for port, names in shared(hosts, "published").items() if len({*names}) > 1
    ]
    clashes: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for names, port in both:
        clashes[tuple(dict.fromkeys(names))].append(port)
    for pair, ports in clashes.items():
        problems.append(
            f"{' and '.join(pair)} publish the same ports on the controller ({', '.join(ports)}). "
            "Give each its own lab_port_offset and lab_vm_ssh_port."
        )
    return problems


class FilterModule:
    """The filters of this file, as Ansible wants them."""

    def filters(self) -> dict[str, Any]:
        return {
            "inventory_problems": inventory_problems,
            "unknown_variables": unknown_variables,
        }
