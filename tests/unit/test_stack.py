"""Deploying a stack on imagined machines: what is replaced, in which order, and going back."""

import errno
import json
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.compose import Container, Look, NoDockerError, StackError, run_command
from ansible.module_utils.deployment import Deployment, DeploymentError
from ansible.module_utils.firewall import Hold
from ansible.module_utils.haproxy import Server
from ansible.module_utils.stack_folder import Folder, alone

TRIAL = "trial"


class Killed(BaseException):
    """The run ends here, and nothing is put in order."""


def stack_of(version, replicas=2, redis="r1"):
    """A definition: what each service is made of."""
    names = [f"replica{number}" for number in range(1, replicas + 1)]
    return json.dumps({"redis": redis} | dict.fromkeys([*names, TRIAL], version))


class World:
    """A machine with containers, an edge, and visitors who watch at each step."""

    def __init__(self, running="", servers=("replica1", "replica2", TRIAL)):
        self.services: dict[str, str] = {}
        self.health: dict[str, str] = {}
        self.written = self.deployed = running or None
        self.drained: set[str] = set()
        self.weights = {name: int(name != TRIAL) for name in servers}
        self.steps: list[str] = []
        self.stop_at = -1
        self.stop_with: BaseException = Killed()
        self.visited: set[str] = set()
        self.unserved: list[str] = []
        self.moved_ports: list[str] = []
        self.answers_wrong = False
        # Healthy, but not for the edge.
        self.unseen: set[str] = set()
        self.results: list[dict[str, Any]] = []
        if running:
            self.services = {k: v for k, v in json.loads(running).items() if k != TRIAL}

    def step(self, what):
        """Something is about to be done; a test may stop it here."""
        self.steps.append(what)
        if len(self.steps) - 1 == self.stop_at:
            raise self.stop_with

    def watch(self):
        """Note whom visitors meet, and when they meet nobody."""
        serving = [
            name
            for name, weight in self.weights.items()
            if weight and name not in self.drained and self.ready(name)
        ]
        self.visited |= {self.services[name] for name in serving}
        if not serving:
            self.unserved.append(self.steps[-1])

    def ready(self, name):
        return name in self.services and self.health.get(name, "healthy") == "healthy"

    def run(self, name, version):
        self.services[name] = version
        self.unseen.discard(name)
        self.health[name] = "unhealthy" if version.startswith("crash") else "healthy"
        self.watch()


class FakeEngine:
    """Containers that are entries of a dictionary."""

    def __init__(self, world):
        self.world = world
        self.file = Path("/opt/identidock/compose.yaml")

    def look(self, text):
        wanted = {name: made for name, made in json.loads(text).items() if name != TRIAL}
        return Look(
            wanted,
            [
                container(name, made, self.world.health.get(name, "healthy"))
                for name, made in self.world.services.items()
            ],
        )

    def config(self, text):
        return json.loads(text)

    def moved_ports(self, *_):
        self.world.step("ports")
        return self.world.moved_ports

    def fetch(self, config):
        self.world.step("fetch")
        if "gone" in config.values():
            raise StackError("the image gone cannot be fetched")

    def check(self, service, command):
        self.world.step(f"check {service}: {command}")

    def write(self, text):
        self.world.step("write")
        self.world.written = text

    def deployed(self):
        return self.world.deployed

    def commit(self):
        self.world.step("commit")
        self.world.deployed = self.world.written

    def adopt(self, wanted):
        pass

    def put_back(self):
        self.write(self.world.deployed)
        return self.look(self.world.deployed)

    def start(self, *services, **_):
        self.world.step(f"up {' '.join(services)}".strip())
        wanted = {
            name: made for name, made in json.loads(self.world.written).items() if name != TRIAL
        }
        for name, made in wanted.items():
            if (not services or name in services) and (
                self.world.services.get(name) != made or self.world.health.get(name) == "exited"
            ):
                self.world.run(name, made)
        if not services:
            for name in self.world.services.keys() - wanted.keys() - {TRIAL}:
                del self.world.services[name]
        self.world.watch()

    def replace(self, *services, **_):
        self.world.step(f"replace {' '.join(services)}")
        for name in services:
            self.world.services.pop(name, None)
            self.world.watch()
            self.world.step(f"create {name}")
            self.world.run(name, json.loads(self.world.written)[name])

    def start_trial(self, service, _):
        self.world.step("start trial")
        self.world.run(service, json.loads(self.world.written)[service])

    def remove_trial(self, service):
        self.world.step("remove trial")
        self.world.services.pop(service, None)
        self.world.watch()

    def stop(self, *services):
        self.world.step(f"stop {' '.join(services)}")

    def resume(self, *containers):
        if containers:
            self.world.step(f"resume {' '.join(containers)}")

    def down(self):
        self.world.step("down")
        self.world.services.clear()

    def reload(self, service, _):
        self.world.step(f"reload {service}")

    def wait(self, services, _):
        self.world.step(f"wait {' '.join(services)}")
        for name in services:
            if not self.world.ready(name):
                raise StackError(f"the container {name} is unhealthy", name)

    def said(self, service):
        return [f"{self.world.services.get(service)} says KeyError: 'salt'"]


