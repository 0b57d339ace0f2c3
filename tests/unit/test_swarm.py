"""What is asked of a manager's docker command, and what is made of its answers."""

import json

import pytest
from ansible.module_utils import swarm
from ansible.module_utils.compose import StackError
from ansible.module_utils.swarm import Swarm
from fake_docker import Docker

STACK = """\
x-replica: &replica
  image: web

services:
  redis:
    image: redis
    secrets: [{source: password, target: password}]

  # The first.
  replica1:
    <<: *replica

  trial:
    <<: *replica

secrets:
  password: {external: true, name: password-1}
"""
CONFIG = {
    "services": {
        "redis": {"image": "redis", "secrets": [{"source": "password", "target": "password"}]},
        "replica1": {"image": "web"},
        "trial": {"image": "web"},
    },
    "secrets": {"password": {"external": True, "name": "password-1"}},
}


class SwarmDocker(Docker):
    """The same of a manager."""

    def run_services(self, running=3, image="web", update=None, task=None):
        """Let services be there: how many tasks of each run, and how their update goes."""
        names = ["redis", "replica1", "trial"]
        counts = {"redis": "1/1", "replica1": f"{running}/3", "trial": "0/0"}
        template = {"ContainerSpec": {"Image": image}}
        self.answers |= {
            "service ls": "".join(f"id-{n}\tidentidock_{n}\t{counts[n]}\t{image}\n" for n in names),
            "service inspect": json.dumps(
                [
                    {
                        "Spec": {"Name": f"identidock_{name}", "TaskTemplate": template},
                        "UpdateStatus": update if name == "replica1" else None,
                    }
                    for name in names
                ]
            ),
            "service ps --quiet": "t1\n",
            "inspect t1": json.dumps([{"Spec": task or template}]),
        }


@pytest.fixture
def docker():
    docker = SwarmDocker()
    docker.answers["config --format json"] = json.dumps(CONFIG)
    return docker


@pytest.fixture
def engine(docker, clock, tmp_path):
    return Swarm(
        "identidock", tmp_path, {"password-1": "hunter2"}, "trial", docker, clock, clock.sleep
    )


def deployed(engine, docker):
    """All runs as it was proven."""
    docker.run_services()
    engine.write(STACK)
    engine.commit()


def test_a_definition_is_cut_to_some_services_and_keeps_what_they_share():
    part = swarm.only(STACK, ["replica1"])

    assert [*swarm.services(part)] == ["replica1"]
    assert part.startswith("x-replica:")
    assert "password-1" in part


def test_what_runs_as_it_was_proven_has_no_faults_and_the_trial_is_not_seen(engine, docker):
    deployed(engine, docker)

    look = engine.look(STACK)

    assert (look.faults, look.orphans) == ([], [])


def test_a_service_with_another_definition_is_outdated(engine, docker):
    deployed(engine, docker)
    changed = json.loads(json.dumps(CONFIG))
    changed["services"]["replica1"]["image"] = "newer"
    docker.answers["config --format json"] = [json.dumps(changed), json.dumps(CONFIG)]

    assert engine.look(STACK + "# newer").faults == ["replica1"]


def test_another_secret_outdates_those_who_use_it(engine, docker):
    deployed(engine, docker)
    changed = CONFIG | {"secrets": {"password": {"name": "password-2"}}}
    docker.answers["config --format json"] = [json.dumps(changed), json.dumps(CONFIG)]

    assert engine.look(STACK + "# newer").outdated == ["redis"]


def test_what_somebody_changed_by_hand_is_outdated(engine, docker):
    deployed(engine, docker)
    docker.run_services(image="another")

    assert engine.look(STACK).outdated == ["redis", "replica1"]


def test_a_start_by_force_is_no_other_definition():
    spec = {"Name": "a", "TaskTemplate": {"ForceUpdate": 1}}

    assert Swarm.fingerprint(spec) == Swarm.fingerprint(spec | {"TaskTemplate": {"ForceUpdate": 2}})


def test_a_service_that_runs_on_too_few_machines_is_unhealthy(engine, docker):
    deployed(engine, docker)
    docker.run_services(running=2)

    assert engine.look(STACK).unhealthy == ["replica1"]


def test_secrets_come_through_standard_input_and_old_ones_go(engine, docker):
    docker.run_services()
    docker.answers["secret ls"] = ["", "password-0\npassword-1\n"]

    engine.write(STACK)
    engine.commit()

    (made,) = [(words, text) for words, text in docker.asked if "secret create" in words]
    assert made[1] == "hunter2"
    assert "hunter2" not in made[0]
    assert docker.ran("secret rm") == ["docker secret rm password-0"]


