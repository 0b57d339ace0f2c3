from functools import partial
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from sqlalchemy import make_url
from visitor import Visitor
from werkzeug.security import generate_password_hash

from microblog import create_app, models
from microblog.database import db
from microblog.settings import Settings

FRENCH = Path(__file__).parent.parent / "microblog/translations/fr/LC_MESSAGES/messages.po"


@pytest.fixture(scope="session")
def catalogues(tmp_path_factory):
    """The texts as the image's build compiles them."""
    folder = tmp_path_factory.mktemp("translations")
    compiled = folder / "fr/LC_MESSAGES/messages.mo"
    compiled.parent.mkdir(parents=True)
    with FRENCH.open("rb") as source, compiled.open("wb") as target:
        write_mo(target, read_po(source, locale="fr"))
    return folder


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch):
    """Hashes are costly on purpose, and tests make hundreds."""
    cheap = partial(generate_password_hash, method="scrypt:1024:8:1")
    monkeypatch.setattr(models, "generate_password_hash", cheap)


@pytest.fixture
def make_app(catalogues):
    """Makes an application with a database of its own."""

    def make(database_url="sqlite:///:memory:", config=None, has_tables=True, **settings):
        app = create_app(
            Settings(secret_key="k" * 16, database_url=make_url(database_url), **settings),
            **{
                "TESTING": True,
                "WTF_CSRF_ENABLED": False,
                "BABEL_TRANSLATION_DIRECTORIES": str(catalogues),
                **(config or {}),
            },
        )
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
