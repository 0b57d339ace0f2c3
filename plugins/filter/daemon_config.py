"""Merge the lab's keys of Docker's daemon.json with those that a machine has of its own."""

from __future__ import annotations

import ipaddress
import itertools
import json
from collections.abc import Callable
from typing import Any

Config = dict[str, Any]

# Keys that only make sense together: who has set one of them has decided on all.
TOGETHER = [{"log-driver", "log-opts"}, {"mtu", "default-network-opts"}]
# Containers and networks that exist already have addresses of these.
NETWORKS = {"bip", "default-address-pools"}
# The lab's own entries come first, the machine's after them.
JOINED = {"registry-mirrors"}
# What the engine takes up without a restart.
RELOADED = {
    "live-restore",
    "registry-mirrors",
    "insecure-registries",
    "labels",
    "debug",
    "features",
}
# Whether the lab can work with a key's value.
USABLE: dict[str, Callable[[Any], bool]] = {
    # Containers reach nobody without it.
    "iptables": bool,
    # Images are built on the default network.
    "bridge": lambda name: name != "none",
    # Root in a container could not read the stacks' files.
    "userns-remap": lambda name: not name,
}


def own_keys(found: Config, record: Config | None) -> Config:
    """What the machine has of its own: all but what was written for the lab and left as it was."""
    if record is None:
        return dict(found)
    ours, before = record["lab"], record["before"]
    own = {key: value for key, value in found.items() if key not in ours or ours[key] != value}
    replaced = [key for key in before if key in ours and found.get(key) == ours[key]]
    return own | {key: before[key] for key in replaced}


def left_out(key: str, own: Config, laid: Config, used: bool) -> bool:
    """Whether a default of the lab's gives way to what the machine has."""
    decided = {key}.union(*(group for group in TOGETHER if key in group))
    return bool(decided & set(own)) or (key in NETWORKS and used and key not in laid)


def combined(under: Any, over: Any) -> Any:
    """One value laid over another, key by key where both are dictionaries."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return over
    return under | {key: combined(under.get(key), value) for key, value in over.items()}


def unusable(config: Config) -> list[str]:
    """What a configuration says that the lab cannot work with, as JSON says it."""
    return [
        f"{key}: {json.dumps(config[key])}"
        for key, works in USABLE.items()
        if key in config and not works(config[key])
    ]


def merge_daemon_config(
    found: Config, record: Config | None, defaults: Config, wanted: Config, used: bool = False
) -> dict[str, Any]:
    """The configuration to write, and what to remember of it for the next time.

    :param found: what daemon.json says
    :param record: what an earlier merge gave to remember
    :param defaults: the lab's keys, for what the machine has not set itself
    :param wanted: keys that are set whatever the machine has
    :param used: whether the engine ran before
    """
    if record is None and found == combined(defaults, wanted):
        record = {"lab": found, "before": {}}
    own = own_keys(found, record)
    laid = record["lab"] if record else {}
    ours = {}
    for key, value in defaults.items():
        if key in JOINED:
            ours[key] = value + [entry for entry in own.get(key, []) if entry not in value]
        elif not left_out(key, own, laid, used):
            ours[key] = value
    ours |= {key: combined(ours.get(key, own.get(key)), value) for key, value in wanted.items()}

    config = own | ours
    ours = {key: value for key, value in ours.items() if key not in own or own[key] != value}
    changed = {key for key in {*config, *found} if config.get(key) != found.get(key)}
    return {
        "config": config,
        "changed": sorted(changed),
        "restart": not changed <= RELOADED,
        "record": {"lab": ours, "before": {key: own[key] for key in ours if key in own}},
        "unusable": unusable(config),
    }


def network_overlaps(networks: list[str], others: list[str]) -> list[str]:
    """Pairs of networks that share addresses; each may be told by an address in it."""
    return [
        f"{network} and {other}"
        for network, other in itertools.product(networks, others)
        if ipaddress.ip_interface(network).network.overlaps(ipaddress.ip_interface(other).network)
    ]


class FilterModule:
    """The filters of this file, as Ansible wants them."""

    def filters(self) -> dict[str, Any]:
        return {"merge_daemon_config": merge_daemon_config, "network_overlaps": network_overlaps}
