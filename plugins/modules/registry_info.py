#!/usr/bin/python
"""Ask a registry for digests, and for what it holds."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.registry import (
    OPTIONS,
    AnswerError,
    Registry,
    RegistryError,
    UnreachableError,
)

DOCUMENTATION = """
module: registry_info
short_description: Ask a registry for digests, and for what it holds
description:
  - Asks for the headers of each manifest, all over one connection; no image is pulled.
  - A reference that the registry cannot answer for, because of a damaged file in its volume for
    example, is told as a problem, and the others are asked for nevertheless.
author: identidock-lab maintainers
extends_documentation_fragment: [registry]
options:
  references:
    description: What to look for, each as C(<repository>:<tag>) or C(<repository>@<digest>).
    type: list
    elements: str
    default: []
  catalogue:
    description: List every repository with its tags, and look for these too.
    type: bool
    default: false
  absent_ok:
    description: A registry that does not answer or let us in has nothing; no error.
    type: bool
    default: false
"""

EXAMPLES = """
- name: Find the digest of a tag
  registry_info:
    registry: registry.lab:5443
    references: [identidock:1.0]
    username: node
    password: "{{ lab_passwords.node }}"
    ca_path: /etc/docker/certs.d/registry.lab:5443/ca.crt
  register: found

- name: Print the reference by digest
  ansible.builtin.debug:
    msg: registry.lab:5443/identidock@{{ found.digests["identidock:1.0"] }}
"""

RETURN = """
digests:
  description: The digest of each reference, null where the registry does not have it.
  returned: success
  type: dict
  sample:
    identidock:1.0: sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    identidock:2.0: null
problems:
  description: >-
    What the registry said about references and repositories that are damaged; their digest is null
    or their list of tags empty, too.
  returned: success
  type: dict
  sample: {"dnmonster:1.0": "the registry answered 500 to HEAD /v2/dnmonster/manifests/1.0"}
repositories:
  description: The tags of each repository; none unless the catalogue is asked for.
  returned: success
  type: dict
  sample: {library/python: ["3.13"], identidock: ["1.0", 1.0-0cc175b9c0f1]}
"""


def look(registry: Registry, references: list[str], catalogue: bool) -> dict[str, Any]:
    """Digests, problems and repositories, as they are returned."""
    problems: dict[str, str] = {}
    repositories: dict[str, list[str]] = {}
    for name in registry.repositories() if catalogue else []:
        try:
            repositories[name] = registry.tags(name)
        except AnswerError as error:
            repositories[name] = []
            problems[name] = error.problem
    listed = [f"{name}:{tag}" for name, tags in repositories.items() for tag in tags]
    digests: dict[str, str | None] = dict.fromkeys([*references, *listed])
    for reference in digests:
        try:
            digests[reference] = registry.digest(reference)
        except AnswerError as error:
            problems[reference] = error.problem
    return {"digests": digests, "problems": problems, "repositories": repositories}


def main() -> None:
    module = AnsibleModule(
        argument_spec=OPTIONS
        | {
            "references": {"type": "list", "elements": "str", "default": []},
            "catalogue": {"type": "bool", "default": False},
            "absent_ok": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    asked = module.params
    try:
        found = look(Registry(asked), asked["references"], asked["catalogue"])
    except UnreachableError as error:
        if not asked["absent_ok"]:
            module.fail_json(msg=str(error))
        nothing = dict.fromkeys(asked["references"])
        found = {"digests": nothing, "problems": {}, "repositories": {}}
    except RegistryError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
