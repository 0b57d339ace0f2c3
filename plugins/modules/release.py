#!/usr/bin/python
"""Keep numbered releases of images, and say which one the lab runs."""

from __future__ import annotations

import getpass
import json
import os
import socket
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.records import now
from ansible.module_utils.releases import (
    Release,
    ReleaseError,
    current,
    differences,
    newest,
    numbers,
    previous,
    read,
    unknown_migrations,
)

DOCUMENTATION = """
module: release
short_description: Keep numbered releases of images, and say which one the lab runs
description:
  - A release is a file C(<number>.json) that is written once and never changed. The link
    C(current.json) leads to the one that the lab runs.
  - With neither O(candidate) nor O(current) nor O(previous) it only reads.
author: identidock-lab maintainers
options:
  dir:
    description: Directory with the releases. It is made when the first one is written.
    type: path
    required: true
  candidate:
    description: >-
      What M(build_context_info) returns as such. If it differs from the newest release it becomes
      the next one, and the current one.
    type: dict
  digests:
    description: The digest of each image of O(candidate), by C(<repository>:<tag>).
    type: dict
    default: {}
  current:
    description: Number of the release that is to be the current one.
    type: str
  previous:
    description: Whether the release before the current one is to be the current one.
    type: bool
    default: false
  keep_database:
    description: >-
      Whether another release may become the current one although the present one has migrations of
      a database that it does not know.
    type: bool
    default: false
"""

EXAMPLES = """
- name: Record what was pushed
  release:
    dir: .lab/releases
    candidate: "{{ plan.candidate }}"
    digests: "{{ registry.digests }}"

- name: Return to an earlier release
  release:
    dir: .lab/releases
    current: 11
"""

RETURN = """
release:
  description: The current release, as it is now; null where there is none.
  returned: success
  type: dict
  sample: {number: 13, made: "2026-11-25T09:14:03Z", by: ada@laptop, images: {}}
before:
  description: The release that was the current one before; null where there was none.
  returned: success
  type: dict
  sample: {number: 12, made: "2026-11-24T08:12:01Z", by: ada@laptop, images: {}}
differences:
  description: What differs from RV(before), a line for each image.
  returned: success
  type: list
  elements: str
  sample: ["identidock: apps/identidock edited"]
numbers:
  description: The numbers of all releases.
  returned: success
  type: list
  elements: int
  sample: [9, 12, 13]
"""


def completed(candidate: Release, digests: dict[str, str | None]) -> Release:
    """The candidate with the digest of each image."""
    images = {}
    for name, image in candidate["images"].items():
        digest = digests.get(f"{image['repository']}:{image['tag']}")
        if not digest:
            raise ReleaseError(
                f"The registry has no {image['repository']}:{image['tag']}, so nothing was "
                "recorded. Run the same command again."
            )
        images[name] = {**image, "digest": digest}
    return candidate | {"images": images}


def written(directory: Path, number: int, release: Release) -> None:
    """Write a release as a whole or not at all, and never over another one."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Only its owner may read a temporary file.
    with tempfile.NamedTemporaryFile("w", dir=directory, encoding="utf-8") as file:
        file.write(f"{json.dumps(release, indent=2, ensure_ascii=False)}\n")
        file.flush()
        os.fsync(file.fileno())
        Path(directory, f"{number}.json").hardlink_to(file.name)


def link(directory: Path, number: int) -> None:
    """Let the link lead to the release."""
    successor = directory / ".current.json"
    successor.unlink(missing_ok=True)
    successor.symlink_to(f"{number}.json")
    successor.replace(directory / "current.json")


def refuse_migrated(before: Release | None, release: Release) -> None:
    """Refuse a release that may find a database which it does not know."""
    unknown = unknown_migrations(before, release) if before else {}
    if before and unknown:
        steps = "; ".join(f"{name}: {', '.join(each)}" for name, each in unknown.items())
        raise ReleaseError(
            f"Release {before['number']} has migrations of a database that release "
            f"{release['number']} does not know ({steps}). To deploy it on the database as it is "
            "now, add DATABASE=keep; an older state of the database comes from a backup only."
        )


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "dir": {"type": "path", "required": True},
            "candidate": {"type": "dict"},
            "digests": {"type": "dict", "default": {}},
            "current": {"type": "str"},
            "previous": {"type": "bool", "default": False},
            "keep_database": {"type": "bool", "default": False},
        },
        mutually_exclusive=[["candidate", "current", "previous"]],
        supports_check_mode=True,
    )
    asked, directory = module.params, Path(module.params["dir"])
    try:
        before = current(directory)
        reply = outcome(asked, directory, before, module.check_mode)
    except ReleaseError as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(
            msg=f"The release could not be recorded in {directory}: {error}. Mend that, then run "
            "the same command again."
        )
    module.exit_json(**reply, before=before, numbers=numbers(directory))


def outcome(
    asked: dict[str, Any], directory: Path, before: Release | None, check_mode: bool
) -> dict[str, Any]:
    """The current release as it is to be, written and linked to unless it is so already."""
    release = before
    if asked["previous"] or asked["current"] is not None:
        number = previous(directory, before) if asked["previous"] else asked["current"]
        release = read(directory, number)
        if not asked["keep_database"]:
            refuse_migrated(before, release)
    elif asked["candidate"]:
        newest_release = newest(directory)
        candidate = completed(asked["candidate"], asked["digests"])
        changes = differences(newest_release, candidate)
        if changes or not newest_release:
            number = newest_release["number"] + 1 if newest_release else 1
            release = {
                "number": number,
                "made": now(),
                "by": f"{getpass.getuser()}@{socket.gethostname()}",
                "changed": changes,
                **candidate,
            }
            if not check_mode:
                written(directory, number, release)
        elif not before:
            release = newest_release
    changed = bool(release and (not before or release["number"] != before["number"]))
    if release and changed and not check_mode:
        link(directory, release["number"])
    return {
        "changed": changed,
        "release": release,
        "differences": differences(before, release) if release else [],
    }


if __name__ == "__main__":
    main()
