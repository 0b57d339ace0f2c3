"""Hold new connections back while the container that publishes their port is exchanged."""

from __future__ import annotations

import contextlib
import http.client
import shlex
import time
from collections.abc import Callable, Iterator

from ansible.module_utils.compose import Done, StackError, run_command
from ansible.module_utils.proof import ask

# A client's kernel asks again after one second, three and seven.
LONGEST = 15
TOOLS = ("iptables", "ip6tables")


def answers(port: int) -> bool:
    """Whether somebody speaks HTTP on a port of this machine, whatever they say."""
    try:
        ask(f"http://127.0.0.1:{port}/")
    except (OSError, http.client.HTTPException):
        return False
    return True


class Hold:
    """
    Drop what asks for a new connection from outside; its sender tries again by itself.

    What comes from the machine itself passes, so that the ports can be tried.
    """

    def __init__(
        self,
        name: str,
        ports: list[int],
        run: Callable[..., Done] = run_command,
        answered: Callable[[int], bool] = answers,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.ports = ports
        # By which a rule is known again.
        self.comment = f"identidock-lab: {name} is being replaced"
        self._run = run
        self._answered = answered
        self._clock = clock
        self._sleep = sleep

    def _table(self, tool: str, *arguments: str) -> str:
        done = self._run([tool, "--wait", "--table", "raw", *arguments])
        if done.code:
            raise StackError(f"{tool} says: {done.err.strip()}")
        return done.out

    def left(self) -> list[tuple[str, list[str]]]:
        """Rules that are there, each with its tool."""
        if not self.ports:
            return []
        return [
            (tool, shlex.split(line)[1:])
            for tool in TOOLS
            for line in self._table(tool, "--list-rules", "PREROUTING").splitlines()
            if self.comment in line
        ]

    def release(self) -> None:
        """Remove the rules."""
        for tool, rule in self.left():
            self._table(tool, "--delete", *rule)

    def _place(self) -> None:
        for tool in TOOLS:
            for port in self.ports:
                new = [
                    "!",
                    "--in-interface",
                    "lo",
                    "--protocol",
                    "tcp",
                    "--dport",
                    str(port),
                    "--syn",
                ]
                # Containers that speak to one another on the same port do not ask this machine.
                ours = ["--match", "addrtype", "--dst-type", "LOCAL"]
                named = ["--match", "comment", "--comment", self.comment]
                rule = [*new, *ours, *named, "--jump", "DROP"]
                self._table(tool, "--insert", "PREROUTING", *rule)

    @contextlib.contextmanager
    def during(self) -> Iterator[None]:
        """Hold back while something is done, and until the ports answer again, but not for long."""
        try:
            self._place()
            yield
            end = self._clock() + LONGEST
            while not all(map(self._answered, self.ports)) and self._clock() < end:
                self._sleep(0.05)
        finally:
            self.release()
