import os
import sys

import pytest
from sqlalchemy import make_url

from microblog import create_app
from microblog.config import Config, ConfigError, from_environment
from microblog.database import engine_options

NEEDED = {
    "SECRET_KEY": "0123456789abcdef",
    "DATABASE_URL": "mysql+pymysql://microblog@mariadb/microblog",
}


@pytest.fixture
def read(monkeypatch):
    """A function that reads the configuration from this environment and no other."""

    def read(**environment):
        for name in os.environ:
            monkeypatch.delenv(name)
        for name, value in (NEEDED | environment).items():
            monkeypatch.setenv(name, value)
        return from_environment()

    return read


def test_two_variables_are_enough(read):
    assert read() == {
        "SECRET_KEY": NEEDED["SECRET_KEY"],
        "SQLALCHEMY_DATABASE_URI": make_url(NEEDED["DATABASE_URL"]),
        "DATABASE_TIMEOUT": Config.DATABASE_TIMEOUT,
        "POSTS_PER_PAGE": Config.POSTS_PER_PAGE,
        "LANGUAGES": ["en", "fr"],
    }


def test_values_come_from_the_environment(read):
    config = read(POSTS_PER_PAGE="25", LANGUAGES="fr, en", DATABASE_TIMEOUT="5")

    assert config["POSTS_PER_PAGE"] == 25
    assert config["LANGUAGES"] == ["fr", "en"]
    assert config["DATABASE_TIMEOUT"] == 5


def test_secrets_come_from_files(read, tmp_path):
    (tmp_path / "key").write_text("key of many letters\n")
    (tmp_path / "password").write_text("p@ss/w0rd\n")

    config = read(
        SECRET_KEY="",
        SECRET_KEY_FILE=str(tmp_path / "key"),
        DATABASE_PASSWORD_FILE=str(tmp_path / "password"),
    )

    assert config["SECRET_KEY"] == "key of many letters"
    assert config["SQLALCHEMY_DATABASE_URI"].password == "p@ss/w0rd"
    assert "w0rd" not in repr(config)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY_FILE or SECRET_KEY to a secret of 16"),
        ({"SECRET_KEY": "short"}, "Set SECRET_KEY_FILE or SECRET_KEY to a secret of 16"),
        ({"SECRET_KEY_FILE": "/x"}, "Set either SECRET_KEY or SECRET_KEY_FILE, not both."),
        ({"DATABASE_URL": ""}, "Set DATABASE_URL to an address like"),
        ({"DATABASE_URL": "mysql://user@host/db"}, "Set DATABASE_URL to an address like"),
        ({"DATABASE_URL": "mysql+pymysql://u@h:x/d"}, "Set DATABASE_URL to an address like"),
        ({"DATABASE_PASSWORD_FILE": "/x"}, "DATABASE_PASSWORD_FILE must be a readable file path"),
        ({"DATABASE_PASSWORD_FILE": f"{__file__}/x"}, "Not a directory"),
        ({"DATABASE_PASSWORD_FILE": sys.executable}, "is not text."),
        ({"DATABASE_TIMEOUT": "soon"}, "DATABASE_TIMEOUT: Not a valid integer."),
        ({"POSTS_PER_PAGE": "0"}, "POSTS_PER_PAGE: Must be greater than"),
        ({"LANGUAGES": "en,de"}, "LANGUAGES: One or more of the choices"),
        ({"LANGUAGES": ""}, "LANGUAGES: Shorter than minimum length 1."),
    ],
)
def test_value_that_cannot_work_is_refused_with_the_remedy(read, wrong, message):
    with pytest.raises(ConfigError) as refused:
        read(**wrong)

    assert message in str(refused.value)


@pytest.mark.parametrize(
    "secret",
    [
        {"SECRET_KEY": "hunter2"},
        {"DATABASE_URL": "mysql://user:hunter2@host/db"},
        {"DATABASE_URL": "hunter2"},
    ],
)
def test_refusal_does_not_show_a_secret(read, secret):
    with pytest.raises(ConfigError) as refused:
        read(**secret)

    assert "hunter2" not in str(refused.value)


def test_all_mistakes_are_told_at_once(read):
    with pytest.raises(ConfigError) as refused:
        read(SECRET_KEY="short", POSTS_PER_PAGE="0")

    named = [line.partition(":")[0] for line in str(refused.value).splitlines()]
    assert named[:2] == ["SECRET_KEY", "POSTS_PER_PAGE"]


@pytest.mark.parametrize("name", NEEDED)
def test_variable_that_is_missing_is_named(read, monkeypatch, name):
    read()
    monkeypatch.delenv(name)

    with pytest.raises(ConfigError, match=rf"{name}: Environment variable not set\.\n.*_FILE"):
        from_environment()


def test_application_is_built_from_the_environment(read):
    read()

    app = create_app()

    assert app.config["SECRET_KEY"] == NEEDED["SECRET_KEY"]
    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"]["pool_pre_ping"]


def test_every_wait_for_the_database_has_an_end():
    options = engine_options(make_url(NEEDED["DATABASE_URL"]))

    assert all(options["connect_args"].values())
    assert options["pool_timeout"] > 0
