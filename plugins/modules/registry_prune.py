#!/usr/bin/python
"""Delete the lab's own images that nobody needs from its registry, and free their space."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.compose import Done, Engine, StackError, docker, run_command
from ansible.module_utils.registry import (
    MANIFESTS,
    OPTIONS,
    AnswerError,
    Registry,
    RegistryError,
    UnreachableError,
    digest_of,
    split,
)

DOCUMENTATION = """
module: registry_prune
short_description: Delete the lab's own images that nobody needs from its registry
description:
  - Deletes manifests by digest, then has the registry collect its garbage, for which it is stopped
    if there is any. It is started again whatever happens.
  - Before and after, every kept image is proven to be whole.
  - The account must be one that may delete.
author: identidock-lab maintainers
extends_documentation_fragment: [registry]
options:
  repositories:
    description: Repositories, or patterns for them such as C(git/*). Others are not touched.
    type: list
    elements: str
    required: true
  keep:
    description: Images that must be there and stay, each as C(<repository>@<digest>).
    type: list
    elements: str
    required: true
  spare:
    description: >-
      Images that stay if they are there, each as C(<repository>@<digest>) or C(<repository>:<tag>).
    type: list
    elements: str
    default: []
  delete:
    description: Delete and collect; otherwise O(keep) and O(spare) are only proven to be whole.
    type: bool
    default: true
  stack:
    description: Directory of the registry's stack.
    type: path
    default: /opt/registry
  volume:
    description: Volume with its storage.
    type: str
    default: registry_data
"""

EXAMPLES = """
- name: Delete what no release needs
  registry_prune:
    registry: registry.lab:5443
    repositories: [identidock, git/*]
    keep: "{{ releases.images }}"
    spare: "{{ releases.tags }}"
    username: admin
    password: "{{ lab_passwords.admin }}"
    ca_path: /etc/docker/certs.d/registry.lab:5443/ca.crt
"""

RETURN = """
deleted:
  description: What was deleted, each as C(<repository>@<digest>).
  returned: success
  type: list
  elements: str
  sample: ["identidock@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"]
proven:
  description: What was seen to be whole, likewise.
  returned: success
  type: list
  elements: str
  sample: ["identidock@sha256:fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9"]
freed:
  description: Bytes that the registry takes less.
  returned: success
  type: int
  sample: 104857600
postponed:
  description: Why the space was not freed yet; empty where it was, or there was none to free.
  returned: success
  type: str
  sample: ""
problems:
  description: What could not be looked at or deleted, and why.
  returned: success
  type: dict
  sample: {}
"""

# Somebody pushes who has written within so many seconds.
QUIET = 60
# Seconds for the collector, and for the registry to be healthy again.
COLLECT_TIMEOUT = 3600
START_TIMEOUT = 60
CONTAINER = "registry-collect"
CONFIG = "/etc/docker/registry/registry.yml"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class PruneError(Exception):
    """Why nothing more was done, as a sentence with its remedy."""


class Storage:
    """The files of a registry. They also tell of what has lost its tag."""

    def __init__(self, volume: Path) -> None:
        self._root = volume / "docker" / "registry" / "v2"

    def revisions(self, patterns: list[str]) -> list[str]:
        """The manifests of some repositories, each as <repository>@<digest>."""
        top = self._root / "repositories"
        found = {
            f"{link.parents[4].relative_to(top)}@sha256:{link.parent.name}"
            for pattern in patterns
            for link in top.glob(f"{pattern}/_manifests/revisions/sha256/*/link")
        }
        return sorted(found)

    def damaged(self) -> list[Path]:
        """Files that should say which manifest there is, and on which the collector would stop."""
        links = self._root.glob("repositories/**/_manifests/revisions/sha256/*/link")
        return sorted(
            link for link in links if not DIGEST.fullmatch(link.read_text("utf-8", "replace"))
        )

    def written(self) -> float:
        """When somebody wrote to an upload that is not complete; 0 where there is none."""
        uploads = self._root.glob("repositories/**/_uploads/*/**/*")
        return max((file.stat().st_mtime for file in uploads), default=0)

    def size(self) -> int:
        """Bytes of all manifests, configurations and layers."""
        return sum(file.stat().st_size for file in self._root.glob("blobs/*/*/*/data"))


