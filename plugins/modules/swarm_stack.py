#!/usr/bin/python
"""Deploy a stack of services in a swarm, or keep what runs."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.compose import Look, StackError
from ansible.module_utils.deployment import Deployment, carry_out
from ansible.module_utils.firewall import Hold
from ansible.module_utils.haproxy import Edge
from ansible.module_utils.stack_folder import RECORD, Folder
from ansible.module_utils.swarm import Swarm

DOCUMENTATION = """
module: swarm_stack
short_description: Deploy a stack of services in a swarm, or keep what runs
description:
  - Runs on one manager. A trial proves a changed definition before a replica is touched; then one
    service after the other is updated, on all machines at once, and proven on each. On a failure
    what was proven last runs again.
  - A run that was killed is finished by the next one.
  - In check mode nothing is written.
options:
  name:
    description: Name of the stack.
    type: str
    required: true
  host:
    description: Name of the swarm, for messages.
    type: str
    required: true
  machine:
    description: Name of this machine, for messages.
    type: str
    default: this machine
  directory:
    description: Directory of the stack's files.
    type: path
    required: true
  stack:
    description: Content of C(stack.yaml). Each service begins two spaces from the margin.
    type: str
    required: true
  secrets:
    description: Contents of Swarm's secrets, by a name that changes with the content.
    type: dict
    default: {}
  replicas:
    description: Services to update one after the other.
    type: list
    elements: str
    required: true
  trial:
    description: Service without tasks that gets one for the trial, on this machine.
    type: str
    default: trial
  backend:
    description: Backend of this machine's edge with these servers.
    type: str
    required: true
  admin_socket:
    description: The admin socket of this machine's edge.
    type: path
    default: /opt/edge/run/admin.sock
  proof_url:
    description: Address on this machine that O(proof) is asked of, with the name of the replica.
    type: str
    required: true
  proof_urls:
    description: The same of the other machines, by name.
    type: dict
    default: {}
  public_urls:
    description: Addresses for visitors that O(proof) is asked of at the end.
    type: list
    elements: str
    default: []
  proof:
    description: Requests that must be answered, as the module C(stack) takes them.
    type: list
    elements: dict
    default: []
  start_timeout:
    description: Seconds a task may take to become healthy, and then to answer.
    type: int
    default: 60
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
- name: Deploy identidock
  swarm_stack:
    name: identidock
    host: the swarm
    directory: /opt/identidock
    stack: "{{ lookup('ansible.builtin.template', 'stack.yaml.j2') }}"
    replicas: [replica1, replica2]
    backend: identidock
    proof_url: http://127.0.0.1:9190/identidock
    proof:
      - {get: /, has: "<form"}
"""

RETURN = """
services:
  description: Each service's image, health, and whether it was outdated when it was looked at.
  returned: always
  type: dict
  sample: {redis: {image: "registry.lab:5443/redis@sha256:9b1f", health: healthy, outdated: false}}
replaced:
  description: Services that were, or in check mode would be, started or replaced.
  returned: always
  type: list
  elements: str
  sample: [replica1]
went_back:
  description: Whether what was proven before runs again.
  returned: always
  type: bool
  sample: false
said:
  description: What the service that failed said last.
  returned: always
  type: list
  elements: str
  sample: ["KeyError: 'salt'"]
files:
  description: The files that each machine of the swarm keeps, by name.
  returned: success, not in check mode
  type: dict
  sample: {stack.yaml: "services: {}"}
would:
  description: What would be done.
  returned: in check mode
  type: str
  sample: "identidock would be deployed on the swarm"
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


