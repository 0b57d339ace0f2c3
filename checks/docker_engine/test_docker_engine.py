"""An engine that is up, keeps its containers and can build."""

import json

import pytest

testinfra_hosts = ["ansible://docker_nodes"]


def test_engine_runs_and_starts_by_itself(host):
    docker = host.service("docker")

    assert docker.is_running
    assert docker.is_enabled


@pytest.mark.parametrize(
    "command", ["docker version", "docker buildx version", "docker compose version"]
)
def test_the_ordinary_user_can_use_docker(host, lab, command):
    if lab["ansible_user"] not in lab["docker_engine_users"]:
        pytest.skip("the inventory lets others use Docker than who logs in")
    assert host.run(command).rc == 0


def test_logs_are_rotated_and_containers_outlive_the_engine(facts):
    config = json.loads(facts["files"]["/etc/docker/daemon.json"])

    assert config["log-opts"] == {"max-file": "3", "max-size": "10m"}
    assert config["live-restore"] is True


def test_container_networks_leave_the_machines_own_alone(host):
    routes = json.loads(host.check_output("ip -json route"))
    own = [
        route["dst"] for route in routes if route.get("dev") == "eth0" and route["dst"] != "default"
    ]
    docker = [
        route["dst"] for route in routes if route.get("dev", "").startswith(("br-", "docker"))
    ]

    assert docker
    assert not set(own) & set(docker)
