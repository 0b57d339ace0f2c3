#!/usr/bin/python
"""Ask the Debian mirror which packages of images have newer versions."""

from __future__ import annotations

import io
import tarfile
from typing import Any

from ansible.module_utils.basic import AnsibleModule

try:
    import docker
    from docker.errors import DockerException, ImageNotFound, NotFound
    from requests.exceptions import RequestException
except ImportError:
    docker = None

DOCUMENTATION = """
module: image_updates_info
short_description: Ask the Debian mirror which packages of images have newer versions
description:
  - Compares the packages of each image, as its C(/var/lib/dpkg/status) lists them, with what the
    mirror of its base image has now. Images that have no such file have no packages.
  - Reads and changes nothing but that it pulls images which the machine does not have. The lists
    of the mirror are fetched in a container of each base image, which is removed again.
author: identidock-lab maintainers
requirements: [docker (Python library)]
options:
  registry:
    description: The registry that has the images, host and port.
    type: str
    required: true
  images:
    description: The images of a release, as M(release) records them, by name.
    type: dict
    required: true
"""

EXAMPLES = """
- name: Ask for newer packages
  become: true
  image_updates_info:
    registry: registry.lab:5443
    images:
      debian: {repository: library/debian, digest: "sha256:2c26…", from: {}}
      redis: {repository: library/redis, digest: "sha256:9b1f…", from: {debian: 13-0c1d5be1f2aa}}
  register: image_updates
"""

RETURN = """
updates:
  description: >-
    The newer packages of each image that has any. Those that it has from an image which it starts
    from, and which are newer there too, are left out.
  returned: success
  type: dict
  sample:
    redis: [libssl3t64 3.5.1-1 → 3.5.1-1+deb13u1]
"""

# Spoken by Debian 13's engine and by the current one.
API = "1.44"
STATUS = "/var/lib/dpkg/status"

# An upgrade is not simulated: it fails on images that hold only some packages of Debian, and these
# are not upgraded but built again.
LOOK = """
set -eu
apt-get update -qq --error-on=any
for image in "$@"; do
    echo "image $image"
    sed -n 's/^Package: //p' "/updates/$image" |
        xargs apt-cache --option "Dir::State::status=/updates/$image" policy
done
"""

# The newer packages of each image, from version to version.
Updates = dict[str, list[str]]


class UpdatesError(Exception):
    """Updates that cannot be looked for; the text is a sentence with its remedy."""


def parsed(output: str) -> Updates:
    """The newer packages of each image, from what LOOK prints."""
    found: Updates = {}
    package = installed = ""
    for line in output.splitlines():
        key, _, value = line.strip().partition(": ")
        if line.startswith("image "):
            newer = found.setdefault(line.removeprefix("image "), [])
        elif not line.startswith(" "):
            package = line.rstrip(":")
        elif key == "Installed":
            installed = value
        elif key == "Candidate" and "(none)" not in (installed, value) and installed != value:
            newer.append(f"{package} {installed} → {value}")
    return found


def own(found: Updates, images: dict[str, Any]) -> Updates:
    """What is left without the updates of the images that each starts from."""
    left = {}
    for name, newer in found.items():
        known = [update for parent in images[name]["from"] for update in found.get(parent, [])]
        left[name] = [update for update in newer if update not in known]
    return {name: newer for name, newer in left.items() if newer}


def base_of(name: str, images: dict[str, Any], layers: dict[str, list[str]]) -> str:
    """The base image whose layers an image has, else the one that its first parent starts from."""
    bases = [base for base, image in images.items() if not image["from"]]
    for base in bases:
        if layers[name][: len(layers[base])] == layers[base]:
            return base
    while images[name]["from"]:
        name = next(iter(images[name]["from"]))
    return name


class Engine:
    """The images of a release on a Docker Engine."""

    def __init__(self, registry: str, pulls: bool) -> None:
        self._client = docker.DockerClient("unix:///var/run/docker.sock", version=API, timeout=120)
        self._registry = registry
        self._pulls = pulls

    def image(self, image: dict[str, str]) -> Any:
        """An image by its digest."""
        reference = f"{self._registry}/{image['repository']}@{image['digest']}"
        try:
            return self._client.images.get(reference)
        except ImageNotFound:
            if not self._pulls:
                raise UpdatesError(f"A dry run does not pull {reference}.") from None
        try:
            return self._client.images.pull(reference)
        except DockerException as error:
            raise UpdatesError(
                f"{reference} is not on this machine, and the registry does not give it: "
                f"{getattr(error, 'explanation', None) or error}. `make lab` builds what is "
                "missing; then run the same command again."
            ) from error

    def status(self, image: Any) -> bytes | None:
        """The packages of an image, as dpkg knows them."""
        # An image without a command can be looked into all the same.
        container = self._client.containers.create(image, ["-"])
        try:
            archive = io.BytesIO(b"".join(container.get_archive(STATUS)[0]))
        except NotFound:
            return None
        finally:
            container.remove()
        with tarfile.open(fileobj=archive) as tar:
            file = tar.extractfile("status")
            return file.read() if file else None

    def look(self, base: Any, statuses: dict[str, bytes]) -> str:
        """What LOOK prints in a container of the base image."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name, status in statuses.items():
                member = tarfile.TarInfo(f"updates/{name}")
                member.size = len(status)
                tar.addfile(member, io.BytesIO(status))
        container = self._client.containers.create(base, ["sh", "-c", LOOK, "sh", *statuses])
        try:
            container.put_archive("/", archive.getvalue())
            container.start()
            code = container.wait()["StatusCode"]
            output: str = container.logs(stdout=True, stderr=False).decode()
            if code:
                said = container.logs(stdout=False, stderr=True).decode().splitlines()
                why = [line[3:] for line in said if line.startswith("E: ")] or said or ["no reason"]
                raise UpdatesError(
                    f"The Debian mirror's package lists could not be fetched: {why[0].strip()}. "
                    "See that it answers containers of this machine, then run the same command "
                    "again. Nothing was changed."
                )
        finally:
            container.remove(force=True)
        return output


def updates(engine: Engine, images: dict[str, Any]) -> Updates:
    """The newer packages of each image."""
    there = {name: engine.image(image) for name, image in images.items()}
    layers = {name: image.attrs["RootFS"].get("Layers") or [] for name, image in there.items()}
    statuses: dict[str, dict[str, bytes]] = {}
    for name, image in there.items():
        if status := engine.status(image):
            statuses.setdefault(base_of(name, images, layers), {})[name] = status
    found: Updates = {}
    for base, known in statuses.items():
        found |= parsed(engine.look(there[base], known))
    return own(found, images)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "registry": {"type": "str", "required": True},
            "images": {"type": "dict", "required": True},
        },
        supports_check_mode=True,
    )
    if docker is None:
        module.fail_json(msg="Docker is not installed. Run playbooks/nodes.yml.")
    try:
        engine = Engine(module.params["registry"], pulls=not module.check_mode)
        module.exit_json(changed=False, updates=updates(engine, module.params["images"]))
    except UpdatesError as error:
        module.fail_json(msg=str(error))
    except (DockerException, RequestException) as error:
        module.fail_json(msg=f"The Docker Engine does not answer: {error}")


if __name__ == "__main__":
    main()