class Proof:
    """Sees that images are whole: their manifests, configurations and layers."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._seen: set[str] = set()
        # What an image consists of, as far as these are manifests.
        self.parts: set[str] = set()

    def problem(self, reference: str) -> str:
        """What an image lacks; empty where it is whole."""
        try:
            return self._problem(*split(reference))
        except AnswerError as error:
            return error.problem

    def _problem(self, repository: str, digest: str) -> str:
        path = f"/v2/{repository}/manifests/{digest}"
        content = self._registry.ask("GET", path, 200, Accept=MANIFESTS).content
        if digest_of(content) != digest:
            return f"its manifest has the digest {digest_of(content)}"
        manifest = json.loads(content)
        for part in manifest.get("manifests", []):
            self.parts.add(f"{repository}@{part['digest']}")
            if problem := self._problem(repository, part["digest"]):
                return problem
        config = [manifest["config"]] if "config" in manifest else []
        for blob in [*config, *manifest.get("layers", [])]:
            place = f"/v2/{repository}/blobs/{blob['digest']}"
            if place in self._seen:
                continue
            size = self._registry.ask("HEAD", place, 200).headers["Content-Length"]
            if int(size or -1) != blob["size"]:
                return f"{blob['digest']} has {size} bytes instead of {blob['size']}"
            self._seen.add(place)
        return ""


class Collector:
    """The registry's own collector, in a container beside those of its stack."""

    def __init__(self, engine: Engine, run: Callable[..., Done] = run_command) -> None:
        self._engine = engine
        self._command = run

    def _compose(self, *arguments: str) -> str:
        place = ["--project-name", self._engine.name, "--file", str(self._engine.file)]
        words = ["compose", "--ansi", "never", *place, *arguments]
        return docker(self._command, *words, timeout=COLLECT_TIMEOUT)

    def _run(self, *options: str) -> str:
        self._remove_container()
        container = ["run", "--rm", "--no-deps", "-T", "--name", CONTAINER]
        # Never --delete-untagged: it takes manifests that others are made of.
        command = ["--entrypoint", "registry", "registry", "garbage-collect", *options, CONFIG]
        try:
            return self._compose(*container, *command)
        except StackError as error:
            raise PruneError(
                f"The registry's collector failed: {error}. The registry's log: docker compose "
                f"--file {self._engine.file} logs"
            ) from None

    def _remove_container(self) -> None:
        """Remove what a run left that was killed."""
        docker(self._command, "rm", "--force", CONTAINER)

    def eligible(self) -> int:
        """How many files it would remove."""
        found = re.search(
            r"(\d+) blobs and \d+ manifests eligible for deletion", self._run("--dry-run")
        )
        if not found:
            raise PruneError("The registry's collector does not say what it would remove.")
        return int(found[1])

    def collect(self) -> None:
        """Stop the registry, collect, and start it again."""
        try:
            self._compose("stop", "registry")
            self._run()
        finally:
            self.start()

    def start(self) -> None:
        """Start the registry, if it does not run; never beside a collector."""
        self._remove_container()
        self._engine.start("registry", timeout=START_TIMEOUT)
        self._engine.wait(["registry"], START_TIMEOUT)


