import subprocess
import sys
from hashlib import sha256

import pytest

from identidock import create_app
from identidock.config import from_environment


@pytest.fixture
def settings(monkeypatch):
    """A function that reads the settings from variables without their prefix."""

    def settings(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f"IDENTIDOCK_{name}", str(value))
        return from_environment()

    return settings


def test_nothing_needs_to_be_set(settings):
    chosen = settings()

    assert chosen["SALT"] == "UNIQUE_SALT"
    assert [chosen[f"REDIS_{name}"] for name in ("HOST", "PORT", "DB")] == ["redis", 6379, 0]
    assert chosen["RENDERER_URL"] == "http://dnmonster:8080"


def test_settings_come_from_the_environment_in_their_own_types(settings):
    chosen = settings(
        REDIS_PORT="6380", RENDERER_TIMEOUT="0.5", SALT="", PORT="tcp://10.0.0.1:9090"
    )

    assert chosen["REDIS_PORT"] == 6380
    assert chosen["RENDERER_TIMEOUT"] == 0.5
    assert chosen["SALT"] == "UNIQUE_SALT"


def test_a_setting_may_come_from_a_file(settings, tmp_path):
    secret = tmp_path / "redis_password"
    secret.write_text(" s3cret\n")

    assert settings(REDIS_PASSWORD_FILE=secret)["REDIS_PASSWORD"] == " s3cret"


@pytest.mark.parametrize(
    ("variable", "value", "rule"),
    [
        ("REDIS_PORT", "many", "Not a valid integer."),
        (
            "REDIS_PORT",
            "70000",
            "Must be greater than or equal to 1 and less than or equal to 65535.",
        ),
        ("REDIS_SOCKET", "redis.sock", "redis.sock is not a path from the root."),
        ("REDIS_DB", "-1", "Must be greater than or equal to 0."),
        ("REDIS_TIMEOUT", "soon", "Not a valid number."),
        ("REDIS_TIMEOUT", "nan", "Special numeric values (nan or infinity) are not permitted."),
        ("CACHE_EXPIRY", "0", "Must be greater than 0."),
        ("RENDERER_URL", "dnmonster:8080", "dnmonster:8080 does not look like http://host:port."),
        ("RENDERER_URL", "https://a", "https://a does not look like http://host:port."),
        ("RENDERER_URL", "http://[", "http://[ does not look like http://host:port."),
        ("RENDERER_URL", "http://a:many", "http://a:many does not look like http://host:port."),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_in_one_sentence(settings, variable, value, rule):
    with pytest.raises(SystemExit) as refusal:
        settings(**{variable: value})

    assert str(refusal.value) == f"IDENTIDOCK_{variable}: {rule}"


def test_a_file_that_is_not_there_is_refused(settings):
    with pytest.raises(SystemExit, match="IDENTIDOCK_SALT_FILE must be a readable file path"):
        settings(SALT_FILE="/nowhere")


def test_all_that_is_wrong_is_told_at_once(settings):
    with pytest.raises(SystemExit, match=r"REDIS_PORT: .*\n.*REDIS_DB: "):
        settings(REDIS_PORT="many", REDIS_DB="-1")


def test_a_file_that_is_not_text_is_refused(settings, tmp_path):
    secret = tmp_path / "salt"
    secret.write_bytes(b"\xff\xfe")

    with pytest.raises(SystemExit, match="is not text"):
        settings(SALT_FILE=secret)


def test_a_setting_given_twice_is_refused(settings, tmp_path):
    with pytest.raises(SystemExit, match="Set either IDENTIDOCK_SALT or IDENTIDOCK_SALT_FILE"):
        settings(SALT="a", SALT_FILE=tmp_path / "salt")


def test_a_program_ends_with_the_sentence_alone():
    ended = subprocess.run(
        [sys.executable, "-c", "import identidock; identidock.create_app()"],
        env={"IDENTIDOCK_REDIS_PORT": "0"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr == (
        "IDENTIDOCK_REDIS_PORT: "
        "Must be greater than or equal to 1 and less than or equal to 65535.\n"
    )


def test_what_is_handed_in_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("IDENTIDOCK_SALT", "environment")

    def monster_of_ada(app):
        return app.test_client().get("/?name=Ada").text.partition("/monster/")[2][:64]

    def salted(salt):
        return sha256(f"{salt}Ada".encode()).hexdigest()

    assert monster_of_ada(create_app(SALT="handed in")) == salted("handed in")
    assert monster_of_ada(create_app()) == salted("environment")
