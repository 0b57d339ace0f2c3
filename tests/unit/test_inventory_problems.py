"""An inventory's mistakes are found before anything is changed."""

from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def plugin(load):
    return load("filter/inventory_problems")


GROUPS = {
    "all": ["localhost", "vm1", "vm2"],
    "docker_nodes": ["vm1", "vm2"],
    "builder": ["vm1"],
    "identidock_nodes": ["vm1", "vm2"],
    "lesson_nodes": ["vm1"],
}
HOSTS = {
    "vm1": {"ssh": "127.0.0.1:2201", "address": "10.0.0.1", "published": ["9090"], "ports": [9090]},
    "vm2": {"ssh": "127.0.0.1:2202", "address": "10.0.0.2", "published": ["9091"], "ports": [9090]},
}


@pytest.fixture(scope="module")
def unknown(plugin):
    """A function that looks at names of variables, some of them one's own."""
    return lambda *names, own=(): plugin.unknown_variables([*names], str(PROJECT), [*own])


@pytest.mark.parametrize(
    "name",
    [
        "report_email",
        "registry_backup_dir",
        "identidock_domain",
        "lab_contact",
        "site_name",
        "microblog_owner",
        "docker_engine_owner",
        "lab_vm_comment",
        "passwords_policy",
        "backup_host",
    ],
)
def test_a_variable_of_ones_own_is_accepted(unknown, name):
    assert unknown(name) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("identidock_prot", "identidock_port"),
        ("identidok_port", "identidock_port"),
        ("lab_learner", "lab_learners"),
        ("site_pip_index_ur", "site_pip_index_url"),
        ("docker_engine_confg", "docker_engine_config"),
        ("lab_vm_adress", "lab_vm_address"),
    ],
)
def test_a_misspelling_is_refused_with_the_name_that_was_meant(unknown, name, meant):
    assert f"did you mean {meant}?" in unknown(name)[0]


def test_no_variable_of_the_lab_is_refused(plugin, unknown):
    assert unknown(*plugin.known_variables(PROJECT)) == []


def test_every_long_name_is_recognised_with_a_letter_left_out(plugin, unknown):
    known = {name for name in plugin.known_variables(PROJECT) if len(name) > 10}
    slips = {name: name[:-3] + name[-2:] for name in known}

    accepted = [slip for slip in slips.values() if slip not in known and not unknown(slip)]

    assert accepted == []


def test_an_inventory_says_which_names_are_its_own(unknown):
    assert unknown("lab_learner", own=["lab_learner"]) == []


def test_a_sound_inventory_has_no_problems(plugin):
    assert plugin.inventory_problems(GROUPS, HOSTS) == []


def test_a_stack_may_be_left_out(plugin):
    groups = {name: hosts for name, hosts in GROUPS.items() if name != "lesson_nodes"}

    assert plugin.inventory_problems(groups, HOSTS) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"builder": []}, "builder is missing or empty"),
        ({"builder": ["vm1", "vm2"]}, "builder has vm1, vm2"),
        ({"builder": ["other"]}, "In the group builder, other is not one of docker_nodes"),
        ({"docker_nodes": []}, "docker_nodes is missing or empty"),
        ({"lesson_nodes": ["vm3"]}, "In the group lesson_nodes, vm3"),
        ({"identidock_nodes": ["vm3"]}, "In the group identidock_nodes, vm3"),
        ({"all": ["vm1", "vm2"]}, "localhost is missing"),
    ],
)
def test_wrong_groups_are_named(plugin, change, sentence):
    assert any(sentence in found for found in plugin.inventory_problems(GROUPS | change, HOSTS))


def test_a_missing_group_is_named(plugin):
    groups = {name: hosts for name, hosts in GROUPS.items() if name != "builder"}

    assert "builder is missing" in plugin.inventory_problems(groups, HOSTS)[0]


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("ssh", "127.0.0.1:2201", "vm1 and vm2 are both reached at 127.0.0.1:2201"),
        ("address", "10.0.0.1", "both have lab_vm_address 10.0.0.1"),
        ("published", ["9090"], "publish the same ports on the controller (9090)"),
        ("ports", [5000, 5000], "vm2 is to serve two things on port 5000"),
    ],
)
def test_what_must_be_unique_is(plugin, key, value, sentence):
    hosts = HOSTS | {"vm2": HOSTS["vm2"] | {key: value}}

    problems = plugin.inventory_problems(GROUPS, hosts)

    assert [sentence in found for found in problems] == [True]


SWARM = {
    name: host | {"engine": "swarm", "swarm_address": host["address"]}
    for name, host in HOSTS.items()
}


def test_a_sound_swarm_has_no_problems(plugin):
    groups = GROUPS | {"swarm_nodes": ["vm1", "vm2"]}

    assert plugin.inventory_problems(groups, SWARM) == []


def test_identidock_in_a_swarm_outside_of_the_swarm_is_named(plugin):
    (problem,) = plugin.inventory_problems(GROUPS | {"swarm_nodes": ["vm1"]}, SWARM)

    assert "vm2 of identidock_nodes is not in swarm_nodes" in problem


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "vm2", "", "10.0.0.2/24"])
def test_an_address_at_which_the_swarm_finds_nobody_is_named(plugin, address):
    groups = GROUPS | {"swarm_nodes": ["vm1", "vm2"]}
    hosts = SWARM | {"vm2": SWARM["vm2"] | {"swarm_address": address}}

    (problem,) = plugin.inventory_problems(groups, hosts)

    assert f'the others cannot reach it at "{address}"' in problem
