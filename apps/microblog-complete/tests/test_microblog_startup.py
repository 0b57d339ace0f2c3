from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import OperationalError

from microblog import cli, create_app
from microblog.cli import wait_until_connected
from microblog.database import DatabaseNotReadyError, db, unpooled_engine
from microblog.migration_lock import locked_connection

MIGRATIONS = str(Path(__file__).parent.parent / "migrations")


@pytest.fixture
def app(tmp_path):
    """An application with an empty database."""
    url = f"sqlite:///{tmp_path}/blog.db"
    return create_app({"SECRET_KEY": "k" * 16, "SQLALCHEMY_DATABASE_URI": url})


@pytest.fixture
def engine(app):
    return create_engine(app.config["SQLALCHEMY_DATABASE_URI"])


def differences(engine):
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), db.metadata)


def test_the_migrations_make_the_tables_of_the_models(app, engine):
    assert differences(engine)

    with app.app_context():
        upgrade(MIGRATIONS)

    assert differences(engine) == []


def test_a_second_upgrade_changes_nothing(app, engine):
    with app.app_context():
        upgrade(MIGRATIONS)
        upgrade(MIGRATIONS)

    assert differences(engine) == []


def test_an_upgrade_goes_on_where_one_was_cut_short(app, engine):
    with app.app_context():
        upgrade(MIGRATIONS)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE follows"))
        connection.execute(text("DROP INDEX ix_posts_body"))
        connection.execute(text("DELETE FROM alembic_version"))

    with app.app_context():
        upgrade(MIGRATIONS)

    assert differences(engine) == []


def test_a_downgrade_leaves_nothing_behind(app, engine):
    with app.app_context():
        upgrade(MIGRATIONS)
        downgrade(MIGRATIONS, revision="base")

    assert inspect(engine).get_table_names() == ["alembic_version"]


class FakeEngine:
    """Refuses some connections, then gives them, and answers what it was made for."""

    def __init__(self, url="mysql+pymysql://microblog@mariadb/microblog", refusals=0, answer=1):
        self.url = make_url(url)
        self.dialect = SimpleNamespace(name=self.url.get_backend_name())
        self.refusals = refusals
        self.answer = answer
        self.said = []

    def connect(self):
        if self.refusals:
            self.refusals -= 1
            raise OperationalError("connect", {}, OSError(2003, "Connection refused"))
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self.said.append("close")

    def scalar(self, statement, parameters):
        self.said.append((str(statement).partition("(")[0], parameters))
        return self.answer

    def execute(self, statement):
        self.said.append(str(statement).partition("(")[0])


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only while somebody sleeps."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(cli.time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(
        cli.time, "sleep", lambda seconds: setattr(clock, "now", clock.now + seconds)
    )
    return clock


def test_waiting_ends_when_the_database_answers(clock):
    engine = FakeEngine(refusals=3)

    wait_until_connected(engine, timeout=60)

    assert engine.said == ["close"]
    assert 0 < clock.now < 60


def test_waiting_ends_with_a_sentence_when_it_was_too_long(clock):
    with pytest.raises(DatabaseNotReadyError) as ended:
        wait_until_connected(FakeEngine(refusals=1000), timeout=5)

    assert str(ended.value) == (
        "The database at mariadb could not be used within 5 seconds: Connection refused."
    )
    assert clock.now <= 5


def test_the_wait_is_a_command(app):
    done = app.test_cli_runner().invoke(args=["wait-for-database"])

    assert done.exit_code == 0
    assert "Waiting for the database" in done.output


def test_a_replica_migrates_with_a_lock(clock):
    engine = FakeEngine()

    with locked_connection(engine, timeout=60):
        engine.said.append("migrate")

    assert engine.said == [
        ("SELECT GET_LOCK", {"timeout": 60}),
        "migrate",
        "SELECT RELEASE_LOCK",
        "close",
        "close",
    ]


@pytest.mark.parametrize("answer", [0, None])
def test_a_replica_does_not_migrate_without_the_lock(answer):
    engine = FakeEngine(answer=answer)

    with (
        pytest.raises(DatabaseNotReadyError, match="Another replica is still migrating"),
        locked_connection(engine, timeout=60),
    ):
        engine.said.append("migrate")

    assert "migrate" not in engine.said


def test_a_migration_may_take_longer_than_a_page():
    engine = unpooled_engine(make_url("mysql+pymysql://microblog@mariadb/microblog"))

    _, options = engine.dialect.create_connect_args(engine.url)
    assert "read_timeout" not in options