class Pruning:
    """What to keep, what to delete, and the proof that it went well."""

    def __init__(
        self, asked: dict[str, Any], registry: Registry, storage: Storage, collector: Collector
    ) -> None:
        self._asked = asked
        self._registry = registry
        self._storage = storage
        self._collector = collector
        self.result: dict[str, Any] = {
            "changed": False,
            "deleted": [],
            "proven": [],
            "freed": 0,
            "postponed": "",
            "problems": {},
        }

    def run(self, check_mode: bool = False) -> dict[str, Any]:
        """Prove, delete, collect, and prove again."""
        if not check_mode:
            self._wake()
        keep = set(self._asked["keep"])
        spared = self._spared() - keep
        lost, parts = self._prove(keep)
        if lost:
            raise PruneError(
                f"The registry {self._asked['registry']} lacks images that are kept, or parts of "
                f"them, so nothing is deleted: {told(lost)}. `make build` pushes what the newest "
                "release lacks. An earlier one cannot be deployed any more without them; its "
                "record in .lab/releases may be removed."
            )
        damaged, more_parts = self._prove(spared)
        self.result["problems"] |= damaged
        if self._asked["delete"]:
            # Whatever repository a manifest is needed in: the same may be in two.
            needed = {split(each)[1] for each in keep | spared | parts | more_parts}
            for reference in self._storage.revisions(self._asked["repositories"]):
                if split(reference)[1] not in needed:
                    self._delete(reference, check_mode)
            if not check_mode:
                self._free()
                self._prove_again()
        self.result["changed"] = bool(self.result["deleted"] or self.result["freed"])
        return self.result

    def _wake(self) -> None:
        """Start the registry where a run was killed that had stopped it."""
        try:
            self._registry.ask("GET", "/v2/", 200)
        except UnreachableError:
            self._collector.start()

    def _spared(self) -> set[str]:
        """What is there of the images that need not be there, by digest."""
        found = set()
        for reference in self._asked["spare"]:
            try:
                digest = self._registry.digest(reference)
            except AnswerError as error:
                self.result["problems"][reference] = error.problem
                continue
            if digest:
                found.add(f"{split(reference)[0]}@{digest}")
        return found

    def _prove(self, references: set[str]) -> tuple[dict[str, str], set[str]]:
        """What some images lack, and the manifests that others of them are made of."""
        proof = Proof(self._registry)
        lacking = {}
        for reference in sorted(references):
            if problem := proof.problem(reference):
                lacking[reference] = problem
            else:
                self.result["proven"].append(reference)
        return lacking, proof.parts

    def _prove_again(self) -> None:
        """See that all that was whole still is."""
        whole = set(self.result["proven"])
        self.result["proven"] = []
        lost, _ = self._prove(whole)
        if lost:
            raise PruneError(
                f"The registry {self._asked['registry']} lost parts of images that are kept: "
                f"{told(lost)}. `make build` pushes what the newest release lacks."
            )

    def _delete(self, reference: str, check_mode: bool) -> None:
        repository, digest = split(reference)
        try:
            if not check_mode:
                path = f"/v2/{repository}/manifests/{digest}"
                self._registry.ask("DELETE", path, 202, 404)
            self.result["deleted"].append(reference)
        except AnswerError as error:
            self.result["problems"][reference] = error.problem

    def _free(self) -> None:
        """Free the space of what is not needed any more, also of what earlier runs deleted."""
        if damaged := self._storage.damaged():
            files = ", ".join(map(str, damaged))
            self.result["postponed"] = (
                f"the registry cannot collect while these files are damaged: {files}. Push the "
                "images again, or remove these files' directories"
            )
            return
        if not self._collector.eligible():
            return
        if time.time() - self._storage.written() < QUIET:
            self.result["postponed"] = "somebody pushes to the registry; the next run frees it"
            return
        before = self._storage.size()
        self._collector.collect()
        self.result["freed"] = before - self._storage.size()


def told(problems: dict[str, str]) -> str:
    """Problems as part of a sentence."""
    return "; ".join(f"{name}: {problem}" for name, problem in problems.items())


def mountpoint(volume: str) -> Path:
    """Where a volume's files lie."""
    try:
        where = docker(run_command, "volume", "inspect", "--format", "{{.Mountpoint}}", volume)
    except StackError as error:
        raise PruneError(
            f"The registry's volume {volume} cannot be looked at: {error}. Deploy the registry by "
            "running playbooks/deploy.yml."
        ) from None
    return Path(where.strip())


def main() -> None:
    module = AnsibleModule(
        argument_spec=OPTIONS
        | {
            "repositories": {"type": "list", "elements": "str", "required": True},
            "keep": {"type": "list", "elements": "str", "required": True},
            "spare": {"type": "list", "elements": "str", "default": []},
            "delete": {"type": "bool", "default": True},
            "stack": {"type": "path", "default": "/opt/registry"},
            "volume": {"type": "str", "default": "registry_data"},
        },
        supports_check_mode=True,
    )
    asked = module.params
    # A connection that breaks ends the module, but not before the registry runs again.
    for ended in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ended, lambda *_: sys.exit(1))
    try:
        storage = Storage(mountpoint(asked["volume"]))
        collector = Collector(Engine("registry", Path(asked["stack"])))
        pruning = Pruning(asked, Registry(asked), storage, collector)
        result = pruning.run(module.check_mode)
    except (PruneError, RegistryError) as error:
        module.fail_json(msg=str(error))
    except StackError as error:
        module.fail_json(
            msg=f"The registry's stack on this machine failed: {error}. Start it by running "
            "playbooks/deploy.yml."
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
