#!/usr/bin/python
"""Deploy a stack of containers, or keep what runs."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.compose import Engine
from ansible.module_utils.deployment import Deployment, carry_out
from ansible.module_utils.firewall import Hold
from ansible.module_utils.haproxy import Edge
from ansible.module_utils.stack_folder import Folder

DOCUMENTATION = """
module: stack
short_description: Deploy a stack of containers, or keep what runs
description:
  - Replaces what differs from O(compose) and what is unhealthy, starts what is missing, and proves
    over HTTP that it works. On a failure what was proven last runs again.
  - A run that was killed is finished by the next one.
  - In check mode nothing is written or fetched, and Docker need not be there.
options:
  name:
    description: Name of the Compose project.
    type: str
    required: true
  host:
    description: Name of the machine, for messages.
    type: str
    required: true
  directory:
    description: Directory of the stack's files.
    type: path
    required: true
  compose:
    description: Content of C(compose.yaml).
    type: str
    required: true
  secrets:
    description: Contents of files in C(secrets), by a name that changes with the content.
    type: dict
    default: {}
  configs:
    description: Contents of files in C(configs), by a name that changes with the content.
    type: dict
    default: {}
  live:
    description: Contents of files in C(live), which are read while a container runs.
    type: dict
    default: {}
  reload:
    description: Command, as a list, for each service that is to read its live files again.
    type: dict
    default: {}
  directories:
    description: >-
      Numbers of the owners of further directories, by path. Root's keep everybody out. Files of
      C(live) are for the owner of that directory alone, if it is given.
    type: dict
    default: {}
  check:
    description: Commands to run in throw-away containers before anything is replaced.
    type: list
    elements: dict
    default: []
    suboptions:
      service:
        description: Service whose image and volumes the container has.
        type: str
        required: true
      command:
        description: The command.
        type: list
        elements: str
        required: true
  strategy:
    description: Replace containers at once, or the replicas one after the other behind the edge.
    type: str
    choices: [replace, rolling]
    default: replace
  replicas:
    description: Services to replace one after the other; the edge's servers have their names.
    type: list
    elements: str
    default: []
  trial:
    description: Service of the profile C(trial), which is tried before a replica is replaced.
    type: str
    default: trial
  backend:
    description: Backend of the edge with these servers.
    type: str
    default: ""
  admin_socket:
    description: The edge's admin socket.
    type: path
    default: /opt/edge/run/admin.sock
  hold_ports:
    description: >-
      Published ports for which new connections from outside have to wait while their container is
      exchanged; HTTP must be spoken there.
    type: list
    elements: int
    default: []
  takes_ports_of:
    description: >-
      Other projects that give their ports to this one: their containers are stopped where they hold
      a port that it publishes.
    type: list
    elements: str
    default: []
  proof_url:
    description: Address that O(proof) is asked of; when rolling, the name of the replica is added.
    type: str
    default: ""
  public_url:
    description: Address for visitors that O(proof) is asked of at the end; empty asks none.
    type: str
    default: ""
  proof:
    description: Requests that must be answered. C({random}) stands for a new word in each proof.
    type: list
    elements: dict
    default: []
    suboptions:
      get:
        description: Path to get.
        type: str
      post:
        description: Path to send O(proof[].form) to.
        type: str
      form:
        description: Fields of the form.
        type: dict
      has:
        description: What the answer must contain.
        type: str
      status:
        description: Status of the answer; without it, success or a redirect will do.
        type: int
      type:
        description: Type of the content.
        type: str
      times:
        description: How often to ask.
        type: int
        default: 1
  start_timeout:
    description: Seconds a container may take to become healthy, and then to answer.
    type: int
    default: 60
  drain_timeout:
    description: Seconds a replica may take to finish its requests.
    type: int
    default: 30
  release:
    description: Number of the release.
    type: int
    default: 0
  by:
    description: Who deploys it, from where.
    type: str
    default: ""
"""

EXAMPLES = """
- name: Deploy the health check
  stack:
    name: healthcheck
    host: lab1
    directory: /opt/healthcheck
    compose: "{{ lookup('ansible.builtin.template', 'compose.yaml.j2') }}"
    proof_url: http://127.0.0.1:5003
    proof:
      - {get: /, has: healthy}
"""

RETURN = """
services:
  description: Each service's image, health, and whether it was outdated when it was looked at.
  returned: where Docker is installed
  type: dict
  sample: {web: {image: "registry.lab:5443/web@sha256:9b1f", health: healthy, outdated: false}}
replaced:
  description: Services whose containers were, or in check mode would be, started or replaced.
  returned: always
  type: list
  elements: str
  sample: [web]
went_back:
  description: Whether what was proven before runs again.
  returned: always
  type: bool
  sample: false
said:
  description: What the container that failed said last.
  returned: always
  type: list
  elements: str
  sample: ["KeyError: 'salt'"]
would:
  description: What would be done.
  returned: in check mode
  type: str
  sample: "healthcheck would be deployed"
differs:
  description: >-
    Whether anything would be changed, or something still starts, or a killed run left something to
    clean up.
  returned: in check mode
  type: bool
  sample: false
ansible_facts:
  description: Has C(stack_differs), which stays true for the machine whatever is looked at next.
  returned: in check mode, where RV(differs) is true
  type: dict
  sample: {stack_differs: true}
"""


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "host": {"type": "str", "required": True},
            "directory": {"type": "path", "required": True},
            "compose": {"type": "str", "required": True},
            "secrets": {"type": "dict", "default": {}, "no_log": True},
            "configs": {"type": "dict", "default": {}},
            "live": {"type": "dict", "default": {}, "no_log": True},
            "reload": {"type": "dict", "default": {}},
            "directories": {"type": "dict", "default": {}},
            "check": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "service": {"type": "str", "required": True},
                    "command": {"type": "list", "elements": "str", "required": True},
                },
            },
            "strategy": {"type": "str", "choices": ["replace", "rolling"], "default": "replace"},
            "replicas": {"type": "list", "elements": "str", "default": []},
            "trial": {"type": "str", "default": "trial"},
            "backend": {"type": "str", "default": ""},
            "admin_socket": {"type": "path", "default": "/opt/edge/run/admin.sock"},
            "hold_ports": {"type": "list", "elements": "int", "default": []},
            "takes_ports_of": {"type": "list", "elements": "str", "default": []},
            "proof_url": {"type": "str", "default": ""},
            "public_url": {"type": "str", "default": ""},
            "proof": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "get": {"type": "str"},
                    "post": {"type": "str"},
                    "form": {"type": "dict"},
                    "has": {"type": "str"},
                    "status": {"type": "int"},
                    "type": {"type": "str"},
                    "times": {"type": "int", "default": 1},
                },
            },
            "start_timeout": {"type": "int", "default": 60},
            "drain_timeout": {"type": "int", "default": 30},
            "release": {"type": "int", "default": 0},
            "by": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    want = module.params
    directory = Path(want["directory"])
    owners = {path: int(owner) for path, owner in want["directories"].items()}
    deployment = Deployment(
        want,
        Engine(want["name"], directory),
        Folder(directory, want["secrets"], want["configs"], want["live"], owners),
        Edge(Path(want["admin_socket"]), want["backend"]),
        Hold(want["name"], want["hold_ports"]),
    )
    carry_out(module, deployment)


if __name__ == "__main__":
    main()
