"""Applications from git serve in the place of the blogs, and go on when their successor cannot."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
REPOSITORIES = Path(__file__).resolve().parent.parent / "repositories"
DEPLOYED = {
    "microblog_repo": "file:///srv/from-git/simple",
    "microblog_version": "v1",
    "microblog_complete_repo": "file:///srv/from-git/complete",
    "microblog_complete_version": "main",
}
# Where the inventory of Molecule publishes the ports 5000, 5001 and 5002.
SIMPLE = ["http://127.0.0.1:15000/", "http://127.0.0.1:15001/"]
COMPLETE = "http://127.0.0.1:15002/"
# Everything again, so that a tag is what the files are. Copied files keep the number of whoever
# has the checkout, and git trusts only its own user's.
COMMIT = """
chown --recursive root: /srv/from-git
for repository in /srv/from-git/*/; do
  cd "$repository"
  git init --quiet --initial-branch main
  git add .
  git -c user.name=Ada -c user.email=ada@example.org commit --quiet --message Begin
  git tag v1
done
"""


def page(address):
    with urllib.request.urlopen(address, timeout=10) as reply:
        return reply.read().decode()


@pytest.fixture(scope="module")
def deploy(ansible_playbook):
    """A function that runs the blogs' playbook with other variables; return code and output."""

    def deploy(**variables):
        extra = [f"--extra-vars={name}={value}" for name, value in variables.items()]
        inventory = "--inventory=molecule/inventory"
        return ansible_playbook(inventory, "playbooks/deploy.yml", *extra)

    return deploy


@pytest.fixture(scope="module", autouse=True)
def _applications_from_git(deploy, docker, vm, vm_name):
    """Applications from git in the place of the blogs, which come back in the end."""
    vm("apt-get", "install", "--yes", "--no-install-recommends", "git", timeout=120)
    vm("rm", "-rf", "/srv/from-git")
    copy = [*docker, "cp", REPOSITORIES, f"{vm_name}:/srv/from-git"]
    subprocess.run(copy, check=True, timeout=60)
    vm("sh", "-euc", COMMIT)
    try:
        code, said = deploy(**DEPLOYED)
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


def test_checks_are_right_about_applications_from_git(ansible_playbook, tmp_path):
    variables = DEPLOYED | {"check_facts_dir": str(tmp_path)}
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
        ("nowhere", "v1", "cannot check out v1 of file:///srv/from-git/nowhere"),
        ("simple", "v2", "cannot check out v2 of file:///srv/from-git/simple"),
        ("nothing", "v1", "is not a Flask application the lab can start"),
        ("crashing", "v1", "this application ends at once"),
    ],
)
def test_earlier_application_goes_on_when_its_successor_cannot(
    deploy, repository, version, sentence
):
    successor = {
        "microblog_repo": f"file:///srv/from-git/{repository}",
        "microblog_version": version,
        "microblog_start_timeout": 20,
    }
    code, said = deploy(**DEPLOYED | successor)

    assert code != 0, said
    assert sentence in " ".join(said.split())
    assert page(SIMPLE[0]) == page(SIMPLE[1]) == "<h1>Hello, Git!</h1>"


def test_two_applications_for_one_place_are_refused(deploy):
    code, said = deploy(**DEPLOYED | {"microblog_repo": "file:///srv/from-git/complete"})

    assert code != 0, said
    assert "Take out one of the two" in " ".join(said.split())
    assert page(COMPLETE) == "<h1>Migrated from git</h1>"


def test_application_with_a_dockerfile_of_its_own_keeps_it(deploy):
    code, said = deploy(**DEPLOYED | {"microblog_repo": "file:///srv/from-git/own"})

    assert code == 0, said
    assert page(SIMPLE[0]) == "<h1>Hello, Dockerfile!</h1>"


def test_application_with_old_pins_gets_the_python_they_are_for(deploy):
    code, said = deploy(**DEPLOYED | {"microblog_repo": "file:///srv/from-git/pinned"})

    assert code == 0, said
    assert "runs on Python 3.11: greenlet cannot be installed for Python 3.13" in " ".join(
        said.split()
    )
    assert page(SIMPLE[0]).startswith("<h1>greenlet 3.0.1 on Python 3.11.")


def test_python_that_is_not_there_is_refused(deploy):
    code, said = deploy(**DEPLOYED | {"microblog_python": "2.7"})

    assert code != 0, said
    assert "microblog_python is 2.7, and the lab has no such Python" in " ".join(said.split())
