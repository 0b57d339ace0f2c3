"""A part of the site that runs alone keeps what the whole site left on a deployed lab."""

import re

import pytest


@pytest.mark.parametrize(
    "arguments",
    [
        ("playbooks/machines.yml",),
        ("playbooks/secrets.yml",),
        ("playbooks/nodes.yml",),
        ("playbooks/build.yml",),
        ("playbooks/deploy.yml",),
        ("site.yml", "--tags=identidock"),
        ("site.yml", "--limit=molecule1"),
    ],
    ids=" ".join,
)
def test_a_part_alone_changes_nothing(ansible_playbook, arguments):
    code, said = ansible_playbook("--inventory=molecule/inventory", *arguments)

    assert code == 0, said
    assert {*re.findall(r"changed=(\d+)", said)} == {"0"}, said
