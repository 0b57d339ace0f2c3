"""Images under honest names, pinned, small, and buildable by anybody on the VM."""

import json

import pytest

testinfra_hosts = ["ansible://docker_nodes"]

MEGABYTE = 1_000_000


def inspect(root, image):
    return json.loads(root("docker image inspect %s", image))[0]


@pytest.mark.parametrize("image", ["debian:13", "python:3.13", "python-slim:3.13", "redis:8.0"])
def test_a_lessons_image_comes_from_the_labs_own_mirror(host, image):
    assert host.run("docker pull --quiet %s", image).rc == 0


@pytest.mark.parametrize(
    ("name", "limit"),
    [("debian", 90), ("identidock", 110), ("dnmonster", 110), ("redis", 100), ("edge", 100)],
)
def test_image_is_no_larger_than_promised(root, lab, name, limit):
    root("docker pull --quiet %s", lab["lab_images"][name])

    assert inspect(root, lab["lab_images"][name])["Size"] <= limit * MEGABYTE


@pytest.mark.parametrize(
    "name", ["identidock", "dnmonster", "redis", "edge", "registry", "python", "python-slim"]
)
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


@pytest.fixture
def slim(root, lab):
    """A function that runs a command in a container of python-slim and gives its output."""
    image = lab["lab_images"]["python-slim"]
    return lambda command: root("docker run --rm --read-only %s sh -c %s", image, command)


def test_every_module_of_the_small_python_finds_its_libraries(slim):
    modules = {file.partition(".")[0] for file in slim("ls /usr/lib/python3*/lib-dynload").split()}

    assert modules >= {"_ctypes", "_sqlite3", "_ssl", "readline"}
    slim(f"python -c 'import {', '.join(modules)}'")


def test_small_python_starts_from_bytecode(slim):
    told = slim("PYTHONDONTWRITEBYTECODE=1 python -v -c 'import asyncio' 2>&1")

    assert "/asyncio/__pycache__/" in told
    assert "bytecode is stale" not in told


def test_small_python_trusts_whom_the_large_one_trusts(root, lab, slim):
    bundle = "sha256sum /etc/ssl/certs/ca-certificates.crt"

    assert slim(bundle) == root(f"docker run --rm {lab['lab_images']['python']} {bundle}")


def test_small_python_can_be_looked_into_but_installs_nothing(slim):
    tools = ["sh", "bash", "id", "whoami", "ls", "cat", "env", "ps"]
    found = slim(f"which {' '.join(tools)} pip apt-get gcc || :")

    assert [path.rpartition("/")[2] for path in found.split()] == tools


def test_scanner_finds_the_packages_of_the_small_python(slim):
    status = slim("cat /var/lib/dpkg/status")

    assert "Package: libssl3t64\nStatus: install ok installed\n" in status
    # python:3.13 has it; what is left out must not be told of.
    assert "Package: python3.13-venv\n" not in status
    assert "venv" not in slim("ls /var/lib/dpkg/info")
