"""Monsters by name: from the cache, or else drawn once and kept."""

import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

LONGEST_NAME = 128
# A slash would leave the renderer's path; U+FFFD stands where bytes were not UTF-8.
_UNUSABLE = frozenset("/\\\ufffd")
_POLL_INTERVAL = 0.02


class UnavailableError(Exception):
    """A collaborator doesn't answer; the message names it."""


class UnusableNameError(ValueError):
    """Nobody can have that name."""


class Cache(Protocol):
    """Where monsters are kept. Each method may raise UnavailableError."""

    def find_or_claim(self, name: str) -> bytes | None:
        """Get a monster; none, when the caller is now to draw it; empty, when another one is."""

    def keep(self, name: str, png: bytes) -> None:
        """Keep what was drawn."""

    def give_up(self, name: str) -> None:
        """Leave a claimed monster to somebody else."""

    def check(self) -> None:
        """Return when all is well."""


class Renderer(Protocol):
    """Who draws monsters. Each method may raise UnavailableError."""

    def draw(self, name: str, request_id: str) -> bytes:
        """Draw a PNG, or raise UnusableNameError."""

    def check(self) -> None:
        """Return when all is well."""


class Portrait(NamedTuple):
    """A monster's picture."""

    png: bytes
    was_cached: bool


class Monsters:
    """All monsters there are. Without the cache they come slower."""

    def __init__(
        self,
        cache: Cache,
        renderer: Renderer,
        patience: float = 2.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Wait at most `patience` seconds for a monster that somebody else draws."""
        self.cache = cache
        self.renderer = renderer
        self._polls = max(1, round(patience / _POLL_INTERVAL))
        self._sleep = sleep

    def portrait(self, name: str, request_id: str = "") -> Portrait:
        """Find a monster or have it drawn; of many who miss it at once, only one asks for it."""
        check_name(name)
        for _ in range(self._polls):
            try:
                png = self.cache.find_or_claim(name)
            except UnavailableError:
                return Portrait(self.renderer.draw(name, request_id), was_cached=False)
            if png is None:
                return Portrait(self._draw_claimed(name, request_id), was_cached=False)
            if png:
                return Portrait(png, was_cached=True)
            self._sleep(_POLL_INTERVAL)
        raise UnavailableError("renderer")

    def _draw_claimed(self, name: str, request_id: str) -> bytes:
        try:
            png = self.renderer.draw(name, request_id)
        except (UnavailableError, UnusableNameError):
            _attempt(lambda: self.cache.give_up(name))
            raise
        _attempt(lambda: self.cache.keep(name, png))
        return png


def check_name(name: str) -> None:
    """Refuse what can't be a monster's name."""
    usable = name.isprintable() and _UNUSABLE.isdisjoint(name) and name.strip(". ")
    if not usable or len(name) > LONGEST_NAME:
        raise UnusableNameError


def _attempt(use_cache: Callable[[], None]) -> None:
    """Use the cache if it is there; the monster comes either way."""
    try:
        use_cache()
    except UnavailableError:
        return
