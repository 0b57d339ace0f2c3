"""VMs that may pull, and have no password that could do more."""

import base64
import json
from pathlib import Path

import pytest

testinfra_hosts = ["ansible://docker_nodes"]

# Where files of the lab, of its people and of Docker's clients lie.
FOLDERS = ["/root", "/etc", "/opt", "/home", "/var/lib/identidock-lab"]


def test_root_is_logged_in_as_node(root, lab):
    logins = json.loads(root("cat /root/.docker/config.json"))["auths"]
    account, _, password = base64.b64decode(logins[lab["lab_registry"]]["auth"]).partition(b":")

    assert account == b"node"
    assert password == Path(lab["lab_state_dir"], "passwords", "node").read_bytes()


def test_the_administrators_password_is_in_no_file(root, password):
    login = base64.b64encode(f"admin:{password}".encode()).decode()
    search = "printf '%%s\\n' %s %s | grep --recursive --files-with-matches --fixed-strings"
    found = root(f"{search} --file - {' '.join(FOLDERS)} || [ $? -eq 1 ]", password, login)

    assert found == ""


@pytest.mark.intrusive
def test_root_pulls_what_the_lab_runs(root, lab):
    root("docker pull --quiet %s", lab["lab_images"]["identidock"])


@pytest.mark.intrusive
@pytest.mark.parametrize("repository", ["identidock", "library/debian", "node/lab-check", "new"])
def test_root_pushes_nowhere(root, host, lab, repository):
    name = f"{lab['lab_registry']}/{repository}:lab-check"
    # A layer that the registry does not have.
    root("date --iso-8601=ns > /tmp/lab-check && tar -cC /tmp lab-check | docker import - %s", name)
    try:
        with host.sudo():
            pushed = host.run("docker push %s", name)
    finally:
        root("rm /tmp/lab-check && docker image rm %s", name)

    assert pushed.rc != 0
    assert "denied: node may pull, and push nowhere" in pushed.stderr
