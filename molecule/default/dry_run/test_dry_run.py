"""What a dry run tells before anything is there, and of a lab that is, edited or not."""

import json
import re
import shutil
from pathlib import Path

import pytest
from commands import working_copy

PROJECT = Path(__file__).resolve().parents[3]
DRY = ("site.yml", "--check", "--diff")


@pytest.fixture
def inventory(tmp_path):
    """Molecule's own inventory, for a VM that nobody has made."""
    directory = shutil.copytree(PROJECT / "molecule/inventory", tmp_path / "inventory")
    for file in directory.iterdir():
        file.write_text(file.read_text().replace("molecule1", "nowhere1"))
    hosts = directory / "hosts.yml"
    known = hosts.read_text()
    for ours, new in {
        "lab-molecule": "lab-nowhere",
        "10.213.1.": "10.213.250.",
        "12201": "22201",
        "lab_port_offset: 10000": "lab_port_offset: 20000",
        '"{{ ansible_config_file | dirname }}/.lab/molecule"': str(tmp_path / "state"),
    }.items():
        assert ours in known
        known = known.replace(ours, new)
    hosts.write_text(known)
    return directory


@pytest.fixture
def edited(tmp_path):
    """Another working copy, in which somebody edits the page."""
    copy = working_copy(tmp_path / "copy")
    with (copy / "apps/identidock/identidock/wsgi.py").open("a") as file:
        file.write("# edited\n")
    return copy


def test_dry_run_without_a_vm_tells_where_it_ends_and_makes_nothing(ansible_playbook, inventory):
    code, said = ansible_playbook(f"--inventory={inventory}", *DRY)

    assert code == 0, said
    assert "The dry run of nowhere1 ends here" in said
    assert [each.name for each in inventory.parent.iterdir()] == ["inventory"]


def test_dry_run_of_a_deployed_lab_foretells_no_change(ansible_playbook, nothing_changes):
    with nothing_changes():
        code, said = ansible_playbook("--inventory=molecule/inventory", *DRY)

    assert code == 0, said
    assert {*re.findall(r"changed=(\d+)", said)} == {"0"}, said


def test_dry_run_names_what_an_edit_builds_and_replaces(ansible_playbook, nothing_changes, edited):
    state = json.dumps({"lab_state_dir": str(PROJECT / ".lab/molecule")})
    with nothing_changes():
        code, said = ansible_playbook(
            "--inventory=molecule/inventory", *DRY, f"--extra-vars={state}", project=edited
        )

    assert code == 0, said
    said = " ".join(said.split())
    assert "would be built: identidock (" in said.lower()
    assert re.search(r"would be replaced: identidock on molecule1\b", said.lower())