class FakeEdge:
    def __init__(self, world):
        self.world = world

    def servers(self):
        return {
            name: Server(
                self.world.ready(name) and name not in self.world.unseen,
                name in self.world.drained,
                weight,
            )
            for name, weight in self.world.weights.items()
        }

    def drain(self, server, _):
        self.world.step(f"drain {server}")
        self.world.drained.add(server)
        self.world.watch()

    def wait_idle(self, server, _):
        self.world.step(f"idle {server}")

    def ready(self, server):
        self.world.step(f"ready {server}")
        self.world.drained.discard(server)
        self.world.watch()

    def weigh(self, server, weight):
        self.world.step(f"weigh {server} {weight}")
        self.world.weights[server] = weight
        self.world.watch()

    def wait_up(self, server, _):
        # A look is no step.
        if self.world.steps:
            self.world.step(f"up? {server}")
        if not self.world.ready(server) or server in self.world.unseen:
            raise StackError(f"the edge does not see {server} up", server)


def container(name, made, health="healthy"):
    status = f"Up 3 seconds ({health})"
    state = "exited" if health == "exited" else "running"
    return Container(name, name, "identidock", name, made, "False", state, status, made, "")


@pytest.fixture
def deploy(tmp_path):
    """A function that deploys a definition in a world and gives the result."""

    def deploy(world, text, check_mode=False, **options):
        want = SimpleNamespace(
            **{
                "name": "identidock",
                "host": "lab1",
                "compose": text,
                "strategy": "rolling",
                "replicas": [name for name in json.loads(text) if name.startswith("replica")],
                "trial": TRIAL,
                "backend": "identidock",
                "check": [],
                "reload": {},
                "live": {},
                "secrets": {},
                "takes_ports_of": [],
                "proof_url": "http://edge",
                "public_url": "",
                "proof": [{"get": "/"}],
                "start_timeout": 60,
                "drain_timeout": 30,
                "release": 13,
                "by": "ada@laptop",
                **options,
            }
        )
        folder = Folder(tmp_path, want.secrets, {}, want.live, {})

        def prove(url, *_):
            name = url.rpartition("/")[2]
            world.step(f"prove {name}")
            if world.answers_wrong or world.services.get(name, "").startswith("500"):
                raise StackError("it answered 500 to GET / (200 expected)")

        hold = Hold("identidock", [])
        deployment = Deployment(vars(want), FakeEngine(world), folder, FakeEdge(world), hold, prove)
        world.results.append(deployment.result)
        return deployment.run(check_mode)

    return deploy


@pytest.fixture
def record(tmp_path):
    """A function that reads the note on the machine."""
    return lambda: json.loads((tmp_path / "deployed.json").read_text())


def deployed(deploy, version="v1", **options):
    """A world in which a definition runs."""
    text = stack_of(version, **options)
    replicas = options.get("replicas", 2)
    names = [f"replica{number}" for number in range(1, replicas + 1)]
    world = World(text, [*names, TRIAL])
    deploy(world, text, release=12)
    world.steps.clear()
    world.unserved.clear()
    return world


def is_in_order(world, text):
    """Whether exactly this runs, everywhere, with every server in use and no trial."""
    wanted = {name: made for name, made in json.loads(text).items() if name != TRIAL}
    return (world.services, world.drained, world.weights[TRIAL]) == (wanted, set(), 0)


