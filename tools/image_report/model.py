"""What the engines and the registry of a lab have, put together for the page."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tools.image_report.redact import BUILD_ARGUMENTS, redact_history, secrets_of

# What Ansible's tasks returned; see playbooks/report.yml.
Result = dict[str, Any]

HEALTHCHECK = re.compile(r"HEALTHCHECK &\{\[(?P<test>.*)\] (?P<times>(?:\"\S+\" )*)'.*'\}")
TIMES = ["interval", "timeout", "start-period", "start-interval"]
# Instructions that make a layer, even an empty one; the others only note something.
MAKES_LAYER = re.compile(
    r"(?:/bin/sh -c )?(?:#\(nop\)\s+)?(?:ADD|COPY|RUN|WORKDIR)\b|/bin/sh -c (?!#\(nop\))|$"
)


@dataclass
class Step:
    """An entry of an image's history: one instruction of its Dockerfile."""

    instruction: str
    size: int  # bytes
    digest: str  # of its layer; empty where it made none
    secrets: list[str]  # names
    chain: str = ""  # digests of its layer and of all below: what an engine stores once
    base: str = ""  # name of the image it comes with; empty where it is this image's own


@dataclass
class Container:
    name: str
    vm: str
    image: str  # id
    image_name: str
    status: str  # health where it is known, else the state; with the exit code of a failure
    since: str  # ISO 8601
    user: str
    ports: list[str]

    @property
    def failed(self) -> bool:
        return self.status.startswith(("unhealthy", "dead", "restarting")) or "(" in self.status


@dataclass(eq=False)
class Image:
    id: str
    size: int  # bytes
    created: str  # ISO 8601
    user: str
    steps: list[Step]  # the oldest first
    secrets: list[str]  # names
    tags: set[str] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)
    vms: list[str] = field(default_factory=list)
    containers: list[Container] = field(default_factory=list)
    base: str = ""  # name
    unique: int = 0  # bytes in layers that no other image has

    @property
    def name(self) -> str:
        """The shortest of its names, or its short id."""
        names = self.tags or {digest.partition("@")[0] for digest in self.digests}
        return min(names or {short_id(self.id)}, key=lambda name: (len(name), name))

    @property
    def dangling(self) -> bool:
        return not self.tags and not self.digests

    @property
    def layers(self) -> list[Step]:
        return [step for step in self.steps if step.digest]


@dataclass
class SharedLayer:
    """A layer that several images have."""

    step: Step
    number: int  # from 0
    images: list[Image]
    dangling: int  # how many images without a name have it, too

    @property
    def letter(self) -> str:
        """A, B, ... Z, AA, AB, ..."""
        name, number = "", self.number + 1
        while number:
            number, rest = divmod(number - 1, 26)
            name = chr(ord("A") + rest) + name
        return name


@dataclass
class Vm:
    name: str
    problem: str = ""  # why nothing is known of it
    info: dict[str, Any] = field(default_factory=dict)  # docker info
    disk: list[dict[str, str]] = field(default_factory=list)  # docker system df
    containers: list[Container] = field(default_factory=list)
    images: int = 0
    dangling: int = 0
    releases: dict[str, int] = field(default_factory=dict)  # by stack


@dataclass
class Content:
    """What one or several tags of a repository stand for."""

    repository: str
    tags: list[str]
    digest: str | None  # None where the registry does not have it
    image: Image | None


@dataclass
class Task:
    """A service's task in the swarm."""

    service: str
    node: str  # empty where none takes it
    wanted: bool
    state: str
    since: str  # ISO 8601
    error: str

    @property
    def runs(self) -> bool:
        return self.wanted and self.state == "running"


@dataclass
class Swarm:
    problem: str = ""  # why nothing is known of it
    nodes: list[dict[str, Any]] = field(default_factory=list)  # as swarm_info tells them
    services: list[str] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)  # the newest first
    events: list[Task] = field(default_factory=list)  # those that ended or failed last


@dataclass
class Report:
    vms: list[Vm]
    images: list[Image]
    shared: dict[str, SharedLayer]  # by chain, the largest first
    registry: str  # host and port
    registry_problems: dict[str, str]  # by what is concerned; the whole registry is ""
    catalogue: list[Content]
    swarm: Swarm | None = None


def short_id(identity: str) -> str:
    return identity.removeprefix("sha256:")[:12]


def without_host(name: str) -> str:
    """An image's name without the registry it comes from."""
    host, _, rest = name.partition("/")
    return rest if rest and re.search(r"[.:]", host) else name


