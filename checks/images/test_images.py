"""Images under honest names, pinned, small, and buildable by anybody on the VM."""

import json

import pytest

testinfra_hosts = ["ansible://docker_nodes"]

MEGABYTE = 1_000_000


def inspect(root, image):
    return json.loads(root("docker image inspect %s", image))[0]


@pytest.mark.parametrize("image", ["debian:13", "python:3.13", "redis:8.0"])
def test_a_lessons_image_comes_from_the_labs_own_mirror(host, image):
    assert host.run("docker pull --quiet %s", image).rc == 0


@pytest.mark.parametrize(("name", "limit"), [("debian", 90), ("identidock", 160)])
def test_image_is_no_larger_than_promised(root, lab, name, limit):
    root("docker pull --quiet %s", lab["lab_images"][name])

    assert inspect(root, lab["lab_images"][name])["Size"] <= limit * MEGABYTE


@pytest.mark.parametrize("name", ["identidock", "dnmonster", "redis", "edge", "registry", "python"])
def test_image_says_what_it_is(root, lab, name):
    root("docker pull --quiet %s", lab["lab_images"][name])
    labels = inspect(root, lab["lab_images"][name])["Config"]["Labels"]

    assert labels["maintainer"]
    assert labels["version"] == labels["org.opencontainers.image.version"]
    assert labels["org.opencontainers.image.title"] == name
    assert labels["org.opencontainers.image.revision"]
    assert labels["org.opencontainers.image.created"]


def test_a_learners_own_dockerfile_builds_and_runs(host):
    dockerfile = "FROM python:3.13\nRUN pip install --quiet flask\nCMD flask --version\n"
    built = host.run("printf %s | docker build --quiet --tag lab-check -", dockerfile)

    assert built.rc == 0, built.stderr
    assert "Flask" in host.check_output("docker run --rm lab-check")
    host.check_output("docker image rm lab-check")