def test_what_runs_as_wanted_is_looked_at_and_left_alone(deploy):
    world = deployed(deploy)

    result = deploy(world, stack_of("v1"), release=12)

    assert not result["changed"]
    assert world.steps == []


def test_only_another_number_is_noted(deploy, record):
    world = deployed(deploy)

    result = deploy(world, stack_of("v1"), release=13)

    assert result["changed"]
    assert result["replaced"] == world.steps == []
    assert (record()["release"], record()["by"]) == (13, "ada@laptop")


def test_first_deployment_starts_everything_and_proves_every_replica(deploy, record):
    world = World()

    result = deploy(world, stack_of("v1"))

    assert is_in_order(world, stack_of("v1"))
    assert result["replaced"] == ["redis", "replica1", "replica2"]
    assert [step for step in world.steps if "prove" in step] == ["prove replica1", "prove replica2"]
    assert record()["release"] == 13


def test_a_trial_is_proven_before_the_first_replica_is_touched(deploy):
    world = deployed(deploy)

    deploy(world, stack_of("v2"))

    steps = [step.partition(" ")[0:3:2] for step in world.steps]
    assert steps[steps.index(("start", "trial")) :] == [
        ("start", "trial"),
        ("wait", "trial"),
        ("prove", "trial"),
        ("up?", "trial"),
        ("weigh", "trial 1"),
        *(
            (verb, replica)
            for replica in ("replica1", "replica2")
            for verb in ("drain", "replace", "create", "wait", "prove", "ready", "up?")
        ),
        ("weigh", "trial 0"),
        ("idle", "trial"),
        ("remove", "trial"),
        ("up", ""),
        ("wait", "redis replica1 replica2"),
        ("up?", "replica1"),
        ("up?", "replica2"),
        ("commit", ""),
    ]
    assert is_in_order(world, stack_of("v2"))
    assert world.unserved == []


def test_one_replica_is_replaced_while_the_trial_serves(deploy):
    world = deployed(deploy, replicas=1)

    deploy(world, stack_of("v2", replicas=1))

    assert is_in_order(world, stack_of("v2", replicas=1))
    assert world.unserved == []


def test_what_replicas_need_is_replaced_alone(deploy):
    world = deployed(deploy)

    result = deploy(world, stack_of("v1", redis="r2"))

    assert result["replaced"] == ["redis"]
    assert not any("trial" in step for step in world.steps)


def test_from_six_replicas_to_two_the_others_are_drained_and_removed(deploy):
    world = deployed(deploy, replicas=6)

    result = deploy(world, stack_of("v1"))

    assert is_in_order(world, stack_of("v1"))
    assert result["replaced"] == []
    assert world.steps.index("drain replica6") < world.steps.index("up")
    assert not deploy(world, stack_of("v1"))["changed"]


def test_a_missing_replica_is_started_without_a_trial(deploy):
    world = deployed(deploy)
    del world.services["replica2"]

    result = deploy(world, stack_of("v1"), release=12)

    assert is_in_order(world, stack_of("v1"))
    assert result["replaced"] == ["replica2"]
    assert not any("trial" in step for step in world.steps)
    assert "prove replica2" in world.steps


def test_an_unhealthy_replica_is_made_anew(deploy):
    world = deployed(deploy)
    world.health["replica1"] = "unhealthy"

    result = deploy(world, stack_of("v1"), release=12)

    assert is_in_order(world, stack_of("v1"))
    assert result["replaced"] == ["replica1"]
    assert "replace replica1" in world.steps


def test_a_replica_that_the_edge_does_not_see_is_made_anew(deploy):
    world = deployed(deploy)
    world.unseen.add("replica1")

    result = deploy(world, stack_of("v1"), release=12)

    assert is_in_order(world, stack_of("v1"))
    assert result["replaced"] == ["replica1"]


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("crash", "the container trial is unhealthy"),
        ("500", "it answered 500 to GET / (200 expected) in its trial"),
        ("gone", "the image gone cannot be fetched"),
    ],
)
def test_a_bad_release_ends_in_its_trial(deploy, failed, record, version, reason):
    world = deployed(deploy)

    message = failed(world, stack_of(version))

    assert message.startswith("identidock on lab1 stays at release 12. Release 13 failed: ")
    assert f"failed: {reason}; nothing was replaced." in message
    assert message.endswith("Mend the cause and run the same command again.")
    assert is_in_order(world, stack_of("v1"))
    assert world.visited == {"v1"}
    assert world.unserved == []
    assert record()["release"] == 12
    assert record()["refused"]["release"] == 13
    assert record()["refused"]["reason"] == reason


