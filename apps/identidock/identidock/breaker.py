"""A circuit breaker keeps requests from waiting, one after the other, for what is down."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from .errors import UnavailableError
from .metrics import FAILURES

REST = 1.0  # seconds
_log = logging.getLogger(__name__)


class CircuitBreaker:
    """Guards the use of a collaborator: `with breaker.guard(): ...` raises UnavailableError.

    After a failure it does so at once, but for one try in each REST, until one succeeds.
    """

    def __init__(self, collaborator: str, *errors: type[Exception]) -> None:
        self._collaborator, self._errors = collaborator, errors
        self._lock = Lock()
        self._next_try: float | None = None

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Take the errors of the collaborator for failures."""
        with self._lock:
            if self._next_try is not None:
                if time.monotonic() < self._next_try:
                    raise UnavailableError
                self._next_try = time.monotonic() + REST
        try:
            yield
        except self._errors as error:
            self._next_try = time.monotonic() + REST
            raise self.failure(str(error) or type(error).__name__) from error
        self._next_try = None

    def failure(self, reason: str) -> UnavailableError:
        """Count and log a failure, and give the error to raise."""
        FAILURES.labels(self._collaborator).inc()
        _log.warning("%s failed: %s", self._collaborator, reason)
        return UnavailableError()
