from collections import Counter
from threading import Lock

import pytest

from identidock import create_app
from identidock.monsters import UnavailableError, UnusableNameError

PNG = b"\x89PNG\r\n\x1a\n"


class FakeCache:
    """Keeps monsters in a dictionary, until told to be down."""

    def __init__(self):
        self.kept = {}
        self.calls = Counter()
        self.is_down = False
        self._lock = Lock()

    def find_or_claim(self, name):
        with self._lock:
            self._answer("find_or_claim")
            png = self.kept.get(name)
            self.kept.setdefault(name, b"")
            return png

    def keep(self, name, png):
        self._answer("keep")
        self.kept[name] = png

    def give_up(self, name):
        self._answer("give_up")
        self.kept.pop(name, None)

    def check(self):
        self._answer("check")

    def _answer(self, method):
        self.calls[method] += 1
        if self.is_down:
            raise UnavailableError("redis")


class FakeRenderer:
    """Draws a picture made of the name, and remembers for whom."""

    def __init__(self):
        self.asked = []
        self.request_ids = []
        self.is_down = False
        self.refuses = False

    def draw(self, name, request_id):
        self.asked.append(name)
        self.request_ids.append(request_id)
        self.check()
        if self.refuses:
            raise UnusableNameError
        return PNG + name.encode()

    def check(self):
        if self.is_down:
            raise UnavailableError("renderer")


@pytest.fixture
def cache():
    return FakeCache()


@pytest.fixture
def renderer():
    return FakeRenderer()


@pytest.fixture
def app(cache, renderer):
    return create_app(cache=cache, renderer=renderer)


@pytest.fixture
def client(app):
    return app.test_client()
