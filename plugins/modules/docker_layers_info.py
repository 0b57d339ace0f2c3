#!/usr/bin/python
"""Look at a Docker Engine: its images layer by layer, its containers and its disk."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

try:
    import docker
    from docker.errors import DockerException, NotFound
    from requests.exceptions import RequestException
except ImportError:
    docker = None

DOCUMENTATION = """
module: docker_layers_info
short_description: Look at a Docker Engine, its images layer by layer, its containers and its disk
description:
  - Reads and changes nothing. Needs to be root to look into the layers.
  - Values that look like secrets are replaced before they leave the machine.
author: identidock-lab maintainers
requirements: [docker (Python library)]
options:
  docker_host:
    description: Address of the engine.
    type: str
    default: unix:///var/run/docker.sock
  timeout:
    description: Seconds the engine may take for one answer; counting its disk is the longest.
    type: int
    default: 60
"""

EXAMPLES = """
- name: Inspect the engine
  become: true
  docker_layers_info:
  register: engine

- name: Print the size of every image
  ansible.builtin.debug:
    msg: "{{ item.tags | first }} {{ item.size }}"
  loop: "{{ engine.images | default([]) | selectattr('tags') }}"
  loop_control:
    label: "{{ item.id }}"
"""

RETURN = """
problem:
  description: Why there is nothing to see, null where there is.
  returned: always
  type: str
  sample: Docker is not installed. Run playbooks/nodes.yml.
engine:
  description: Version, storage driver and machine.
  returned: when there is no problem
  type: dict
  sample: {version: 26.1.5, storage_driver: overlay2, root: /var/lib/docker, cpus: 2}
disk:
  description: The rows of C(docker system df), in bytes.
  returned: when there is no problem
  type: list
  elements: dict
  sample: [{type: Images, total: 9, active: 7, size: 431000000, reclaimable: 12000000}]
images:
  description: Each image with its steps, the oldest first; a step with a C(digest) made a layer.
  returned: when there is no problem
  type: list
  elements: dict
  sample:
    - tags: [registry.lab:5443/identidock:1.0]
      size: 60000000
      user: 10001:10001
      steps: [{instruction: COPY identidock identidock/, size: 21000, digest: "sha256:2c26b46b…"}]
containers:
  description: Each container, running or not.
  returned: when there is no problem
  type: list
  elements: dict
  sample:
    - name: edge-edge-1
      state: running
      health: healthy
      ports: [0.0.0.0:9090 to 8080/tcp]
