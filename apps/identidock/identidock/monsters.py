"""Monsters by name: from the cache, or else drawn once and kept."""

import time
from contextlib import suppress

from .cache import Cache
from .errors import UnavailableError, UnusableNameError
from .renderer import Renderer

LONGEST_NAME = 128
# A slash would leave the renderer's path; U+FFFD stands where bytes were not UTF-8.
_UNUSABLE = frozenset("/\\\ufffd")
_POLL_INTERVAL = 0.02  # seconds


class Monsters:
    """All monsters there are. Without the cache they come slower."""

    def __init__(self, cache: Cache, renderer: Renderer, patience: float) -> None:
        """Wait at most `patience` seconds for a monster that somebody else draws."""
        self.cache = cache
        self.renderer = renderer
        self._patience = patience

    def find(self, name: str) -> tuple[bytes, bool]:
        """Give a PNG, and whether it was kept; of many who miss it at once, one has it drawn.

        Raises UnusableNameError, or UnavailableError when nobody draws it in time.
        """
        usable = name.isprintable() and _UNUSABLE.isdisjoint(name) and name.strip(". ")
        if not usable or len(name) > LONGEST_NAME:
            raise UnusableNameError
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline:
            try:
                png = self.cache.find_or_claim(name)
            except UnavailableError:
                return self.renderer.draw(name), False
            if png is None:
                return self._draw_claimed(name), False
            if png:
                return png, True
            time.sleep(_POLL_INTERVAL)
        raise UnavailableError

    def _draw_claimed(self, name: str) -> bytes:
        try:
            png = self.renderer.draw(name)
        except (UnavailableError, UnusableNameError):
            with suppress(UnavailableError):
                self.cache.give_up(name)
            raise
        with suppress(UnavailableError):
            self.cache.keep(name, png)
        return png
