"""What people wrote is still there when both containers of the complete blog were restarted."""

import re
import secrets

import pytest
import requests

# Where the inventory of Molecule publishes the port 5002.
BLOG = "http://127.0.0.1:15002"
PASSWORD = "a good long password"


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self):
        self.session = requests.Session()

    def send(self, path, **fields):
        """Fill in the form of a page; the page that comes then."""
        page = self.session.get(BLOG + path, timeout=10).text
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)[1]
        reply = self.session.post(BLOG + path, {"csrf_token": token, **fields}, timeout=10)
        reply.raise_for_status()
        return reply.text


@pytest.fixture
def compose(vm):
    """A function that runs docker compose for the complete blog on the VM."""
    project = ["--project-directory", "/opt/microblog-complete"]
    return lambda *arguments: vm("docker", "compose", *project, *arguments, timeout=120)


@pytest.fixture
def name():
    return f"ada-{secrets.token_hex(4)}"


def test_a_post_and_its_author_outlive_a_restart(name, compose):
    before = Visitor()
    address = f"{name}@example.org"
    words = {"password": PASSWORD, "password_again": PASSWORD}
    before.send("/register", username=name, email=address, **words)
    before.send("/login", username=name, password=PASSWORD)
    before.send("/", body=f"Written by {name}")

    compose("restart")
    compose("up", "--wait")

    assert f"Written by {name}" in Visitor().send("/login", username=name, password=PASSWORD)
