"""identidock as its users and its attackers see it."""

import hashlib
import json
import secrets
import struct
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

testinfra_hosts = ["ansible://identidock_nodes"]

SERVICES = {
    "identidock-edge-1": "edge",
    "identidock-identidock-1": "identidock",
    "identidock-identidock-2": "identidock",
    "identidock-dnmonster-1": "dnmonster",
    "identidock-redis-1": "redis",
}


@pytest.fixture
def page(address, lab):
    return address(lab["identidock_port"])


def get(url, data=None):
    """Headers and body of a page, or of a form that is sent."""
    with urllib.request.urlopen(url, data, timeout=10) as reply:
        return reply.headers, reply.read()


def test_page_shows_the_form(page):
    body = get(f"{page}/")[1].decode()

    assert "Hello" in body
    assert "You look like a" in body
    assert "<form" in body


def test_name_that_is_sent_gets_its_own_monster(page):
    body = get(f"{page}/", urllib.parse.urlencode({"name": "Ada"}).encode())[1].decode()

    assert "Ada" in body
    assert hashlib.sha256(b"UNIQUE_SALTAda").hexdigest() in body


def test_markup_in_a_name_stays_text(page):
    form = urllib.parse.urlencode({"name": '"><b>TEST</b><!--'}).encode()

    assert "<b>" not in get(f"{page}/", form)[1].decode()


def test_monster_is_an_80_pixel_png_and_comes_from_the_cache_the_second_time(page):
    _, first = get(f"{page}/monster/abc")
    headers, second = get(f"{page}/monster/abc")

    assert first == second
    assert first.startswith(b"\x89PNG")
    assert struct.unpack(">II", first[16:24]) == (80, 80)
    assert headers["X-Cache"] == "hit"


def test_monsters_nobody_has_seen_all_come_when_many_are_asked_for_at_once(page):
    names = [secrets.token_hex(16) for _ in range(400)]
    with ThreadPoolExecutor(8) as visitors:
        monsters = list(visitors.map(lambda name: get(f"{page}/monster/{name}")[1], names))

    assert all(monster.startswith(b"\x89PNG") for monster in monsters)


@pytest.mark.parametrize(("name", "image"), SERVICES.items())
def test_container_runs_the_pinned_image_safely(inspect, runs_safely, lab, name, image):
    runs_safely(name)
    assert inspect(name)["Config"]["Image"] == lab["lab_images"][image]


def test_replica_runs_as_uwsgi(root):
    assert root("docker exec identidock-identidock-1 whoami").strip() == "uwsgi"


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "identidock-edge-1"])
def test_only_the_edge_publishes_ports(inspect, name):
    assert not any(inspect(name)["NetworkSettings"]["Ports"].values())


@pytest.mark.parametrize(
    ("name", "networks"),
    [
        ("identidock-edge-1", {"identidock_front"}),
        ("identidock-redis-1", {"none"}),
        ("identidock-dnmonster-1", {"none"}),
    ],
)
def test_cache_and_renderer_have_no_network(inspect, name, networks):
    assert set(inspect(name)["NetworkSettings"]["Networks"]) == networks


def test_sockets_are_for_the_containers_alone(host, root):
    stranger = "curl --silent --unix-socket /opt/identidock/run/identidock/1.sock http://replica/"

    assert host.run(stranger).rc != 0
    assert "You look like a" in root(stranger)


def test_cache_wants_its_password(root):
    assert "NOAUTH" in root("docker exec identidock-redis-1 redis-cli get anything")


def test_statistics_are_for_the_machine_itself_only(host, inspect, lab):
    bound = inspect("identidock-edge-1")["NetworkSettings"]["Ports"]["9191/tcp"]
    statistics = host.check_output(
        "curl --silent --max-time 5 http://127.0.0.1:%s", str(lab["identidock_stats_port"])
    )

    assert [port["HostIp"] for port in bound] == ["127.0.0.1"]
    assert json.loads(statistics)["workers"]


def test_secrets_are_nowhere_to_be_seen(root, lab):
    secret = Path(lab["lab_state_dir"], "passwords", "redis").read_text(encoding="ascii")

    assert secret not in root(f"docker inspect {' '.join(SERVICES)}")
    assert secret not in root("cat /opt/identidock/compose.yaml")
    assert secret not in root("ps -ef")
