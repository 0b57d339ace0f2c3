from functools import partial
from pathlib import Path

import pytest
from babel.messages.frontend import CommandLineInterface
from visitor import Visitor
from werkzeug.security import generate_password_hash

from microblog import create_app, models
from microblog.database import db

TRANSLATIONS = Path(__file__).parent.parent / "microblog/translations"


@pytest.fixture(scope="session", autouse=True)
def _catalogues():
    """The texts, compiled as the image's build does."""
    CommandLineInterface().run(["pybabel", "-q", "compile", "-d", str(TRANSLATIONS)])


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch):
    """Hashes are costly on purpose, and tests make hundreds."""
    cheap = partial(generate_password_hash, method="scrypt:1024:8:1")
    monkeypatch.setattr(models, "generate_password_hash", cheap)


@pytest.fixture
def make_app():
    """Makes an application with a database of its own."""

    def make(database_url="sqlite:///:memory:", has_tables=True, **config):
        default = {
            "SECRET_KEY": "k" * 16,
            "SQLALCHEMY_DATABASE_URI": database_url,
            "TESTING": True,
            "WTF_CSRF_ENABLED": False,
        }
        app = create_app(default | config)
        if has_tables:
            with app.app_context():
                db.create_all()
        return app

    return make


@pytest.fixture
def app(make_app):
    return make_app()


@pytest.fixture
def visitor(app):
    return Visitor(app)


@pytest.fixture
def ada(app):
    visitor = Visitor(app)
    visitor.register("Ada")
    return visitor


@pytest.fixture
def bob(app):
    visitor = Visitor(app)
    visitor.register("Bob")
    return visitor
