from html import unescape
from pathlib import Path

import pytest
from babel.messages.frontend import CommandLineInterface

from healthcheck import create_app

TRANSLATIONS = Path(__file__).parent.parent / "healthcheck/translations"


@pytest.fixture(scope="module", autouse=True)
def _catalogues():
    """The texts, compiled as the image's build does."""
    CommandLineInterface().run(["pybabel", "-q", "compile", "-d", str(TRANSLATIONS)])


@pytest.fixture
def client():
    return create_app().test_client()


def test_a_new_app_is_well(client):
    reply = client.get("/health")

    assert (reply.status_code, reply.text) == (200, "OK")
    assert "This app is well." in client.get("/").text


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_killed_app_stays_dead(client, method):
    killed = getattr(client, method)("/kill")

    assert (killed.status_code, killed.text) == (200, "You have killed your app.")
    for _ in range(2):
        reply = client.get("/health")
        assert (reply.status_code, reply.text) == (500, "NOT OK")
    assert "This app is dead." in client.get("/").text


def test_another_process_starts_well(client):
    client.get("/kill")

    assert create_app().test_client().get("/health").status_code == 200


def test_health_only_answers(client):
    assert client.post("/health").status_code == 405


def test_the_page_says_what_to_do(client):
    page = client.get("/").text

    for step in ("docker ps", "/health", "/kill", "docker restart"):
        assert step in page


@pytest.mark.parametrize(
    ("address", "browser", "said"),
    [
        ("/", "", "This app is well."),
        ("/", "fr-CA,fr;q=0.9,en;q=0.5", "Cette application va bien."),
        ("/?lang=fr", "en", "Cette application va bien."),
        ("/?lang=en", "fr", "This app is well."),
        ("/?lang=xx", "fr", "Cette application va bien."),
    ],
)
def test_page_speaks_the_chosen_language_else_the_browsers(client, address, browser, said):
    page = client.get(address, headers={"Accept-Language": browser}).text

    assert said in page
    other = "en" if "Cette" in said else "fr"
    assert f'<a href="?lang={other}" hreflang="{other}"' in page


def test_commands_stay_code_in_every_language(client):
    for language in ("en", "fr"):
        page = client.get(f"/?lang={language}").text

        assert page.count("<code>docker ps</code>") == 2
        assert "<code>/kill</code>" in page


@pytest.mark.parametrize(
    ("path", "browser", "said"),
    [
        ("/nowhere", "en", "There is no such page."),
        ("/nowhere", "fr", "Cette page n'existe pas."),
        ("/nowhere?lang=fr", "en", "Cette page n'existe pas."),
    ],
)
def test_a_missing_page_is_told_in_the_visitors_language(client, path, browser, said):
    reply = client.get(path, headers={"Accept-Language": browser})

    assert reply.status_code == 404
    assert said in unescape(reply.text)


def test_what_cannot_be_done_is_told_in_the_visitors_language(client):
    reply = client.delete("/kill", headers={"Accept-Language": "fr"})

    assert (reply.status_code, "Allow" in reply.headers) == (405, True)
    assert "Cela n'a pas fonctionné." in unescape(reply.text)


@pytest.mark.parametrize("path", ["/", "/health", "/static/healthcheck.css", "/nowhere"])
def test_replies_are_protected_and_never_stored(client, path):
    headers = client.get(path).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
