"""A client that is logged in before there is anything to log in to."""

import base64
import json

import pytest


@pytest.fixture
def config(tmp_path):
    return tmp_path / "docker" / "config.json"


@pytest.fixture
def login(run_module, config):
    """A function that logs in as node."""

    def login(password="secret", **others):
        account = {"registry": "registry.lab:5443", "username": "node", "password": password}
        return run_module("registry_login", config=str(config), **account, **others)

    return login


def auth(account):
    return {"auth": base64.b64encode(account.encode()).decode()}


def test_the_first_log_in_makes_a_file_for_its_owner_only(login, config):
    assert login()["changed"]
    assert json.loads(config.read_text()) == {"auths": {"registry.lab:5443": auth("node:secret")}}
    assert config.stat().st_mode & 0o777 == 0o600
    assert config.parent.stat().st_mode & 0o777 == 0o700


def test_the_second_time_changes_nothing(login):
    login()

    assert not login()["changed"]


def test_another_account_of_the_same_registry_is_replaced_and_all_else_stays(login, config):
    config.parent.mkdir()
    others = {"docker.io": auth("ada:x")}
    before = {"auths": others | {"registry.lab:5443": auth("admin:old")}, "psFormat": "table"}
    config.write_text(json.dumps(before))

    assert login()["changed"]
    assert json.loads(config.read_text()) == {
        "auths": others | {"registry.lab:5443": auth("node:secret")},
        "psFormat": "table",
    }
    assert "admin" not in config.read_text()


def test_a_new_password_is_written(login, config):
    login()

    assert login("another")["changed"]
    assert auth("node:another")["auth"] in config.read_text()


def test_a_dry_run_writes_nothing(login, config):
    assert login(_ansible_check_mode=True)["changed"]
    assert not config.parent.exists()


@pytest.mark.parametrize("content", ["{", "[]", '{"auths": []}', ""])
def test_a_file_that_is_not_dockers_is_left_alone(login, config, content):
    config.parent.mkdir()
    config.write_text(content)
    reply = login()

    assert reply["failed"]
    assert str(config) in reply["msg"]
    assert config.read_text() == content


def test_the_password_is_not_told(login):
    assert "secret" not in json.dumps(login(_ansible_diff=True))
