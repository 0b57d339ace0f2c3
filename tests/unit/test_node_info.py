"""What a look at a machine finds: its networks, whose ports are held, what differs from what should
be, and where another machine is."""

import http.server
import json
import os
import socket
import socketserver
import threading

import pytest

LISTENERS = """\
LISTEN 0 4096         0.0.0.0:5003      0.0.0.0:*    users:(("dockerd",pid=9,fd=4))
LISTEN 0 4096               *:9090            *:*    users:(("docker-proxy",pid=8,fd=4))
LISTEN 0 128             [::]:5000         [::]:*    users:(("nginx",pid=7,fd=4),("nginx",pid=6))
LISTEN 0 128   127.0.0.53%lo:5001      0.0.0.0:*
"""

# Of `ip -json -4 address`: an engine with two networks of its own on a machine with two devices.
DEVICES = [
    {"ifname": "lo", "mtu": 65536, "addr_info": [{"local": "127.0.0.1", "prefixlen": 8}]},
    {"ifname": "docker0", "mtu": 1400, "addr_info": [{"local": "10.214.0.1", "prefixlen": 24}]},
    {
        "ifname": "br-6f8f4f2e5935",
        "mtu": 1500,
        "addr_info": [{"local": "10.215.0.1", "prefixlen": 24}],
    },
    {"ifname": "br-site", "mtu": 9000, "addr_info": [{"local": "10.9.1.7", "prefixlen": 16}]},
    {
        "ifname": "enp1s0",
        "mtu": 1400,
        "addr_info": [
            {"local": "192.0.2.11", "prefixlen": 24},
            {"local": "198.51.100.4", "prefixlen": 32},
        ],
    },
]


@pytest.fixture
def info(load):
    """The module's functions."""
    return load("modules/node_info")


@pytest.fixture
def engine(info, tmp_path, monkeypatch):
    """A function that starts an engine which publishes some ports."""
    servers = []

    def start(*ports, status=200):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps([{"Ports": list(ports)}]).encode())

            def log_message(self, *_):
                pass

            def address_string(self):
                return ""

        server = socketserver.UnixStreamServer(str(tmp_path / "docker.sock"), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(info, "SOCKET", str(tmp_path / "docker.sock"))

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_program_of_every_listening_port_is_found(info):
    assert info.listeners(LISTENERS) == {
        5003: "dockerd",
        9090: "docker-proxy",
        5000: "nginx",
        5001: "the kernel",
    }


def test_engine_tells_the_tcp_ports_it_publishes(info, engine):
    engine(
        {"PrivatePort": 80, "PublicPort": 5003, "Type": "tcp"},
        {"PrivatePort": 80, "PublicPort": 5004, "Type": "udp"},
        {"PrivatePort": 6379, "Type": "tcp"},
    )

    assert info.published(5) == {5003}


def test_an_engine_that_refuses_tells_nothing(info, engine):
    engine(status=500)

    assert info.published(5) is None


def test_an_engine_that_is_not_there_tells_nothing(info, monkeypatch, tmp_path):
    monkeypatch.setattr(info, "SOCKET", str(tmp_path / "nothing.sock"))

    assert info.published(5) is None


@pytest.mark.parametrize("program", ["dockerd", "docker-proxy", "anything"])
def test_a_published_port_is_the_engines_whatever_program_listens(info, program):
    assert info.taken([5003], {5003: program}, {5003}) == []


@pytest.mark.parametrize("program", ["dockerd", "docker-proxy", "nginx"])
def test_any_other_port_is_taken(info, program):
    assert info.taken([5003, 9090], {5003: program}, {9090}) == [{"port": 5003, "program": program}]


def test_while_the_engine_is_stopped_its_proxies_hold_its_ports(info):
    assert info.taken([80, 81], {80: "docker-proxy", 81: "nginx"}, None) == [
        {"port": 81, "program": "nginx"}
    ]


def test_only_installed_packages_count(info):
    assert info.installed("ii curl\nrc nginx\nun docker-ce\nhi docker.io\n") == [
        "curl",
        "docker.io",
    ]


def test_networks_of_all_devices_count_but_those_that_the_engine_made(info):
    assert info.networks(DEVICES) == [
        "127.0.0.0/8",
        "10.9.0.0/16",
        "192.0.2.0/24",
        "198.51.100.4/32",
    ]


@pytest.mark.parametrize(
    ("routes", "mtu"),
    [
        ([{"dst": "default", "gateway": "192.0.2.1", "dev": "enp1s0"}], 1400),
        ([{"dst": "default", "dev": "br-site"}, {"dst": "default", "dev": "enp1s0"}], 9000),
        ([{"dst": "default", "dev": "tun0"}], 1500),
        ([], 1500),
    ],
)
def test_packets_are_as_large_as_the_default_route_carries(info, routes, mtu):
    assert info.uplink_mtu(DEVICES, routes) == mtu


@pytest.mark.parametrize(
    ("properties", "started"),
    [
        ("ActiveState=active\nUnitFileState=enabled\n", True),
        ("ActiveState=active\nUnitFileState=disabled\n", False),
        ("ActiveState=inactive\nUnitFileState=enabled\n", False),
        ("ActiveState=inactive\nUnitFileState=\n", False),
    ],
)
def test_an_engine_counts_as_started_when_it_runs_and_will_again(info, properties, started):
    assert info.started(properties) is started


@pytest.mark.parametrize(
    ("mode", "wanted", "differs"),
    [
        ("0644", {}, False),
        ("0600", {}, True),
        ("0644", {"content": "one\ntwo\n"}, False),
        ("0644", {"content": "one\n"}, True),
        ("0644", {"contains": "two"}, False),
        ("0644", {"contains": "three"}, True),
    ],
)
def test_a_file_differs_by_mode_or_content(info, tmp_path, mode, wanted, differs):
    file = tmp_path / "file"
    file.write_text("one\ntwo\n")
    file.chmod(int(mode, 8))

    assert info.differs(**info_file(file) | wanted) is differs


def test_what_is_not_there_differs_and_a_directory_only_by_its_mode(info, tmp_path):
    tmp_path.chmod(0o700)

    assert info.differs(**info_file(tmp_path / "nothing"))
    assert info.differs(**info_file(tmp_path))
    assert not info.differs(**info_file(tmp_path) | {"mode": "0700"})


def info_file(path):
    """What a file should be, as the module has it from Ansible."""
    return {"path": str(path), "mode": "0644", "content": None, "contains": None}


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        ("127.0.0.1 localhost\n192.0.2.11 registry.lab\n", False),
        ("127.0.0.1 localhost\n", True),
        ("192.0.2.12 registry.lab\n", True),
        ("192.0.2.11 registry.lab\n192.0.2.12\tregistry.lab\n", True),
        ("192.0.2.11 registry.lab.example.org\n", True),
    ],
)
def test_hosts_files_without_just_this_address_for_the_name_are_told(
    info, tmp_path, lines, missing
):
    hosts = tmp_path / "hosts"
    hosts.write_text(lines)

    found = info.without_line([hosts, tmp_path / "nothing"], "192.0.2.11", "registry.lab")

    assert found == ([str(hosts)] if missing else [])


