"""What a dry run tells before anything is there."""

from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def inventory(tmp_path):
    """Molecule's own inventory, for a VM that nobody has made."""
    known = (PROJECT / "molecule/inventory/hosts.yml").read_text()
    for ours, new in {
        "molecule1": "nowhere1",
        "lab-molecule": "lab-nowhere",
        "10.213.1.": "10.213.250.",
        "12201": "22201",
        "lab_port_offset: 10000": "lab_port_offset: 20000",
        '"{{ ansible_config_file | dirname }}/.lab/molecule"': str(tmp_path / "state"),
    }.items():
        assert ours in known
        known = known.replace(ours, new)
    (tmp_path / "hosts.yml").write_text(known)
    return tmp_path / "hosts.yml"


def test_dry_run_without_a_vm_tells_where_it_ends_and_makes_nothing(ansible_playbook, inventory):
    code, said = ansible_playbook(f"--inventory={inventory}", "site.yml", "--check", "--diff")

    assert code == 0, said
    assert "The dry run of nowhere1 ends here" in said
    assert [file.name for file in inventory.parent.iterdir()] == ["hosts.yml"]