def readable(step: str) -> str:
    """An entry of the history as its Dockerfile had it, or nearly so."""
    step = step.replace("\t", " ").removesuffix("# buildkit").strip()
    if arguments := BUILD_ARGUMENTS.fullmatch(step):
        step = arguments["after"].strip()
    if note := re.match(r"/bin/sh -c #\(nop\)\s+", step):
        step = step[note.end() :]
    elif shell := re.match(r"(?:RUN )?\S*sh (?:-\w+ (?:pipefail )?)*?-\w*c ", step):
        step = "RUN " + step[shell.end() :]
    if health := HEALTHCHECK.fullmatch(step):
        times = zip(TIMES, re.findall(r'"(\S+)"', health["times"]), strict=False)
        options = "".join(f"--{name}={time} " for name, time in times if time != "0s")
        kind, *words = re.findall(r'"(?:[^"\\]|\\.)*"', health["test"]) or ["NONE"]
        if kind == '"CMD-SHELL"' and words:
            return f"HEALTHCHECK {options}CMD " + re.sub(r"\\(.)", r"\1", words[0][1:-1])
        command = "NONE" if "NONE" in kind else f"CMD [{', '.join(words)}]"
        return f"HEALTHCHECK {options}{command}"
    if step.startswith("EXPOSE map["):
        return "EXPOSE " + " ".join(re.findall(r"(\d\S*?):\{\}", step))
    if step.startswith(("CMD [", "ENTRYPOINT [")):
        return step.replace('" "', '", "')
    step = re.sub(r"\b(?:file|dir|multi):[0-9a-f]{12,} in ", "… ", step)
    return re.sub(r" {2,}", " ", step)


def read_steps(facts: dict[str, Any]) -> list[Step]:
    """An image's history with the layers that its entries made.

    The engine tells which entries there are and which layers, not which belong together: an entry
    made one when it has a size, or by its instruction. Layers left over get an entry without one.
    """
    history = facts["History"][::-1]
    recorded = [entry["CreatedBy"] or "" for entry in history]
    redacted = redact_history(
        [text or entry["Comment"] for text, entry in zip(recorded, history, strict=True)],
        facts["Config"].get("Env") or [],
    )
    layers = iter(facts["RootFS"].get("Layers") or [])
    steps = []
    for entry, text, (instruction, secrets) in zip(history, recorded, redacted, strict=True):
        size = int(entry["Size"])
        digest = next(layers, "") if size > 0 or MAKES_LAYER.match(text) else ""
        steps.append(Step(readable(instruction), size, digest, secrets))
    steps += [Step("", 0, digest, []) for digest in layers]
    chain = ""
    for step in steps:
        if step.digest:
            step.chain = chain = f"{chain} {step.digest}"
    return steps


def read_image(facts: dict[str, Any]) -> Image:
    """An image from what `collect` printed of it."""
    config = facts["Config"] = facts.get("Config") or {}
    steps = read_steps(facts)
    secrets = {name for name, _ in secrets_of(config.get("Env") or [])}
    return Image(
        id=facts["Id"],
        size=facts["Size"],
        created=facts.get("Created") or "",
        user=config.get("User") or "",
        steps=steps,
        secrets=sorted(secrets.union(*(step.secrets for step in steps))),
        tags={tag for tag in facts.get("RepoTags") or [] if "<none>" not in tag},
        digests={digest for digest in facts.get("RepoDigests") or [] if "<none>" not in digest},
    )


def read_container(vm: str, facts: dict[str, Any]) -> Container:
    """A container from the answer of `docker container inspect`."""
    state = facts["State"]
    running = state["Running"] and not state.get("Restarting")
    status = (state.get("Health") or {}).get("Status", "none") if running else "none"
    if status == "none":
        code = 0 if running else state["ExitCode"]
        status = state["Status"] + (f" ({code})" if code else "")
    since = state["StartedAt"] if running else state["FinishedAt"]
    published = facts["NetworkSettings"].get("Ports") or {}
    return Container(
        name=facts["Name"].removeprefix("/"),
        vm=vm,
        image=facts["Image"],
        image_name=facts["Config"]["Image"],
        status=status,
        # Year 1 is the engine's word for never.
        since=facts["Created"] if since.startswith("0001-") else since,
        user=facts["Config"].get("User") or "",
        ports=sorted(
            {
                f"{address['HostIp']}:{address['HostPort']}→{port}"
                for port, addresses in published.items()
                for address in addresses or []
            }
        ),
    )


def read_vm(name: str, result: Result, images: dict[str, Image]) -> Vm:
    """A VM from the result of running `collect` there; its images are added to the others."""
    if result.get("rc") != 0:
        return Vm(name, result.get("stderr") or result.get("msg") or "no reason given")
    seen = json.loads(result["stdout"])
    read = [read_image(facts) for facts in seen["images"]]
    for image in read:
        known = images.setdefault(image.id, image)
        known.tags |= image.tags
        known.digests |= image.digests
        known.vms.append(name)
    containers = [read_container(name, facts) for facts in seen["containers"]]
    for container in containers:
        if container.image in images:
            images[container.image].containers.append(container)
    return Vm(
        name,
        info=seen["info"],
        disk=seen["disk"],
        containers=sorted(containers, key=lambda container: container.name),
        images=len(read),
        dangling=sum(image.dangling for image in read),
    )


