"""Machines that look for each other at the ports of a swarm."""

import socket

import pytest


def free_ports(kind, count):
    """Ports that nobody has."""
    sockets = [socket.socket(socket.AF_INET, kind) for _ in range(count)]
    for each in sockets:
        each.bind(("", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture
def ask(load, monkeypatch):
    module = load("modules/swarm_ports_info")
    monkeypatch.setattr(module, "LINGER", 0)
    monkeypatch.setattr(module, "PAUSE", 0.05)

    def ask(tcp, udp, skip=(), timeout=2):
        peers = {"vm2": "127.0.0.1"}
        return module.unanswered(
            {
                "peers": peers,
                "tcp": tcp,
                "udp": udp,
                "skip": [*skip],
                "answer": True,
                "timeout": timeout,
            }
        )

    return ask


def test_a_machine_answers_at_every_port(ask):
    # It is its own neighbour.
    assert ask(free_ports(socket.SOCK_STREAM, 2), free_ports(socket.SOCK_DGRAM, 2)) == {}


def test_ports_that_do_not_answer_are_named(ask):
    tcp, udp = free_ports(socket.SOCK_STREAM, 1), free_ports(socket.SOCK_DGRAM, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        # Somebody has the port who does not answer.
        taken.bind(("", udp[0]))

        assert ask(tcp, udp, timeout=0.5) == {"vm2": [f"{udp[0]}/udp"]}
        assert ask(tcp, udp, skip=["vm2"], timeout=0.5) == {}
