"""Parts of identidock fail while people visit; the visitors notice nothing."""

import os
import time

import pytest

# Seconds that something stays away.
AWAY = float(os.environ.get("IDENTIDOCK_AWAY", "8"))
REPLICA = "identidock-identidock-1"
REDIS = "identidock-redis-1"
RENDERER = "identidock-dnmonster-1"
EDGE = "identidock-edge-1"
# Each with the network that connects it to those who ask it, and its name there.
CABLES = {
    REPLICA: ("identidock_front", "identidock"),
    REDIS: ("identidock_cache", "redis"),
    RENDERER: ("identidock_render", "dnmonster"),
}


def moments_without(vm, name):
    """Stop a container for a while; meanwhile there are moments to look around."""
    vm("docker", "stop", name)
    try:
        ended = time.monotonic() + AWAY
        while time.monotonic() < ended:
            yield
            time.sleep(0.2)
    finally:
        vm("docker", "start", name)


@pytest.fixture
def kill(vm, containers):
    """A function that kills a container's first process as the kernel does when memory is short.

    To `docker kill` the engine would not answer with a restart.
    """
    return lambda name: vm("kill", "-KILL", str(containers()[name]["State"]["Pid"]))


def test_killed_container_comes_back_unnoticed(readers, kill, until_whole, containers):
    for name in [REDIS, RENDERER, REPLICA, "identidock-identidock-2"]:
        restarts = containers()[name]["RestartCount"]
        kill(name)
        until_whole()

        assert containers()[name]["RestartCount"] == restarts + 1

    assert readers.failures == []


def test_page_and_monsters_old_and_new_come_without_redis(
    readers, vm, ask, new_monster, until_whole
):
    for _ in moments_without(vm, REDIS):
        assert ask(new_monster())[0] == 200
    until_whole()

    assert readers.failures == []


def test_page_and_old_monsters_come_without_the_renderer(
    readers, vm, ask, new_monster, until_whole
):
    for _ in moments_without(vm, RENDERER):
        status, headers, body = ask(new_monster())
        assert status == 503
        assert int(headers["Retry-After"]) > 0
        assert b"asleep" in body
    until_whole()

    assert readers.failures == []


@pytest.mark.parametrize("name", CABLES)
def test_pulled_cable_is_missed_by_nobody(readers, vm, until_whole, name):
    network, alias = CABLES[name]
    vm("docker", "network", "disconnect", network, name)
    try:
        readers.wait_for(200)
        time.sleep(AWAY / 2)
    finally:
        vm("docker", "network", "connect", "--alias", alias, network, name)
    until_whole()

    assert readers.failures == []


def test_edge_is_reloaded_and_replicas_are_replaced_without_a_failed_request(
    writers, vm, containers, deploy
):
    before = containers()
    images = {
        service: before[f"identidock-{service}-1"]["Config"]["Image"]
        for service in ("edge", "identidock", "dnmonster", "redis")
    }
    # The same image under another name is another image to Compose.
    vm("docker", "tag", images["identidock"], "identidock:renamed")
    try:
        # And another limit is another configuration of the edge, which it reads anew.
        deploy(
            identidock_images=images | {"identidock": "identidock:renamed"},
            identidock_rate_limit=4999,
        )
        between = containers()
    finally:
        deploy(identidock_images=images)
        vm("docker", "image", "rm", "identidock:renamed")
    after = containers()

    assert between[REPLICA]["Config"]["Image"] == "identidock:renamed"
    assert after.keys() == before.keys()
    for name, facts in before.items():
        replaced = name.startswith("identidock-identidock-")
        assert (between[name]["Id"] != facts["Id"]) is replaced
        assert after[name]["Config"]["Image"] == facts["Config"]["Image"]
    assert writers.served > 1000
    assert writers.failures == []


def test_killed_edge_is_back_in_time_though_it_was_reloaded(readers, kill, until_whole):
    started = time.monotonic()
    kill(EDGE)
    until_whole()
    readers.wait_for(200)

    # Nobody else listens meanwhile; that is what they notice.
    assert all(moment < started + 10 for moment, _ in readers.failures)