def test_the_message_has_the_last_words_of_the_trial(deploy, failed):
    world = deployed(deploy)

    message = failed(world, stack_of("crash"))

    assert "It said last: `crash says KeyError: 'salt'`." in message
    assert world.results[-1]["said"] == ["crash says KeyError: 'salt'"]
    assert world.results[-1]["went_back"]


def test_a_refused_release_is_tried_again_and_its_note_goes(deploy, failed, record):
    world = deployed(deploy)
    failed(world, stack_of("crash"))

    deploy(world, stack_of("v2"), release=14)

    assert is_in_order(world, stack_of("v2"))
    assert record()["refused"] is None


def test_a_failed_first_deployment_is_taken_down(failed, record):
    world = World()

    message = failed(world, stack_of("crash"))

    assert message.startswith("identidock on lab1 does not run. Release 13 failed: ")
    assert "it was taken down, and its volumes were kept" in message
    assert world.services == {}
    assert record()["release"] is None


def test_what_never_becomes_healthy_again_is_not_said_to_run(deploy, failed):
    world = deployed(deploy, redis="crash-r1")

    message = failed(world, stack_of("crash"))

    assert message.startswith("identidock on lab1 does not run as it should. Release 13 failed: ")
    assert "going back failed too: the container redis is unhealthy" in message
    assert not world.results[-1]["went_back"]


def steps_of_an_update(deploy, **options):
    world = deployed(deploy, **options)
    deploy(world, stack_of("v2", redis="r2", **options))
    return len(world.steps)


@pytest.mark.parametrize("replicas", [1, 2])
def test_whatever_step_fails_the_release_before_runs_on_all_replicas(deploy, replicas):
    before, after = (stack_of(v, replicas, r) for v, r in (("v1", "r1"), ("v2", "r2")))
    count = steps_of_an_update(deploy, replicas=replicas)
    # The first step is before anything, the last is the commit.
    for number in range(1, count - 1):
        world = deployed(deploy, replicas=replicas)
        world.stop_at, world.stop_with = number, StackError("the disk is full", "replica1")
        with pytest.raises(DeploymentError) as stopped:
            deploy(world, after)

        step = world.steps[number]
        assert is_in_order(world, before), step
        assert "stays at release 12" in str(stopped.value), step
        assert world.written == world.deployed == before, step
        # One replica alone is missed while it goes back, if the trial has gone before.
        assert world.unserved == [] or replicas == 1, step


@pytest.mark.parametrize("then", ["v1", "v2"], ids=["rolled back", "run again"])
def test_a_run_that_was_killed_at_any_step_is_finished_by_the_next(deploy, then):
    count = steps_of_an_update(deploy)
    text = stack_of(then, redis=f"r{then[1]}")
    for number in range(count):
        world = deployed(deploy)
        world.stop_at = number
        with pytest.raises(Killed):
            deploy(world, stack_of("v2", redis="r2"))
        world.stop_at = -1
        deploy(world, text)

        assert is_in_order(world, text), world.steps[number]
        assert world.unserved == [], world.steps[number]
        assert not deploy(world, text)["changed"], world.steps[number]


def test_an_edge_that_does_not_know_a_replica_ends_it_before_anything(deploy):
    world = deployed(deploy)
    del world.weights["replica2"]

    with pytest.raises(StackError, match="the edge has no server replica2"):
        deploy(world, stack_of("v2"))

    assert world.steps == []


# The other strategy, and what both have in common.


def test_replace_starts_everything_and_asks_once(deploy):
    world = World()

    result = deploy(world, stack_of("v1"), strategy="replace", public_url="http://public")

    assert is_in_order(world, stack_of("v1"))
    assert [step for step in world.steps if "prove" in step] == ["prove edge", "prove public"]
    assert result["replaced"] == ["redis", "replica1", "replica2"]


