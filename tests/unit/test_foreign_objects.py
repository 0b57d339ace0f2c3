"""Containers, volumes and networks with a VM's names are taken only where their label says so."""

import pytest
import yaml
from commands import ROOT, play

STATE = "/labs/mine/.lab"


def labelled(name, state):
    # The engine says null where an object has no labels.
    return {"Name": name, "Labels": {"org.identidock-lab.state": state} if state else None}


def container(state):
    return labelled("", state) | {"Names": ["/vm1"], "State": "running", "Mounts": []}


def volume(state):
    # Of two disks, only the second may be there.
    return labelled("vm1-home", state)


def network(state):
    return labelled("net1", state)


# What is there on the controller, by the name of a host of the test's inventory.
FOUND = {
    "nothing": {},
    "own": {
        "container": container(STATE),
        "volume": volume(STATE),
        "network": network(STATE),
    },
    "own-disk-and-network": {
        "volume": volume(STATE),
        "network": network(STATE),
    },
    "others-container": {"container": container("/labs/other/.lab")},
    "plain-container": {"container": container("")},
    "others-volume": {"volume": volume("/labs/other/.lab")},
    "plain-volume": {"volume": volume("")},
    "others-network": {"network": network("/labs/other/.lab")},
    "plain-network": {"network": network("")},
    # A path that begins as the lab's own does.
    "longer-path": {"network": network(f"{STATE}2")},
    "others-network-of-own-vm": {
        "container": container(STATE),
        "network": network("/labs/other/.lab"),
    },
}
TAKEN = ["nothing", "own", "own-disk-and-network"]


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What the role says of each; one run for all."""
    folder = tmp_path_factory.mktemp("foreign")
    hosts = {
        name: {
            "__lab_vm_engine": {
                f"{kind}s": [found[kind]] if kind in found else []
                for kind in ("container", "volume", "network")
            }
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
    play_of_all = {
        "hosts": "all",
        "vars_files": [str(ROOT / "roles/lab_vm/vars/main.yml")],
        "tasks": tasks,
    }
    (folder / "play.yml").write_text(yaml.safe_dump([play_of_all]))
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
