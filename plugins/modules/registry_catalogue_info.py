#!/usr/bin/python
"""Ask a registry what it holds."""

from __future__ import annotations

import json
import re
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url

DOCUMENTATION = """
module: registry_catalogue_info
short_description: Ask a registry what it holds
description:
  - Lists the repositories of a registry and their tags, all pages of the answer.
author: identidock-lab maintainers
options:
  registry:
    description: Host and port.
    type: str
    required: true
  username:
    description: Account of the registry.
    type: str
  password:
    description: Its password.
    type: str
  ca_path:
    description: Certificate of the authority that signed the registry's certificate.
    type: path
"""

EXAMPLES = """
- name: Read the catalogue of the lab's registry
  registry_catalogue_info:
    registry: registry.lab:5443
    username: admin
    password: "{{ lab_passwords.admin }}"
    ca_path: /etc/docker/certs.d/registry.lab:5443/ca.crt
  register: catalogue
"""

RETURN = """
repositories:
  description: The tags of each repository.
  returned: success
  type: dict
  sample: {library/python: ["3.13"], identidock: ["1.0", 1.0-0cc175b9c0f1]}
references:
  description: The same as a list, each as C(<repository>:<tag>).
  returned: success
  type: list
  elements: str
  sample: [library/python:3.13, identidock:1.0, identidock:1.0-0cc175b9c0f1]
"""


def pages(asked: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """Every page of an answer that the registry may cut into several."""
    answers = []
    while path:
        reply = open_url(
            f"https://{asked['registry']}{path}",
            url_username=asked["username"],
            url_password=asked["password"],
            force_basic_auth=bool(asked["username"]),
            ca_path=asked["ca_path"],
            use_proxy=False,
            timeout=10,
        )
        answers.append(json.load(reply))
        following = re.match(r"<(?:https://[^/>]*)?(/[^>]*)>", reply.headers.get("Link") or "")
        path = following[1] if following else ""
    return answers


def catalogue(asked: dict[str, Any]) -> dict[str, list[str]]:
    """The tags of each repository; one whose tags were all deleted has none."""
    listed = pages(asked, "/v2/_catalog?n=100")
    repositories = {}
    for name in sorted({name for page in listed for name in page["repositories"]}):
        try:
            answers = pages(asked, f"/v2/{name}/tags/list")
        except HTTPError as error:
            # In the catalogue until the registry cleans up, but nothing is left of it.
            if error.code != 404:
                raise
            answers = []
        repositories[name] = sorted(tag for page in answers for tag in page["tags"] or [])
    return repositories


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "registry": {"type": "str", "required": True},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "ca_path": {"type": "path"},
        },
        supports_check_mode=True,
    )
    registry = module.params["registry"]
    try:
        repositories = catalogue(module.params)
    except HTTPError as error:
        module.fail_json(
            msg=f"The registry {registry} answered {error.code} when asked for its catalogue."
        )
    except (OSError, HTTPException, ValueError) as error:
        module.fail_json(
            msg=f"The registry {registry} does not answer ({error}). Start it by running "
            "playbooks/deploy.yml."
        )
    references = [f"{name}:{tag}" for name, tags in repositories.items() for tag in tags]
    module.exit_json(changed=False, repositories=repositories, references=references)


if __name__ == "__main__":
    main()
