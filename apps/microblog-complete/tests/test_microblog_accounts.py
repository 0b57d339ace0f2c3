import pytest
from sqlalchemy import create_engine, insert, select
from visitor import PASSWORD, Visitor
from werkzeug.security import generate_password_hash

from microblog import models
from microblog.accounts import is_local
from microblog.database import db
from microblog.models import User


def test_who_registers_is_logged_in(visitor):
    page = visitor.register("Ada")

    assert visitor.place == "/"
    assert "Welcome, Ada!" in page


def test_a_stranger_is_sent_to_the_login_and_then_where_they_wanted_to_go(ada, app):
    stranger = Visitor(app)
    stranger.get("/explore?page=1")
    assert stranger.reply.request.path == "/login"

    stranger.log_in("Ada", path=stranger.place)

    assert stranger.place == "/explore?page=1"


@pytest.mark.parametrize("path", ["/", "/explore", "/search?q=x", "/user/ada", "/password"])
def test_only_members_see_the_blog(visitor, path):
    visitor.get(path)

    assert visitor.reply.request.path == "/login"


@pytest.mark.parametrize("name", ["Ada", "ada", "ADA"])
def test_a_user_name_is_there_once_in_whatever_case(ada, visitor, name):
    page = visitor.register(name, email="other@example.org")

    assert "This user name is taken." in page


def test_an_address_has_one_account(ada, visitor):
    page = visitor.register("Eve", email="ADA@example.org")

    assert "There is an account with this address already." in page


def test_of_two_who_want_a_name_at_once_the_quicker_gets_it(make_app, tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/blog.db"
    visitor = Visitor(make_app(url))
    quicker = {"username": "ada", "email": "a@b.org", "password_hash": "", "about_me": ""}
    hash_password = User.set_password

    def be_slow(user, password):
        hash_password(user, password)
        with create_engine(url).begin() as connection:
            connection.execute(insert(User).values(**quicker))

    monkeypatch.setattr(User, "set_password", be_slow)

    assert "This user name is taken." in visitor.register("Ada")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"username": "a"}, "A user name has 2 to 32"),
        ({"username": "a" * 33}, "A user name has 2 to 32"),
        ({"username": "../ada"}, "A user name has 2 to 32"),
        ({"username": "Zoé"}, "A user name has 2 to 32"),
        ({"username": ""}, "This field is required."),
        ({"email": "ada"}, "This is no email address."),
        ({"email": "a b@example.org"}, "This is no email address."),
        ({"email": f"{'a' * 120}@example.org"}, "longer than 120"),
        ({"password": "short", "password_again": "short"}, "8 to 128 characters"),
        ({"password": "x" * 129, "password_again": "x" * 129}, "8 to 128 characters"),
        ({"password_again": "something else"}, "The two passwords differ."),
    ],
)
def test_a_form_says_what_is_wrong(visitor, wrong, sentence):
    assert sentence in visitor.register("Ada", **wrong)
    assert 'aria-invalid="true"' in visitor.page


def test_a_password_is_kept_as_a_hash_only(ada, app):
    with app.app_context():
        kept = db.session.scalar(select(User.password_hash))

    assert kept.startswith("scrypt:")
    assert PASSWORD not in kept


def test_the_user_name_may_be_typed_in_another_case(ada, visitor):
    assert "Hi, Ada!" in visitor.log_in("aDA")


@pytest.mark.parametrize(("name", "password"), [("Ada", "wrong horse"), ("Nobody", PASSWORD)])
def test_a_failed_login_does_not_tell_who_has_an_account(ada, visitor, name, password):
    page = visitor.log_in(name, password)

    assert "This user name and password do not belong together." in page


def test_a_password_is_hashed_for_nobody_too(visitor, monkeypatch):
    hashes = []
    monkeypatch.setattr(models, "check_password_hash", lambda kept, _: hashes.append(kept))

    visitor.log_in("Nobody")

    assert len(hashes) == 1
    assert hashes[0].partition("$")[0] == generate_password_hash("").partition("$")[0]


def test_who_is_logged_in_needs_no_login(ada):
    ada.get("/register")
    assert ada.place == "/"

    ada.get("/login?next=/explore")
    assert ada.place == "/explore"


def test_who_logs_out_is_out(ada):
    assert "You are logged out." in ada.post("/logout")

    ada.get("/")
    assert ada.reply.request.path == "/login"


def test_logging_out_takes_more_than_a_link(ada):
    ada.get("/logout")

    assert ada.reply.status_code == 405


def test_who_wants_to_is_remembered(ada, visitor):
    visitor.post("/login", username="Ada", password=PASSWORD, remember="y")
    visitor.client.delete_cookie("session")

    assert "Hi, Ada!" in visitor.get("/")


def test_a_new_password_ends_the_other_sessions(ada, visitor):
    visitor.log_in("Ada")
    new = {"password": "battery staple", "password_again": "battery staple"}

    assert "Your password is changed." in ada.post("/password", old_password=PASSWORD, **new)

    assert "Hi, Ada!" in ada.get("/")
    assert "Good to see you" in visitor.get("/")
    assert "do not belong together" in visitor.log_in("Ada")
    assert "Hi, Ada!" in visitor.log_in("Ada", "battery staple")


def test_a_new_password_needs_the_present_one(ada, visitor):
    new = {"password": "battery staple", "password_again": "battery staple"}

    assert "not your present password" in ada.post("/password", old_password="guess", **new)

    assert "Hi, Ada!" in visitor.log_in("Ada")


@pytest.mark.parametrize("session_id", ["1", "1.0123456789abcdef", "ada", "", "9.x"])
def test_a_session_that_is_not_ours_is_nobodys(ada, session_id):
    with ada.client.session_transaction() as session:
        session["_user_id"] = session_id

    assert "Good to see you" in ada.get("/")


@pytest.mark.parametrize("target", ["/", "/explore?page=2", "/user/ada"])
def test_a_redirect_goes_to_a_place_here(target):
    assert is_local(target)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "explore",
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
    ],
)
def test_a_redirect_goes_nowhere_else(ada, visitor, target):
    assert not is_local(target)

    visitor.post("/login", username="Ada", password=PASSWORD)
    visitor.reply = visitor.client.get("/login", query_string={"next": target})
    assert visitor.reply.location == "/"