"""

# Spoken by Debian 13's engine and by the current one, which answers newer versions differently.
API = "1.44"
HIDDEN = "***"

# Names and values.
Secrets = list[tuple[str, str]]

# Names of secrets, and names that only sound like one.
SECRET = re.compile(
    r"(?i:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL)"
    r"|(?:^|_)(?:KEY|PASS)S?(?:_|$)|^--?(?:.*-)?(?:key|pass)$"
)
HARMLESS = re.compile(
    r"(?i)[_-](?:FILE|PATH|DIR|ID|NAME|TYPE|TTL|LENGTH)$|(?:GPG|RECV|PUBLIC|PUB|HOST)[_-]KEYS?$"
)
# Switches, paths, and what the shell puts in are not secrets themselves.
NOT_A_VALUE = re.compile(
    r"(?i)[\"']?(?:(?:/[\w.-]+)+/?|\$[a-z_({].*|0|1|true|false|yes|no|on|off|none|null|)[\"']?$"
)

VALUE = r"\"[^\"]*\"|'[^']*'|[^\s\"';&|)]+"
ASSIGNMENT = re.compile(rf"(?<![\w$-])(?P<name>-{{0,2}}[A-Za-z_][\w-]*)=(?P<value>{VALUE})")
OPTION = re.compile(rf"(?<!\S)(?P<name>--[A-Za-z][\w-]*)\s+(?P<value>{VALUE})")
# BuildKit writes the values of ENV, ARG, LABEL and build arguments without their quotes.
UNQUOTED = re.compile(
    r"(?<!\S)(?P<name>[A-Za-z_][\w.-]*)=(?P<value>.*?)(?=\s+[A-Za-z_][\w.-]*=|$)", re.DOTALL
)
# What gives itself away by its shape, with the name to report it by.
SHAPES = {
    "password in an address": re.compile(r"(?<=://)(?P<keep>[^\s/:@]*:)(?P<value>[^\s/@$]+)(?=@)"),
    "authorization header": re.compile(
        r"(?i)(?P<keep>\b(?:bearer|basic)\s+)(?P<value>[\w.~+/=-]{8,})"
    ),
    "password of curl": re.compile(
        r"(?P<keep>curl\s[^&|;]*?(?:-u|--user)[ =]?[\"']?[^\s:\"'$]+:)(?P<value>[^\s\"'$]+)"
    ),
    "password for chpasswd": re.compile(
        r"(?P<keep>\becho\s+[\"']?[^\s:\"']+:)(?P<value>[^\s\"'|$]+)(?=[\"']?\s*\|\s*chpasswd)"
    ),
    "access token": re.compile(
        r"(?P<keep>)(?P<value>\bAKIA[0-9A-Z]{16}|\bgh[pousr]_\w{20,}|\bglpat-[\w-]{20,})"
    ),
    "private key": re.compile(
        r"(?P<keep>)(?P<value>-----BEGIN [A-Z ]*PRIVATE KEY-----.*)", re.DOTALL
    ),
}

BUILD_ARGUMENTS = re.compile(
    r"(?s)(?P<before>(?:RUN )?\|\d+ )(?P<arguments>.*?)(?P<after> \S*sh -\S+ .*)"
)
HEALTHCHECK = re.compile(
    r"HEALTHCHECK &\{(?P<test>\[.*\]) (?P<times>(?:\"\S+\" )*)'(?P<retries>.*)'\}"
)
TIMES = ["interval", "timeout", "start-period", "start-interval"]
# Instructions that make a layer; the others only note something.
MAKES_LAYER = re.compile(
    r"(?:/bin/sh -c )?(?:#\(nop\)\s+)?(?:ADD|COPY|RUN|WORKDIR)\b|/bin/sh -c (?!#\(nop\))|$"
)


def is_secret(name: str, value: str) -> bool:
    """Whether a variable or an option carries a secret, going by its name."""
    return bool(SECRET.search(name) and not HARMLESS.search(name) and not NOT_A_VALUE.match(value))


def hide(text: str, values: list[re.Pattern[str]] | None = None) -> tuple[str, Secrets]:
    """The text without the secrets in it, and these by name.

    :param values: how names and values are written in it; a shell's ways by default
    """
    found: Secrets = []

    def blank(name: str, match: re.Match[str]) -> str:
        found.append((name, match["value"].strip("\"'")))
        start, end = (offset - match.start() for offset in match.span("value"))
        return match[0][:start] + HIDDEN + match[0][end:]

    def blank_named(match: re.Match[str]) -> str:
        if not is_secret(match["name"], match["value"]):
            return match[0]
        return blank(match["name"].lstrip("-"), match)

    for name, shape in SHAPES.items():
        text = shape.sub(partial(blank, name), text)
    for pattern in values or [ASSIGNMENT, OPTION]:
        text = pattern.sub(blank_named, text)
    return text, found


def hide_in_step(step: str) -> tuple[str, Secrets]:
    """The same for one entry of an image's history."""
    if arguments := BUILD_ARGUMENTS.fullmatch(step):
        given, found = hide(arguments["arguments"], [UNQUOTED])
        command, more = hide(arguments["after"])
        return arguments["before"] + given + command, found + more
    notes = re.match(r"(?:/bin/sh -c #\(nop\)\s+)?(?:ENV|ARG|LABEL)\s", step)
    return hide(step, [UNQUOTED] if notes else None)


def hide_in_list(words: list[str] | None) -> tuple[list[str], Secrets]:
    """The same for a command in its exec form, where an option's value is the next word."""
    shown: list[str] = []
    found: Secrets = []
    option = ""
    for word in words or []:
        if option.startswith("-") and "=" not in option and is_secret(option, word):
            text, secrets = HIDDEN, [(option.lstrip("-"), word)]
        else:
            text, secrets = hide(word)
        shown.append(text)
        found += secrets
        option = word
    return shown, found


def hide_in_values(values: dict[str, str]) -> tuple[dict[str, str], Secrets]:
    """The same for variables or labels, whose whole value is the secret or holds one."""
    shown: dict[str, str] = {}
    found: Secrets = []
    for name, value in values.items():
        if is_secret(name, value):
            shown[name] = HIDDEN
            found.append((name, value))
        else:
            shown[name], secrets = hide(value)
            found += [(name, secret) for _, secret in secrets]
    return shown, found


