"""The edge's admin socket, spoken with over a real one."""

import socketserver
import threading

import pytest
from ansible.module_utils.compose import StackError
from ansible.module_utils.haproxy import Edge

STATE = """1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight
3 app 1 replica1 - {state} {admin} 1 1
3 app 2 trial - 0 0 0 0

"""
STAT = """# pxname,svname,qcur,scur,
app,replica1,0,{sessions},
app,trial,0,7,

"""


class Haproxy(socketserver.ThreadingUnixStreamServer):
    """One command for each connection, as HAProxy does it."""

    daemon_threads = True

    def __init__(self, path):
        self.values = {"state": 2, "admin": 0}
        self.sessions = [0]
        self.told: list[str] = []
        self.refusal = ""
        super().__init__(str(path), Handler)

    def answer(self, command):
        if command == "show servers state app":
            return STATE.format(**self.values)
        if command == "show stat app 4 -1":
            now = self.sessions.pop(0) if len(self.sessions) > 1 else self.sessions[0]
            return STAT.format(sessions=now)
        if command.startswith("show"):
            return "Can't find backend.\n"
        self.told.append(command)
        return f"{self.refusal}\n"


class Handler(socketserver.StreamRequestHandler):
    server: Haproxy

    def handle(self):
        command = self.rfile.readline().decode().strip()
        self.wfile.write(self.server.answer(command).encode())


@pytest.fixture
def haproxy(tmp_path):
    with Haproxy(tmp_path / "admin.sock") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def edge(haproxy, clock):
    return Edge(haproxy.server_address, "app", clock, clock.sleep)


def test_servers_are_up_or_not_and_have_a_weight(edge):
    found = edge.servers()

    assert (found["replica1"].up, found["replica1"].weight) == (True, 1)
    assert (found["trial"].up, found["trial"].weight) == (False, 0)


@pytest.mark.parametrize(("admin", "drained"), [(0, False), (1, True), (8, True), (32, False)])
def test_a_server_is_drained_by_this_socket_alone(haproxy, edge, admin, drained):
    haproxy.values["admin"] = admin

    assert edge.servers()["replica1"].drained == drained


def test_draining_waits_until_nothing_is_worked_on(haproxy, edge, clock):
    haproxy.sessions = [2, 1, 0]

    edge.drain("replica1", 30)

    assert haproxy.told == ["set server app/replica1 state drain"]
    assert clock.now == pytest.approx(0.4)


def test_draining_does_not_wait_for_ever(haproxy, edge, clock):
    haproxy.sessions = [1]

    edge.drain("replica1", 30)

    assert clock.now == pytest.approx(30, abs=0.3)


def test_a_server_gets_visitors_and_its_weight(haproxy, edge):
    edge.ready("replica1")
    edge.weigh("trial", 1)

    assert haproxy.told == ["set server app/replica1 state ready", "set server app/trial weight 1"]


def test_waiting_for_a_server_ends_when_it_is_up_or_late(haproxy, edge, clock):
    edge.wait_up("replica1", 10)
    assert clock.now == 0

    haproxy.values["state"] = 0
    with pytest.raises(StackError, match="does not see replica1 up after 10 seconds"):
        edge.wait_up("replica1", 10)
    with pytest.raises(StackError, match="no server replica9 in its backend app"):
        edge.wait_up("replica9", 10)


def test_a_refusal_is_told(haproxy, edge):
    haproxy.refusal = "No such server."

    with pytest.raises(StackError, match=r"'No such server.' to `set server app/nobody"):
        edge.ready("nobody")


def test_a_backend_that_is_not_there_is_told(haproxy, clock):
    with pytest.raises(StackError, match="Can't find backend"):
        Edge(haproxy.server_address, "other", clock, clock.sleep).servers()


def test_silence_is_a_fault(tmp_path, clock):
    edge = Edge(tmp_path / "no.sock", "app", clock, clock.sleep)

    with pytest.raises(StackError, match=r"the edge does not answer at .*/no.sock \(No such file"):
        edge.servers()
    assert clock.now == pytest.approx(5, abs=0.3)
