"""Releases good and bad are deployed while people visit; the visitors notice nothing."""

import itertools

import pytest
from releases import ANSWERS_500, RAISES

VISITS = 5000
# Each has an image of its own, whatever its number.
edition = itertools.count(1)


def another_edition():
    """A layer that changes nothing but the digest."""
    return f'LABEL edition="{next(edition)}"'


def test_update_and_rollback_are_noticed_by_nobody(visitors, releases, play, deploy, replicas):
    before, number = replicas(), releases.current["number"]

    releases.make(identidock=another_edition())
    deploy()
    assert {*replicas().values()} == {releases.image("identidock")} != {*before.values()}

    # Without a number it goes back by one, which the scenario microblog does.
    code, said = play("rollback.yml", lab_release=f"{number}")
    assert code == 0, said
    assert replicas() == before == dict.fromkeys(before, releases.image("identidock"))
    visitors.wait_for(VISITS - visitors.served)
    assert visitors.failures == []


@pytest.mark.parametrize(
    ("module", "sentence"),
    [(RAISES, "KeyError: 'salt'"), (ANSWERS_500, "answered 500 to GET /")],
    ids=["raises", "answers-500"],
)
def test_bad_release_meets_nobody_and_its_successor_needs_no_cleaning_up(
    visitors, releases, play, deploy, containers, replicas, module, sentence
):
    before, ids = replicas(), [facts["Id"] for facts in containers().values()]
    number = releases.make(identidock=f"COPY <<'E' identidock/wsgi.py\n{module}\nE")
    code, said = play("deploy.yml")
    said = " ".join(said.split())

    assert code != 0
    assert sentence in said
    assert f"Release {number} failed" in said
    assert "It said last: `" in said
    assert "KeyError: 'salt'" in said.partition("It said last: `")[2]
    assert replicas() == before
    # Not even replaced and put back.
    assert [facts["Id"] for facts in containers().values()] == ids

    releases.withdraw()
    releases.make(identidock=another_edition())
    deploy()
    assert {*replicas().values()} == {releases.image("identidock")}
    visitors.wait_for(VISITS - visitors.served)
    assert visitors.failures == []


@pytest.mark.parametrize("vm_too", [True, False], ids=["on-the-vm-too", "here-only"])
def test_run_that_is_killed_between_two_replicas_is_finished_by_the_same_command(
    visitors, releases, killed_deployment, deploy, replicas, edge, vm_too
):
    releases.make(identidock=another_edition())
    new = releases.image("identidock")

    def one_of_two():
        running = [image for name, image in replicas().items() if name != "trial"]
        return [] if 0 < running.count(new) < len(running) else [f"{running} run"]

    killed_deployment(one_of_two, vm_too)
    deploy()
    assert replicas() == dict.fromkeys(["replica1", "replica2"], new)
    assert sorted(edge.servers()) == ["replica1", "replica2"]
    visitors.wait_for(VISITS - visitors.served)
    assert visitors.failures == []


def test_four_of_six_replicas_leave_unnoticed(visitors, deploy, replicas, edge):
    deploy(identidock_replicas=6)
    assert len(replicas()) == len(edge.servers()) == 6

    deploy()
    assert [*replicas()] == sorted(edge.servers()) == ["replica1", "replica2"]
    visitors.wait_for(VISITS - visitors.served)
    assert visitors.failures == []


@pytest.mark.parametrize("name", ["dnmonster", "redis", "edge"])
def test_update_below_the_replicas_fails_no_visit_but_new_monsters(
    visitors, newcomers, releases, deploy, until_whole, name
):
    releases.make(**{name: another_edition()})
    deploy()
    until_whole()

    visitors.wait_for(VISITS - visitors.served)
    print(f"{name} was replaced: {newcomers}")
    assert visitors.failures == []
    assert newcomers.failures == [] or name == "dnmonster"