class SwarmDeployment(Deployment):
    """A stack in a swarm. Swarm replaces; the trial and the proofs are what it lacks."""

    engine: Swarm

    def run(self, check_mode: bool = False) -> dict[str, Any]:
        """Look, and do what is needed; tells also what the other machines are to keep."""
        result = super().run(check_mode)
        return result if check_mode else result | {"files": self.files()}

    def look(self, check_mode: bool) -> Look:
        """See what is there; a trial that a killed run left behind is removed first."""
        look = self.engine.look(self.want["compose"])
        if check_mode:
            return look
        look = self.clean_up(look)
        if look.unhealthy and not look.outdated:
            # After a boot, for example. What does not become healthy is a fault to the next look.
            with contextlib.suppress(StackError):
                self.engine.wait(look.unhealthy, self.want["start_timeout"])
            look = self.engine.look(self.want["compose"])
        return look

    def is_pending(self, look: Look) -> bool:
        """Whether anything is to be written or done, apart from the number of the release."""
        return super().is_pending(look) or bool(self.engine.missing_secrets())

    def roll(self, look: Look, forward: bool = True) -> None:
        """Update one service after the other; forward, a trial proves the definition first."""
        replicas = self.want["replicas"]
        timeout = self.want["start_timeout"]
        self.replace_what_replicas_need(look, replicas)
        if forward and any(name in look.outdated for name in replicas):
            self.try_out()
            self.remove_trial()
        for name in [name for name in replicas if name in look.faults]:
            self.result["replaced"].append(name)
            self.engine.replace(name, timeout=timeout, again=name in look.unhealthy)
            self.engine.wait([name], timeout)
            if forward:
                self.prove(name)
        if look.orphans or not set(look.faults) <= set(replicas):
            self.engine.start(timeout=timeout)
            self.engine.wait(look.wanted, timeout)

    def try_out(self) -> None:
        """Start a trial where no visitor comes, and prove it on this machine."""
        trial, timeout = self.want["trial"], self.want["start_timeout"]
        self.engine.start_trial(trial, timeout)
        self.engine.wait([trial], timeout)
        super().prove(trial, "in its trial")

    def remove_trial(self) -> None:
        self.engine.remove_trial(self.want["trial"])

    def prove(self, replica: str, where: str = "") -> None:
        """Ask one replica on every machine, through the private listeners of their edges."""
        super().prove(replica, where or f"in {replica} on {self.want['machine']}")
        for machine, url in self.want["proof_urls"].items():
            try:
                self._prove(f"{url}/{replica}", self.want["proof"], self.want["start_timeout"])
            except StackError as failure:
                raise StackError(f"{failure} in {replica} on {machine}", replica) from None

    def prove_all(self) -> None:
        """Ask what has not been asked yet, at last as visitors of every machine would."""
        for name in self.want["replicas"]:
            if name not in self.proven:
                self.prove(name)
        for url in self.want["public_urls"]:
            self._prove(url, self.want["proof"], self.want["start_timeout"])

    def undo(self, touched: list[str]) -> str:
        """Put back what was proven last; without a record nothing that runs is taken down."""
        if self.engine.deployed() is None and set(self.result["services"]) - set(touched):
            running = [
                name
                for name, seen in self.result["services"].items()
                if seen["health"] != "missing"
            ]
            if running:
                self.remove_trial()
                return "there is no record of what ran before, so everything was left as it is"
        return super().undo(touched)

    def files(self) -> dict[str, str]:
        """What another manager would need to go on from here."""
        names = [
            self.engine.file,
            self.engine.earlier,
            self.engine.proven,
            self.folder.path / RECORD,
        ]
        return {path.name: path.read_text("utf-8") for path in names if path.exists()}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "host": {"type": "str", "required": True},
            "machine": {"type": "str", "default": "this machine"},
            "directory": {"type": "path", "required": True},
            "stack": {"type": "str", "required": True},
            "secrets": {"type": "dict", "default": {}, "no_log": True},
            "replicas": {"type": "list", "elements": "str", "required": True},
            "trial": {"type": "str", "default": "trial"},
            "backend": {"type": "str", "required": True},
            "admin_socket": {"type": "path", "default": "/opt/edge/run/admin.sock"},
            "proof_url": {"type": "str", "required": True},
            "proof_urls": {"type": "dict", "default": {}},
            "public_urls": {"type": "list", "elements": "str", "default": []},
            "proof": {"type": "list", "elements": "dict", "default": []},
            "start_timeout": {"type": "int", "default": 60},
            "release": {"type": "int", "default": 0},
            "by": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    want: dict[str, Any] = module.params | {
        "compose": module.params["stack"],
        "strategy": "rolling",
        "check": [],
        "takes_ports_of": [],
        "reload": {},
    }
    directory = Path(want["directory"])
    deployment = SwarmDeployment(
        want,
        Swarm(want["name"], directory, want["secrets"], want["trial"]),
        Folder(directory, {}, {}, {}, {}),
        Edge(Path(want["admin_socket"]), want["backend"]),
        Hold(want["name"], []),
    )
    carry_out(module, deployment)


if __name__ == "__main__":
    main()
