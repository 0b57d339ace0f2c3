from collections import Counter
from pathlib import Path
from shutil import copytree
from threading import Lock

import pytest
from babel.messages.frontend import CommandLineInterface

from identidock import create_app
from identidock.errors import UnavailableError, UnusableNameError

PNG = b"\x89PNG\r\n\x1a\n"
TRANSLATIONS = Path(__file__).parent.parent / "identidock" / "translations"


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
            raise UnavailableError


class FakeRenderer:
    """Draws a picture made of the name, and remembers for whom."""

    def __init__(self):
        self.asked = []
        self.is_down = False
        self.refuses = False

    def draw(self, name):
        self.asked.append(name)
        self.check()
        if self.refuses:
            raise UnusableNameError
        return PNG + name.encode()

    def check(self):
        if self.is_down:
            raise UnavailableError


@pytest.fixture(scope="session")
def catalogues(tmp_path_factory):
    """The texts as the image's build compiles them."""
    folder = tmp_path_factory.mktemp("translations")
    copytree(TRANSLATIONS, folder, dirs_exist_ok=True)
    CommandLineInterface().run(["pybabel", "--quiet", "compile", "--directory", str(folder)])
    return folder


@pytest.fixture
def cache():
    return FakeCache()


@pytest.fixture
def renderer():
    return FakeRenderer()


@pytest.fixture
def app(cache, renderer, catalogues):
    return create_app(cache, renderer, BABEL_TRANSLATION_DIRECTORIES=str(catalogues))


@pytest.fixture
def client(app):
    return app.test_client()
