#!/usr/bin/python
"""Tell which releases are kept, and which images they need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.releases import Release, ReleaseError, current, numbers, read

DOCUMENTATION = """
module: prune_info
short_description: Tell which releases are kept, and which images they need
description:
  - Kept are the last releases, and the one that the lab runs. Changes nothing.
author: identidock-lab maintainers
options:
  dir:
    description: Directory with the releases.
    type: path
    required: true
  kept:
    description: How many of the last releases are kept.
    type: int
    required: true
"""

EXAMPLES = """
- name: Choose the releases to keep
  prune_info:
    dir: .lab/releases
    kept: 3
"""

RETURN = """
kept:
  description: Numbers of the releases that are kept.
  returned: success
  type: list
  elements: int
  sample: [9, 12, 13, 14]
superfluous:
  description: Numbers of the others.
  returned: success
  type: list
  elements: int
  sample: [10, 11]
images:
  description: The images of the kept releases, each as C(<repository>@<digest>).
  returned: success
  type: list
  elements: str
  sample: ["identidock@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"]
tags:
  description: Their tags, by content and by version, and their other names.
  returned: success
  type: list
  elements: str
  sample: [identidock:1.0, identidock:1.0-5e3c2bcaa6aa, "library/python:3.6"]
repositories:
  description: Repositories of all images of all releases, and of their other names.
  returned: success
  type: list
  elements: str
  sample: [identidock, library/python]
"""


def choose(releases: list[Release], running: int | None, kept: int) -> dict[str, Any]:
    """What is kept of these releases, and what they need.

    :param releases: all of them, the oldest first
    :param running: number of the one that the lab runs
    :param kept: how many of the last ones are kept
    """
    last = {release["number"] for release in releases[-kept:]} | {running}
    stay = [release for release in releases if release["number"] in last]
    images = [image for release in stay for image in release["images"].values()]
    aliases = {alias for release in stay for alias in release.get("aliases", {})}
    names = [image["repository"] for release in releases for image in release["images"].values()]
    names += [alias.rpartition(":")[0] for each in releases for alias in each.get("aliases", {})]
    return {
        "kept": [release["number"] for release in stay],
        "superfluous": [each["number"] for each in releases if each["number"] not in last],
        "images": sorted({f"{image['repository']}@{image['digest']}" for image in images}),
        "tags": sorted(
            aliases.union(
                f"{image['repository']}:{image[name]}"
                for image in images
                for name in ("tag", "version")
            )
        ),
        "repositories": sorted(set(names)),
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "dir": {"type": "path", "required": True},
            "kept": {"type": "int", "required": True},
        },
        supports_check_mode=True,
    )
    directory, kept = Path(module.params["dir"]), module.params["kept"]
    if kept < 1:
        module.fail_json(msg=f"At least one release is kept, not {kept}. Set lab_releases_kept.")
    try:
        running = current(directory)
        releases = [read(directory, number) for number in numbers(directory)]
    except ReleaseError as error:
        module.fail_json(msg=str(error))
    found = choose(releases, running["number"] if running else None, kept)
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
