"""Deploying a stack in an imagined swarm: what is updated, in which order, and going back."""

import json
from pathlib import Path

import pytest
from ansible.module_utils.compose import Container, Look, StackError
from ansible.module_utils.haproxy import Server
from ansible.module_utils.stack_folder import Folder

TRIAL = "trial"
REPLICAS = ["replica1", "replica2"]


def stack_of(version, redis="r1"):
    """A definition: what each service is made of."""
    return json.dumps({"redis": redis} | dict.fromkeys([*REPLICAS, TRIAL], version))


class World:
    """A swarm whose services are entries of a dictionary, with all that is done to it."""

    def __init__(self):
        self.services: dict[str, str] = {}
        self.unhealthy: set[str] = set()
        self.written = self.deployed = None
        self.secrets = ["password-1"]
        self.steps: list[str] = []
        self.wrong: dict[str, str] = {}

    def step(self, what):
        self.steps.append(what)


class FakeSwarm:
    def __init__(self, world, folder):
        self.world = world
        self.file, self.earlier = folder / "stack.yaml", folder / "stack.yaml.deployed"
        self.proven = folder / "services.json"

    def look(self, text):
        wanted = {name: made for name, made in json.loads(text).items() if name != TRIAL}
        return Look(
            wanted,
            [container(name, made, self.world) for name, made in self.world.services.items()],
        )

    def config(self, text):
        return json.loads(text)

    def moved_ports(self, *_):
        return []

    def missing_secrets(self):
        return [name for name in ["password-1"] if name not in self.world.secrets]

    def fetch(self, _):
        self.world.step("fetch")

    def adopt(self, wanted):
        pass

    def write(self, text):
        self.world.written = text

    def deployed(self):
        return self.world.deployed

    def commit(self):
        self.world.step("commit")
        self.world.deployed = self.world.written

    def put_back(self):
        self.write(self.world.deployed)
        return self.look(self.world.deployed)

    def replace(self, *names, again=False, **_):
        for name in names:
            self.world.step(f"update {name}{' by force' if again else ''}")
            self.world.services[name] = json.loads(self.world.written)[name]
            self.world.unhealthy.discard(name)

    def start(self, *names, **_):
        self.world.step(f"deploy {' '.join(names) or 'all'}")
        wanted = json.loads(self.world.written)
        wanted.pop(TRIAL)
        if not names:
            trial = {name: made for name, made in self.world.services.items() if name == TRIAL}
            self.world.services = wanted | trial
        for name in names:
            self.world.services[name] = wanted[name]

    def start_trial(self, service, _):
        self.world.step("start trial")
        self.world.services[service] = json.loads(self.world.written)[service]

    def remove_trial(self, service):
        if self.world.services.pop(service, None):
            self.world.step("remove trial")

    def down(self):
        self.world.step("down")
        self.world.services.clear()

    def resume(self, *_):
        pass

    def wait(self, names, _):
        for name in names:
            if self.world.services.get(name, "").startswith("crash"):
                raise StackError(f"tasks of {name} fail", name)

    def said(self, service):
        return [f"{self.world.services.get(service)} says KeyError: 'salt'"]


class FakeEdge:
    def __init__(self, servers=(*REPLICAS, TRIAL)):
        self.names = servers

    def servers(self):
        return {name: Server(True, False, int(name != TRIAL)) for name in self.names}


class NoHold:
    def left(self):
        return False


def container(name, made, world):
    health = "unhealthy" if name in world.unhealthy else "healthy"
    return Container(name, name, "identidock", name, made, "", "running", f"({health})", made, "")


@pytest.fixture(scope="session")
def module(load):
    return load("modules/swarm_stack")


@pytest.fixture
def deploy(module, tmp_path):
    """A function that deploys a definition in a world and gives the result."""

    def deploy(world, text, check_mode=False, edge=None, **options):
        want = {
            "name": "identidock",
            "host": "the swarm",
            "machine": "vm1",
            "compose": text,
            "strategy": "rolling",
            "replicas": REPLICAS,
            "trial": TRIAL,
            "backend": "identidock",
            "check": [],
            "reload": {},
            "takes_ports_of": [],
            "proof_url": "http://vm1",
            "proof_urls": {"vm2": "http://vm2"},
            "public_urls": ["http://public"],
            "proof": [{"get": "/"}],
            "start_timeout": 60,
            "release": 13,
            "by": "ada@laptop",
        } | options

        def prove(url, *_):
            world.step(f"prove {url.removeprefix('http://')}")
            service = url.rpartition("/")[2]
            if world.services.get(service, "").startswith("500") or url in world.wrong:
                raise StackError("it answered 500 to GET / (200 expected)")

        folder = Folder(Path(tmp_path), {}, {}, {}, {})
        deployment = module.SwarmDeployment(
            want, FakeSwarm(world, tmp_path), folder, edge or FakeEdge(), NoHold(), prove
        )
        return deployment.run(check_mode)

    return deploy


