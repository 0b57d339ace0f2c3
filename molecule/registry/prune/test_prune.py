"""Releases come and go: what is kept can be pulled, and the disk does not fill up."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from releases import REGISTRY, Releases

PROJECT = Path(__file__).resolve().parents[3]
INVENTORY = os.environ.get("IDENTIDOCK_INVENTORY", "molecule/inventory")
STATE = Path(os.environ.get("IDENTIDOCK_STATE", PROJECT / ".lab/molecule"))
BLOBS = "/var/lib/docker/volumes/registry_data/_data/docker/registry/v2/blobs"
# Bytes of each release that no other one has.
LAYER = 4_000_000
# The password comes in, the digest goes out; the tag then stands for another image.
PUSH_TWICE = """
export DOCKER_CONFIG=$(mktemp --directory)
trap 'rm -rf "$DOCKER_CONFIG"' EXIT
docker login --username "$1" --password-stdin "${2%%/*}" >&2
for edition in first second; do
  date --iso-8601=ns > "$DOCKER_CONFIG/edition"
  tar -cC "$DOCKER_CONFIG" edition | docker import - "$2" >&2
  docker push --quiet "$2" >&2
  [ "$edition" = second ] || docker image inspect --format '{{ join .RepoDigests " " }}' "$2"
done
"""


@pytest.fixture(scope="module")
def releases(vm):
    releases = Releases(vm, STATE)
    try:
        yield releases
    finally:
        releases.forget()


@pytest.fixture(scope="module")
def make(releases):
    """A function that makes a release which shares nothing with those made before."""

    def make():
        releases.start_over()
        layer = f"USER 0\nRUN head -c {LAYER} /dev/urandom > /edition-{time.time()}\nUSER 10001"
        return releases.make(identidock=layer)

    return make


@pytest.fixture
def prune(ansible_playbook):
    """A function that prunes the lab and gives what the playbook said."""

    def prune():
        code, said = ansible_playbook(f"--inventory={INVENTORY}", "playbooks/prune.yml")
        assert code == 0, said
        return said

    return prune


@pytest.fixture
def can_be_pulled(vm):
    """A function that pulls an image, all of its layers, and removes it."""

    def can_be_pulled(image):
        try:
            vm("docker", "pull", "--quiet", image)
        except subprocess.CalledProcessError:
            return False
        vm("docker", "image", "rm", image)
        return True

    return can_be_pulled


def size(vm):
    return int(vm("du", "--summarize", "--bytes", BLOBS).split()[0])


def test_of_ten_releases_three_are_kept_and_what_is_in_use(
    vm, releases, make, prune, can_be_pulled
):
    password = (STATE / "passwords/learner").read_text()
    learners = vm(
        *("sh", "-euc", PUSH_TWICE, "push", "learner", f"{REGISTRY}/learner/prune:1"), text=password
    )
    before = size(vm)
    numbers = [make() for _ in range(10)]
    images = {number: releases.image_of(number, "identidock") for number in numbers}
    used, old, *_ = images.values()
    vm("docker", "pull", "--quiet", old)
    container = vm("docker", "create", used)
    full = size(vm)
    assert full - before > 10 * LAYER

    said = prune()

    assert releases.numbers == numbers[-3:], said
    assert "MB" in said
    # Three, and the one that a container has.
    assert size(vm) - before < 4.5 * LAYER
    assert used in vm("docker", "image", "inspect", "--format", "{{ .RepoDigests }}", used)
    here = vm("docker", "image", "ls", "--digests", "--format", "{{ .Repository }}@{{ .Digest }}")
    assert old not in here
    vm("docker", "rm", container)
    vm("docker", "image", "rm", used)
    there = [number for number in numbers if can_be_pulled(images[number])]
    assert there == [numbers[0], *numbers[-3:]]
    for name in releases.current["images"]:
        vm("docker", "pull", "--quiet", releases.image(name))
    assert can_be_pulled(learners)
