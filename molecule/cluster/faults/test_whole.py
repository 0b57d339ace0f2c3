"""All that can happen to a cluster, while people visit the machines that are left."""

from __future__ import annotations

import time

import pytest

pytestmark = pytest.mark.whole
# Seconds after which a manager has noticed that the others are gone.
UNTIL_MISSED = 20


def others(machines, *lost):
    return [machine for machine in machines if machine not in lost]


def the_leader(swarm):
    return swarm.leader()


def with_redis(swarm):
    (name,) = swarm.runs("redis")
    return next(machine for machine in swarm.machines if machine.name == name)


def no_leader(swarm):
    leader, redis = swarm.leader(), with_redis(swarm)
    return next(each for each in swarm.machines if each not in (leader, redis))


@pytest.mark.parametrize("which", [no_leader, the_leader, with_redis])
@pytest.mark.parametrize("how", ["power", "cable"])
def test_lost_machine_is_missed_at_no_other(visit, machines, swarm, which, how):
    lost = which(swarm)
    limit = swarm.recovery_without(lost)
    with visit(*others(machines, lost)) as visits:
        lost.kill() if how == "power" else lost.pull_cable()
        swarm.away.add(lost.name)
        gone = swarm.wait(limit)
        visits.wait_for(1000)
        lost.start() if how == "power" else lost.plug_in()
        swarm.away.discard(lost.name)
        back = swarm.wait(swarm.comeback)
    print(f"{lost.name}: whole without it after {gone:.0f} seconds, with it after {back:.0f}")

    assert visits.failures == []


def test_the_last_machine_serves_and_says_that_the_quorum_is_gone(visit, machines, swarm, play):
    last = machines[0]
    secrets = swarm.ask("secret", "ls", "--format", "{{.Name}}")
    with visit(last) as visits:
        for machine in others(machines, last):
            machine.kill()
        time.sleep(UNTIL_MISSED)
        _, said = play("playbooks/check.yml")
        visits.wait_for(1000)
        for machine in others(machines, last):
            machine.start()
        back = swarm.wait(swarm.comeback)
    print(f"whole again after {back:.0f} seconds")

    assert "quorum" in said
    assert visits.failures == []
    code, said = play("playbooks/deploy.yml")
    assert code == 0, said
    assert swarm.ask("secret", "ls", "--format", "{{.Name}}") == secrets


def test_one_manager_goes_on_alone_and_takes_the_others_in_again(visit, machines, swarm, play):
    """As where two are lost for good, and come back from the repair shop all the same."""
    survivor = machines[0]
    secrets = swarm.ask("secret", "ls", "--format", "{{.Name}}")
    with visit(survivor) as visits:
        for machine in others(machines, survivor):
            machine.kill()
            swarm.away.add(machine.name)
        time.sleep(UNTIL_MISSED)
        code, said = play(
            "playbooks/swarm_recover.yml", f"--extra-vars=swarm_survivor={survivor.name}"
        )
        assert code == 0, said
        alone = swarm.wait(swarm.comeback)
        # Its edge finds by their names what Swarm does not run.
        survivor.run("curl", "--fail", "--silent", "http://127.0.0.1:9190/metrics")
        # These two have the majority of the swarm that was.
        for machine in others(machines, survivor):
            machine.start()
        swarm.away.clear()
        code, said = play("site.yml")
        assert code == 0, said
        swarm.wait(swarm.comeback)
        visits.wait_for(1000)
    missed = [when for when, *_ in visits.failures]
    outage = max(missed, default=0) - min(missed, default=0)
    print(f"whole alone after {alone:.0f} seconds; visitors missed {outage:.0f}")

    # The engine stops what it runs while it makes a swarm of the one machine.
    assert outage < 60
    managers = swarm.ask("node", "ls", "--format", "{{.Hostname}} {{.ManagerStatus}}").splitlines()
    assert sorted(line.split()[0] for line in managers) == [machine.name for machine in machines]
    assert sorted(line.split()[1] for line in managers) == ["Leader", "Reachable", "Reachable"]
    assert swarm.ask("secret", "ls", "--format", "{{.Name}}") == secrets


def test_redis_may_be_killed(visit, machines, swarm):
    home = with_redis(swarm)
    with visit(*machines[:2]) as visits:
        home.run("sh", "-c", "kill -KILL $(pidof redis-server)")
        swarm.wait(swarm.recovery)
        visits.wait_for(1000)

    assert visits.failures == []


def test_both_sides_of_a_partition_serve_and_find_together_again(visit, machines, swarm):
    alone, rest = machines[2], machines[:2]
    rules = [["-s", machine.ip, "-j", "DROP"] for machine in rest]
    with visit(*machines) as visits:
        for rule in rules:
            alone.run("iptables", "-t", "raw", "-I", "PREROUTING", *rule)
        time.sleep(30)
        for rule in rules:
            alone.run("iptables", "-t", "raw", "-D", "PREROUTING", *rule)
        back = swarm.wait(swarm.comeback)
        visits.wait_for(1000)
    print(f"one again after {back:.0f} seconds")

    assert visits.failures == []
    for service in ("dnmonster", "replica1", "replica2"):
        for machine in machines:
            label = f"label=com.docker.swarm.service.name=identidock_{service}"
            running = machine.run("docker", "ps", "--quiet", "--filter", label)
            assert len(running.split()) == 1


def test_builder_may_be_gone(visit, machines, swarm, builder):
    builder("systemctl", "stop", "docker.socket", "docker")
    try:
        with visit(machines[1], machines[2]) as visits:
            swarm.ask("service", "update", "--detach", "--force", "identidock_replica1")
            swarm.wait(swarm.comeback)
            visits.wait_for(1000)
    finally:
        builder("systemctl", "start", "docker")

    assert visits.failures == []


def test_all_machines_may_restart_at_once(machines, swarm):
    for machine in machines:
        machine.kill()
    for machine in machines:
        machine.start()
    swarm.wait(swarm.comeback)
