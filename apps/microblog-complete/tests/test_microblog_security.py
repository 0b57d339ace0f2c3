import re

import pytest
from visitor import PASSWORD, Visitor


@pytest.mark.parametrize("path", ["/login", "/nothing", "/static/microblog.css", "/healthz"])
def test_every_reply_has_the_security_headers(visitor, path):
    visitor.get(path)

    policy = visitor.reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert visitor.reply.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_are_not_stored_and_the_style_is(visitor):
    visitor.get("/login")
    assert visitor.reply.headers["Cache-Control"] == "no-store"

    visitor.get("/static/microblog.css")
    assert "max-age=300" in visitor.reply.headers["Cache-Control"]


def test_no_page_has_what_the_policy_forbids(ada):
    ada.say("Hello")
    for path in ("/", "/explore", "/search?q=hello", "/user/ada", "/profile", "/password"):
        page = ada.get(path)

        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://", page), path


def test_cookies_are_for_this_site_and_not_for_scripts(ada, visitor):
    visitor.reply = visitor.client.post(
        "/login", data={"username": "Ada", "password": PASSWORD, "remember": "y"}
    )

    cookies = visitor.reply.headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"session", "remember_token"}
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)


@pytest.mark.parametrize("path", ["/login", "/register", "/logout", "/", "/user/ada/follow"])
def test_a_form_from_elsewhere_does_nothing(make_app, path):
    visitor = Visitor(make_app(WTF_CSRF_ENABLED=True))

    page = visitor.post(path, username="Ada", password=PASSWORD)

    assert visitor.reply.status_code == 400
    assert "open for too long" in page


def test_a_form_of_ours_works_with_its_token(make_app):
    visitor = Visitor(make_app(WTF_CSRF_ENABLED=True))
    token = re.search(r'csrf_token"[^>]* value="([^"]+)"', visitor.get("/register"))[1]

    assert "Welcome, Ada!" in visitor.register("Ada", csrf_token=token)
    # The button that logs out is a form too.
    token = re.search(r'csrf_token"[^>]* value="([^"]+)"', visitor.page)[1]
    assert "You are logged out." in visitor.post("/logout", csrf_token=token)


def test_a_huge_form_is_refused(visitor):
    assert "too much to read" in visitor.log_in("Ada", "x" * 100_000)
    assert visitor.reply.status_code == 413
