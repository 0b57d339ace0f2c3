import pytest

from healthcheck import create_app


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


@pytest.mark.parametrize("path", ["/", "/health", "/static/healthcheck.css", "/nowhere"])
def test_replies_are_protected_and_never_stored(client, path):
    headers = client.get(path).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
