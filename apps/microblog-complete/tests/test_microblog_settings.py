import subprocess
import sys

import pytest
from sqlalchemy import make_url

from microblog import create_app
from microblog.database import engine_options
from microblog.settings import SettingError, Settings

NEEDED = {
    "SECRET_KEY": "0123456789abcdef",
    "DATABASE_URL": "mysql+pymysql://microblog@mariadb/microblog",
}


def test_two_settings_are_enough():
    settings = Settings.from_environment(NEEDED)

    assert settings.database_url == make_url(NEEDED["DATABASE_URL"])
    assert settings.database_timeout == 60
    assert settings.posts_per_page == 10
    assert settings.languages == ("en", "fr")


def test_settings_come_from_the_environment():
    chosen = {"POSTS_PER_PAGE": "25", "LANGUAGES": "fr, en", "DATABASE_TIMEOUT": "5"}

    settings = Settings.from_environment(NEEDED | chosen)

    assert settings.posts_per_page == 25
    assert settings.languages == ("fr", "en")
    assert settings.database_timeout == 5


def test_secrets_come_from_files_and_show_nowhere(tmp_path):
    (tmp_path / "key").write_text("key of many letters\n")
    (tmp_path / "password").write_text("p@ss/w0rd\n")

    settings = Settings.from_environment(
        {
            "SECRET_KEY_FILE": str(tmp_path / "key"),
            "DATABASE_URL": NEEDED["DATABASE_URL"],
            "DATABASE_PASSWORD_FILE": str(tmp_path / "password"),
        }
    )

    assert settings.secret_key == "key of many letters"
    assert settings.database_url.password == "p@ss/w0rd"
    assert "letters" not in repr(settings)
    assert "w0rd" not in repr(settings)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY_FILE or SECRET_KEY to a secret of 16"),
        ({"SECRET_KEY": "short"}, "Set SECRET_KEY_FILE or SECRET_KEY to a secret of 16"),
        ({"SECRET_KEY_FILE": "/x"}, "Set either SECRET_KEY or SECRET_KEY_FILE, not both."),
        ({"DATABASE_URL": ""}, "Set DATABASE_URL to an address like"),
        ({"DATABASE_URL": "mysql://user@host/db"}, "Set DATABASE_URL to an address like"),
        ({"DATABASE_URL": "mysql+pymysql://u@h:x/d"}, "Set DATABASE_URL to an address like"),
        ({"DATABASE_PASSWORD_FILE": "/x"}, "cannot read /x: No such file or directory."),
        ({"DATABASE_PASSWORD_FILE": sys.executable}, "it is not text."),
        ({"DATABASE_TIMEOUT": "soon"}, "DATABASE_TIMEOUT must be a whole number from 1 to 3600"),
        ({"POSTS_PER_PAGE": "0"}, "POSTS_PER_PAGE must be a whole number from 1 to 100, not '0'."),
        ({"LANGUAGES": "en,de"}, "LANGUAGES can be any of en, fr, not 'de'."),
    ],
)
def test_a_setting_that_cannot_work_is_refused_in_a_sentence(wrong, sentence):
    with pytest.raises(SettingError) as refused:
        Settings.from_environment(NEEDED | wrong)

    assert sentence in str(refused.value)


def test_an_application_is_built_from_the_environment(monkeypatch):
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)

    app = create_app()

    assert app.config["SECRET_KEY"] == NEEDED["SECRET_KEY"]
    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"]["pool_pre_ping"]


def test_every_wait_for_the_database_has_an_end():
    options = engine_options(make_url(NEEDED["DATABASE_URL"]))

    assert all(options["connect_args"].values())
    assert options["pool_timeout"] > 0


def test_importing_the_package_needs_no_settings_and_no_libraries():
    code = "import microblog, sys; sys.exit('flask' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], env={}, check=False).returncode == 0
