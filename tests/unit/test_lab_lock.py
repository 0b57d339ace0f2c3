"""One run at a time changes the lab."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "plugins" / "modules" / "lab_lock.py"
# A run of ansible-playbook, as far as a module can tell: it runs the module, and goes on.
RUN = """
import pathlib, runpy, signal, sys
import ansible.module_utils
module = sys.argv.pop(1)
ansible.module_utils.__path__.append(str(pathlib.Path(module).parents[1] / "module_utils"))
try:
    runpy.run_path(module, run_name="__main__")
except SystemExit:
    sys.stdout.flush()
    signal.pause()
"""


@pytest.fixture
def path(tmp_path):
    """The lock of a lab."""
    return tmp_path / "lab" / "lock"


@pytest.fixture
def start(tmp_path):
    """A function that starts a run which takes a lock; it ends with the test."""
    program = tmp_path / "ansible-playbook"
    program.write_text(RUN)
    runs = []

    def start(path, **arguments):
        arguments = {"path": str(path), "verb": "make lab"} | arguments
        run = subprocess.Popen(
            [sys.executable, program, MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        runs.append(run)
        assert run.stdin
        run.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
        run.stdin.close()
        return run

    yield start
    for run in runs:
        end(run)


def reply_of(run):
    """What the module said."""
    return json.loads("".join(run.stdout.readline() for _ in range(2)))


def end(run):
    """Let a run end without freeing its lock, as one that is killed does."""
    run.kill()
    run.wait()


def test_the_lock_says_who_does_what_since_when_and_where(start, path):
    run = start(path)
    owner = reply_of(run)["owner"]

    assert owner == json.loads(path.read_text())
    assert owner["verb"] == "make lab"
    assert owner["pid"] == run.pid
    assert owner["host"] == socket.gethostname()
    assert owner["by"].endswith(f"@{socket.gethostname()}")
    assert owner["folder"] == str(path.parent)
    assert abs(time.time() - time.mktime(time.strptime(owner["since"], "%Y-%m-%dT%H:%M:%SZ"))) < 9e4


def test_a_second_run_is_refused_in_a_sentence_with_the_remedy(start, path):
    first = reply_of(start(path))["owner"]
    second = reply_of(start(path, verb="make update"))

    assert second["failed"]
    assert second["msg"] == (
        f"The lab is locked: {first['by']} has been running `make lab` since {first['since']} "
        f"(process {first['pid']} on {first['host']}, lab {path.parent}). Wait until it has ended; "
        f"if it was interrupted, remove its lock with `rm {path}`. Then run the same command again."
    )
    assert json.loads(path.read_text()) == first


def test_a_run_that_was_killed_needs_no_cleaning_up(start, path):
    first = start(path)
    reply_of(first)
    end(first)
    second = start(path, verb="make update")
    reply = reply_of(second)

    assert reply["owner"]["pid"] == second.pid
    assert "`make lab` of" in str(reply["warnings"])
    assert not reply["changed"]


def test_another_process_with_the_number_of_one_that_ended_is_not_taken_for_it(start, path):
    reply_of(start(path))
    # This test's own process runs, and was not started when the lock's was.
    path.write_text(json.dumps(json.loads(path.read_text()) | {"pid": os.getpid()}))
    second = start(path)

    assert reply_of(second)["owner"]["pid"] == second.pid


def test_a_lock_of_another_machine_is_never_replaced(start, path):
    first = start(path)
    reply_of(first)
    end(first)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"host": "elsewhere"}))

    assert "on elsewhere" in reply_of(start(path))["msg"]


def test_of_many_runs_that_find_a_dead_one_a_single_one_goes_on(start, path):
    first = start(path)
    reply_of(first)
    end(first)
    replies = [reply_of(run) for run in [start(path) for _ in range(6)]]

    assert sum("owner" in reply for reply in replies) == 1
    assert [file.name for file in path.parent.iterdir()] == ["lock"]


def test_the_run_that_holds_it_may_ask_again(run_module, start, path):
    owner = reply_of(start(path))["owner"]

    assert run_module("lab_lock", path=str(path), owner=owner)["owner"] == owner


def test_a_run_removes_its_own_lock_and_no_other(run_module, start, path):
    owner = reply_of(start(path))["owner"]

    run_module("lab_lock", path=str(path), state="absent", owner=owner | {"pid": 1})
    assert path.exists()
    run_module("lab_lock", path=str(path), state="absent", owner=owner)
    assert not path.exists()
    run_module("lab_lock", path=str(path), state="absent", owner=owner)


@pytest.mark.parametrize("other", [{"pid": 1, "verb": "make update"}, {"started": "later"}])
def test_the_builders_lock_yields_to_the_same_host_and_folder(run_module, start, path, other):
    owner = reply_of(start(path))["owner"]
    builder = path.with_name("builder-lock")
    run_module("lab_lock", path=str(builder), owner=owner)
    reply = run_module("lab_lock", path=str(builder), owner=owner | other)

    assert reply["owner"] == owner | other == json.loads(builder.read_text())
    assert "warnings" not in reply


@pytest.mark.parametrize("other", [{"host": "elsewhere"}, {"folder": "/srv/other/.lab"}])
def test_the_builders_lock_yields_to_nobody_else(run_module, start, path, other):
    owner = reply_of(start(path))["owner"]
    builder = path.with_name("builder-lock")
    run_module("lab_lock", path=str(builder), owner=owner | other)
    reply = run_module("lab_lock", path=str(builder), owner=owner)

    assert reply["failed"]
    assert f"remove its lock with `sudo rm {builder}` on {socket.gethostname()}" in reply["msg"]


def test_a_dry_run_takes_no_lock_and_heeds_none(start, path):
    reply_of(start(path, _ansible_check_mode=True))
    assert not path.parent.exists()
    reply_of(start(path))

    assert "owner" in reply_of(start(path, _ansible_check_mode=True))


@pytest.mark.parametrize("text", ["", "{}", "[]", "\0"])
def test_a_damaged_lock_is_told_with_the_remedy(start, path, text):
    path.parent.mkdir()
    path.write_text(text)

    assert f"remove it with `rm {path}`" in reply_of(start(path))["msg"]


def test_a_module_that_no_run_started_says_so(run_module, path):
    if any("ansible-playbook" in argument for argument in sys.argv):
        pytest.skip("these tests were started by ansible-playbook")

    assert "this is none" in run_module("lab_lock", path=str(path), verb="make lab")["msg"]


@pytest.fixture
def playbook(tmp_path):
    """A function that starts ansible-playbook with the lab's lock, to go on until it is told."""
    book = tmp_path / "book.yml"
    given = {"lab_state_dir": str(tmp_path / "lab"), "lab_verb": "make lab"}
    wait = {"ansible.builtin.wait_for": {"path": str(tmp_path / "go")}}
    plays = [
        {"import_playbook": str(ROOT / "playbooks" / "lock.yml"), "vars": given},
        {"hosts": "localhost", "tasks": [wait]},
        {"import_playbook": str(ROOT / "playbooks" / "unlock.yml"), "vars": given},
    ]
    book.write_text(yaml.safe_dump(plays))
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("{docker_nodes: {}, builder: {}}")

    def start():
        return subprocess.Popen(
            ["ansible-playbook", "-i", inventory, book],
            cwd=ROOT,
            env=os.environ
            | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_LOCALHOST_WARNING": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    return start


def test_two_playbooks_at_once_and_one_that_was_killed(playbook, path, tmp_path):
    first = playbook()
    try:
        deadline = time.monotonic() + 30
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        refused, _ = playbook().communicate(timeout=60)
        assert json.loads(path.read_text())["pid"] == first.pid
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
    (tmp_path / "go").touch()
    third = playbook()
    output, _ = third.communicate(timeout=60)

    assert "has been running `make lab` since" in refused
    assert "ended before it was done" in output
    assert third.returncode == 0
    assert not path.exists()
