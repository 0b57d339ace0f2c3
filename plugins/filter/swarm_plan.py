"""Work out what makes one swarm of the machines that are to be one."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

Looks = dict[str, dict[str, Any]]

# Seconds that clocks may be apart. Certificates of the swarm would allow an hour.
CLOCKS = 60
RECOVER = "playbooks/swarm_recover.yml"


def listed(names: list[str]) -> str:
    """Names as part of a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def twice(values: dict[str, str]) -> list[tuple[str, list[str]]]:
    """Values that several names have."""
    users: dict[str, list[str]] = defaultdict(list)
    for name, value in values.items():
        users[value].append(name)
    return [(value, names) for value, names in users.items() if len(names) > 1]


def is_inside(look: dict[str, Any]) -> bool:
    """Whether an engine takes itself for a part of a swarm."""
    return bool(look["state"] not in ("inactive", ""))


def quorum_problems(members: list[dict[str, Any]], looks: Looks) -> list[str]:
    """What to do where managers answer, and none can decide."""
    managers = [member["name"] for member in members if looks[member["name"]]["manager"]]
    if not managers or any(looks[name]["quorum"] for name in managers):
        return []
    said = looks[managers[0]]["problem"].rstrip(".")
    return [
        f"The swarm has lost its quorum: {listed(managers)} cannot decide alone ({said}). Start "
        "the other managers again and run this again; if they are gone for good, take them out of "
        f"the inventory and type `ansible-playbook {RECOVER} -e swarm_survivor={managers[0]}`."
    ]


def problems(members: list[dict[str, Any]], looks: Looks) -> list[str]:
    """A sentence for each thing that keeps these machines from being one swarm."""
    found = []
    names = [member["name"] for member in members]
    for name in names:
        look = looks[name]
        if look["node"] and not look["ours"]:
            found.append(
                f"{name} is in a swarm that the lab did not make. If nobody needs that one, type "
                f"`docker swarm leave --force` there; else take {name} out of swarm_nodes."
            )
        if look["live_restore"] and not look["node"]:
            found.append(
                f"The engine of {name} has live-restore, which no swarm takes. Take it out of "
                "/etc/docker/daemon.json there and type `systemctl reload docker`."
            )
        if look["state"] == "locked":
            found.append(f"The swarm of {name} is locked. Type `docker swarm unlock` there.")
    found += [
        f"{listed(same)} both call themselves {hostname}; a swarm could not tell them apart. Give "
        "each a name of its own (`hostnamectl set-hostname`), and restart Docker there."
        for hostname, same in twice({name: looks[name]["hostname"] for name in names})
    ]
    found += [
        f"{listed(same)} have the one address {address}. Give each its own swarm_address."
        for address, same in twice({member["name"]: member["address"] for member in members})
    ]
    clocks = {name: looks[name]["clock"] for name in names}
    early, late = min(clocks, key=clocks.__getitem__), max(clocks, key=clocks.__getitem__)
    if (apart := clocks[late] - clocks[early]) > CLOCKS:
        found.append(
            f"The clocks of {early} and {late} are {apart:.0f} seconds apart; in a swarm each may "
            "take the other's certificate for invalid. Set them, best by a time service (chrony)."
        )
    return found + quorum_problems(members, looks)


def swarm_plan(
    members: list[dict[str, Any]], looks: Looks, labels: list[str] | None = None
) -> dict[str, Any]:
    """What to do, and what forbids it.

    :param members: C(name), C(address), C(role) and C(labels) of each machine, in the inventory's
        order
    :param looks: what M(swarm_info) found on each
    :param labels: labels that are the lab's to set
    """
    plan: dict[str, Any] = {
        "problems": problems(members, looks),
        "manager": "",
        "init": "",
        # Engines that are in a swarm, be it a lost one.
        "inside": [member["name"] for member in members if is_inside(looks[member["name"]])],
        "leave": [],
        "join": {},
        "set": {},
        "forget": [],
        "needed": False,
    }
    if plan["problems"] or not members:
        return plan
    able = [member["name"] for member in members if looks[member["name"]]["quorum"]]
    nodes = {node["id"]: node for name in able[:1] for node in looks[name]["nodes"]}
    # Best the leader: what it answers is the newest.
    plan["manager"] = next(
        (name for name in able if nodes.get(looks[name]["node"], {}).get("leader")),
        able[0] if able else members[0]["name"],
    )
    if not able:
        plan["init"] = plan["manager"]
    for member in members:
        name, look = member["name"], looks[member["name"]]
        known = nodes.get(look["node"])
        if is_inside(look) and not known:
            # Taken out of the swarm, in one that is no more, or it left by half.
            plan["leave"].append(name)
        if not known and name != plan["init"]:
            plan["join"][name] = member["role"]
        plan["set"] |= changes(member, known, labels or [])
    ids = {looks[member["name"]]["node"] for member in members}
    plan["forget"] = [
        {key: node[key] for key in ("id", "hostname", "role", "state")}
        for node in nodes.values()
        if node["id"] not in ids
    ]
    plan["needed"] = bool(plan["init"] or plan["join"] or plan["set"] or plan["forget"])
    return plan


def changes(
    member: dict[str, Any], known: dict[str, Any] | None, labels: list[str]
) -> dict[str, dict[str, Any]]:
    """What differs of a node that is in the swarm, or will be."""
    wanted = dict.fromkeys(member["labels"], "true")
    if known is None:
        return {member["name"]: {"role": member["role"], "labels": wanted, "remove": []}}
    ours = {label: value for label, value in known["labels"].items() if label in labels}
    same = ours == wanted and known["role"] == member["role"]
    if same and known["availability"] == "active":
        return {}
    return {
        member["name"]: {
            "role": member["role"],
            "labels": wanted,
            "remove": sorted(ours.keys() - wanted.keys()),
        }
    }


def swarm_warnings(members: list[dict[str, Any]]) -> list[str]:
    """What can be, and should not."""
    managers = [member["name"] for member in members if member["role"] == "manager"]
    if len(managers) % 2 or not managers:
        return []
    return [
        f"{len(managers)} managers ({listed(managers)}) bear the loss of no more than "
        f"{len(managers) - 1} would. Give the swarm an odd number of them (swarm_managers)."
    ]


class FilterModule:
    """The filters of this file, as Ansible wants them."""

    def filters(self) -> dict[str, Any]:
        return {"swarm_plan": swarm_plan, "swarm_warnings": swarm_warnings}
