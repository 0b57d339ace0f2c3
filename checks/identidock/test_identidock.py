"""identidock as its users and its attackers see it."""

import hashlib
import json
import secrets
import struct
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

testinfra_hosts = ["ansible://identidock_nodes"]


@pytest.fixture
def page(address, lab):
    return address(lab["identidock_port"])


def get(url, data=None):
    """Headers and body of a page, or of a form that is sent."""
    with urllib.request.urlopen(url, data, timeout=10) as reply:
        return reply.headers, reply.read()


@pytest.fixture
def replicas(lab):
    """The services that there must be."""
    return [f"replica{number + 1}" for number in range(int(lab["identidock_replicas"]))]


@pytest.fixture
def services(lab, replicas, stack):
    """The services that must run on this machine; in a swarm one of them has Redis."""
    found = [*replicas, "dnmonster", "redis"]
    if lab["identidock_engine"] == "swarm" and not has_redis(stack):
        found.remove("redis")
    return found


def has_redis(stack):
    """Whether Redis runs on this machine."""
    label = "com.docker.compose.service"
    return any(each["Config"]["Labels"][label] == "redis" for each in stack("identidock"))


def test_containers_run_the_pinned_image_safely(runs_safely, stack, lab, replicas, services):
    for service in services:
        image = "identidock" if service in replicas else service
        runs_safely("identidock", service, lab["identidock_images"][image])
    running = [
        container["Config"]["Labels"]["com.docker.compose.service"]
        for container in stack("identidock")
    ]
    assert sorted(running) == sorted(services)


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


@pytest.mark.parametrize("path", ["/", "/?name=Ada", "/static/identidock.css", "/nowhere"])
def test_every_reply_carries_the_security_headers(page, path):
    try:
        headers, _ = get(f"{page}{path}")
    except urllib.error.HTTPError as error:
        headers = error.headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.intrusive
def test_monster_is_an_80_pixel_png_and_comes_from_the_cache_the_second_time(page):
    _, first = get(f"{page}/monster/abc")
    headers, second = get(f"{page}/monster/abc")

    assert first == second
    assert first.startswith(b"\x89PNG")
    assert struct.unpack(">II", first[16:24]) == (80, 80)
    assert headers["X-Cache"] == "hit"


@pytest.mark.intrusive
def test_monsters_nobody_has_seen_all_come_when_many_are_asked_for_at_once(page):
    names = [secrets.token_hex(16) for _ in range(400)]
    with ThreadPoolExecutor(8) as visitors:
        monsters = list(visitors.map(lambda name: get(f"{page}/monster/{name}")[1], names))

    assert all(monster.startswith(b"\x89PNG") for monster in monsters)


def test_each_replica_reaches_its_cache_and_its_renderer(host, lab, replicas):
    for replica in replicas:
        ready = f"{lab['identidock_proof_url']}/{replica}/readyz"
        said = json.loads(host.check_output("curl --silent --max-time 10 %s", ready))

        assert said == {"ready": True, "failing": []}, ready


def test_replica_runs_as_uwsgi(docker, stack):
    (replica,) = stack("identidock", "replica1")

    assert docker("exec %s whoami", replica["Id"]).strip() == "uwsgi"


def test_no_container_has_a_way_out(stack, lab):
    # In a swarm Redis may be on another machine; both networks have no way out.
    inner = {"identidock_cache", "identidock_alone"}
    allowed = inner if lab["identidock_engine"] == "swarm" else {"none"}
    for container in stack("identidock"):
        assert set(container["NetworkSettings"]["Networks"]) <= allowed, container["Name"]


def test_sockets_are_for_the_containers_alone(host, lab):
    if lab["ansible_user"] in ("", "root"):
        pytest.skip("root may enter any directory")
    for directory in (f"{lab['identidock_dir']}/run/dnmonster", lab["identidock_sockets_dir"]):
        assert "Permission denied" in host.run("LC_ALL=C ls %s", directory).stderr


def test_cache_wants_its_password(docker, stack):
    if not has_redis(stack):
        pytest.skip("Redis runs on another machine of the swarm")
    cache, *_ = stack("identidock", "redis")

    assert "NOAUTH" in docker("exec %s redis-cli get anything", cache["Id"])


def test_statistics_are_for_the_machine_itself_only(host, stack, lab):
    (edge,) = stack("edge")
    port = lab["identidock_stats_port"]
    statistics = host.check_output("curl --silent --max-time 5 http://127.0.0.1:%s", str(port))

    bindings = edge["NetworkSettings"]["Ports"][f"{port}/tcp"]
    assert [binding["HostIp"] for binding in bindings] == ["127.0.0.1"]
    assert json.loads(statistics)["workers"]


def test_secrets_are_nowhere_to_be_seen(facts, stack, lab, is_hidden):
    definition = "stack.yaml" if lab["identidock_engine"] == "swarm" else "compose.yaml"
    is_hidden(
        "redis",
        what_Docker_shows=json.dumps(stack("identidock")),
        the_definition=facts["files"][f"{lab['identidock_dir']}/{definition}"],
        the_list_of_processes="\n".join(facts["processes"]),
    )
