"""Another run of the whole site changes nothing, and has little to do on the VM."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
# What the inventory of Molecule makes.
VM = os.environ.get("CHECK_VM", "molecule1")
INVENTORY = os.environ.get("CHECK_INVENTORY", "molecule/inventory")
# Each costs a connection, and a program that starts on the VM: a third of a second.
MOST = 20
# Each is a process on the controller, one that is skipped too.
MOST_TASKS = 75
# Nobody asks the VM for these.
ON_THE_CONTROLLER = {
    "assert",
    "debug",
    "fail",
    "include_role",
    "include_tasks",
    "set_fact",
    "validate_argument_spec",
}


@pytest.fixture(scope="module")
def report():
    """What Ansible tells of the run, task by task."""
    done = subprocess.run(
        ["ansible-playbook", f"--inventory={INVENTORY}", "site.yml"],
        cwd=PROJECT,
        env=os.environ
        | {
            "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr
    return json.loads(done.stdout)


def on_the_vm(result):
    """How often a task's result made the VM do something."""
    if result["action"].rpartition(".")[2] in ON_THE_CONTROLLER or result.get("skipped"):
        return 0
    if "_ansible_delegated_vars" in result:
        return 0
    return sum(not each.get("skipped") for each in result.get("results", [result]))


def test_a_second_run_changes_nothing(report):
    changed = [
        task["task"]["name"]
        for play in report["plays"]
        for task in play["tasks"]
        for result in task["hosts"].values()
        if result.get("changed")
    ]

    assert not changed


def test_a_second_run_has_little_to_do_on_the_vm(report):
    done = Counter(
        {
            task["task"]["name"]: on_the_vm(task["hosts"][VM])
            for play in report["plays"]
            for task in play["tasks"]
            if VM in task["hosts"]
        }
    )

    assert 0 < done.total() <= MOST, +done


def test_a_second_run_has_few_tasks_for_a_vm(report):
    tasks = [
        task["task"]["name"]
        for play in report["plays"]
        for task in play["tasks"]
        if VM in task["hosts"]
    ]

    assert 0 < len(tasks) <= MOST_TASKS, tasks
