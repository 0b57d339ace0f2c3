"""Keep requests from waiting, one after the other, for something that is down."""

import time
from collections.abc import Callable
from threading import Lock
from types import TracebackType

from .monsters import UnavailableError


class Fuse:
    """Guards the use of a collaborator: `with fuse: ...`.

    After a failure it lets nobody through for a moment, then one at a time until one succeeds.
    """

    def __init__(
        self, collaborator: str, rest: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Let a failing collaborator rest for some seconds."""
        self._collaborator = collaborator
        self._rest = rest
        self._clock = clock
        self._lock = Lock()
        self._has_blown = False
        self._is_being_tried = False
        self._closed_until = 0.0

    def __enter__(self) -> None:
        """Pass, or fail at once."""
        if not self._has_blown:
            return
        with self._lock:
            if self._is_being_tried or self._clock() < self._closed_until:
                raise UnavailableError(self._collaborator)
            self._is_being_tried = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Blow on a failure to answer, mend on anything else."""
        failed = isinstance(error, UnavailableError)
        if failed or self._has_blown:
            with self._lock:
                self._has_blown = failed
                self._is_being_tried = False
                self._closed_until = self._clock() + self._rest
