"""Applications from git serve in the place of the blogs, and go on when their successor cannot."""

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
REPOSITORIES = Path(__file__).resolve().parent.parent / "repositories"
# Where the inventory of Molecule publishes the ports 5000, 5001 and 5002.
SIMPLE = ["http://127.0.0.1:15000/", "http://127.0.0.1:15001/"]
COMPLETE = "http://127.0.0.1:15002/"
ADA = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]


def page(address):
    with urllib.request.urlopen(address, timeout=10) as reply:
        return reply.read().decode()


@pytest.fixture(scope="module")
def repositories(tmp_path_factory):
    """A folder on this machine with a repository for each application, tagged v1."""
    folder = tmp_path_factory.mktemp("from-git") / "repositories"
    shutil.copytree(REPOSITORIES, folder)
    for repository in folder.iterdir():
        for command in (
            ["init", "--quiet", "--initial-branch", "main"],
            ["add", "."],
            [*ADA, "commit", "--quiet", "--message", "Begin"],
            ["tag", "v1"],
        ):
            subprocess.run(["git", "-C", repository, *command], check=True, timeout=60)
    return folder


@pytest.fixture(scope="module")
def deployed(repositories):
    """The variables of an inventory that has an application in the place of each blog."""
    return {
        "microblog_repo": f"file://{repositories}/simple",
        "microblog_version": "v1",
        "microblog_complete_repo": f"file://{repositories}/complete",
        "microblog_complete_version": "main",
    }


@pytest.fixture(scope="module")
def deploy(ansible_playbook):
    """A function that builds and deploys with other variables; return code and output."""

    def deploy(**variables):
        return ansible_playbook(
            "--inventory=molecule/inventory",
            "playbooks/build.yml",
            "playbooks/deploy.yml",
            "--tags=images,microblog,microblog_complete",
            f"--extra-vars={json.dumps(variables)}",
        )

    return deploy


@pytest.fixture(scope="module", autouse=True)
def _applications_from_git(deploy, deployed):
    """Applications from git in the place of the blogs, which come back in the end."""
    try:
        code, said = deploy(**deployed)
        assert code == 0, said
        yield
    finally:
        code, said = deploy()
        assert code == 0, said


@pytest.mark.parametrize("address", SIMPLE)
def test_simple_application_serves_on_both_ports(address):
    assert page(address) == "<h1>Hello, Git!</h1>"


def test_complete_application_has_its_migrated_database():
    assert page(COMPLETE) == "<h1>Migrated from git</h1>"


def test_stack_alone_is_deployed_as_it_was_built(ansible_playbook):
    code, said = ansible_playbook(
        "--inventory=molecule/inventory", "playbooks/deploy.yml", "--tags=microblog"
    )

    assert code == 0, said
    assert page(SIMPLE[0]) == "<h1>Hello, Git!</h1>"


def test_known_versions_are_not_asked_for_again(deploy, deployed, repositories):
    away = repositories.with_name("away")
    repositories.rename(away)
    try:
        code, said = deploy(**deployed)
    finally:
        away.rename(repositories)

    assert code == 0, said
    assert {*re.findall(r"changed=(\d+)", said)} == {"0"}, said


def test_checks_are_right_about_applications_from_git(ansible_playbook, deployed, tmp_path):
    variables = deployed | {"check_facts_dir": str(tmp_path)}
    code, said = ansible_playbook(
        "--inventory=molecule/inventory",
        "playbooks/check_facts.yml",
        f"--extra-vars={json.dumps(variables)}",
    )
    assert code == 0, said

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"--facts={tmp_path}", "checks/microblog"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("repository", "version", "sentence"),
    [
        ("nowhere", "v1", "cannot check out v1 of file://{}/nowhere"),
        ("simple", "v2", "cannot check out v2 of file://{}/simple"),
        ("nothing", "v1", "is not a Flask application the lab can start"),
        ("crashing", "v1", "this application ends at once"),
    ],
)
def test_earlier_application_goes_on_when_its_successor_cannot(
    deploy, deployed, repositories, repository, version, sentence
):
    successor = {
        "microblog_repo": f"file://{repositories}/{repository}",
        "microblog_version": version,
        "microblog_start_timeout": 20,
    }
    code, said = deploy(**deployed | successor)

    assert code != 0, said
    assert sentence.format(repositories) in " ".join(said.split())
    assert page(SIMPLE[0]) == page(SIMPLE[1]) == "<h1>Hello, Git!</h1>"


def test_two_applications_for_one_place_are_refused(deploy, deployed, repositories):
    code, said = deploy(**deployed | {"microblog_repo": f"file://{repositories}/complete"})

    assert code != 0, said
    assert "Take out one of the two" in " ".join(said.split())
    assert page(COMPLETE) == "<h1>Migrated from git</h1>"


def test_application_with_a_dockerfile_of_its_own_keeps_it(deploy, deployed, repositories):
    code, said = deploy(**deployed | {"microblog_repo": f"file://{repositories}/own"})

    assert code == 0, said
    assert page(SIMPLE[0]) == "<h1>Hello, Dockerfile!</h1>"


def test_application_with_old_pins_gets_the_python_they_are_for(deploy, deployed, repositories):
    code, said = deploy(**deployed | {"microblog_repo": f"file://{repositories}/pinned"})

    assert code == 0, said
    assert "runs on Python 3.11: greenlet cannot be installed for Python 3.13" in " ".join(
        said.split()
    )
    assert page(SIMPLE[0]).startswith("<h1>greenlet 3.0.1 on Python 3.11.")


def test_python_that_is_not_there_is_refused(deploy, deployed):
    code, said = deploy(**deployed | {"microblog_python": "2.7"})

    assert code != 0, said
    assert "microblog_python is 2.7, and the lab has no such Python" in " ".join(said.split())
