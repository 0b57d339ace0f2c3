"""What `make down` removes when nobody confirms it: nothing."""

import subprocess

INVENTORY = "--inventory=molecule/inventory"


def test_down_lists_what_it_would_remove_and_refuses_where_nobody_can_be_asked(
    ansible_playbook, docker
):
    code, printed = ansible_playbook(INVENTORY, "playbooks/down.yml")

    assert code != 0
    assert "molecule1-docker, molecule1-home" in printed
    assert "type `make down CONFIRM=yes`" in " ".join(printed.split())
    names = subprocess.run(
        [*docker, "ps", "--format", "{{.Names}}"], capture_output=True, text=True, check=True
    ).stdout
    assert "molecule1" in names.split()
