#!/usr/bin/python
"""Look at this machine's part in a swarm."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.compose import Done, NoDockerError, StackError, last_lines, run_command

DOCUMENTATION = """
module: swarm_info
short_description: Look at this machine's part in a swarm
description:
  - Changes nothing.
options:
  record:
    description: File in which the lab keeps the number of the membership that it made.
    type: path
    default: /var/lib/identidock-lab/swarm
  stack:
    description: Name of a stack whose services and tasks are to be told; empty tells none.
    type: str
    default: ""
"""

EXAMPLES = """
- name: Look at the swarm
  swarm_info:
  register: found
"""

RETURN = """
installed:
  description: Whether Docker is installed.
  returned: always
  type: bool
  sample: true
state:
  description: What the engine says of its membership.
  returned: always
  type: str
  sample: active
node:
  description: Number of the membership; empty outside of a swarm.
  returned: always
  type: str
  sample: yrl7z
ours:
  description: Whether the lab made this membership.
  returned: always
  type: bool
  sample: true
manager:
  description: Whether this machine is a manager.
  returned: always
  type: bool
  sample: true
quorum:
  description: Whether it is a manager, and can do what managers do.
  returned: always
  type: bool
  sample: true
problem:
  description: What a manager says that cannot, or an engine that has trouble with its swarm.
  returned: always
  type: str
  sample: ""
live_restore:
  description: Whether the engine has what keeps it from being in a swarm.
  returned: always
  type: bool
  sample: false
hostname:
  description: Name of the machine.
  returned: always
  type: str
  sample: cluster1
clock:
  description: Its time, in seconds.
  returned: always
  type: float
  sample: 1795758000.0
nodes:
  description: >-
    Each node's C(id), C(hostname), C(role), C(availability), C(state), C(address) and C(labels),
    and whether it is the C(leader).
  returned: always
  type: list
  elements: dict
  sample: [{id: yrl7z, hostname: cluster1, role: manager, availability: active, state: ready,
            address: 10.213.6.11, leader: true, labels: {}}]
services:
  description: Names of the stack's services.
  returned: always
  type: list
  elements: str
  sample: [redis]
tasks:
  description: >-
    Each task of the stack: its C(service), C(node), C(desired) state and C(state), C(image), since
    when (C(at)), and the C(error).
  returned: always
  type: list
  elements: dict
  sample: [{service: redis, node: cluster1, desired: running, state: running, error: "",
            image: "registry.lab:5443/redis@sha256:9b1f", at: "2026-11-25T09:14:03Z"}]
events:
  description: The last ten tasks that failed or are no longer wanted, in the form of C(tasks).
  returned: always
  type: list
  elements: dict
  sample: [{service: redis, node: cluster2, desired: shutdown, state: failed, error: "exit 137",
            image: "registry.lab:5443/redis@sha256:9b1f", at: "2026-11-25T09:14:01Z"}]
here:
  description: State of each container of the stack on this machine, by the name of its service.
  returned: always
  type: dict
  sample: {redis: [healthy]}
