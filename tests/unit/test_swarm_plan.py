"""What makes one swarm of machines, and what forbids it."""

import pytest

LABELS = ["identidock"]


def member(name, role="manager", labels=("identidock",)):
    return {"name": name, "address": f"10.0.0.{name[-1]}", "role": role, "labels": [*labels]}


def look(name, node="", nodes=(), **given):
    """What was found on a machine; outside of a swarm without more."""
    return {
        "hostname": name,
        "clock": 1000.0,
        "state": "active" if node else "inactive",
        "node": node,
        "ours": bool(node),
        "manager": bool(nodes),
        "quorum": bool(nodes),
        "problem": "",
        "live_restore": False,
        "nodes": [*nodes],
    } | given


def node(number, role="manager", leader=False, **given):
    return {
        "id": f"n{number}",
        "hostname": f"vm{number}",
        "role": role,
        "availability": "active",
        "state": "ready",
        "leader": leader,
        "labels": {"identidock": "true"},
    } | given


MEMBERS = [member("vm1"), member("vm2"), member("vm3", "worker")]
NODES = [node(1), node(2, leader=True), node(3, "worker")]


def whole(**changed):
    """Three machines that are one swarm."""
    looks = {
        "vm1": look("vm1", "n1", NODES),
        "vm2": look("vm2", "n2", NODES),
        "vm3": look("vm3", "n3"),
    }
    return looks | changed


@pytest.fixture(scope="module")
def plan(load):
    swarm_plan = load("filter/swarm_plan").swarm_plan
    return lambda members, looks: swarm_plan(members, looks, LABELS)


def test_a_swarm_that_is_as_wanted_is_left_alone(plan):
    found = plan(MEMBERS, whole())

    assert (found["problems"], found["needed"]) == ([], False)
    # What the leader says is the newest.
    assert found["manager"] == "vm2"


def test_the_first_makes_a_swarm_that_the_others_join(plan):
    found = plan(MEMBERS, {name: look(name) for name in ("vm1", "vm2", "vm3")})

    assert (found["init"], found["manager"]) == ("vm1", "vm1")
    assert found["join"] == {"vm2": "manager", "vm3": "worker"}
    assert found["set"].keys() == {"vm1", "vm2", "vm3"}


def test_a_new_machine_joins_and_one_that_left_the_inventory_is_forgotten(plan):
    found = plan([*MEMBERS[:2], member("vm4", "worker")], whole(vm4=look("vm4")))

    assert (found["init"], found["join"]) == ("", {"vm4": "worker"})
    assert [gone["hostname"] for gone in found["forget"]] == ["vm3"]


def test_role_label_and_availability_are_set_where_they_differ(plan):
    nodes = [node(1, labels={"identidock": "true", "own": "1"}), node(2), node(3)]
    nodes[1]["availability"] = "drain"
    looks = whole(vm1=look("vm1", "n1", nodes), vm2=look("vm2", "n2", nodes))

    assert plan(MEMBERS, looks)["set"].keys() == {"vm2", "vm3"}
    changed = plan([member("vm1", labels=()), *MEMBERS[1:]], looks)
    assert changed["set"]["vm1"]["remove"] == ["identidock"]


def test_a_machine_that_the_swarm_has_forgotten_leaves_and_joins_again(plan):
    found = plan(MEMBERS, whole(vm3=look("vm3", "old")))

    assert found["leave"] == ["vm3"]
    assert found["join"] == {"vm3": "worker"}
    assert [gone["id"] for gone in found["forget"]] == ["n3"]


def test_an_engine_that_left_by_half_leaves_and_joins_again(plan):
    found = plan(MEMBERS, whole(vm3=look("vm3", state="active")))

    assert (found["leave"], found["join"]) == (["vm3"], {"vm3": "worker"})
    # Its ports are taken, and do not answer.
    assert found["inside"] == ["vm1", "vm2", "vm3"]


def test_a_manager_of_the_swarm_before_the_recovery_joins_again(plan):
    alone = [node(1, leader=True)]
    looks = whole(
        vm1=look("vm1", "n1", alone),
        vm2=look("vm2", "n2", manager=True, problem="no leader"),
        vm3=look("vm3", "n3"),
    )

    assert plan(MEMBERS, looks)["leave"] == ["vm2", "vm3"]


@pytest.mark.parametrize(
    ("looks", "sentence"),
    [
        (whole(vm3=look("vm3", "n9", ours=False)), "vm3 is in a swarm that the lab did not make"),
        (whole(vm3=look("vm3", live_restore=True)), "engine of vm3 has live-restore"),
        (whole(vm3=look("vm3", state="locked")), "The swarm of vm3 is locked"),
        (whole(vm3=look("vm1", "n3")), "vm1 and vm3 both call themselves vm1"),
        (whole(vm3=look("vm3", "n3", clock=4600.0)), "vm1 and vm3 are 3600 seconds apart"),
        (
            whole(
                vm1=look("vm1", "n1", manager=True, problem="no leader."),
                vm2=look("vm2", "n2", manager=True),
            ),
            "lost its quorum: vm1 and vm2 cannot decide alone (no leader)",
        ),
    ],
)
def test_what_cannot_be_one_swarm_is_refused_before_anything_is_done(plan, looks, sentence):
    found = plan(MEMBERS, looks)

    assert sentence in " ".join(found["problems"])
    assert not found["needed"]


def test_two_machines_with_one_address_are_refused(plan):
    twin = member("vm2") | {"address": "10.0.0.1"}

    assert "vm1 and vm2 have the one address 10.0.0.1" in " ".join(
        plan([MEMBERS[0], twin], whole())["problems"]
    )


@pytest.mark.parametrize(("managers", "warned"), [(1, False), (2, True), (3, False)])
def test_an_even_number_of_managers_is_warned_of(load, managers, warned):
    warnings = load("filter/swarm_plan").swarm_warnings

    assert bool(warnings([member(f"vm{number}") for number in range(managers)])) == warned