def test_replace_goes_back_where_it_does_not_get_healthy(deploy, failed):
    world = deployed(deploy)

    message = failed(world, stack_of("crash"), strategy="replace")

    assert "replica1 and replica2 went back to it and are healthy" in message
    assert is_in_order(world, stack_of("v1"))


def test_an_unhealthy_container_is_replaced_where_nothing_differs(deploy):
    world = deployed(deploy)
    world.health["redis"] = "unhealthy"

    result = deploy(world, stack_of("v1"), strategy="replace", release=12)

    assert result["replaced"] == ["redis"]
    assert "replace redis" in world.steps


def test_a_heal_that_fails_does_not_claim_to_go_back(deploy, failed):
    world = deployed(deploy)
    world.services["redis"], world.deployed = "crash", stack_of("v1", redis="crash")
    world.health["redis"] = "unhealthy"

    message = failed(world, stack_of("v1", redis="crash"), strategy="replace", release=12)

    assert "does not run" in message
    assert "there is nothing to go back to" in message


def test_a_port_of_somebody_else_ends_it_before_anything(deploy):
    world = deployed(deploy)
    world.stop_at, world.stop_with = 0, StackError("port 80 of web is held by nginx")

    with pytest.raises(StackError, match="held by nginx"):
        deploy(world, stack_of("v2"))

    assert world.steps == ["ports"]


def test_a_port_that_moves_within_the_stack_is_freed_first(deploy):
    world = deployed(deploy)
    world.moved_ports = ["replica2"]

    deploy(world, stack_of("v2"), strategy="replace")

    assert world.steps.index("stop replica2") < world.steps.index("up")


def test_who_gave_a_port_away_has_it_back_where_its_new_holder_fails(deploy):
    world = World()
    world.moved_ports = ["identidock-edge-1"]

    with pytest.raises(DeploymentError):
        deploy(world, stack_of("crash"), strategy="replace", takes_ports_of=["identidock"])

    assert world.steps.index("stop identidock-edge-1") < world.steps.index("up")
    assert world.steps[-2:] == ["down", "resume identidock-edge-1"]


@pytest.fixture
def secret():
    """A function that gives a secret as the role hands it over, and what it is called."""
    return lambda text: {f"password-{text}": text}


def test_a_new_secret_has_a_new_file_and_the_old_one_goes_after_the_proof(deploy, secret, tmp_path):
    world = deployed(deploy)
    deploy(world, stack_of("v1"), secrets=secret("old"))
    (file,) = (tmp_path / "secrets").iterdir()
    assert (file.name, file.stat().st_mode & 0o777) == ("password-old", 0o444)
    assert file.parent.stat().st_mode & 0o777 == 0o700

    deploy(world, stack_of("v2"), secrets=secret("new"))

    assert [file.name for file in (tmp_path / "secrets").iterdir()] == ["password-new"]


def test_going_back_finds_the_old_secret(deploy, failed, secret, tmp_path):
    world = deployed(deploy)
    deploy(world, stack_of("v1"), secrets=secret("é old"))

    failed(world, stack_of("crash"), secrets=secret("é new"))

    assert (tmp_path / "secrets" / "password-é old").read_text() == "é old"


def test_a_change_of_a_live_file_is_reloaded_once(deploy):
    world = deployed(deploy)
    options: dict[str, Any] = {"reload": {"redis": ["kill", "-HUP", "1"]}, "release": 12}

    deploy(world, stack_of("v1"), live={"edge.cfg": "a"}, **options)
    assert world.steps.count("reload redis") == 1

    assert not deploy(world, stack_of("v1"), live={"edge.cfg": "a"}, **options)["changed"]
    assert world.steps.count("reload redis") == 1


def test_a_container_that_started_with_the_live_files_is_not_reloaded(deploy):
    world = deployed(deploy)

    deploy(world, stack_of("v1", redis="r2"), live={"edge.cfg": "a"}, reload={"redis": ["true"]})

    assert "reload redis" not in world.steps


