"""What a registry holds, however many pages it takes to tell."""

import email.message
import io
import json
import socket
import urllib.error

import pytest

ASKED = {"registry": "registry.lab:5443", "username": "admin", "password": "x", "ca_path": None}


class Reply(io.BytesIO):
    """An answer with its headers."""

    def __init__(self, body, link=None):
        super().__init__(json.dumps(body).encode())
        self.headers = email.message.Message()
        if link:
            self.headers["Link"] = link


@pytest.fixture
def catalogue(load, monkeypatch):
    """A function that asks a registry with these answers, by path."""
    module = load("modules/registry_catalogue_info")

    def ask(by_path):
        def open_url(url, **_options):
            path = url.removeprefix("https://registry.lab:5443")
            if path not in by_path:
                raise urllib.error.HTTPError(url, 404, "Not Found", email.message.Message(), None)
            return Reply(*by_path[path])

        monkeypatch.setattr(module, "open_url", open_url)
        return module.catalogue(ASKED)

    return ask


def test_every_repository_is_told_with_its_tags(catalogue):
    by_path = {
        "/v2/_catalog?n=100": ({"repositories": ["web", "library/debian"]},),
        "/v2/web/tags/list": ({"name": "web", "tags": ["2.0", "1.0"]},),
        "/v2/library/debian/tags/list": ({"name": "library/debian", "tags": ["13"]},),
    }

    assert catalogue(by_path) == {"library/debian": ["13"], "web": ["1.0", "2.0"]}


@pytest.mark.parametrize("host", ["", "https://registry.lab:5443"])
def test_the_next_page_is_asked_for(catalogue, host):
    following = "/v2/_catalog?last=a&n=100"
    by_path = {
        "/v2/_catalog?n=100": ({"repositories": ["a"]}, f'<{host}{following}>; rel="next"'),
        following: ({"repositories": ["b"]},),
        "/v2/a/tags/list": ({"tags": ["1"]},),
        "/v2/b/tags/list": ({"tags": ["2"]},),
    }

    assert catalogue(by_path) == {"a": ["1"], "b": ["2"]}


def test_a_repository_that_lost_its_tags_is_empty(catalogue):
    by_path = {
        "/v2/_catalog?n=100": ({"repositories": ["emptied", "deleted"]},),
        "/v2/emptied/tags/list": ({"name": "emptied", "tags": None},),
    }

    assert catalogue(by_path) == {"deleted": [], "emptied": []}


def test_a_registry_that_does_not_answer_says_what_to_do(run_module):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"127.0.0.1:{taken.getsockname()[1]}"
        reply = run_module("registry_catalogue_info", registry=nobody)

    assert reply["failed"]
    assert "playbooks/deploy.yml" in reply["msg"]