"""

NAMESPACE = "com.docker.stack.namespace"
SERVICE = "com.docker.swarm.service.name"
# Without a quorum a manager answers only after its own time-out.
LISTING_TIMEOUT = 60


def described(node: dict[str, Any]) -> dict[str, Any]:
    """What counts of a node, of what `docker node inspect` says."""
    manager = node.get("ManagerStatus") or {}
    spec = node["Spec"]
    return {
        "id": node["ID"],
        "hostname": node["Description"]["Hostname"],
        "role": spec["Role"],
        "availability": spec["Availability"],
        "state": node["Status"]["State"],
        "leader": bool(manager.get("Leader")),
        "reachable": manager.get("Reachability", "") in ("", "reachable"),
        # A manager's own entry may say 0.0.0.0 there.
        "address": manager.get("Addr", "").rpartition(":")[0] or node["Status"].get("Addr", ""),
        "labels": spec.get("Labels") or {},
    }


def nodes(run: Callable[..., Done]) -> tuple[list[dict[str, Any]], str]:
    """Every node of the swarm as a manager knows it, or why it cannot say."""
    try:
        listed = run(["docker", "node", "ls", "--quiet"], timeout=LISTING_TIMEOUT)
        if listed.code:
            return [], last_lines(listed.err)
        found = run(["docker", "node", "inspect", *listed.out.split()], timeout=LISTING_TIMEOUT)
    except StackError as failure:
        return [], str(failure)
    if found.code:
        return [], last_lines(found.err)
    return [described(node) for node in json.loads(found.out)], ""


def ask(run: Callable[..., Done], *words: str) -> str:
    """What the docker command says."""
    done = run(["docker", *words], timeout=LISTING_TIMEOUT)
    if done.code:
        raise StackError(last_lines(done.err))
    return done.out


def here(stack: str, run: Callable[..., Done]) -> dict[str, list[str]]:
    """The containers of a stack on this machine, which need no manager to be seen."""
    label = f"label={NAMESPACE}={stack}"
    words = ["ps", "--filter", label, "--format", f'{{{{.Label "{SERVICE}"}}}}\t{{{{.Status}}}}']
    found: dict[str, list[str]] = {}
    for line in ask(run, *words).splitlines():
        service, status = line.split("\t")
        health = re.search(r"\((?:health: )?(\w+)\)", status)
        name = service.removeprefix(f"{stack}_")
        found.setdefault(name, []).append(health.group(1) if health else "running")
    return found


def tasks(
    stack: str, hosts: dict[str, str], run: Callable[..., Done]
) -> tuple[list[str], list[dict[str, Any]]]:
    """The services and tasks of a stack, as a manager knows them; the newest task comes first."""
    listing = ask(run, "stack", "services", "--format", "{{.ID}} {{.Name}}", stack)
    named = dict(line.split() for line in listing.splitlines())
    if not named:
        return [], []
    numbers = ask(run, "service", "ps", "--quiet", "--no-trunc", *named).split()
    found = json.loads(ask(run, "inspect", *numbers)) if numbers else []
    short = {number: name.removeprefix(f"{stack}_") for number, name in named.items()}
    # A listing has the beginning of a number only.
    service = {task["ServiceID"]: task["ServiceID"] for task in found}
    for number in service:
        service[number] = next(name for start, name in short.items() if number.startswith(start))
    listed = [
        {
            "service": service[task["ServiceID"]],
            "node": hosts.get(task.get("NodeID", ""), ""),
            "desired": task["DesiredState"],
            "state": task["Status"]["State"],
            "image": task["Spec"]["ContainerSpec"]["Image"],
            "at": task["Status"]["Timestamp"][:19] + "Z",
            "error": task["Status"].get("Err", ""),
        }
        for task in found
    ]
    return sorted(short.values()), sorted(listed, key=lambda task: task["at"], reverse=True)


def look(record: Path, stack: str = "", run: Callable[..., Done] = run_command) -> dict[str, Any]:
    """This machine's part in a swarm."""
    result: dict[str, Any] = {
        "installed": False,
        "state": "inactive",
        "node": "",
        "ours": False,
        "manager": False,
        "quorum": False,
        "problem": "",
        "live_restore": False,
        "hostname": socket.gethostname(),
        "clock": time.time(),
        "nodes": [],
        "services": [],
        "tasks": [],
        "events": [],
        "here": {},
    }
    try:
        info = run(["docker", "info", "--format", "{{json .}}"], timeout=LISTING_TIMEOUT)
    except NoDockerError:
        return result
    if info.code:
        raise StackError(f"Docker does not answer: {last_lines(info.err)}")
    said = json.loads(info.out)
    swarm = said["Swarm"]
    known = record.read_text("utf-8").strip() if record.exists() else ""
    # An engine that the others removed is still inside, and no longer says as what.
    node = swarm.get("NodeID", "") or (known if swarm["LocalNodeState"] == "error" else "")
    result |= {
        "installed": True,
        "state": swarm["LocalNodeState"],
        "node": node,
        "ours": bool(known) and known == node,
        "manager": bool(swarm.get("ControlAvailable")),
        "problem": swarm.get("Error", ""),
        "live_restore": bool(said.get("LiveRestoreEnabled")),
    }
    if result["manager"]:
        result["nodes"], problem = nodes(run)
        result["quorum"] = not problem
        result["problem"] = problem
    if stack:
        result["here"] = here(stack, run)
        if result["quorum"]:
            hosts = {node["id"]: node["hostname"] for node in result["nodes"]}
            result["services"], result["tasks"] = tasks(stack, hosts, run)
            events = [
                task for task in result["tasks"] if task["desired"] != "running" or task["error"]
            ]
            result["events"] = events[:10]
    return result


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "record": {"type": "path", "default": "/var/lib/identidock-lab/swarm"},
            "stack": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    try:
        found = look(Path(module.params["record"]), module.params["stack"])
    except StackError as failure:
        module.fail_json(msg=f"{failure}")
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
