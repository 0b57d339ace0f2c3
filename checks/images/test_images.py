"""The lesson's images as an engine finds them, and as anybody on the VM builds on them."""

import shlex

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]


def test_engine_finds_the_lessons_images_in_the_labs_own_mirror(facts, lab):
    published = {
        f"debian:{lab['debian_version']}": lab["lab_images"]["debian"].partition("@")[2],
        f"python:{lab['python_version']}": lab["lab_images"]["python"].partition("@")[2],
    }

    assert facts["references"] == published


@pytest.mark.intrusive
@pytest.mark.parametrize(
    "image", ["debian:13", "python:3.13", "python:3.13-slim", "python-runtime:3.13", "redis:8.0"]
)
def test_a_lessons_image_comes_from_the_labs_own_mirror(docker, image):
    docker("pull --quiet %s", image)


@pytest.mark.intrusive
def test_a_learners_own_dockerfile_builds_and_runs(docker, host, lab):
    dockerfile = (
        "FROM python:3.13\nARG PIP_INDEX_URL\nRUN pip install --quiet flask\nCMD flask --version\n"
    )
    index = lab["site_pip_index_url"]
    option = f"--build-arg PIP_INDEX_URL={shlex.quote(index)}" if index else ""
    built = host.run(f"printf %s | docker build --quiet {option} --tag lab-check -", dockerfile)

    assert built.rc == 0, built.stderr
    assert "Flask" in docker("run --rm lab-check")
    docker("image rm lab-check")


@pytest.fixture
def slim(docker, lab):
    """A function that runs a command in a container of python-runtime and gives its output."""
    image = f"python-runtime:{lab['python_version']}"
    return lambda command: docker("run --rm --read-only %s sh -c %s", image, command)


@pytest.mark.intrusive
def test_every_module_of_the_small_python_finds_its_libraries(slim):
    modules = {file.partition(".")[0] for file in slim("ls /usr/lib/python3*/lib-dynload").split()}

    assert modules >= {"_ctypes", "_sqlite3", "_ssl", "readline"}
    slim(f"python -c 'import {', '.join(modules)}'")


@pytest.mark.intrusive
def test_small_python_starts_from_bytecode(slim):
    told = slim("PYTHONDONTWRITEBYTECODE=1 python -v -c 'import asyncio' 2>&1")

    assert "/asyncio/__pycache__/" in told
    assert "bytecode is stale" not in told


@pytest.mark.intrusive
def test_small_python_trusts_whom_the_large_one_trusts(docker, lab, slim):
    bundle = "sha256sum /etc/ssl/certs/ca-certificates.crt"

    assert slim(bundle) == docker(f"run --rm python:{lab['python_version']} {bundle}")


@pytest.mark.intrusive
def test_small_python_can_be_looked_into_but_installs_nothing(slim):
    tools = ["sh", "bash", "id", "whoami", "ls", "cat", "env", "ps"]
    found = slim(f"which {' '.join(tools)} pip apt-get gcc || :")

    assert [path.rpartition("/")[2] for path in found.split()] == tools


@pytest.mark.intrusive
def test_scanner_finds_the_packages_of_the_small_python(slim):
    status = slim("cat /var/lib/dpkg/status")

    assert "Package: libssl3t64\nStatus: install ok installed\n" in status
    # python:3.13-slim has it; what is left out must not be told of.
    assert "Package: python3.13-venv\n" not in status
    assert "venv" not in slim("ls /var/lib/dpkg/info")
