#!/usr/bin/python
"""See whether the machines of a swarm reach each other at the swarm's ports."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Iterable
from typing import Any

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: swarm_ports_info
short_description: See whether the machines of a swarm reach each other at the swarm's ports
description:
  - Runs on all machines at the same time. Each answers at the ports where nothing listens yet, and
    asks all others until they have answered, or the time is over.
  - Where an engine has a UDP port already, nobody answers there; that port is not asked.
options:
  peers:
    description: Addresses of the other machines, by name.
    type: dict
    required: true
  tcp:
    description: TCP ports.
    type: list
    elements: int
    default: [2377, 7946]
  udp:
    description: UDP ports.
    type: list
    elements: int
    default: [7946, 4789]
  skip:
    description: Names of peers that are in a swarm already, whose UDP ports are not asked.
    type: list
    elements: str
    default: []
  answer:
    description: Whether to wait until the others have asked; nobody asks a machine in a swarm.
    type: bool
    default: true
  timeout:
    description: Seconds in which the others may start to ask and to answer.
    type: float
    default: 30
"""

EXAMPLES = """
- name: See whether the machines reach each other
  swarm_ports_info:
    peers: {cluster2: 10.213.6.12}
  register: found
"""

RETURN = """
closed:
  description: Ports that did not answer, by the name of the machine.
  returned: always
  type: dict
  sample: {cluster2: ["4789/udp"]}
"""

GREETING = b"identidock-lab: is this port open?"
# Seconds to go on answering at the end: an answer may have been lost.
LINGER = 2
PAUSE = 0.3


class Listeners:
    """This machine's side: every question comes back as it was."""

    def __init__(self, tcp: list[int], udp: list[int]) -> None:
        self._selector = selectors.DefaultSelector()
        self._ports: list[tuple[int, int]] = []
        self._asked: set[tuple[str, int, int]] = set()
        for port in tcp:
            self._listen(port, socket.SOCK_STREAM)
        for port in udp:
            self._listen(port, socket.SOCK_DGRAM)

    def _listen(self, port: int, kind: int) -> None:
        # Who has the port already answers by itself.
        with contextlib.suppress(OSError):
            listener = socket.socket(socket.AF_INET, kind)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setblocking(False)
            listener.bind(("", port))
            if kind == socket.SOCK_STREAM:
                listener.listen(64)
            self._selector.register(listener, selectors.EVENT_READ, (port, kind))
            self._ports.append((port, kind))

    def serve(self) -> None:
        """Answer for ever."""
        while True:
            for key, _ in self._selector.select():
                with contextlib.suppress(OSError):
                    listener: Any = key.fileobj
                    if key.data[1] == socket.SOCK_STREAM:
                        connection, source = listener.accept()
                        connection.close()
                    else:
                        text, source = listener.recvfrom(len(GREETING))
                        listener.sendto(text, source)
                    self._asked.add((source[0], *key.data))

    def all_asked(self, addresses: Iterable[str]) -> bool:
        """Whether these have asked at every port where this machine answers."""
        return all((each, *port) in self._asked for each in addresses for port in self._ports)


def opens(address: str, port: int) -> bool:
    """Whether somebody takes a TCP connection."""
    with contextlib.suppress(OSError):
        socket.create_connection((address, port), 1).close()
        return True
    return False


def echoes(address: str, port: int) -> bool:
    """Whether a datagram comes back."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.5)
        asking.sendto(GREETING, (address, port))
        return asking.recv(len(GREETING)) == GREETING
    return False


def unanswered(params: dict[str, Any]) -> dict[str, list[str]]:
    """Ask all others while answering them; what has not answered in time."""
    listeners = Listeners(params["tcp"], params["udp"])
    threading.Thread(target=listeners.serve, daemon=True).start()
    waiting = {(name, port, "tcp") for name in params["peers"] for port in params["tcp"]}
    asked = set(params["peers"]) - set(params["skip"])
    waiting |= {(name, port, "udp") for name in asked for port in params["udp"]}
    # In a swarm only managers listen there, and at least one of them was found.
    waiting -= {(name, 2377, "tcp") for name in params["skip"]}
    end = time.monotonic() + params["timeout"]
    # Others may have begun later: they are answered as well.
    askers = params["peers"].values() if params["answer"] else []
    while (waiting or not listeners.all_asked(askers)) and time.monotonic() < end:
        for name, port, protocol in sorted(waiting):
            address = params["peers"][name]
            if echoes(address, port) if protocol == "udp" else opens(address, port):
                waiting.discard((name, port, protocol))
        time.sleep(PAUSE)
    time.sleep(LINGER)
    found: dict[str, list[str]] = {}
    for name, port, protocol in sorted(waiting):
        found.setdefault(name, []).append(f"{port}/{protocol}")
    return found


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "peers": {"type": "dict", "required": True},
            "tcp": {"type": "list", "elements": "int", "default": [2377, 7946]},
            "udp": {"type": "list", "elements": "int", "default": [7946, 4789]},
            "skip": {"type": "list", "elements": "str", "default": []},
            "answer": {"type": "bool", "default": True},
            "timeout": {"type": "float", "default": 30},
        },
        supports_check_mode=True,
    )
    module.exit_json(changed=False, closed=unanswered(module.params))


if __name__ == "__main__":
    main()
