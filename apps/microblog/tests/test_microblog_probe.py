import runpy
from http.client import HTTPException
from types import SimpleNamespace

import pytest

from app import probe


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
    ("answer", "is_alive"),
    [(200, True), (500, False), (ConnectionRefusedError(), False), (HTTPException(), False)],
)
def test_only_an_answer_of_200_means_alive(monkeypatch, answer, is_alive):
    monkeypatch.setattr(FakeConnection, "answer", answer)
    monkeypatch.setattr(probe, "HTTPConnection", FakeConnection)

    assert probe.alive() is is_alive


@pytest.mark.parametrize(("answer", "exit_status"), [(200, 0), (503, 1)])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_exit_status_is_the_answer(monkeypatch, answer, exit_status):
    monkeypatch.setattr(FakeConnection, "answer", answer)
    monkeypatch.setattr("http.client.HTTPConnection", FakeConnection)

    with pytest.raises(SystemExit) as ended:
        runpy.run_module("app.probe", run_name="__main__")

    assert ended.value.code == exit_status