def test_going_back_reloads_the_live_file_before(deploy, failed, tmp_path):
    world = deployed(deploy)
    options: dict[str, Any] = {"reload": {"redis": ["true"]}, "strategy": "replace"}
    deploy(world, stack_of("v1"), live={"edge.cfg": "good"}, **options)
    world.answers_wrong = True

    message = failed(world, stack_of("v1"), live={"edge.cfg": "bad"}, **options)

    assert "nothing was replaced" in message
    assert (tmp_path / "live" / "edge.cfg").read_text() == "good"
    assert world.steps[-1] == "reload redis"


def test_a_check_that_fails_ends_it_before_anything_is_replaced(deploy, failed):
    world = deployed(deploy)
    world.stop_at, world.stop_with = 3, StackError("`haproxy -c` in a container of redis says: no")

    message = failed(world, stack_of("v2"), check=[{"service": "redis", "command": ["haproxy"]}])

    assert "nothing was replaced" in message
    assert is_in_order(world, stack_of("v1"))


def test_a_full_disk_ends_it_before_anything_is_replaced(deploy, failed, monkeypatch):
    world = deployed(deploy)

    def full(_folder):
        raise OSError(errno.ENOSPC, "No space left on device", "/opt/web/configs")

    monkeypatch.setattr(Folder, "write", full)
    message = failed(world, stack_of("v2"))

    assert "/opt/web/configs cannot be written (No space left on device); `df -h`" in message
    assert is_in_order(world, stack_of("v1"))


# Check mode.


def test_check_mode_names_what_would_be_replaced_and_writes_nothing(deploy, tmp_path):
    world = deployed(deploy)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    result = deploy(world, stack_of("v2"), check_mode=True, secrets={"password-1": "sesame"})

    assert result["changed"]
    assert result["replaced"] == ["replica1", "replica2"]
    assert result["would"] == "would be replaced on lab1: replica1 and replica2 of identidock"
    assert world.steps == ["ports"]
    assert before == {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    shown = json.dumps(result["diff"])
    assert "secrets/password-1" in shown
    assert "sesame" not in shown


def test_check_mode_works_without_docker_and_names_the_stack(deploy, monkeypatch):
    def look(*_):
        raise NoDockerError("docker is not installed")

    monkeypatch.setattr(FakeEngine, "look", look)
    result = deploy(World(), stack_of("v1"), check_mode=True)

    assert result["changed"]
    assert result["would"] == "identidock would be deployed on lab1"
    with pytest.raises(NoDockerError):
        deploy(World(), stack_of("v1"))


def test_check_mode_of_what_runs_as_wanted_changes_nothing(deploy):
    world = deployed(deploy)

    result = deploy(world, stack_of("v1"), check_mode=True, release=12)

    assert not result["changed"]
    assert not result["differs"]
    assert result["diff"] == []


@pytest.mark.parametrize(
    "left",
    [
        lambda world: world.drained.add("replica1"),
        lambda world: world.weights.update({TRIAL: 1}),
        lambda world: world.services.update({TRIAL: "v1"}),
        lambda world: world.health.update(replica1="starting"),
        lambda world: world.unseen.add("replica2"),
        lambda world: world.weights.pop("replica2"),
        lambda world: world.services.pop("replica2"),
    ],
    ids=["drained", "weight", "trial", "starting", "unseen", "unknown to the edge", "missing"],
)
def test_check_mode_tells_what_a_run_would_wait_for_or_clean_up(deploy, left):
    world = deployed(deploy)
    left(world)

    assert deploy(world, stack_of("v1"), check_mode=True, release=12)["differs"]
    assert world.steps in ([], ["ports"])


def test_a_run_waits_for_one_that_its_controller_left_behind(tmp_path):
    lock, entered = tmp_path / "lock", threading.Event()

    def second():
        with alone(lock):
            entered.set()

    waiting = threading.Thread(target=second)
    with alone(lock):
        waiting.start()
        assert not entered.wait(0.2)
    assert entered.wait(10)
    waiting.join()


def test_a_run_waits_for_the_command_of_one_that_was_killed(tmp_path):
    lock = tmp_path / "lock"
    with alone(lock):
        command = threading.Thread(target=run_command, args=(["sleep", "1"],))
        command.start()
        time.sleep(0.2)
    with alone(lock):
        command.join(timeout=0.5)
        assert not command.is_alive()