def variables(environment: list[str] | None) -> dict[str, str]:
    """An environment as a dictionary."""
    return {name: value for name, _, value in (entry.partition("=") for entry in environment or [])}


def names(found: Secrets) -> list[str]:
    return sorted({name for name, _ in found})


def hide_again(shown: Any, found: Secrets) -> Any:
    """What was found in one place does not stand in another, where its form does not tell it.

    :param shown: text, or lists and dictionaries of it
    """
    if isinstance(shown, dict):
        return {name: hide_again(value, found) for name, value in shown.items()}
    if isinstance(shown, list):
        return [hide_again(value, found) for value in shown]
    for _, secret in found:
        # Shorter ones are too likely to be a part of some other word.
        if len(secret) > 5:
            shown = shown.replace(secret, HIDDEN)
    return shown


def readable_healthcheck(test: list[str], options: dict[str, str]) -> str:
    """A health check as a Dockerfile would say it."""
    if test in ([], ["NONE"]):
        return "HEALTHCHECK NONE" if test else ""
    command = (
        " ".join(test[1:]) if test[0] == "CMD-SHELL" else json.dumps(test[1:], ensure_ascii=False)
    )
    given = [f"--{name}={value}" for name, value in options.items() if value not in ("", "0s")]
    return " ".join(["HEALTHCHECK", *given, "CMD", command])


def seconds(nanoseconds: int | None) -> str:
    return f"{(nanoseconds or 0) / 1e9:g}s"


def readable(step: str) -> str:
    """One entry of an image's history as its Dockerfile said it, or nearly so."""
    step = step.replace("\t", " ").removesuffix("# buildkit").strip()
    if arguments := BUILD_ARGUMENTS.fullmatch(step):
        step = arguments["after"].strip()
    if note := re.match(r"/bin/sh -c #\(nop\)\s+", step):
        step = step[note.end() :]
    elif shell := re.match(r"(?:RUN )?\S*sh (?:-\w+ (?:pipefail )?)*?-\w*c ", step):
        step = "RUN " + step[shell.end() :]
    if health := HEALTHCHECK.fullmatch(step):
        times = dict(zip(TIMES, re.findall(r'"(\S+)"', health["times"]), strict=False))
        words = re.findall(r'"((?:[^"\\]|\\.)*)"', health["test"])
        return readable_healthcheck([re.sub(r"\\(.)", r"\1", word) for word in words], times)
    if step.startswith("EXPOSE map["):
        return "EXPOSE " + " ".join(re.findall(r"(\d\S*?):\{\}", step))
    if step.startswith(("CMD [", "ENTRYPOINT [")):
        return step.replace('" "', '", "')
    step = re.sub(r"\b(?:file|dir|multi):[0-9a-f]{12,} in ", "… ", step)
    return re.sub(r" {2,}", " ", step)


def steps_of(
    history: list[dict[str, Any]], layers: list[str], empty: list[bool] | None
) -> list[dict[str, Any]]:
    """What made an image, the oldest first; the steps that made a layer carry its digest.

    :param history: the engine's answer, the newest first
    :param layers: the layers' digests, the oldest first
    :param empty: for each step, the oldest first, whether it made none; a guess where unknown
    """
    ahead = iter(layers)
    steps = []
    for number, entry in enumerate(reversed(history)):
        recorded = entry["CreatedBy"] or ""
        if empty is not None and number < len(empty):
            makes_layer = not empty[number]
        else:
            makes_layer = entry["Size"] > 0 or bool(MAKES_LAYER.match(recorded))
        steps.append(
            {
                "instruction": recorded or entry.get("Comment") or "",
                "size": entry["Size"],
                "digest": next(ahead, None) if makes_layer else None,
            }
        )
    return steps + [{"instruction": "", "size": 0, "digest": digest} for digest in ahead]


def chain_ids(layers: list[str]) -> Iterator[str]:
    """The names under which the engine keeps layers: each depends on those below it."""
    chain = ""
    for digest in layers:
        both = f"{chain} {digest}".encode()
        chain = f"sha256:{hashlib.sha256(both).hexdigest()}" if chain else digest
        yield chain