def test_the_system_trusts_what_is_in_its_bundle(info, tmp_path, monkeypatch):
    monkeypatch.setattr(info, "BUNDLE", tmp_path / "bundle.crt")
    missing = info.trusts("-----BEGIN\nlab\n-----END\n")
    (tmp_path / "bundle.crt").write_text("-----BEGIN\nother\n-----END\n-----BEGIN\nlab\n-----END\n")

    assert not missing
    assert info.trusts("-----BEGIN\nlab\n-----END\n")
    assert not info.trusts("-----BEGIN\nnew\n-----END\n")


@pytest.mark.parametrize(
    ("content", "config", "problem"),
    [
        ('{"debug": true}', {"debug": True}, ""),
        ("", {}, ""),
        (None, None, ""),
        ("[]", None, "it is not a JSON object"),
        (
            "{debug}",
            None,
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
    ],
)
def test_configuration_is_read_or_the_problem_told(info, tmp_path, content, config, problem):
    if content is not None:
        (tmp_path / "daemon.json").write_text(content)

    found = info.loaded(tmp_path / "daemon.json")

    assert found[0] == config
    assert problem in found[1]


@pytest.mark.parametrize(("younger", "stale"), [("daemon.json", True), ("record.json", False)])
def test_configuration_is_stale_until_it_is_recorded_as_in_force(
    info, monkeypatch, tmp_path, younger, stale
):
    for name in ["docker.pid", "daemon.json", "record.json"]:
        (tmp_path / name).write_text("{}")
        os.utime(tmp_path / name, (1000, 3000 if name == younger else 2000))
    monkeypatch.setattr(info, "CONFIG", tmp_path / "daemon.json")
    monkeypatch.setattr(info, "PID", tmp_path / "docker.pid")

    assert info.engine(tmp_path / "record.json")["stale"] is stale


def test_an_engine_says_whether_it_is_in_a_swarm(info, monkeypatch, tmp_path):
    config = tmp_path / "daemon.json"
    config.write_text(json.dumps({"data-root": str(tmp_path)}))
    monkeypatch.setattr(info, "CONFIG", config)
    assert not info.engine(tmp_path / "record.json")["swarm"]

    (tmp_path / "swarm").mkdir()
    (tmp_path / "swarm/docker-state.json").touch()
    assert info.engine(tmp_path / "record.json")["swarm"]


def test_an_address_is_itself_and_canonical(info):
    found = info.server("0:0::1", free_port(socket.AF_INET6), 5)

    assert found == {"address": "::1", "loopback": True, "problem": ""}


def test_a_machine_that_refuses_is_reached(info):
    assert info.server("localhost", free_port(), 5)["problem"] == ""


def test_a_machine_that_does_not_answer_is_a_problem(info):
    found = info.server("255.255.255.255", 5443, 1)

    assert found["address"] == "255.255.255.255"
    assert found["problem"]


def test_a_name_without_an_address_is_a_problem(info):
    found = info.server("nowhere.invalid", 5443, 5)

    assert found["address"] == ""
    assert found["problem"]


def test_the_address_that_answers_is_taken(info, monkeypatch):
    answers = socket.getaddrinfo("127.0.0.1", free_port(), type=socket.SOCK_STREAM)
    unreachable = [(*answers[0][:4], ("255.255.255.255", 5443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: unreachable + answers)

    assert info.server("vm1", 5443, 1)["address"] == "127.0.0.1"


def free_port(family=socket.AF_INET):
    """A port on which nobody listens."""
    with socket.socket(family) as free:
        free.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        return free.getsockname()[1]


def test_module_looks_at_this_machine(run_module):
    found = run_module("node_info", packages=["dpkg", "no-such-package"], ports=[])

    assert found["installed"] == ["dpkg"]
    assert found["memory"] > 0
    assert found["system"]["name"]
    assert found["differing"] == []
    assert "engine" not in found
    assert "server" not in found