def find_bases(images: list[Image]) -> None:
    """Note the base image of each image, and of each step the image it comes with.

    An image inherits the history of its base, so a base is one whose steps are another's first.
    """

    def told(image: Image) -> list[tuple[str, str]]:
        return [(step.instruction, step.digest) for step in image.steps]

    candidates = [(told(image), image.name) for image in images if not image.dangling]
    candidates.sort(key=lambda candidate: (len(candidate[0]), candidate[1]))
    for image in images:
        own = told(image)
        bases = [(steps, name) for steps, name in candidates if steps == own[: len(steps)] != own]
        for number, step in enumerate(image.steps):
            step.base = next((name for steps, name in bases if number < len(steps)), "")
        image.base = image.steps[len(bases[-1][0]) - 1].base if bases else ""


def share_layers(images: list[Image], shown: list[Image]) -> dict[str, SharedLayer]:
    """The layers that several images have, by chain, the largest first; notes unique sizes.

    Empty layers are left out: an engine stores them all as one.
    """
    users: dict[str, list[Image]] = defaultdict(list)
    steps = {step.chain: step for image in images for step in image.layers if step.size}
    for image in images:
        for step in image.layers:
            users[step.chain].append(image)
    for image in images:
        image.unique = sum(step.size for step in image.layers if len(users[step.chain]) == 1)
    shared: dict[str, SharedLayer] = {}
    for chain in sorted(steps, key=lambda chain: (-steps[chain].size, chain)):
        having = [image for image in shown if image in users[chain]]
        if having and len(users[chain]) > 1:
            dangling = len(users[chain]) - len(having)
            shared[chain] = SharedLayer(steps[chain], len(shared), having, dangling)
    return shared


def read_catalogue(found: Result, images: list[Image]) -> Iterator[Content]:
    """The registry's tags by what they stand for, from the result of registry_info."""
    known = {digest.partition("@")[2]: image for image in images for digest in image.digests}
    for name, tags in sorted(found["repositories"].items()):
        contents: dict[str | None, list[str]] = defaultdict(list)
        for tag in sorted(tags):
            contents[found["digests"].get(f"{name}:{tag}")].append(tag)
        for digest, same in contents.items() or [(None, [])]:
            yield Content(name, same, digest, known.get(digest or ""))


def read_task(found: dict[str, Any]) -> Task:
    return Task(
        found["service"],
        found["node"],
        found["desired"] == "running",
        found["state"],
        found["at"],
        found["error"],
    )


def read_swarm(looks: dict[str, Result]) -> Swarm | None:
    """The swarm as a manager knows it, from the results of swarm_info; None where there is none."""
    if not looks:
        return None
    able = next((look for look in looks.values() if look.get("quorum")), None)
    if able is None:
        said = [look.get("problem") or look.get("msg") or "" for look in looks.values()]
        return Swarm(problem=next(filter(None, said), "no reason given"))
    tasks = [read_task(task) for task in able["tasks"]]
    events = [read_task(task) for task in able["events"]]
    nodes = sorted(able["nodes"], key=lambda node: str(node["hostname"]))
    return Swarm("", nodes, able["services"], tasks, events)


def read_report(
    engines: dict[str, Result],
    registry: str,
    found: Result,
    stacks: dict[str, Result] | None = None,
    swarm: dict[str, Result] | None = None,
) -> Report:
    """All of it, ready for the page.

    :param engines: by VM, the result of running `collect` there
    :param registry: host and port
    :param found: the result of registry_info
    :param stacks: by VM, the result of stack_info
    :param swarm: by VM of the swarm, the result of swarm_info
    """
    by_id: dict[str, Image] = {}
    vms = [read_vm(name, result, by_id) for name, result in sorted(engines.items())]
    images = sorted(by_id.values(), key=lambda image: (without_host(image.name), image.name))
    # What is left over and unused is counted with its VM: too many to show.
    shown = [image for image in images if not image.dangling or image.containers]
    find_bases(shown)
    shared = share_layers(images, shown)
    for vm in vms:
        known = (stacks or {}).get(vm.name, {}).get("stacks", {})
        vm.releases = {name: each["release"] for name, each in known.items() if each["release"]}
    report = Report(vms, shown, shared, registry, {}, [], read_swarm(swarm or {}))
    if "repositories" in found:
        report.registry_problems = found.get("problems") or {}
        report.catalogue = list(read_catalogue(found, shown))
    else:
        report.registry_problems = {"": found.get("msg") or "no reason given"}
    return report