def package_lists(layer: Path) -> int:
    """Bytes of apt's package lists in a layer.

    The layer is a stranger's: a link in the way would lead out of it.
    """
    directory = layer
    for part in ("var", "lib", "apt", "lists"):
        directory /= part
        if directory.is_symlink() or not directory.is_dir():
            return 0
    size = 0
    for folder, _, files in os.walk(directory):
        size += sum(Path(folder, name).lstat().st_size for name in files if name != "lock")
    return size


class Store:
    """The engine's own directory: what its API does not tell of layers."""

    def __init__(self, root: Path, driver: str) -> None:
        self.images = root / "image" / driver
        # Other drivers keep layers in other ways.
        self.layers = root / driver if driver == "overlay2" else None

    def empty(self, image: str) -> list[bool] | None:
        """For each step of an image whether it made no layer, None where that is not kept here."""
        file = self.images / "imagedb/content/sha256" / image.removeprefix("sha256:")
        if not file.is_file():
            return None
        history = json.loads(file.read_bytes()).get("history") or []
        return [entry.get("empty_layer", False) for entry in history]

    def package_lists(self, chain: str) -> int | None:
        """Bytes of package lists in a layer, None where nobody can look."""
        cache_id = self.images / "layerdb/sha256" / chain.removeprefix("sha256:") / "cache-id"
        if self.layers is None or not cache_id.is_file():
            return None
        return package_lists(self.layers / cache_id.read_text(encoding="ascii") / "diff")


def described_image(
    usage: dict[str, Any], facts: dict[str, Any], history: list[dict[str, Any]], store: Store
) -> dict[str, Any]:
    """One image: what it costs, what is in it, and how it was made."""
    config = facts.get("Config") or {}
    layers = facts["RootFS"].get("Layers") or []
    lists = dict(zip(layers, map(store.package_lists, chain_ids(layers)), strict=True))
    steps = steps_of(history, layers, store.empty(facts["Id"]))
    in_history: Secrets = []
    for step in steps:
        text, in_step = hide_in_step(step["instruction"])
        in_history += in_step
        step |= {
            "instruction": readable(text),
            "secrets": names(in_step),
            "package_lists": lists.get(step["digest"]),
        }

    environment, in_environment = hide_in_values(variables(config.get("Env")))
    labels, in_labels = hide_in_values(config.get("Labels") or {})
    entrypoint, in_entrypoint = hide_in_list(config.get("Entrypoint"))
    command, in_command = hide_in_list(config.get("Cmd"))
    health = config.get("Healthcheck") or {}
    test, in_health = hide_in_list(health.get("Test"))
    times = {
        "interval": seconds(health.get("Interval")),
        "timeout": seconds(health.get("Timeout")),
        "start-period": seconds(health.get("StartPeriod")),
        "start-interval": seconds(health.get("StartInterval")),
        "retries": str(health.get("Retries") or ""),
    }
    in_commands = in_entrypoint + in_command + in_health
    found = in_history + in_environment + in_labels + in_commands
    for step in steps:
        step["instruction"] = hide_again(step["instruction"], found)
    shown = {
        "entrypoint": entrypoint,
        "command": command,
        "healthcheck": readable_healthcheck(test, times),
        "labels": labels,
        "environment": environment,
    }
    return {
        "id": facts["Id"],
        "tags": sorted(tag for tag in facts["RepoTags"] or [] if tag != "<none>:<none>"),
        "digests": sorted(facts["RepoDigests"] or []),
        "created": facts.get("Created") or "",
        "size": facts["Size"],
        # -1 is the engine's word for not counted.
        "shared": None if usage["SharedSize"] < 0 else usage["SharedSize"],
        "user": config.get("User") or "",
        "ports": sorted(config.get("ExposedPorts") or {}),
        "volumes": sorted(config.get("Volumes") or {}),
        "workdir": config.get("WorkingDir") or "",
        "steps": steps,
        **hide_again(shown, found),
        "secrets": {
            "environment": names(in_environment),
            "command": names(in_commands),
            "labels": names(in_labels),
        },
    }


