"""Parts of identidock fail while people visit; the visitors notice nothing."""

import os
import time
from datetime import datetime

import pytest

# Seconds that something stays away.
AWAY = float(os.environ.get("IDENTIDOCK_AWAY", "8"))
REPLICA = "identidock-replica1-1"
OTHER_REPLICA = "identidock-replica2-1"
REDIS = "identidock-redis-1"
RENDERER = "identidock-dnmonster-1"
EDGE = "edge-edge-1"


def moments_without(name, vm, story):
    """Stop a container for a while; meanwhile there are moments to look around."""
    vm("docker", "stop", name)
    story.tell(f"{name} is stopped")
    try:
        ended = time.monotonic() + AWAY
        while time.monotonic() < ended:
            yield
            time.sleep(0.2)
    finally:
        vm("docker", "start", name)
        story.tell(f"{name} is started")


def seconds_away(facts):
    """How long a container was not healthy when it ended last, by the engine's own clock."""
    state = facts["State"]
    ended = datetime.fromisoformat(state["FinishedAt"])
    looks = state["Health"]["Log"]
    healthy = [datetime.fromisoformat(look["End"]) for look in looks if look["ExitCode"] == 0]
    return (min(moment for moment in healthy if moment > ended) - ended).total_seconds()


def test_killed_container_comes_back_unnoticed(readers, kill, until_whole, containers):
    for name in [REDIS, RENDERER, REPLICA, OTHER_REPLICA]:
        restarts = containers()[name]["RestartCount"]
        kill(name)
        until_whole()
        facts = containers()[name]

        assert facts["RestartCount"] == restarts + 1
        assert seconds_away(facts) < 10

    assert readers.failures == []


def test_page_and_monsters_old_and_new_come_without_redis(
    readers, vm, ask, new_monster, until_whole, story
):
    for _ in moments_without(REDIS, vm, story):
        assert ask(new_monster())[0] == 200
    until_whole()

    assert readers.failures == []


def test_page_and_old_monsters_come_without_the_renderer(
    readers, vm, ask, new_monster, until_whole, story
):
    for _ in moments_without(RENDERER, vm, story):
        status, headers, body = ask(new_monster())
        assert status == 503
        assert int(headers["Retry-After"]) > 0
        assert b"asleep" in body
    until_whole()

    assert readers.failures == []


@pytest.mark.parametrize("name", [REPLICA, REDIS, RENDERER])
def test_container_that_freezes_is_missed_by_nobody(readers, vm, until_whole, name, story):
    vm("docker", "pause", name)
    story.tell(f"{name} is frozen")
    try:
        readers.wait_for(200)
        time.sleep(AWAY / 2)
    finally:
        vm("docker", "unpause", name)
        story.tell(f"{name} goes on")
    until_whole()

    assert readers.failures == []


def test_pulled_cable_of_the_edge_mends_itself_when_it_is_back(readers, vm, until_whole, story):
    vm("docker", "network", "disconnect", "edge_front", EDGE)
    story.tell("the cable is out")
    vm("docker", "network", "connect", "--alias", "edge-front", "edge_front", EDGE)
    story.tell("the cable is in")
    until_whole()

    readers.wait_for(200)


def test_edge_is_reloaded_without_a_failed_request(writers, containers, deploy):
    before = containers()[EDGE]["Id"]
    # Another limit is another configuration, which it reads anew.
    deploy(identidock_rate_limit=4999)
    deploy()

    assert containers()[EDGE]["Id"] == before
    writers.wait_for(200)
    assert writers.failures == []


def test_killed_edge_is_back_in_time_though_it_was_reloaded(readers, kill, until_whole):
    started = time.monotonic()
    kill(EDGE)
    until_whole()
    readers.wait_for(200)

    # Nobody else listens meanwhile; that is what they notice.
    assert all(moment < started + 10 for moment in readers.failures)


def test_edge_that_takes_all_replicas_for_dead_asks_them_all_the_same(readers, edge):
    replicas = [f"identidock/{name}" for name in edge.servers()]
    # As it does where a busy machine does not answer its checks in time.
    edge.tell(*(f"disable health {name}" for name in replicas))
    try:
        edge.tell(*(f"set server {name} health down" for name in replicas))
        assert not edge.servers()
        readers.wait_for(200)
    finally:
        edge.tell(*(f"enable health {name}" for name in replicas))

    assert readers.failures == []
