"""What a machine of a swarm needs beside the services."""

import os

import pytest

# Its answers: an image is there if its name says so, and Compose has one container here.
DOCKER = """#!/bin/sh
echo "$*" >> "$ASKED"
case "$*" in
    "image inspect"*there) ;;
    "image inspect"*) exit 1 ;;
    *"config --hash"*) ;;
    "ps "*) printf "$LISTED" ;;
esac
"""


LISTED = [
    *("c1", "identidock-redis-1", "identidock", "redis", "hash"),
    *("False", "running", "Up", "redis", "-"),
]


@pytest.fixture
def settle(run_module, tmp_path):
    """A function that settles a machine; the reply, and what was asked of docker."""
    program, asked = tmp_path / "bin/docker", tmp_path / "asked"
    program.parent.mkdir()
    program.write_text(DOCKER)
    program.chmod(0o755)

    def settle(**options):
        asked.write_text("")
        environment = {"PATH": f"{program.parent}:{os.environ['PATH']}", "ASKED": str(asked)}
        environment["LISTED"] = r"\t".join(LISTED) + r"\n"
        arguments = {"name": "identidock", "directory": str(tmp_path / "opt")} | options
        reply = run_module("stack_node", environment, **arguments)
        return reply, asked.read_text()

    return settle


def test_directories_are_made_and_missing_images_fetched(settle, tmp_path):
    options = {"directories": {"run": os.geteuid()}, "images": ["web-there", "redis"]}

    reply, asked = settle(**options)

    assert reply["changed"]
    assert (tmp_path / "opt/run").is_dir()
    assert "pull --quiet redis" in asked
    assert "pull --quiet web" not in asked


def test_a_second_run_changes_nothing(settle):
    options = {"images": ["web-there"], "files": {"stack.yaml": "services: {}\n"}}
    settle(**options)

    assert not settle(**options)[0]["changed"]


def test_what_compose_had_is_removed_and_nothing_else(settle, tmp_path):
    files = {"stack.yaml": "services: {}\n"}
    settle(files=files)
    (tmp_path / "opt/compose.yaml").write_text("")
    (tmp_path / "opt/secrets").mkdir()
    (tmp_path / "opt/secrets/password-1").write_text("")

    reply, asked = settle(files=files, without_compose=True)

    assert reply["changed"]
    assert "stop c1" in asked
    assert [file.name for file in (tmp_path / "opt").iterdir()] == ["stack.yaml"]


def test_a_dry_run_tells_and_does_nothing(settle, tmp_path):
    reply, asked = settle(images=["redis"], _ansible_check_mode=True)

    assert "redis" in reply["done"]
    assert "pull" not in asked
    assert not (tmp_path / "opt").exists()
