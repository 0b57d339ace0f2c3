#!/usr/bin/python
"""Remove images of the lab's own that nobody needs from a machine."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

try:
    import docker
except ImportError:
    docker = None

DOCUMENTATION = """
module: images_prune
short_description: Remove images of the lab's own that nobody needs from a machine
description:
  - Looks at images with names of one registry and of some of its repositories. One stays that is
    asked for, that a container has, running or not, or that is named in the definition of a stack.
  - Other names are not touched; an image that has one loses no more than the names looked at.
author: identidock-lab maintainers
options:
  registry:
    description: Host and port of the registry.
    type: str
    required: true
  repositories:
    description: Repositories, or patterns for them such as C(git/*).
    type: list
    elements: str
    required: true
  keep:
    description: What stays, each as C(<repository>:<tag>) or C(<repository>@<digest>).
    type: list
    elements: str
    required: true
  stacks:
    description: Directory with the stacks.
    type: path
    default: /opt
"""

EXAMPLES = """
- name: Remove the images of releases that are not kept
  images_prune:
    registry: registry.lab:5443
    repositories: [identidock, git/*]
    keep: "{{ releases.images + releases.tags }}"
"""

RETURN = """
used:
  description: What is in use here, each as C(<repository>:<tag>) or C(<repository>@<digest>).
  returned: success
  type: list
  elements: str
  sample: ["registry:2.8-d97821b2979c"]
removed:
  description: What was removed, likewise.
  returned: success
  type: list
  elements: str
  sample: ["identidock:1.0-0cc175b9c0f1"]
problems:
  description: Why something was not, by its name.
  returned: success
  type: dict
  sample: {}
"""

API = "1.44"


class Names:
    """The names of images that belong to the lab."""

    def __init__(self, registry: str, repositories: list[str]) -> None:
        self.prefix = f"{registry}/"
        self._repositories = repositories

    def own(self, names: list[str] | None) -> set[str]:
        """Those of these names that belong to the lab, without their registry."""
        inside = [name.removeprefix(self.prefix) for name in names or []]
        return {
            name
            for name, whole in zip(inside, names or [], strict=True)
            if whole.startswith(self.prefix)
            and any(fnmatchcase(re.split("[:@]", name)[0], each) for each in self._repositories)
        }


def written(stacks: Path, prefix: str) -> list[str]:
    """The images that the stacks' definitions name: what runs, and what to go back to."""
    pattern = re.compile(rf"{re.escape(prefix)}[\w./-]+(?:@sha256:[0-9a-f]{{64}}|:[\w.-]+)")
    return [
        name
        for file in sorted(stacks.glob("*/compose.yaml*"))
        for name in pattern.findall(file.read_text("utf-8"))
    ]


def plan(
    names: Names,
    images: list[dict[str, Any]],
    containers: list[dict[str, Any]],
    definitions: list[str],
    keep: list[str],
) -> tuple[set[str], list[str]]:
    """What is in use, and what is to be removed: tags first, for the image goes with the last."""
    running = {container["ImageID"] for container in containers}
    own = {
        image["Id"]: (names.own(image["RepoTags"]), names.own(image["RepoDigests"]))
        for image in images
    }
    used = names.own(definitions)
    for identifier, (tags, digests) in own.items():
        if identifier in running or used & (tags | digests):
            used |= tags | digests
    stay = used.union(keep)
    leave = [(tags, digests) for tags, digests in own.values() if not stay & (tags | digests)]
    return used, [name for tags, digests in leave for name in sorted(tags) + sorted(digests)]


def remove(api: Any, prefix: str, names: list[str]) -> tuple[list[str], dict[str, str]]:
    """What was removed, and why something was not."""
    removed, problems = [], {}
    for name in names:
        try:
            api.remove_image(prefix + name)
            removed.append(name)
        except docker.errors.NotFound:
            # It went with the tag before it.
            continue
        except docker.errors.APIError as error:
            problems[name] = error.explanation or str(error)
    return removed, problems


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "registry": {"type": "str", "required": True},
            "repositories": {"type": "list", "elements": "str", "required": True},
            "keep": {"type": "list", "elements": "str", "required": True},
            "stacks": {"type": "path", "default": "/opt"},
        },
        supports_check_mode=True,
    )
    asked = module.params
    if docker is None:
        module.exit_json(changed=False, used=[], removed=[], problems={})
    names = Names(asked["registry"], asked["repositories"])
    try:
        api = docker.APIClient(version=API, timeout=120)
        definitions = written(Path(asked["stacks"]), names.prefix)
        containers = api.containers(all=True)
        used, removed = plan(names, api.images(), containers, definitions, asked["keep"])
        problems: dict[str, str] = {}
        if not module.check_mode:
            removed, problems = remove(api, names.prefix, removed)
    except (docker.errors.DockerException, OSError) as error:
        module.fail_json(msg=f"Docker's images cannot be looked at: {error}. Is Docker running?")
    module.exit_json(changed=bool(removed), used=sorted(used), removed=removed, problems=problems)


if __name__ == "__main__":
    main()
