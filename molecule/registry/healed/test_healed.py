"""Images are built and pushed whatever became of the builder and its registry."""

import json
import os
import re
import secrets
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import working_copy

PROJECT = Path(__file__).resolve().parents[3]
INVENTORY = os.environ.get("IDENTIDOCK_INVENTORY", "molecule/inventory")
STATE = Path(os.environ.get("IDENTIDOCK_STATE", PROJECT / ".lab/molecule"))
RECORDS = STATE / "releases"
# What the registry has of the smallest image.
COWSAY = (
    "/var/lib/docker/volumes/registry_data/_data/docker/registry/v2/repositories/library/cowsay"
)
LOG_IN = "/run/identidock-lab-push"


@pytest.fixture
def build(ansible_playbook):
    """A function that builds, here or in another working copy; return code and output."""

    def build(project=PROJECT):
        state = json.dumps({"lab_state_dir": str(STATE)})
        code, said = ansible_playbook(
            f"--inventory={INVENTORY}",
            "playbooks/build.yml",
            f"--extra-vars={state}",
            project=project,
        )
        return code, " ".join(said.split())

    return build


@pytest.fixture
def edited(tmp_path, build):
    """Another working copy of this lab, in which somebody edits the smallest image."""
    copy = working_copy(tmp_path / "copy")
    with (copy / "apps/cowsay/Dockerfile").open("a") as file:
        file.write(f"# {secrets.token_hex(4)}\n")
    yield copy
    code, said = build()
    assert code == 0, said


def releases():
    """The numbers of the releases, and the current one."""
    return sorted(file.name for file in RECORDS.iterdir()), (RECORDS / "current.json").readlink()


@contextmanager
def undone(vm, command):
    """Run a command on the VM in the end."""
    try:
        yield
    finally:
        vm("sh", "-c", command)


def test_images_are_built_by_the_engine_whatever_the_docker_command_was_told(vm, build, edited):
    vm("docker", "buildx", "create", "--name=multi", "--driver=docker-container", "--use")
    vm("docker", "context", "create", "other", "--docker=host=tcp://127.0.0.1:1")
    vm("docker", "context", "use", "other")
    back = "docker context use default; docker context rm other; docker buildx rm multi"
    with undone(vm, back):
        code, said = build(edited)

    assert code == 0, said
    current = json.loads((RECORDS / "current.json").read_text())
    assert current["changed"] == ["cowsay: apps/cowsay edited"]


def test_nothing_but_the_volume_left_is_healed_by_the_same_command(vm, build):
    before = releases()
    vm("docker", "compose", "--file=/opt/registry/compose.yaml", "down")
    vm("docker", "system", "prune", "--all", "--force", timeout=300)

    code, said = build()

    assert code == 0, said
    assert releases() == before
    assert "registry-front-1" in vm("docker", "ps", "--format={{.Names}}")


def test_damaged_tag_is_pushed_again_and_the_others_are_left_alone(vm, build):
    before = releases()
    version = json.loads((RECORDS / "current.json").read_text())["images"]["cowsay"]["version"]
    link = f"{COWSAY}/_manifests/tags/{version}/current/link"
    vm("truncate", "--size=0", link)

    code, said = build()

    assert code == 0, said
    assert releases() == before
    assert vm("cat", link).startswith("sha256:")


def test_refused_push_is_one_sentence_and_no_release(vm, build, edited):
    before = releases()
    with undone(vm, f"chown -R 10005:10005 {COWSAY}"):
        vm("chown", "-R", "root:", COWSAY)
        code, said = build(edited)

    assert code != 0
    assert re.search(r"registry\.lab:5443 answered 500 .* look at `df -h` on \w+\.", said)
    assert releases() == before
    assert not vm("sh", "-c", f"ls {LOG_IN} 2> /dev/null; true")
