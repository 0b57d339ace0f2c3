"""The swarm as a whole, as each of its machines sees it."""

import pytest

testinfra_hosts = ["ansible://swarm_nodes"]


@pytest.fixture
def swarm(facts):
    """What was seen of the swarm on the machine under test."""
    return facts["swarm"]


def test_machine_is_in_the_swarm_that_the_lab_made(swarm):
    assert swarm["state"] == "active", f"it is {swarm['state']}: `make lab` lets it join"
    assert swarm["ours"], "it is in a swarm that the lab did not make"


def test_managers_have_a_quorum(swarm):
    if not swarm["manager"]:
        pytest.skip("it is a worker")
    assert swarm["quorum"], (
        f"the quorum is gone ({swarm['problem']}): what runs goes on, and nothing is moved or "
        "updated until most managers answer again; docs/cluster.md says what to do"
    )


def test_every_machine_is_ready(swarm):
    if not swarm["quorum"]:
        pytest.skip("it cannot say")
    states = {node["hostname"]: node["state"] for node in swarm["nodes"]}
    away = [name for name, state in states.items() if state != "ready"]
    assert not away, f"{', '.join(away)} of the swarm does not answer"


def test_every_service_runs_where_it_is_wanted(swarm):
    if not swarm["quorum"]:
        pytest.skip("it cannot say")
    failing = [
        f"{task['service']} on {task['node'] or 'no node'} is {task['state']}"
        for task in swarm["tasks"]
        if task["desired"] == "running" and task["state"] != "running"
    ]
    assert not failing, "; ".join(failing)


def test_nothing_runs_twice_on_one_machine(swarm, lab):
    if lab["identidock_engine"] != "swarm":
        pytest.skip("identidock does not run in the swarm")
    twice = {name: states for name, states in swarm["here"].items() if len(states) > 1}
    assert not twice
