"""What is told of a machine's part in a swarm."""

import json
from typing import Any

import pytest
from ansible.module_utils.compose import Done, NoDockerError

NODE = {
    "ID": "n1",
    "Description": {"Hostname": "vm1"},
    "Spec": {"Role": "manager", "Availability": "active", "Labels": {"identidock": "true"}},
    "Status": {"State": "ready", "Addr": "0.0.0.0"},
    "ManagerStatus": {"Leader": True, "Reachability": "reachable", "Addr": "10.0.0.1:2377"},
}
TASK: dict[str, Any] = {
    "ServiceID": "s1-and-more",
    "NodeID": "n1",
    "DesiredState": "running",
    "Status": {"State": "running", "Timestamp": "2026-11-25T09:14:03.123Z"},
    "Spec": {"ContainerSpec": {"Image": "redis"}},
}


def info(state="active", node="n1", manager=True):
    swarm = {"LocalNodeState": state, "NodeID": node, "ControlAvailable": manager, "Error": ""}
    return json.dumps({"Swarm": swarm, "LiveRestoreEnabled": False})


# A manager of a swarm with a stack of one service.
STACK = {
    "stack": "identidock",
    "info": info(),
    "node_ls": "n1\n",
    "node_inspect": json.dumps([NODE]),
    "stack_services": "s1 identidock_redis\n",
}


@pytest.fixture
def look(load, tmp_path):
    """A function that looks, with these answers of the docker command."""
    record = tmp_path / "swarm"

    def look(stack="", known="", **answers):
        record.write_text(known)

        def run(argv, **_):
            words = " ".join(argv[1:])
            found = [part for part in answers if words.startswith(part.replace("_", " "))]
            answer = answers[max(found, key=len)] if found else ""
            if isinstance(answer, Exception):
                raise answer
            return answer if isinstance(answer, Done) else Done(0, answer)

        return load("modules/swarm_info").look(record, stack, run)

    return look


def test_a_machine_without_docker_is_in_no_swarm(look):
    found = look(info=NoDockerError("docker is not installed"))

    assert (found["installed"], found["state"]) == (False, "inactive")


def test_a_manager_tells_its_nodes(look):
    found = look(known="n1\n", info=info(), node_ls="n1\n", node_inspect=json.dumps([NODE]))

    assert (found["ours"], found["manager"], found["quorum"]) == (True, True, True)
    (node,) = found["nodes"]
    assert (node["hostname"], node["leader"], node["address"]) == ("vm1", True, "10.0.0.1")


def test_a_manager_without_a_quorum_tells_why(look):
    lost = Done(1, "", "Error response from daemon: The swarm does not have a leader.\n")

    found = look(known="n1", info=info(), node_ls=lost)

    assert (found["manager"], found["quorum"]) == (True, False)
    assert "does not have a leader" in found["problem"]


def test_a_membership_that_ended_elsewhere_is_still_ours(look):
    found = look(known="n1", info=info(state="error", node="", manager=False))

    assert (found["node"], found["ours"]) == ("n1", True)
    assert not look(known="", info=info(state="error", node="", manager=False))["ours"]


def test_a_membership_that_the_lab_did_not_make_is_not_ours(look):
    assert not look(known="n0", info=info(manager=False))["ours"]
    assert not look(info=info(state="inactive", node="", manager=False))["ours"]


def test_a_stack_is_told_with_its_tasks_and_what_runs_here(look):
    found = look(
        **STACK,
        ps="identidock_redis\tUp 2 minutes (healthy)\n",
        service_ps="t1\n",
        inspect=json.dumps([TASK]),
    )

    assert found["here"] == {"redis": ["healthy"]}
    assert found["services"] == ["redis"]
    (task,) = found["tasks"]
    assert (task["service"], task["node"], task["at"]) == ("redis", "vm1", "2026-11-25T09:14:03Z")
    assert found["events"] == []


def test_what_ended_or_failed_is_an_event(look):
    failed = TASK | {"Status": TASK["Status"] | {"State": "failed", "Err": "exit 137"}}
    found = look(
        **STACK,
        ps="",
        service_ps="t1 t2 t3\n",
        inspect=json.dumps([TASK, failed, TASK | {"DesiredState": "shutdown"}]),
    )

    assert [task["error"] for task in found["events"]] == ["exit 137", ""]
