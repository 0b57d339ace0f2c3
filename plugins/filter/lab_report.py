"""Make a report of what the VMs' engines and the registry hold, as a document and as a page."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jinja2

Document = dict[str, Any]

# What an image runs that only waits for somebody to build on it or to type.
IDLE = re.compile(r"(?:.*/)?(?:ba|da|a|z|k)?sh|(?:.*/)?(?:python|node|ruby|perl|irb|php)[\d.]*")
# The golden angle keeps any number of hues apart.
GOLDEN_ANGLE = 137.508
FIRST_HUE = 255

TITLES = {
    "root": "runs as root",
    "latest": "tag latest",
    "lists": "package lists",
    "health": "no HEALTHCHECK",
    "secret": "secret",
}


def size_text(size: int | None) -> str:
    """Bytes as Docker writes them."""
    if size is None:
        return "not counted"
    units = ["B", "kB", "MB", "GB", "TB"]
    number = float(size)
    while number >= 1000 and len(units) > 1:
        number /= 1000
        units.pop(0)
    return f"{number:.4g}{units[0]}"


def is_root(user: str) -> bool:
    """Whether a USER is root: by name, by number or by default."""
    return user.partition(":")[0] in ("", "root") or user.partition(":")[0].strip("0") == ""


def letters(number: int) -> str:
    """A, B, ... Z, AA, AB, ...: what a shared layer is called in the page."""
    name = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def short_name(tags: list[str], digests: list[str], identity: str) -> str:
    """The shortest of an image's names, or its number where it has none."""
    names = tags or [digest.partition("@")[0] for digest in digests] or [short_id(identity)]
    return min(names, key=lambda name: (len(name), name))


def without_host(name: str) -> str:
    """An image's name without the registry it comes from."""
    host, _, rest = name.partition("/")
    return rest if rest and re.search(r"[.:]", host) else name


def short_id(identity: str) -> str:
    return identity.removeprefix("sha256:")[:12]


def moment(text: str) -> str:
    """A date of the engine to the minute."""
    try:
        when = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return "not recorded"
    # The engine's word for never.
    return f"{when:%Y-%m-%d %H:%M} UTC" if when.year > 1 else "not recorded"


def in_lines(instruction: str) -> str:
    """A long RUN, one command on each line."""
    return re.sub(r"\s+(&&|\|\|)\s+", r"\n    \1 ", instruction)


def condition(container: Document) -> str:
    """How a container fares, in one word, and the exit code where it failed."""
    if container["state"] == "running" and container["health"] != "none":
        return container["health"]
    return container["state"] + (f" ({container['exit_code']})" if container["exit_code"] else "")


def mood(word: str) -> str:
    """What to make of a condition: good, bad, or neither."""
    if word == "healthy":
        return "good"
    bad = word.startswith(("unhealthy", "dead", "restarting")) or "(" in word
    return "bad" if bad else "plain"


def layers_of(image: Document) -> list[Document]:
    return [step for step in image["steps"] if step["digest"]]


def has_layer(image: Document, digest: str) -> bool:
    return any(step["digest"] == digest for step in image["steps"])


def purpose(image: Document) -> str:
    """What an image is for: a base to build on, a command that ends, or a service."""
    command = image["entrypoint"] + image["command"]
    if command[:2] == ["/bin/sh", "-c"]:
        command = command[2:]
    starts_nothing = not command or (len(command) == 1 and IDLE.fullmatch(command[0]))
    if starts_nothing and not image["ports"] and not image["healthcheck"]:
        return "base"
    return "command" if image["healthcheck"] == "HEALTHCHECK NONE" else "service"


def warning(kind: str, *sentences: str) -> dict[str, str]:
    return {"kind": kind, "title": TITLES[kind], "reason": " ".join(filter(None, sentences))}


def root_warnings(image: Document) -> Iterator[Document]:
    containers = image["containers"]
    # Compose may give it a user of its own.
    stepped_down = containers and not any(is_root(c["user"]) for c in containers)
    if image["purpose"] != "base" and is_root(image["user"]) and not stepped_down:
        yield warning(
            "root",
            f"USER is {image['user']}." if image["user"] else "Nothing says USER.",
            "Whoever takes over the process is root in the container, and one step nearer to being",
            "root on the VM. Add a user with a number of its own, and say USER at the end.",
        )


def latest_warnings(image: Document) -> Iterator[Document]:
    if latest := [tag for tag in image["tags"] if tag.endswith(":latest")]:
        yield warning(
            "latest",
            f"{' and '.join(latest)}: the tag says nothing about the content. Tomorrow it may be",
            "another image, and there is no way back to today's. Tag with a version.",
        )


def list_warnings(image: Document) -> Iterator[Document]:
    for number, step in enumerate(image["steps"], start=1):
        if step["package_lists"]:
            yield warning(
                "lists",
                f"The layer of step {number} carries {size_text(step['package_lists'])} in",
                "/var/lib/apt/lists that nobody reads again.",
                f"It comes with {step['origin']}." if step["origin"] else "",
                "Delete them in the same RUN, or mount a cache there: what a later step deletes",
                "still travels along.",
            )


