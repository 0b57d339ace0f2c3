import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from identidock.fast_path import FastPath

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def flask_asked(app):
    """What Flask is asked, after the fast path has left it to it."""
    asked = []
    fast_path = app.wsgi_app
    flask = fast_path._flask

    def ask(environ, start_response):
        asked.append(environ["PATH_INFO"])
        return flask(environ, start_response)

    fast_path._flask = ask
    return asked


def both(app, **request):
    """The replies of the fast path and of Flask alone, without what no two requests share."""
    replies = []
    for wsgi_app in (app.wsgi_app, app.wsgi_app._flask):
        body, status, headers = run_wsgi_app(wsgi_app, EnvironBuilder(**request).get_environ())
        for name in ("X-Request-ID", "Date"):
            headers.remove(name)
        replies.append((status, sorted(headers), b"".join(body)))
    return replies


def test_the_application_has_a_fast_path(app):
    assert isinstance(app.wsgi_app, FastPath)


@pytest.mark.parametrize(
    "request_",
    [
        {"path": "/", "query_string": "name=Ada"},
        {"path": "/", "query_string": "name=Zo%C3%A9+%26+Ada"},
        {"path": "/", "method": "POST", "data": b"name=Ada", "content_type": FORM},
        {"path": "/monster/abc"},
    ],
)
def test_what_is_usual_goes_past_flask_and_looks_the_same(app, client, flask_asked, request_):
    client.get("/monster/abc")
    quick, thorough = both(app, **request_)

    assert quick == thorough
    assert flask_asked == [request_["path"]]


@pytest.mark.parametrize(
    "request_",
    [
        {"path": "/"},
        {"path": "/", "query_string": "name=Ada&lang=fr"},
        {"path": "/", "query_string": "name=%ff"},
        {"path": "/", "query_string": "name=Ada", "method": "HEAD"},
        {"path": "/", "method": "POST", "data": b"name=Ada&name=Bob", "content_type": FORM},
        {"path": "/", "method": "POST", "data": {"name": "Ada", "file": (None, "x")}},
        {"path": "/", "method": "POST", "data": b"name=" + b"x" * 3000, "content_type": FORM},
        {"path": "/", "query_string": "name=" + "x" * 129},
        {"path": "/monster/abc", "headers": {"If-None-Match": '"known"'}},
        {"path": "/monster/名前"},
        {"path": "/monster/.."},
        {"path": "/static/identidock.css"},
        {"path": "/nowhere"},
    ],
)
def test_what_is_unusual_is_left_to_flask(app, flask_asked, request_):
    client = app.test_client()
    client.open(**request_)

    assert flask_asked == [request_["path"].encode().decode("latin-1")]


def test_a_monster_that_fails_is_asked_for_once(client, renderer):
    renderer.is_down = True

    assert client.get("/monster/abc").status_code == 503
    assert renderer.asked == ["abc"]
