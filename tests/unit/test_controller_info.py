"""What a controller has and lacks is told truly, with what to type."""

import os
import socket
import time
from pathlib import Path

import pytest
from commands import play

# Nobody listens at port 9, and no name ends in .invalid.
DEAD_ENGINES = [
    "tcp://127.0.0.1:9",
    "127.0.0.1:9",
    "tcp://localhost:9",
    "tcp://nowhere.invalid:2375",
    "tcp://127.0.0.1:port",
    "http://127.0.0.1:9",
    "unix:///nowhere/docker.sock",
    "unix:///etc/passwd",
]


@pytest.fixture(scope="module")
def plugin(load):
    return load("modules/controller_info")


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_module_changes_nothing_and_gives_each_check_a_status(run_module, tmp_path):
    reply = run_module("controller_info", project=str(tmp_path), state_dir=str(tmp_path / "state"))

    assert reply["changed"] is False
    assert {check["status"] for check in reply["checks"]} <= {"ok", "will be installed", "problem"}
    assert not (tmp_path / "state").exists()


def test_every_problem_comes_with_what_to_do(run_module, tmp_path):
    tmp_path.chmod(0o777)
    environment = {"DOCKER_HOST": "tcp://127.0.0.1:9", "ANSIBLE_CONFIG": ""}

    reply = run_module(
        "controller_info", environment, project=str(tmp_path), state_dir=str(tmp_path / "state")
    )

    problems = {each["name"]: each for each in reply["checks"] if each["status"] == "problem"}
    assert {"working copy", "Docker Engine"} <= set(problems)
    assert all(each["remedy"] for each in problems.values())
    assert "tcp://127.0.0.1:9" in problems["Docker Engine"]["found"]


def test_a_controller_of_real_vms_needs_no_docker(run_module, tmp_path):
    reply = run_module(
        "controller_info", project=str(tmp_path), state_dir=str(tmp_path), simulated=False
    )

    assert "Docker Engine" not in [check["name"] for check in reply["checks"]]


def test_a_port_of_another_program_is_a_problem(plugin, listener):
    assert str(listener) in plugin.ports([listener], [])["found"]
    assert plugin.ports([listener], [])["status"] == "problem"


def test_a_port_of_this_lab_is_none(plugin, listener):
    assert plugin.ports([listener], [listener])["status"] == "ok"


def test_an_engine_behind_a_socket_that_answers_is_no_problem(plugin, tmp_path):
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        assert plugin.engine(f"unix://{path}")["status"] == "ok"


@pytest.mark.parametrize("address", DEAD_ENGINES)
def test_a_dead_engine_of_docker_host_is_a_problem_with_its_address(plugin, address):
    found = plugin.engine(address)

    assert found["status"] == "problem"
    assert address in found["found"]
    assert "unset DOCKER_HOST" in found["remedy"]


def test_an_engine_whose_queue_is_full_is_not_waited_for(plugin, tmp_path):
    path = str(tmp_path / "docker.sock")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as first:
        server.bind(path)
        server.listen(0)
        first.connect(path)
        started = time.monotonic()

        assert plugin.engine(f"unix://{path}")["status"] == "problem"
        assert time.monotonic() - started < 10


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "unix:///nowhere/docker.sock"])
@pytest.mark.parametrize("playbook", ["site.yml", "playbooks/machines.yml"])
def test_a_dead_engine_ends_a_run_in_seconds_before_anything_is_changed(playbook, address):
    started = time.monotonic()
    # A run that goes on by mistake must not reach the VM of a lab that is there.
    done = play("--inventory=inventory/lab", "--limit=localhost", playbook, DOCKER_HOST=address)

    assert done.returncode != 0
    assert address in done.stdout
    assert "unset DOCKER_HOST" in done.stdout
    assert "changed=0" in done.stdout
    assert time.monotonic() - started < 30


def test_files_of_another_account_come_with_the_chown_to_type(plugin, tmp_path):
    (tmp_path / "ssh").mkdir()
    (tmp_path / "ssh" / "key").touch()

    found = plugin.state(os.geteuid() + 1, tmp_path)

    assert found["remedy"] == f"sudo chown -R $(id -un): '{tmp_path}'"
    assert plugin.state(os.geteuid(), tmp_path)["status"] == "ok"


def test_sudo_in_somebody_elses_working_copy_is_refused(plugin, tmp_path, monkeypatch):
    owner = tmp_path.stat()
    monkeypatch.setattr(Path, "stat", lambda _: os.stat_result((*owner[:4], 1000, *owner[5:])))

    assert plugin.user(0, {"SUDO_UID": "1000"}, tmp_path)["status"] == "problem"
    assert plugin.user(0, {}, tmp_path)["status"] == "ok"


def test_root_without_sudo_may_own_its_working_copy(plugin, tmp_path):
    os.chown(tmp_path, os.geteuid(), -1)

    assert plugin.user(os.geteuid(), {}, tmp_path)["status"] == "ok"


@pytest.mark.parametrize(
    ("made", "found"), [("cgroup.controllers", "version 2"), ("memory", "version 1")]
)
def test_the_version_of_control_groups_is_recognised(plugin, tmp_path, made, found):
    (tmp_path / made).mkdir()

    assert plugin.cgroups(tmp_path)["found"] == found


def test_an_old_python_is_a_problem(plugin):
    assert plugin.python((3, 9, 2))["status"] == "problem"
    assert plugin.python((3, 13, 0))["status"] == "ok"


def test_a_locale_that_is_not_utf_8_is_a_problem(plugin):
    assert plugin.encoding("ISO-8859-1")["remedy"] == "export LC_ALL=C.UTF-8"
    assert plugin.encoding("utf-8")["status"] == "ok"


def test_a_server_that_does_not_answer_is_named_without_its_password(plugin):
    found = plugin.asked("package index", "http://ada:secret@127.0.0.1:9/simple")

    assert found["status"] == "problem"
    assert "127.0.0.1" in found["found"]
    assert "secret" not in str(found)
