#!/usr/bin/python
"""Look at a VM once: its containers, images, processes and some files."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

try:
    import docker
    from docker.errors import APIError, DockerException, NotFound
    from requests.exceptions import RequestException
except ImportError:
    docker = None

DOCUMENTATION = """
module: vm_state_info
short_description: Look at a VM once, with its containers, images, processes and some files
description:
  - Reads and changes nothing. The checks judge what it returns.
options:
  files:
    description: Files to read; those that are not there are left out.
    type: list
    elements: path
    default: []
  references:
    description: Images that the engine looks up in its registries, without pulling them.
    type: list
    elements: str
    default: []
  docker_host:
    description: Address of the engine.
    type: str
    default: unix:///var/run/docker.sock
  timeout:
    description: Seconds the engine may take for one answer.
    type: int
    default: 30
"""

EXAMPLES = """
- name: Look at the VM
  vm_state_info:
    files: [/etc/docker/daemon.json]
    references: ["debian:13"]
  register: vm_state
"""

RETURN = """
problem:
  description: Why the engine has nothing to show, null where it has.
  returned: always
  type: str
  sample: null
containers:
  description: Each container as C(docker inspect) shows it, and the user ids of its processes.
  returned: when there is no problem
  type: list
  sample: [{Name: /registry-front-1, State: {Status: running}}]
images:
  description: Each image's names, size, layers and configuration.
  returned: when there is no problem
  type: list
  sample: [{RepoTags: ["debian:13"], Size: 78500000}]
references:
  description: The digest of each reference, null where no registry has it.
  returned: when there is no problem
  type: dict
  sample: {"debian:13": "sha256:9b1f"}
processes:
  description: The command line of each process.
  returned: always
  type: list
  sample: ["/usr/sbin/dockerd -H fd://"]
files:
  description: The text of each file, by path.
  returned: always
  type: dict
  sample: {/etc/hosts: "10.213.0.11 registry.lab\n"}
"""

# Spoken by Debian 13's engine and by the current one.
API = "1.44"
OF_AN_IMAGE = ("Id", "RepoTags", "RepoDigests", "Size", "RootFS", "Config")


def described_container(api: docker.APIClient, identity: str) -> dict[str, Any]:
    """A container, and who its processes run as."""
    facts: dict[str, Any] = api.inspect_container(identity)
    try:
        top = api.top(identity, "-eo pid,uid")
    except APIError:
        # Nothing runs in it.
        top = {"Processes": []}
    return {**facts, "Uids": [process[1] for process in top["Processes"]]}


def digest_of(api: docker.APIClient, reference: str) -> str | None:
    """The digest that a registry of the engine's has for a reference."""
    try:
        found: str = api.inspect_distribution(reference)["Descriptor"]["digest"]
    except APIError:
        return None
    return found


def look(api: docker.APIClient, references: list[str]) -> dict[str, Any]:
    """Everything of one engine."""
    containers = []
    for entry in api.containers(all=True):
        try:
            containers.append(described_container(api, entry["Id"]))
        except NotFound:
            # Somebody removed it in the meantime.
            continue
    images = []
    for entry in api.images():
        try:
            facts = api.inspect_image(entry["Id"])
        except NotFound:
            continue
        images.append({name: facts.get(name) for name in OF_AN_IMAGE})
    digests = {reference: digest_of(api, reference) for reference in references}
    return {"containers": containers, "images": images, "references": digests}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "files": {"type": "list", "elements": "path", "default": []},
            "references": {"type": "list", "elements": "str", "default": []},
            "docker_host": {"type": "str", "default": "unix:///var/run/docker.sock"},
            "timeout": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    files = [Path(name) for name in module.params["files"]]
    ps = subprocess.run(["ps", "-ww", "-eo", "args"], check=True, capture_output=True, text=True)
    seen: dict[str, Any] = {
        "files": {str(file): file.read_text("utf-8") for file in files if file.is_file()},
        "processes": ps.stdout.splitlines()[1:],
    }
    if docker is None:
        seen["problem"] = "Docker is not installed. Run playbooks/nodes.yml."
        module.exit_json(changed=False, **seen)
    try:
        api = docker.APIClient(
            module.params["docker_host"], version=API, timeout=module.params["timeout"]
        )
        seen.update(problem=None, **look(api, module.params["references"]))
    except (DockerException, RequestException) as error:
        seen["problem"] = f"The Docker Engine does not answer: {error}"
    module.exit_json(changed=False, **seen)


if __name__ == "__main__":
    main()
