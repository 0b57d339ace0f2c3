import subprocess
import sys
from hashlib import sha256

import pytest

from identidock import create_app
from identidock.settings import SettingError, Settings


def test_nothing_needs_to_be_set():
    settings = Settings.from_environment({})

    assert settings.salt == "UNIQUE_SALT"
    assert (settings.redis_host, settings.redis_port, settings.redis_db) == ("redis", 6379, 0)
    assert settings.renderer_url == "http://dnmonster:8080"


def test_settings_come_from_the_environment_in_their_own_types():
    settings = Settings.from_environment(
        {
            "IDENTIDOCK_REDIS_PORT": "6380",
            "IDENTIDOCK_RENDERER_TIMEOUT": "0.5",
            "IDENTIDOCK_SALT": "",
            "IDENTIDOCK_PORT": "tcp://10.0.0.1:9090",
        }
    )

    assert settings.redis_port == 6380
    assert settings.renderer_timeout == 0.5
    assert settings.salt == "UNIQUE_SALT"


def test_a_setting_may_come_from_a_file(tmp_path):
    secret = tmp_path / "redis_password"
    secret.write_text("s3cret\n")

    settings = Settings.from_environment({"IDENTIDOCK_REDIS_PASSWORD_FILE": str(secret)})

    assert settings.redis_password == "s3cret"
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("REDIS_PORT", "many", "IDENTIDOCK_REDIS_PORT must be a whole number, not 'many'."),
        ("REDIS_PORT", "70000", "IDENTIDOCK_REDIS_PORT must be from 1 to 65535, not 70000."),
        (
            "REDIS_SOCKET",
            "redis.sock",
            "IDENTIDOCK_REDIS_SOCKET must be a path from the root, not 'redis.sock'.",
        ),
        ("REDIS_DB", "-1", "IDENTIDOCK_REDIS_DB must not be negative, not -1."),
        ("REDIS_TIMEOUT", "soon", "IDENTIDOCK_REDIS_TIMEOUT must be a number, not 'soon'."),
        ("REDIS_TIMEOUT", "nan", "IDENTIDOCK_REDIS_TIMEOUT must be more than zero, not nan."),
        ("CACHE_EXPIRY", "0", "IDENTIDOCK_CACHE_EXPIRY must be more than zero, not 0."),
        (
            "RENDERER_URL",
            "dnmonster:8080",
            "IDENTIDOCK_RENDERER_URL must look like http://host:port, not 'dnmonster:8080'.",
        ),
        (
            "RENDERER_URL",
            "https://dnmonster",
            "IDENTIDOCK_RENDERER_URL must look like http://host:port, not 'https://dnmonster'.",
        ),
        (
            "RENDERER_URL",
            "http://[",
            "IDENTIDOCK_RENDERER_URL must look like http://host:port, not 'http://['.",
        ),
        (
            "RENDERER_URL",
            "http://dnmonster:many",
            "IDENTIDOCK_RENDERER_URL must look like http://host:port, not 'http://dnmonster:many'.",
        ),
        (
            "SALT_FILE",
            "/nowhere",
            "IDENTIDOCK_SALT_FILE: cannot read /nowhere: No such file or directory.",
        ),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_in_one_sentence(variable, value, sentence):
    with pytest.raises(SettingError) as refusal:
        Settings.from_environment({f"IDENTIDOCK_{variable}": value})

    assert str(refusal.value) == sentence


def test_a_file_that_is_not_text_is_refused(tmp_path):
    secret = tmp_path / "salt"
    secret.write_bytes(b"\xff\xfe")

    with pytest.raises(SettingError, match="it is not text"):
        Settings.from_environment({"IDENTIDOCK_SALT_FILE": str(secret)})


def test_a_setting_given_twice_is_refused(tmp_path):
    environ = {"IDENTIDOCK_SALT": "a", "IDENTIDOCK_SALT_FILE": str(tmp_path / "salt")}

    with pytest.raises(SettingError, match="Set either IDENTIDOCK_SALT or IDENTIDOCK_SALT_FILE"):
        Settings.from_environment(environ)


def test_a_program_ends_with_the_sentence_alone():
    program = "import identidock; identidock.create_app(redis_port=0)"
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert ended.stderr == "IDENTIDOCK_REDIS_PORT must be from 1 to 65535, not 0.\n"


def test_what_is_handed_in_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("IDENTIDOCK_SALT", "environment")

    def monster_of_ada(app):
        return app.test_client().get("/?name=Ada").text.partition("/monster/")[2][:64]

    def salted(salt):
        return sha256(f"{salt}Ada".encode()).hexdigest()

    assert monster_of_ada(create_app(salt="handed in")) == salted("handed in")
    assert monster_of_ada(create_app()) == salted("environment")
