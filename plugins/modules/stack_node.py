#!/usr/bin/python
"""What a machine of a swarm needs beside the services."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.compose import Engine, NoDockerError, StackError, run_command
from ansible.module_utils.stack_folder import Entry, Folder

DOCUMENTATION = """
module: stack_node
short_description: What a machine of a swarm needs beside the services
description:
  - Makes directories that services mount, fetches images, keeps files, and removes what was
    deployed there by Docker Compose before.
options:
  name:
    description: Name of the stack.
    type: str
    required: true
  directory:
    description: Directory of the stack's files.
    type: path
    required: true
  directories:
    description: Numbers of the owners of further directories, by path.
    type: dict
    default: {}
  images:
    description: Images to fetch, by digest.
    type: list
    elements: str
    default: []
  files:
    description: Contents of files to keep, by name.
    type: dict
    default: {}
  without_compose:
    description: Whether to remove the containers and files of a Compose project of this name.
    type: bool
    default: false
"""

EXAMPLES = """
- name: Make the directories and fetch the images
  stack_node:
    name: identidock
    directory: /opt/identidock
    directories: {run: 0, run/dnmonster: 10002}
    images: "{{ identidock_images.values() }}"
"""

RETURN = """
done:
  description: What was, or in check mode would be, made, fetched or removed.
  returned: always
  type: list
  elements: str
  sample: ["/opt/identidock/run"]
"""

# What the engine Compose has in a stack's directory, and Swarm has not.
COMPOSE_FILES = ("compose.yaml", "compose.yaml.deployed")


def compose_leftovers(directory: Path) -> list[Path]:
    """Files of a Compose project."""
    files = [directory / name for name in COMPOSE_FILES]
    return [file for file in [*files, *(directory / "secrets").glob("*")] if file.exists()]


def settle(params: dict[str, Any], check_mode: bool) -> list[str]:
    """Bring a machine to what is wanted; tells what that took."""
    directory = Path(params["directory"])
    engine = Engine(params["name"], directory)
    owners = {path: int(owner) for path, owner in params["directories"].items()}
    entries = Folder(directory, {}, {}, {}, owners).entries
    for name, text in params["files"].items():
        entries.append(Entry(directory / name, 0o644, os.geteuid(), text.encode()))
    pending = [entry for entry in entries if not entry.current]
    there = ["docker", "image", "inspect", "--format", "{{.Id}}"]
    missing = [image for image in params["images"] if run_command([*there, image]).code]
    containers, leftovers = [], []
    if params["without_compose"]:
        containers = sorted(set(engine.look("services: {}").orphans))
        leftovers = compose_leftovers(directory)
    if not check_mode:
        for entry in pending:
            entry.write()
        engine.fetch({"services": {image: {"image": image} for image in missing}})
        for service in containers:
            engine.remove(service)
        for file in leftovers:
            file.unlink()
        if leftovers:
            with contextlib.suppress(OSError):
                (directory / "secrets").rmdir()
    return [*(str(entry.path) for entry in pending), *missing, *containers, *map(str, leftovers)]


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "directory": {"type": "path", "required": True},
            "directories": {"type": "dict", "default": {}},
            "images": {"type": "list", "elements": "str", "default": []},
            "files": {"type": "dict", "default": {}},
            "without_compose": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        done = settle(module.params, module.check_mode)
    except (StackError, OSError) as failure:
        if not (module.check_mode and isinstance(failure, NoDockerError)):
            module.fail_json(msg=f"{failure}")
        done = [module.params["name"]]
    module.exit_json(changed=bool(done), done=done)


if __name__ == "__main__":
    main()
