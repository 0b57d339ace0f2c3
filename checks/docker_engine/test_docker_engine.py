"""An engine that is up, keeps its containers and can build."""

import ipaddress
import itertools
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

    # Other drivers rotate by themselves, or keep no files.
    assert config["log-driver"] != "json-file" or "max-size" in config["log-opts"]
    # True, unless the VM's owner has decided otherwise.
    assert "live-restore" in config


def test_old_names_of_images_lead_to_the_lab_where_people_build_and_nowhere_else(facts, lab):
    config = json.loads(facts["files"]["/etc/docker/daemon.json"])
    mirror = f"https://registry.lab:{lab['lab_registry_mirror_port']}"
    builds = not {"builder", "lesson_nodes"}.isdisjoint(lab["group_names"])

    assert (mirror in config.get("registry-mirrors", [])) == builds


def test_builds_leave_no_more_behind_than_they_may(facts):
    config = json.loads(facts["files"]["/etc/docker/daemon.json"])

    assert config["builder"]["gc"]["enabled"]


def test_container_networks_leave_the_machines_own_alone(host):
    routes = json.loads(host.check_output("ip -json route"))
    networks = [
        (route["dev"], ipaddress.ip_network(route["dst"]))
        for route in routes
        if route["dst"] != "default" and "dev" in route
    ]
    engines = ("br-", "docker")
    own = [network for device, network in networks if not device.startswith(engines)]
    docker = [network for device, network in networks if device.startswith(engines)]

    assert own
    assert docker
    assert not [pair for pair in itertools.product(own, docker) if pair[0].overlaps(pair[1])]
