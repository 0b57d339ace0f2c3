#!/usr/bin/python
"""Look at the stacks that were deployed on a machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.compose import Container, NoDockerError, StackError, all_containers
from ansible.module_utils.stack_folder import RECORD, read_record
from ansible.module_utils.swarm import containers_here

DOCUMENTATION = """
module: stack_info
short_description: Look at the stacks that were deployed on a machine
description:
  - Reads and changes nothing.
options:
  directory:
    description: Directory with a directory for each stack.
    type: path
    default: /opt
"""

EXAMPLES = """
- name: Look at the stacks
  stack_info:
  register: stacks
"""

RETURN = """
stacks:
  description: >-
    Each stack's C(release), when (C(at)) and by whom (C(by)) it was deployed, the release that was
    C(refused) after it, whether all its containers are C(healthy), and its C(containers).
  returned: always
  type: dict
  sample:
    healthcheck:
      release: 13
      at: "2026-11-25T09:14:03Z"
      by: ada@laptop
      live: null
      refused: null
      healthy: true
      containers: [{name: healthcheck-web-1, service: web, health: healthy, image: web}]
"""


def described(record: dict[str, Any], containers: list[Container]) -> dict[str, Any]:
    """A stack with what is noted about it and what runs of it."""
    return record | {
        "healthy": bool(containers) and all(container.ready for container in containers),
        "containers": [
            {
                "name": container.name,
                "service": container.service,
                "health": container.health,
                "image": container.image,
            }
            for container in containers
        ],
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={"directory": {"type": "path", "default": "/opt"}},
        supports_check_mode=True,
    )
    try:
        containers = all_containers() + containers_here()
    except NoDockerError:
        containers = []
    except StackError as error:
        module.fail_json(msg=f"Docker does not answer: {error}")
    stacks = {
        file.parent.name: described(
            read_record(file.parent),
            [container for container in containers if container.project == file.parent.name],
        )
        for file in sorted(Path(module.params["directory"]).glob(f"*/{RECORD}"))
    }
    module.exit_json(changed=False, stacks=stacks)


if __name__ == "__main__":
    main()
