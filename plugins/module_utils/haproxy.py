"""The servers of one backend of HAProxy, through its admin socket."""

from __future__ import annotations

import csv
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ansible.module_utils.compose import StackError

# Seconds HAProxy may take for one answer.
ANSWER_TIMEOUT = 5
# srv_op_state: it runs. srv_admin_state: in maintenance or drained, by this socket.
RUNNING = 2
FORCED = 0x01 | 0x08


@dataclass(frozen=True)
class Server:
    """A server as HAProxy sees it."""

    up: bool
    drained: bool
    weight: int


class Edge:
    """One backend. An edge that does not answer is a failure, never a yes."""

    def __init__(
        self,
        path: Path,
        backend: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.path = path
        self.backend = backend
        self._clock = clock
        self._sleep = sleep

    def _ask(self, command: str) -> str:
        """The answer to a command; while HAProxy is reloaded, nobody answers for a moment."""
        end = self._clock() + ANSWER_TIMEOUT
        while True:
            try:
                return self._ask_once(command)
            except OSError as error:
                if self._clock() >= end:
                    raise StackError(
                        f"the edge does not answer at {self.path} ({error.strerror or error}); "
                        "deploy the stack `edge` first"
                    ) from None
            self._sleep(0.2)

    def _ask_once(self, command: str) -> str:
        answer = b""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_TIMEOUT)
            connection.connect(str(self.path))
            connection.sendall(f"{command}\n".encode())
            while part := connection.recv(65536):
                answer += part
        return answer.decode("utf-8", "replace").strip()

    def _rows(self, command: str, separator: str) -> list[dict[str, str]]:
        """The lines of an answer that is a table, by the names in its head."""
        answer = self._ask(command)
        lines = [line for line in answer.splitlines() if line]
        head = next((line for line in lines if line.startswith("# ")), None)
        if head is None:
            raise StackError(f"the edge answered {answer!r} to `{command}`")
        rows = lines[lines.index(head) + 1 :]
        return list(csv.DictReader([head[2:], *rows], delimiter=separator))

    def _tell(self, command: str) -> None:
        if answer := self._ask(command):
            raise StackError(f"the edge answered {answer!r} to `{command}`")

    def servers(self) -> dict[str, Server]:
        """Each server by its name."""
        return {
            row["srv_name"]: Server(
                up=int(row["srv_op_state"]) == RUNNING,
                drained=bool(int(row["srv_admin_state"]) & FORCED),
                weight=int(row["srv_uweight"]),
            )
            for row in self._rows(f"show servers state {self.backend}", " ")
        }

    def sessions(self, server: str) -> int:
        """How many requests a server works on."""
        rows = self._rows(f"show stat {self.backend} 4 -1", ",")
        return sum(int(row["scur"]) for row in rows if row["svname"] == server)

    def drain(self, server: str, timeout: float) -> None:
        """Send nobody to a server any more, and wait for what it works on, but not for ever."""
        self._tell(f"set server {self.backend}/{server} state drain")
        self.wait_idle(server, timeout)

    def wait_idle(self, server: str, timeout: float) -> None:
        """Wait until a server works on nothing, or the time is over."""
        end = self._clock() + timeout
        while self.sessions(server) and self._clock() < end:
            self._sleep(0.2)

    def ready(self, server: str) -> None:
        """Send visitors to a server again."""
        self._tell(f"set server {self.backend}/{server} state ready")

    def weigh(self, server: str, weight: int) -> None:
        """Give a server its share of the visitors."""
        self._tell(f"set server {self.backend}/{server} weight {weight}")

    def wait_up(self, server: str, timeout: float) -> None:
        """Wait until the edge sees that a server answers."""
        end = self._clock() + timeout
        while True:
            seen = self.servers().get(server)
            if seen is None:
                raise StackError(
                    f"the edge has no server {server} in its backend {self.backend}; "
                    "deploy the stack `edge` first"
                )
            if seen.up:
                return
            if self._clock() >= end:
                raise StackError(
                    f"the edge does not see {server} up after {timeout:.0f} seconds", server
                )
            self._sleep(0.2)