def described_container(facts: dict[str, Any]) -> dict[str, Any]:
    """One container: where it comes from and how it fares."""
    state = facts["State"]
    running = state["Running"] and not state.get("Restarting")
    began = state["StartedAt"] if running else state["FinishedAt"]
    published = facts["NetworkSettings"].get("Ports") or {}
    return {
        "name": facts["Name"].removeprefix("/"),
        "id": facts["Id"],
        "image": facts["Image"],
        "image_name": facts["Config"]["Image"],
        "state": state["Status"],
        "health": (state.get("Health") or {}).get("Status", "none"),
        # The engine's word for never.
        "since": facts["Created"] if began.startswith("0001-") else began,
        "exit_code": None if running else state["ExitCode"],
        "user": facts["Config"].get("User") or "",
        "ports": sorted(
            {
                f"{address['HostIp']}:{address['HostPort']} to {port}"
                for port, addresses in published.items()
                for address in addresses or []
            }
        ),
        "secrets": names(hide_in_values(variables(facts["Config"].get("Env")))[1]),
    }


def disk_usage(usage: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of C(docker system df), counted as that command counts."""
    images = usage["Images"] or []
    containers = usage["Containers"] or []
    volumes = usage["Volumes"] or []
    cache = usage["BuildCache"] or []
    used = sum(
        image["Size"] - image["SharedSize"]
        for image in images
        if image["Containers"] != 0 and image["SharedSize"] >= 0
    )

    def total(rows: list[int]) -> int:
        return sum(size for size in rows if size > 0)

    def row(
        kind: str, entries: list[Any], active: int, size: int, reclaimable: int
    ) -> dict[str, Any]:
        return {
            "type": kind,
            "total": len(entries),
            "active": active,
            "size": size,
            "reclaimable": reclaimable,
        }

    running = [c for c in containers if c["State"] in ("running", "paused", "restarting")]
    mounted = [v for v in volumes if v["UsageData"]["RefCount"] > 0]
    own = [entry for entry in cache if not entry["Shared"]]
    size = usage.get("LayersSize") or 0
    size_rw = total([c.get("SizeRw") or 0 for c in containers])
    size_volumes = total([v["UsageData"]["Size"] for v in volumes])
    size_cache = total([entry["Size"] for entry in own])
    return [
        row("Images", images, sum(image["Containers"] > 0 for image in images), size, size - used),
        row(
            "Containers",
            containers,
            len(running),
            size_rw,
            size_rw - total([c.get("SizeRw") or 0 for c in running]),
        ),
        row(
            "Local Volumes",
            volumes,
            len(mounted),
            size_volumes,
            size_volumes - total([v["UsageData"]["Size"] for v in mounted]),
        ),
        row(
            "Build Cache",
            cache,
            sum(entry["InUse"] for entry in cache),
            size_cache,
            total([entry["Size"] for entry in own if not entry["InUse"]]),
        ),
    ]


def engine_of(info: dict[str, Any]) -> dict[str, Any]:
    """The engine and the machine it runs on."""
    return {
        "version": info["ServerVersion"],
        "storage_driver": info["Driver"],
        "root": info["DockerRootDir"],
        "os": info["OperatingSystem"],
        "kernel": info["KernelVersion"],
        "architecture": info["Architecture"],
        "cpus": info["NCPU"],
        "memory": info["MemTotal"],
    }


def look(api: docker.APIClient) -> dict[str, Any]:
    """Everything of one engine."""

    def each(ids: list[str], ask: Callable[[str], dict[str, Any]]) -> Iterator[dict[str, Any]]:
        # What somebody removes in the meantime is not there.
        for identity in ids:
            try:
                yield ask(identity)
            except NotFound:
                continue

    usage = api.df()
    engine = engine_of(api.info())
    store = Store(Path(engine["root"]), engine["storage_driver"])
    by_id = {image["Id"]: image for image in usage["Images"] or []}
    return {
        "engine": engine,
        "disk": disk_usage(usage),
        "images": list(
            each(
                list(by_id),
                lambda identity: described_image(
                    by_id[identity], api.inspect_image(identity), api.history(identity), store
                ),
            )
        ),
        "containers": [
            described_container(facts)
            for facts in each(
                [entry["Id"] for entry in api.containers(all=True)], api.inspect_container
            )
        ],
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "docker_host": {"type": "str", "default": "unix:///var/run/docker.sock"},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    if docker is None:
        module.exit_json(changed=False, problem="Docker is not installed. Run playbooks/nodes.yml.")
    try:
        api = docker.APIClient(
            module.params["docker_host"], version=API, timeout=module.params["timeout"]
        )
        seen = look(api)
    except (DockerException, RequestException) as error:
        module.exit_json(changed=False, problem=f"The Docker Engine does not answer: {error}")
    module.exit_json(changed=False, problem=None, **seen)


if __name__ == "__main__":
    main()
