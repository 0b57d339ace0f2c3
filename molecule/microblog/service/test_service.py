"""The service of docs/adding-a-service.md is built, deployed, checked and rolled back."""

import json
import re
import shutil
import sys
import urllib.request
from functools import partial
from pathlib import Path

import pytest
from commands import ROOT, run, working_copy
from pages import apply, blocks

PAGE = Path("docs/adding-a-service.md")
INVENTORY = "--inventory=molecule/inventory"
# The VM publishes no port that it was not made with; its network is the controller's too.
VM_ADDRESS = "10.213.1.11"
SERVICE = f"http://{VM_ADDRESS}:5004/"


def page():
    with urllib.request.urlopen(SERVICE, timeout=10) as reply:
        return reply.read().decode()


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A working copy of the same lab, with what the page says."""
    copy = working_copy(tmp_path_factory.mktemp("copy"))
    shutil.copytree(ROOT / ".lab/molecule", copy / ".lab/molecule", symlinks=True)
    apply(ROOT / PAGE, copy)
    (lock,) = (block.text for block in blocks(ROOT / PAGE) if "uv pip compile" in block.text)
    run("bash", "-euc", lock, cwd=copy)
    return copy


@pytest.fixture(scope="module")
def play(ansible_playbook, copy):
    """A function that runs a playbook of the copy; what it said."""

    def play(name, **variables):
        extra = f"--extra-vars={json.dumps(variables)}"
        code, said = ansible_playbook(INVENTORY, f"playbooks/{name}.yml", extra, project=copy)
        assert code == 0, said
        return said

    return play


@pytest.fixture(scope="module", autouse=True)
def _service(play, ansible_playbook, vm):
    """The service, which is removed in the end."""
    for playbook in ("secrets", "build", "deploy"):
        play(playbook)
    yield
    vm("docker", "compose", "--file", "/opt/hits/compose.yaml", "down", "--volumes")
    vm("rm", "-r", "/opt/hits")
    code, said = ansible_playbook(INVENTORY, "playbooks/deploy.yml")
    assert code == 0, said


def test_its_page_counts_through_the_edge():
    first, second = (int(re.fullmatch(r"<h1>Visits: (\d+)</h1>\n", page())[1]) for _ in range(2))

    assert second == first + 1


def test_its_checks_pass(play, copy, tmp_path):
    play("check_facts", check_facts_dir=str(tmp_path), lab_address=VM_ADDRESS, lab_port_offset=0)
    run(sys.executable, "-m", "pytest", "-q", f"--facts={tmp_path}", "checks/hits", cwd=copy)


def test_an_edit_replaces_its_page_alone_and_is_rolled_back(play, copy, vm):
    others = partial(vm, "docker", "ps", "--quiet", "--no-trunc", "--filter", "name=-")
    file = copy / "apps/hits/hits/__init__.py"
    file.write_text(file.read_text().replace("<h1>Visits", "<h1>Since then: Visits"))
    before = {*others().split()}

    play("build")
    play("deploy")
    assert page().startswith("<h1>Since then: Visits: ")
    assert len(before - {*others().split()}) == 1

    play("rollback")
    assert page().startswith("<h1>Visits: ")