def test_only_the_service_that_is_replaced_is_deployed(engine, docker):
    deployed(engine, docker)

    engine.replace("replica1", timeout=1)

    (text,) = [text for words, text in docker.asked if "stack deploy" in words]
    assert [*swarm.services(text)] == ["replica1"]
    assert "--prune" not in docker.ran("stack deploy")[0]


def test_an_unhealthy_service_is_started_again_by_force(engine, docker):
    deployed(engine, docker)

    engine.replace("replica1", timeout=1, again=True)

    assert docker.ran("service update --detach --force identidock_replica1")


def test_for_all_services_those_that_are_wanted_no_more_are_removed(engine, docker):
    deployed(engine, docker)
    docker.answers["service ls"] += "id-old\tidentidock_old\t3/3\tweb\n"

    engine.start(timeout=1)

    assert docker.ran("service rm") == ["docker service rm identidock_old"]


def test_an_update_is_waited_for_until_every_task_is_a_new_one(engine, docker, clock):
    deployed(engine, docker)
    old, new = {"ContainerSpec": {"Image": "web"}}, {"ContainerSpec": {"Image": "newer"}}
    docker.run_services(image="newer")
    docker.answers["inspect t1"] = [json.dumps([{"Spec": each}]) for each in (old, old, new)]
    before = clock()

    engine.wait(["replica1"], 60)

    assert clock() > before


def test_what_a_task_does_not_show_makes_no_difference():
    assert swarm.made_as({"Image": "a"}, {"Image": "a", "StopGracePeriod": 10})
    policy = {"RestartPolicy": {"Condition": "none"}}
    assert swarm.made_as(policy, {"RestartPolicy": {"Condition": "none", "Delay": 5}})
    assert not swarm.made_as({"Image": "a"}, {"Image": "a", "Healthcheck": {}})
    assert not swarm.made_as({"Image": "a", "Env": []}, {"Image": "a"})


def test_an_update_that_swarm_took_back_is_a_failure(engine, docker):
    deployed(engine, docker)
    engine.replace("replica1", timeout=1)
    update = {"State": "rollback_completed", "StartedAt": "later", "Message": "it was taken back"}
    docker.run_services(update=update)

    with pytest.raises(StackError, match="Swarm stopped the update of replica1"):
        engine.wait(["replica1"], 60)


def test_an_update_that_failed_once_is_no_failure_of_the_next(engine, docker):
    deployed(engine, docker)
    update = {"State": "rollback_completed", "StartedAt": "then", "Message": "it was taken back"}
    docker.run_services(update=update)
    engine.replace("replica1", timeout=1)

    engine.wait(["replica1"], 60)


def test_a_trial_that_fails_once_has_failed(engine, docker):
    deployed(engine, docker)
    engine.start_trial("trial", 60)
    failed = "t9\tvm1\tShutdown\tFailed 1 second ago\ttask: non-zero exit (1)\n"
    docker.answers["service ps --no-trunc"] = failed

    with pytest.raises(StackError, match="tasks of trial fail"):
        engine.wait(["trial"], 60)


def test_too_few_tasks_in_time_are_a_failure(engine, docker):
    deployed(engine, docker)
    docker.run_services(running=2)

    with pytest.raises(StackError, match="replica1 has 2 of 3 tasks healthy after 60 seconds"):
        engine.wait(["replica1"], 60)


def test_a_trial_is_one_task_that_goes_again(engine, docker):
    deployed(engine, docker)

    engine.start_trial("trial", 60)
    engine.remove_trial("trial")

    scaled = [command.rpartition(" ")[2] for command in docker.ran("service scale")]
    assert scaled == ["identidock_trial=1", "identidock_trial=0"]


def test_last_words_are_the_log_and_why_tasks_failed(engine, docker):
    failed = "t9\tvm1\tShutdown\tFailed 1 second ago\ttask: non-zero exit (1)\n"
    docker.answers |= {"service logs": "a\nb\n", "service ps --no-trunc": failed}

    assert engine.said("replica1") == ["a", "b", "task: non-zero exit (1)"]


def test_a_definition_without_services_is_refused():
    with pytest.raises(StackError, match="has no services"):
        swarm.services("x: {}\n")
