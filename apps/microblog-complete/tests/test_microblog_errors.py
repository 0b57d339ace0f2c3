import pytest
from flask import abort
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from visitor import Visitor

from microblog.database import db

REFUSED = OperationalError("SELECT", {}, OSError(2003, "Can't connect to the server"))


@pytest.fixture
def lose_database(monkeypatch):
    """Has every question to the database fail."""

    def lose(error=REFUSED):
        def fail(*args, **options):
            raise error

        for question in ("get", "scalar", "execute"):
            monkeypatch.setattr(db.session, question, fail)

    return lose


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (400, "The server could not make sense of that."),
        (403, "You may not do this."),
        (404, "There is no such page."),
        (405, "That can't be done here."),
        (413, "That was too much to read."),
        (418, "That did not work."),
        (503, "The blog can't reach its database."),
    ],
)
def test_an_error_is_told_in_a_sentence(app, code, sentence):
    app.add_url_rule("/error", view_func=lambda: abort(code))
    visitor = Visitor(app)

    assert sentence in visitor.get("/error")
    assert visitor.reply.status_code == code


def test_a_defect_shows_nothing_of_the_inside(make_app, caplog):
    app = make_app(PROPAGATE_EXCEPTIONS=False)
    app.add_url_rule("/defect", view_func=lambda: 1 // 0)
    visitor = Visitor(app)

    page = visitor.get("/defect")

    assert visitor.reply.status_code == 500
    assert "It is not your fault." in page
    assert "ZeroDivisionError" not in page
    assert "ZeroDivisionError" in caplog.text


def test_a_wrong_method_tells_the_right_ones(visitor):
    visitor.get("/logout")

    assert "POST" in visitor.reply.headers["Allow"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (REFUSED, "Can't connect to the server"),
        (InterfaceError("SELECT", {}, OSError("Gone away")), "Gone away"),
        (PoolTimeoutError("All connections are in use"), "All connections are in use"),
    ],
)
def test_without_a_database_there_is_a_sentence(ada, lose_database, caplog, error, reason):
    lose_database(error)

    page = ada.get("/")

    assert ada.reply.status_code == 503
    assert ada.reply.headers["Retry-After"] == "5"
    assert "The blog can't reach its database." in page
    assert reason in caplog.text
    assert "Traceback" not in caplog.text


def test_when_the_database_is_back_so_is_the_page(ada, lose_database, monkeypatch):
    lose_database()
    ada.get("/")
    monkeypatch.undo()

    assert "Hi, Ada!" in ada.get("/")


def test_readiness_is_the_databases_and_liveness_nobodys(visitor, lose_database):
    visitor.get("/readyz")
    assert visitor.reply.json == {"ready": True, "failing": []}

    lose_database()

    visitor.get("/readyz")
    assert visitor.reply.status_code == 503
    assert visitor.reply.json == {"ready": False, "failing": ["database"]}
    visitor.get("/healthz")
    assert visitor.reply.status_code == 200
