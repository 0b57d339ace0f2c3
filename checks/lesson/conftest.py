"""Where the lesson is done for a test: a home of its own on the VM, and nothing left of it."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

import pytest
from testinfra.host import Host

PAGES = Path(__file__).resolve().parents[2] / "docs"
# While it is there, a run is going on, or was killed.
WORK = "/tmp/lesson-check"
PUSHED = "learner/my-microblog"
TAGS = ("1.1", "1.2", "1.3")
# Where it is, the VM's swarm is the lab's own, and is not the lesson's to leave.
LAB_SWARM = "/var/lib/identidock-lab/swarm"
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json"
)
# What Docker has of each kind, and how it is removed; in this order, for what uses other things.
LISTED = {
    "service": (
        "docker service ls --format '{{.Name}}' 2> /dev/null || true",
        "docker service rm %s",
    ),
    # It has no name, so the one that is made up for it here is of no use but as a comment.
    "swarm": (
        f"test -e {LAB_SWARM} || "
        "docker info --format '{{if .Swarm.ControlAvailable}}my-swarm{{end}}'",
        "docker swarm leave --force && systemctl restart docker  # %s",
    ),
    "container": ("docker ps --all --format '{{.Names}}'", "docker rm --force --volumes %s"),
    "network": ("docker network ls --format '{{.Name}}'", "docker network rm %s"),
    "volume": ("docker volume ls --format '{{.Name}}'", "docker volume rm %s"),
    "image": (
        "docker image ls --filter dangling=false --format '{{.Repository}}:{{.Tag}}'",
        "docker image rm --force %s",
    ),
    # As a swarm fetches them.
    "image without a tag": (
        "docker image ls --digests --filter dangling=true --format '{{.Repository}}@{{.Digest}}'"
        " | grep --invert-match '<none>' || true",
        "docker image rm --force %s",
    ),
    "image without a name": (
        "docker image ls --quiet --filter dangling=true",
        "docker image rm %s",
    ),
}

Things = set[tuple[str, str]]


@dataclass(frozen=True)
class Registry:
    """What the learner pushed to the lab's registry."""

    address: str
    password: str
    trusted: ssl.SSLContext

    def digest(self, tag: str) -> str | None:
        """The digest behind a tag, if it was pushed."""
        try:
            return self._ask("HEAD", tag).headers["Docker-Content-Digest"]
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def delete(self, tag: str) -> None:
        """Remove what is behind a tag, if it was pushed."""
        if digest := self.digest(tag):
            self._ask("DELETE", digest)

    def _ask(self, method: str, reference: str) -> HTTPResponse:
        account = b64encode(f"learner:{self.password}".encode()).decode()
        request = urllib.request.Request(
            f"{self.address}/v2/{PUSHED}/manifests/{reference}",
            headers={"Authorization": f"Basic {account}", "Accept": MANIFESTS},
            method=method,
        )
        return urllib.request.urlopen(request, context=self.trusted, timeout=30)


@dataclass(frozen=True)
class Place:
    """The lesson's place on the VM."""

    host: Host
    registry: Registry
    work: str = WORK

    def things(self) -> Things:
        """Everything that Docker has there, by kind and name."""
        return {
            (kind, name)
            for kind, (listing, _) in LISTED.items()
            for name in self.host.check_output(listing).splitlines()
        }

    def learners(self) -> Things:
        """What is called as a learner calls things."""
        there = {(kind, name) for kind, name in self.things() if "/my-" in f"/{name}"}
        return there | {
            ("pushed image", f"{PUSHED}:{tag}") for tag in TAGS if self.registry.digest(tag)
        }

    def is_in_the_labs_swarm(self) -> bool:
        """Whether the VM is a node of the lab's cluster; there can be no second swarm."""
        return self.host.run("test -e %s", LAB_SWARM).rc == 0

    def tidy(self, things: Things) -> None:
        """Remove these things and the home."""
        for kind, (_, removal) in LISTED.items():
            for name in sorted(name for its_kind, name in things if its_kind == kind):
                self.host.run(removal, name)
        for tag in TAGS:
            self.registry.delete(tag)
        self.host.run("rm -rf %s", self.work)


@pytest.fixture(scope="module")
def place(host: Host, lab: dict, trusted: ssl.SSLContext) -> Iterator[Place]:
    """The lesson's place, empty; what is in it afterwards is removed, however the test ends."""
    port = lab["lab_registry_port"] + lab["lab_port_offset"]
    password = Path(lab["lab_state_dir"], "passwords", "learner").read_text(encoding="ascii")
    there = Place(host, Registry(f"https://{lab['lab_address']}:{port}", password, trusted))
    if host.run("test -e %s", WORK).rc == 0:
        there.tidy(there.learners())
    if work := there.learners():
        pytest.skip(f"somebody does the lesson here, and is left alone: {sorted(work)}")
    named = "".join(page.read_text(encoding="utf-8") for page in PAGES.glob("lesson.*.md"))
    before = there.things()
    yield there
    new = there.things() - before
    there.tidy(
        there.learners()
        # Base images that the VM did not have, and what lost its name to a later build.
        | {(kind, name) for kind, name in new if name in named or kind == "image without a name"}
    )