def health_warnings(image: Document) -> Iterator[Document]:
    containers = image["containers"]
    # Compose may bring a check of its own.
    checked_outside = containers and all(c["health"] != "none" for c in containers)
    if image["purpose"] == "service" and not image["healthcheck"] and not checked_outside:
        yield warning(
            "health",
            "Docker sees that the process lives, not that it works: a server that hangs stays up",
            "for ever. Add a HEALTHCHECK; where there is nothing to check, say HEALTHCHECK NONE.",
        )


def secret_places(image: Document) -> dict[str, list[str]]:
    """Where an image tells its secrets, by their names."""
    places: dict[str, list[str]] = defaultdict(list)
    steps: dict[str, list[str]] = defaultdict(list)
    for place, names in image["secrets"].items():
        for name in names:
            places[name].append(f"the {place}")
    for number, step in enumerate(image["steps"], start=1):
        for name in step["secrets"]:
            steps[name].append(str(number))
    for name, numbers in steps.items():
        word = "step" if len(numbers) == 1 else "steps"
        places[name].append(f"{word} {', '.join(numbers)} of the history")
    return places


def secret_warnings(image: Document) -> Iterator[Document]:
    if places := secret_places(image):
        yield warning(
            "secret",
            "; ".join(f"{name} in {' and '.join(places[name])}" for name in sorted(places)) + ".",
            "Whoever has the image reads it with docker image history or docker inspect. Hand it",
            "over as a file, while building with RUN --mount=type=secret. Then change it: what",
            "stood in an image is known.",
        )


def image_warnings(image: Document) -> list[Document]:
    """What the lesson teaches against, each with its reason."""
    every = [root_warnings, latest_warnings, list_warnings, health_warnings, secret_warnings]
    return [found for looking in every for found in looking(image)]


def container_warnings(container: Document, image: Document | None) -> list[Document]:
    """The same for what is not its image's doing."""
    inherited = image["secrets"]["environment"] if image else []
    found = []
    if own := sorted(set(container["secrets"]) - set(inherited)):
        found.append(
            warning(
                "secret",
                f"{', '.join(own)} in the environment: docker inspect shows it.",
                "Mount it as a file.",
            )
        )
    if image and is_root(container["user"]) and not is_root(image["user"]):
        found.append(
            warning("root", f"Its image says USER {image['user']}, it was started as root.")
        )
    return found


def merge_images(vms: dict[str, Document]) -> dict[str, Document]:
    """Every image once, by its id, with the VMs that have it and the containers it runs in."""
    images: dict[str, Document] = {}
    for vm, facts in vms.items():
        for seen in facts.get("images", []):
            image = images.setdefault(seen["id"], {**seen, "where": [], "containers": []})
            image["tags"] = sorted({*image["tags"], *seen["tags"]})
            image["digests"] = sorted({*image["digests"], *seen["digests"]})
            unique = None if seen["shared"] is None else seen["size"] - seen["shared"]
            image["where"].append({"vm": vm, "shared": seen["shared"], "unique": unique})
        for container in facts.get("containers", []):
            if container["image"] in images:
                images[container["image"]]["containers"].append(
                    {**container, "vm": vm, "condition": condition(container)}
                )
    for image in images.values():
        image.pop("shared")
    return images


def is_dangling(image: Document) -> bool:
    return not image["tags"] and not image["digests"]


def name_origins(images: list[Document]) -> None:
    """Say of each image what it starts from, and of each step which image brought it.

    History is handed down word for word, so a base is whose steps are the first of another's.
    """

    def told(image: Document) -> list[tuple[str, str | None]]:
        return [(step["instruction"], step["digest"]) for step in image["steps"]]

    bases = [(told(image), image["name"]) for image in images if not is_dangling(image)]
    bases.sort(key=lambda base: (len(base[0]), base[1]))
    for image in images:
        own = told(image)
        below = [
            base for base in bases if len(base[0]) < len(own) and own[: len(base[0])] == base[0]
        ]
        for number, step in enumerate(image["steps"]):
            step["origin"] = next((name for steps, name in below if number < len(steps)), None)
        image["base"] = image["steps"][len(below[-1][0]) - 1]["origin"] if below else None


def stacked_layers(image: Document) -> Iterator[tuple[Document, str]]:
    """Each layer with all that lies below it: what an engine keeps once."""
    stack = ""
    for step in layers_of(image):
        stack += step["digest"]
        yield step, stack


