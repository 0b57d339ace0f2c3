"""Containers, volumes and networks with a VM's names are taken only where their label says so."""

import pytest
import yaml
from commands import ROOT, play

STATE = "/labs/mine/.lab"
ABSENT = {"exists": False}


def container(state):
    config = {"Labels": {"org.identidock-lab.state": state} if state else {}}
    return {"exists": True, "container": {"Config": config, "State": {"Running": True}}}


def labelled(kind, state):
    # The engine says null where an object has no labels.
    labels = {"org.identidock-lab.state": state} if state else None
    return {"exists": True, kind: {"Labels": labels, "Name": "vm1-home"}}


# What is there on the controller, by the name of a host of the test's inventory.
FOUND = {
    "nothing": {},
    "own": {
        "container": container(STATE),
        "volume": labelled("volume", STATE),
        "network": labelled("network", STATE),
    },
    "own-disk-and-network": {
        "volume": labelled("volume", STATE),
        "network": labelled("network", STATE),
    },
    "others-container": {"container": container("/labs/other/.lab")},
    "plain-container": {"container": container("")},
    "others-volume": {"volume": labelled("volume", "/labs/other/.lab")},
    "plain-volume": {"volume": labelled("volume", "")},
    "others-network": {"network": labelled("network", "/labs/other/.lab")},
    "plain-network": {"network": labelled("network", "")},
    # A path that begins as the lab's own does.
    "longer-path": {"network": labelled("network", f"{STATE}2")},
    "others-network-of-own-vm": {
        "container": container(STATE),
        "network": labelled("network", "/labs/other/.lab"),
    },
}
TAKEN = ["nothing", "own", "own-disk-and-network"]


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What the role says of each; one run for all."""
    folder = tmp_path_factory.mktemp("foreign")
    hosts = {
        name: {
            "__lab_vm_found": found.get("container", ABSENT),
            "__lab_vm_network_found": found.get("network", ABSENT),
            # Of two disks, only the second may be there.
            "__lab_vm_disks_found": {"results": [ABSENT, found.get("volume", ABSENT)]},
        }
        for name, found in FOUND.items()
    }
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "lab_vm_name": "vm1",
        "lab_vm_address": "10.0.0.2",
        "lab_vm_subnet": "10.0.0.0/24",
        "lab_vm_network": "net1",
        "lab_vm_state_dir": STATE,
        # Nobody listens there.
        "lab_vm_ssh_port": 9,
        "lab_vm_published_ports": [],
    }
    inventory = {"all": {"hosts": hosts, "vars": variables}}
    preflight = ROOT / "roles/lab_vm/tasks/preflight.yml"
    tasks = [
        {"ansible.builtin.import_tasks": str(preflight)},
        {"ansible.builtin.fail": {"msg": "would be taken"}},
    ]
    (folder / "hosts.yml").write_text(yaml.safe_dump(inventory))
    (folder / "play.yml").write_text(yaml.safe_dump([{"hosts": "all", "tasks": tasks}]))
    done = play(
        f"--inventory={folder}/hosts.yml",
        folder / "play.yml",
        ANSIBLE_STDOUT_CALLBACK="ansible.builtin.oneline",
    )
    lines = done.stdout.splitlines()
    return {name: [line for line in lines if line.startswith(f"{name} ")][-1] for name in FOUND}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_the_labs_own_is_taken(answers, name):
    assert "would be taken" in answers[name]


@pytest.mark.parametrize("name", [name for name in FOUND if name not in TAKEN])
def test_what_is_not_the_labs_own_is_refused_with_its_owner(answers, name):
    owner = "no lab" if name.startswith("plain") else "/labs/other/.lab"

    assert "is there already and belongs to" in answers[name]
    assert (f"{STATE}2" if name == "longer-path" else owner) in answers[name]
