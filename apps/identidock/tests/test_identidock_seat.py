import os
import runpy
import subprocess
import sys

import pytest

from identidock import seat

SAY_SEAT = (sys.executable, "-c", "import sys; print(*sys.argv[1:])")


@pytest.fixture
def seats(tmp_path, monkeypatch):
    monkeypatch.setenv("IDENTIDOCK_SOCKETS", str(tmp_path))
    return tmp_path


def start(*command):
    """Start a server in a seat of its own; it ends when it is told to."""
    return subprocess.Popen(
        [sys.executable, "-m", "identidock.seat", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_each_server_takes_the_first_free_seat_and_leaves_it_when_it_is_killed(seats):
    wait = (sys.executable, "-u", "-c", "import sys; print(sys.argv[-1]); input()")
    servers = [start(*wait) for _ in range(2)]
    try:
        taken = [server.stdout.readline().strip() for server in servers]
        assert sorted(taken) == [f"{seats}/1.sock", f"{seats}/2.sock"]

        servers[0].kill()
        servers[0].wait()
        servers.append(start(*wait))
        assert servers[2].stdout.readline().strip() == taken[0]
    finally:
        for server in servers:
            server.kill()
            server.communicate()


def test_a_server_is_told_of_its_seat(seats):
    told, _ = start(*SAY_SEAT).communicate()

    assert told == f"--http-socket {seats}/1.sock\n"


def test_without_a_shared_directory_there_are_no_seats(monkeypatch):
    monkeypatch.delenv("IDENTIDOCK_SOCKETS", raising=False)
    told, _ = start(*SAY_SEAT).communicate()

    assert told == "\n"


def test_too_many_servers_are_told_so(seats, monkeypatch):
    monkeypatch.setattr(seat, "SEATS", 1)
    taken = seat.take(seats)

    assert taken == seats / "1.sock"
    with pytest.raises(SystemExit, match="All 1 seats in"):
        seat.take(seats)


def test_the_module_becomes_the_server(seats, monkeypatch):
    became = []
    monkeypatch.setattr(os, "execvp", lambda file, command: became.append((file, command)))
    monkeypatch.setattr(sys, "argv", ["seat", "uwsgi", "--ini", "uwsgi.ini"])
    monkeypatch.delitem(sys.modules, "identidock.seat")
    runpy.run_module("identidock.seat", run_name="__main__")

    assert became == [
        ("uwsgi", ["uwsgi", "--ini", "uwsgi.ini", "--http-socket", f"{seats}/1.sock"])
    ]
