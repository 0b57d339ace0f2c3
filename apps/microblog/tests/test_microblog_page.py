import runpy

import pytest

from app import create_app
from app.posts import POSTS


@pytest.mark.parametrize("path", ["/", "/index"])
def test_home_page_greets_the_user(client, path):
    reply = client.get(path)

    assert reply.status_code == 200
    assert "<h1>Hi, Ada Lovelace!</h1>" in reply.text


def test_home_page_shows_every_post_with_its_author(client):
    page = client.get("/").text

    assert page.count("<article>") == len(POSTS)
    for author in ("Ada", "Grace", "Joe"):
        assert f"<h2>{author} " in page


def test_markup_in_the_name_stays_text():
    page = create_app(USER="<b>Ada</b>").test_client().get("/").text

    assert "<b>" not in page
    assert "Hi, &lt;b&gt;Ada&lt;/b&gt;!" in page


def test_flask_and_gunicorn_find_the_application_with_the_environments_user(monkeypatch):
    monkeypatch.setenv("MICROBLOG_USER", "Grace")
    app = runpy.run_path("microblog.py")["app"]

    assert "Hi, Grace!" in app.test_client().get("/").text


def test_unknown_page_says_so_in_one_sentence(client):
    reply = client.get("/nowhere")

    assert reply.status_code == 404
    assert "There is no such page." in reply.text
    assert 'href="/"' in reply.text


def test_wrong_method_says_which_are_right(client):
    reply = client.post("/")

    assert reply.status_code == 405
    assert "GET" in reply.headers["Allow"]


def test_failure_shows_nothing_of_the_inside(client, monkeypatch):
    monkeypatch.delitem(client.application.config, "USER")
    reply = client.get("/")

    assert reply.status_code == 500
    assert "It is not your fault." in reply.text
    assert "USER" not in reply.text


def test_process_says_that_it_is_alive(client):
    reply = client.get("/healthz")

    assert (reply.text, reply.mimetype) == ("alive\n", "text/plain")


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/microblog.css"])
def test_every_reply_carries_the_security_headers(client, path):
    headers = client.get(path).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_pages_are_not_stored_and_the_style_is(client):
    assert client.get("/").headers["Cache-Control"] == "no-store"
    assert "max-age=300" in client.get("/static/microblog.css").headers["Cache-Control"]