def share_layers(images: list[Document], dangling: list[Document]) -> list[Document]:
    """The layers that several images have, the largest first, each with a letter and a hue.

    A registry keeps a layer once. An engine keeps it once for each stack of layers below it, so
    every step is told whether its image is the only one with that.

    :param images: those that the report shows
    :param dangling: others, that are only counted
    """
    made_by: dict[str, Document] = {}
    stacks: dict[str, set[str]] = defaultdict(set)
    users: Counter[str] = Counter()
    for image in [*dangling, *images]:
        for step, stack in stacked_layers(image):
            made_by[step["digest"]] = step
            stacks[step["digest"]].add(stack)
            users[stack] += 1
    for image in images:
        for step, stack in stacked_layers(image):
            step["shared"] = users[stack] > 1

    shared: list[Document] = []
    for digest in sorted(made_by, key=lambda digest: (-made_by[digest]["size"], digest)):
        having = [image["id"] for image in images if has_layer(image, digest)]
        uncounted = sum(has_layer(image, digest) for image in dangling)
        if having and len(having) + uncounted > 1:
            shared.append(
                {
                    "digest": digest,
                    "letter": letters(len(shared)),
                    "hue": round((FIRST_HUE + len(shared) * GOLDEN_ANGLE) % 360),
                    "size": made_by[digest]["size"],
                    "instruction": made_by[digest]["instruction"],
                    "images": having,
                    "dangling": uncounted,
                    "copies": len(stacks[digest]),
                }
            )
    return shared


def registry_contents(registry: Document, images: list[Document]) -> list[Document]:
    """The catalogue: each repository with its contents, and the tags each content has."""
    known = {
        reference.partition("@")[2]: image["id"]
        for image in images
        for reference in image["digests"]
    }
    repositories = []
    for name, tags in sorted(registry["repositories"].items()):
        contents: dict[str | None, list[str]] = defaultdict(list)
        for tag in sorted(tags):
            contents[registry["digests"].get(f"{name}:{tag}")].append(tag)
        repositories.append(
            {
                "name": name,
                "contents": [
                    {"digest": digest, "tags": tags, "image": known.get(digest or "")}
                    for digest, tags in contents.items()
                ],
            }
        )
    return repositories


def vm_document(name: str, facts: Document, images: dict[str, Document]) -> Document:
    """One VM: its engine, its disk and its containers."""
    if problem := facts.get("problem") or (facts.get("unreachable") and facts["msg"]):
        return {"name": name, "problem": problem}
    dangling = [image for image in facts["images"] if is_dangling(image)]
    containers = [
        {
            **container,
            "condition": condition(container),
            "warnings": container_warnings(container, images.get(container["image"])),
        }
        for container in sorted(facts["containers"], key=lambda container: container["name"])
    ]
    return {
        "name": name,
        "problem": None,
        "engine": facts["engine"],
        "disk": facts["disk"],
        "images": len(facts["images"]),
        "dangling": len(dangling),
        # Where the engine keeps layers in another way, or root may not look.
        "layers_unread": any(
            step["digest"] and step["package_lists"] is None
            for image in facts["images"]
            for step in image["steps"]
        ),
        "containers": containers,
    }


def lab_report(vms: dict[str, Document], registry: Document) -> Document:
    """The report as data.

    :param vms: what docker_layers_info found, by VM, or that the VM was unreachable
    :param registry: its address, repositories (with tags), digests (by reference), problems of
        single ones, and the problem that kept it from answering
    """
    merged = merge_images(vms)
    # Left over and unused: counted with their VM, too many to show.
    shown = [image for image in merged.values() if not is_dangling(image) or image["containers"]]
    left = [image for image in merged.values() if is_dangling(image) and not image["containers"]]
    for image in shown:
        image["name"] = short_name(image["tags"], image["digests"], image["id"])
    shown.sort(key=lambda image: (without_host(image["name"]), image["name"]))
    name_origins(shown)
    for image in shown:
        image["purpose"] = purpose(image)
        image["warnings"] = image_warnings(image)
        image["layers"] = len(layers_of(image))
    return {
        "vms": [vm_document(name, facts, merged) for name, facts in sorted(vms.items())],
        "images": shown,
        "layers": len({step["digest"] for image in shown for step in layers_of(image)}),
        "shared_layers": share_layers(shown, left),
        "registry": {
            "address": registry["address"],
            "problem": registry.get("problem"),
            "problems": registry.get("problems") or {},
            "repositories": [] if registry.get("problem") else registry_contents(registry, shown),
        },
    }


def lab_report_page(report: Document, templates: str) -> str:
    """The report as one HTML page.

    Ansible's own templates don't escape, and much in here was written by strangers.

    :param report: what lab_report made
    :param templates: directory of lab.html.j2
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "exec_form": lambda words: json.dumps(words, ensure_ascii=False),
        "in_lines": in_lines,
        "moment": moment,
        "mood": mood,
        "short_id": short_id,
        "size": size_text,
        "without_host": without_host,
    }
    return environment.get_template("lab.html.j2").render(
        report=report,
        by_id={image["id"]: image for image in report["images"]},
        shared={layer["digest"]: layer for layer in report["shared_layers"]},
    )


class FilterModule:
    """The filters of this file, as Ansible wants them."""

    def filters(self) -> dict[str, Any]:
        return {"lab_report": lab_report, "lab_report_page": lab_report_page}
