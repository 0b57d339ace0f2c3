"""What a registry has, and one clear sentence where it does not say."""

import base64
import json

import pytest
from fake_registry import PASSWORD


@pytest.fixture
def ask(run_module, registry):
    """A function that asks the registry, as admin unless told otherwise."""

    def ask(*references, environment=None, **others):
        asked = registry.arguments(references=references, **others)
        return run_module("registry_info", environment, **asked)

    return ask


def test_digest_of_a_tag_is_found(ask, registry):
    digest = registry.add("web", "1.0")
    reply = ask("web:1.0", f"web@{digest}")

    assert reply["digests"] == {"web:1.0": digest, f"web@{digest}": digest}
    assert not reply["changed"]


def test_absent_tag_is_null_and_the_others_are_still_found(ask, registry):
    digest = registry.add("web", "1.0")

    assert ask("web:0.9", "library/nothing:1", "web:1.0")["digests"] == {
        "web:0.9": None,
        "library/nothing:1": None,
        "web:1.0": digest,
    }


def test_nothing_asked_is_nothing_found(ask, registry):
    assert ask()["digests"] == {}
    assert registry.asked == []


@pytest.mark.parametrize("status", [400, 403, 500])
def test_one_damaged_tag_is_a_problem_and_the_others_are_still_found(ask, registry, status):
    digest = registry.add("web", "1.0", "2.0")
    registry.broken["/v2/web/manifests/1.0"] = status
    reply = ask("web:1.0", "web:2.0")

    assert reply["digests"] == {"web:1.0": None, "web:2.0": digest}
    assert reply["problems"] == {
        "web:1.0": f"the registry answered {status} to HEAD /v2/web/manifests/1.0"
    }


def test_the_catalogue_is_told_with_all_tags_and_their_digests(ask, registry):
    names = ["debian", "library/debian", "new", "web"]
    digests = {name: registry.add(name, "1.0", "2.0", "latest") for name in names}
    reply = ask(catalogue=True)

    assert reply["repositories"] == {name: ["1.0", "2.0", "latest"] for name in names}
    assert reply["digests"]["library/debian:latest"] == digests["library/debian"]
    assert len(reply["digests"]) == 12


def test_a_repository_that_lost_its_tags_is_empty(ask, registry):
    registry.add("emptied")
    registry.add("deleted")
    del registry.tags["deleted"]

    assert ask(catalogue=True)["repositories"] == {"deleted": [], "emptied": []}


def test_a_damaged_repository_is_a_problem_and_the_others_are_listed(ask, registry):
    registry.add("web", "1.0")
    registry.add("worse", "1.0")
    registry.broken["/v2/worse/tags/list"] = 500
    reply = ask(catalogue=True)

    assert reply["repositories"] == {"web": ["1.0"], "worse": []}
    assert reply["problems"] == {
        "worse": "the registry answered 500 to GET /v2/worse/tags/list: boom"
    }


def test_a_catalogue_that_cannot_be_read_is_a_sentence(ask, registry):
    registry.broken["/v2/_catalog?n=100"] = 500

    assert "answered 500 to GET /v2/_catalog?n=100: boom. Its log" in ask(catalogue=True)["msg"]


def test_one_connection_serves_all_questions(ask, registry):
    registry.add("web", "1.0")
    ask("web:1.0", "web:2.0", "web:3.0", catalogue=True)

    assert len(registry.asked) > 4
    assert registry.connections == 1


def test_a_connection_that_ends_between_two_questions_is_made_anew(ask, registry):
    digest = registry.add("web", "1.0")
    registry.forgetful = True

    assert ask("web:1.0", "web:2.0")["digests"] == {"web:1.0": digest, "web:2.0": None}


def test_proxy_is_never_asked(ask, registry, nobody):
    digest = registry.add("web", "1.0")
    proxy = {"https_proxy": f"http://{nobody}", "HTTPS_PROXY": f"http://{nobody}", "no_proxy": ""}

    assert ask("web:1.0", environment=proxy)["digests"] == {"web:1.0": digest}


def test_wrong_password_is_one_sentence_that_names_the_account(ask, registry):
    reply = ask("web:1.0", password="battery-staple")

    assert reply["failed"]
    assert reply["msg"].startswith(
        f"The registry {registry.address} refuses the account admin. Give it"
    )


def test_who_brings_no_account_is_not_called_none(ask, registry):
    nameless = {"username": None, "password": None}
    digest = registry.add("open", "1.0")

    assert ask("open:1.0", **nameless)["digests"] == {"open:1.0": digest}
    refused = ask("web:1.0", **nameless)["msg"]
    assert "refuses strangers." in refused
    assert "None" not in refused


def test_no_answer_is_a_sentence(ask, nobody):
    reply = ask("web:1.0", registry=nobody)

    assert reply["failed"]
    assert reply["msg"].startswith(f"The registry {nobody} does not answer (")
    assert reply["msg"].endswith("Start it by running playbooks/deploy.yml.")


def test_a_front_without_its_registry_is_no_answer(ask, registry):
    registry.broken["/v2/web/manifests/1.0"] = 503

    assert "does not answer (its front says 503)" in ask("web:1.0")["msg"]
    assert ask("web:1.0", absent_ok=True)["digests"] == {"web:1.0": None}


def test_answer_in_another_language_is_no_answer(ask):
    assert "does not answer (220 This is not HTTP" in ask("gibberish:1")["msg"]


def test_certificate_of_a_stranger_is_no_answer_and_no_password_is_sent(ask, registry):
    assert "CERTIFICATE_VERIFY_FAILED" in ask("web:1.0", ca_path=None)["msg"]
    assert registry.asked == []


@pytest.mark.parametrize("reason", ["wrong password", "no answer", "no certificate", "gibberish"])
def test_absent_ok_makes_it_an_empty_answer(ask, nobody, tmp_path, reason):
    trouble = {
        "wrong password": {"password": "battery-staple"},
        "no answer": {"registry": nobody},
        "no certificate": {"ca_path": str(tmp_path / "not-made-yet.crt")},
        "gibberish": {},
    }[reason]
    repository = "gibberish" if reason == "gibberish" else "web"
    reply = ask(f"{repository}:1.0", "web:1.1", absent_ok=True, catalogue=True, **trouble)

    assert reply["digests"] == {f"{repository}:1.0": None, "web:1.1": None}
    assert reply["repositories"] == {}


@pytest.mark.parametrize("password", [PASSWORD, "battery-staple"])
@pytest.mark.parametrize("absent_ok", [True, False])
@pytest.mark.parametrize("answers", [True, False])
def test_password_never_stands_in_the_output(ask, nobody, password, absent_ok, answers):
    somewhere = {} if answers else {"registry": nobody}
    reply = json.dumps(ask("web:1.0", password=password, absent_ok=absent_ok, **somewhere))

    assert password not in reply
    assert base64.b64encode(f"admin:{password}".encode()).decode() not in reply
