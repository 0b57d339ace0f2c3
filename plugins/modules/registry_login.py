#!/usr/bin/python
"""Let a user's Docker client log in to a registry, whether or not it runs yet."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.records import write_atomically

DOCUMENTATION = """
module: registry_login
short_description: Let a user's Docker client log in to a registry, whether or not it runs yet
description:
  - Writes what C(docker login) would, without asking the registry. Log-ins elsewhere stay.
author: identidock-lab maintainers
options:
  registry:
    description: Host and port.
    type: str
    required: true
  username:
    description: Account of the registry.
    type: str
    required: true
  password:
    description: Its password.
    type: str
    required: true
  config:
    description: The client's configuration.
    type: path
    default: ~/.docker/config.json
"""

EXAMPLES = """
- name: Let root pull from the registry
  registry_login:
    registry: registry.lab:5443
    username: node
    password: "{{ lab_passwords.node }}"
"""

RETURN = """
config:
  description: The file with the log-in.
  returned: success
  type: str
  sample: /root/.docker/config.json
"""


def read(file: Path) -> dict[str, Any]:
    """The client's configuration; an error where it is none."""
    if not file.exists():
        return {}
    found = json.loads(file.read_text("utf-8"))
    if not isinstance(found, dict) or not isinstance(found.get("auths", {}), dict):
        raise ValueError("it has another structure than Docker's")
    return found


def write(file: Path, content: dict[str, Any]) -> None:
    """Write a file for its owner only, as a whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps(content, indent="\t") + "\n"
    write_atomically(file, text.encode(), 0o600, os.geteuid())


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "registry": {"type": "str", "required": True},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "config": {"type": "path", "default": "~/.docker/config.json"},
        },
        supports_check_mode=True,
    )
    asked, file = module.params, Path(module.params["config"])
    account = f"{asked['username']}:{asked['password']}".encode()
    login = {"auth": base64.b64encode(account).decode()}
    try:
        before = read(file)
        changed = before.get("auths", {}).get(asked["registry"]) != login
        if changed and not module.check_mode:
            write(file, before | {"auths": before.get("auths", {}) | {asked["registry"]: login}})
    except (OSError, ValueError) as error:
        module.fail_json(
            msg=f"Docker's configuration {file} cannot be used: {error}. Correct it or move it "
            "away, then run this again."
        )
    module.exit_json(changed=changed, config=str(file))


if __name__ == "__main__":
    main()