@pytest.fixture
def world(deploy):
    """A swarm in which a definition runs."""
    world = World()
    deploy(world, stack_of("v1"), release=12)
    world.steps.clear()
    return world


def runs(world, text):
    wanted = json.loads(text)
    wanted.pop(TRIAL)
    return world.services == wanted


def test_first_deployment_is_proven_on_every_machine_and_needs_no_trial(deploy):
    world = World()

    result = deploy(world, stack_of("v1"))

    assert runs(world, stack_of("v1"))
    assert result["replaced"] == ["redis", *REPLICAS]
    assert "start trial" not in world.steps
    proofs = [step for step in world.steps if "prove" in step]
    assert proofs == [
        *(f"prove {vm}/{name}" for name in REPLICAS for vm in ("vm1", "vm2")),
        "prove public",
    ]


def test_what_runs_as_wanted_is_left_alone(deploy, world):
    assert not deploy(world, stack_of("v1"), release=12)["changed"]
    assert world.steps == []


def test_a_trial_is_proven_before_one_service_after_the_other(deploy, world):
    deploy(world, stack_of("v2"))

    assert world.steps == [
        "fetch",
        *("start trial", "prove vm1/trial", "remove trial"),
        *("update replica1", "prove vm1/replica1", "prove vm2/replica1"),
        *("update replica2", "prove vm1/replica2", "prove vm2/replica2"),
        *("prove public", "commit"),
    ]


def test_what_replicas_need_is_replaced_alone(deploy, world):
    assert deploy(world, stack_of("v1", redis="r2"))["replaced"] == ["redis"]
    assert "start trial" not in world.steps
    assert "deploy all" in world.steps


def test_an_unhealthy_replica_is_started_again(deploy, world):
    world.unhealthy.add("replica2")

    deploy(world, stack_of("v1"), release=12)

    assert "update replica2 by force" in world.steps


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("crash", "tasks of trial fail"),
        ("500", "it answered 500 to GET / (200 expected) in its trial"),
    ],
)
def test_a_bad_release_touches_no_replica(failed, world, version, sentence):
    said = failed(world, stack_of(version))

    assert "identidock on the swarm stays at release 12. Release 13 failed" in said
    assert sentence in said
    assert f"{version} says KeyError: 'salt'" in said
    assert not [step for step in world.steps if "update" in step]
    assert runs(world, stack_of("v1"))


def test_a_replica_that_answers_wrongly_on_another_machine_goes_back(failed, world):
    world.wrong["http://vm2/replica1"] = "500"

    said = failed(world, stack_of("v2"))

    assert "in replica1 on vm2; replica1 went back to it and is healthy" in said
    assert runs(world, stack_of("v1"))
    assert "update replica2" not in world.steps


def test_a_first_deployment_that_fails_is_taken_down(failed):
    world = World()

    assert "does not run" in failed(world, stack_of("crash"))
    assert world.services == {}


def test_without_a_record_nothing_that_runs_is_taken_down(failed, world):
    world.deployed = None

    assert "everything was left as it is" in failed(world, stack_of("crash"))
    assert runs(world, stack_of("v1"))


def test_a_trial_that_a_killed_run_left_is_removed(deploy, world):
    world.services[TRIAL] = "v2"

    assert deploy(world, stack_of("v1"), release=12)["changed"]
    assert runs(world, stack_of("v1"))


def test_a_missing_secret_is_made(deploy, world):
    world.secrets = []

    assert deploy(world, stack_of("v1"), release=12)["changed"]


def test_a_dry_run_tells_and_does_nothing(deploy, world):
    result = deploy(world, stack_of("v2"), check_mode=True)

    assert result["would"] == "would be replaced on the swarm: replica1 and replica2 of identidock"
    assert world.steps == []


def test_an_edge_that_does_not_know_the_replicas_is_told(deploy, world):
    with pytest.raises(StackError, match="the edge has no server replica2"):
        deploy(world, stack_of("v1"), edge=FakeEdge(("replica1", TRIAL)))
