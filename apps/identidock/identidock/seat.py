"""Take a seat among the replicas, then start the server there.

Replicas share a directory; the edge knows its sockets by number. A seat's lock passes on to the
server and ends with it, however it ends: nothing is left to clean up.
"""

import fcntl
import os
import sys
from collections.abc import Sequence
from pathlib import Path

SEATS = 32


def take(directory: Path) -> Path:
    """Lock the first free seat for as long as this process runs, and give its socket's path."""
    for number in range(1, SEATS + 1):
        lock = os.open(directory / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            os.set_inheritable(lock, True)
            return directory / f"{number}.sock"
    raise SystemExit(f"All {SEATS} seats in {directory} are taken.")


def main(command: Sequence[str]) -> None:
    """Become the server; where no directory is shared, it listens on its port alone."""
    directory = os.environ.get("IDENTIDOCK_SOCKETS")
    seat = ("--http-socket", str(take(Path(directory)))) if directory else ()
    os.execvp(command[0], [*command, *seat])  # noqa: S606 - the command is boot.sh's own.


if __name__ == "__main__":
    main(sys.argv[1:])
