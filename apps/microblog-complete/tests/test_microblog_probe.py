import runpy
from http.client import HTTPException
from types import SimpleNamespace

import pytest


class FakeConnection:
    answer = 200

    def __init__(self, host, port, timeout):
        assert (host, port) == ("127.0.0.1", 5000)
        assert timeout < 3

    def request(self, method, path):
        assert (method, path) == ("GET", "/healthz")
        if isinstance(self.answer, Exception):
            raise self.answer

    def getresponse(self):
        return SimpleNamespace(status=self.answer)

    def close(self):
        pass


@pytest.mark.parametrize(
    ("answer", "exit_status"),
    [(200, 0), (500, 1), (ConnectionRefusedError(), 1), (HTTPException(), 1)],
)
def test_the_exit_status_tells_whether_the_blog_is_alive(monkeypatch, answer, exit_status):
    monkeypatch.setattr(FakeConnection, "answer", answer)
    monkeypatch.setattr("http.client.HTTPConnection", FakeConnection)

    with pytest.raises(SystemExit) as ended:
        runpy.run_module("microblog.probe", run_name="__main__")

    assert ended.value.code == exit_status
