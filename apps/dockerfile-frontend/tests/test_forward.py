import runpy
import sys
from types import SimpleNamespace

import pytest

from frontend.forward import forward, options
from frontend.grpc import CallError
from frontend.protobuf import bytes_field, bytes_fields, map_field, number_field

OPTIONS = {b"cmdline": b"docker/dockerfile:1", b"build-arg:A": b"b=c", b"target": b""}


class Bridge:
    """An engine that answers from a table."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = {}

    def call(self, method, message=b""):
        self.asked[method] = message
        answer = self.answers.get(method, b"")
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def bridge():
    return Bridge(Solve=bytes_field(3, b"the result"))


def entries(message, field):
    """A map of a message."""
    return {
        next(bytes_fields(entry, 1)): next(bytes_fields(entry, 2))
        for entry in bytes_fields(message, field)
    }


def test_options_come_from_the_environment():
    environment = {
        b"PATH": b"/bin=x",
        b"BUILDKIT_FRONTEND_OPT_0": b"cmdline=docker/dockerfile:1",
        b"BUILDKIT_FRONTEND_OPT_1": b"build-arg:A=b=c",
        b"BUILDKIT_FRONTEND_OPT_12": b"target=",
        b"BUILDKIT_SESSION_ID": b"abc",
    }

    assert options(environment) == OPTIONS


def test_the_engines_own_front_end_gets_every_option(bridge):
    forward(bridge, OPTIONS)

    assert list(bytes_fields(bridge.asked["Solve"], 2)) == [b"dockerfile.v0"]
    assert entries(bridge.asked["Solve"], 3) == OPTIONS


def test_results_for_several_platforms_are_welcome(bridge):
    forward(bridge, OPTIONS)

    assert number_field(5, 1) + number_field(6, 1) in bridge.asked["Solve"]


def test_what_other_targets_give_is_handed_on(bridge):
    inputs = {b"base": b"definition", b"tools": b"another"}
    bridge.answers["Inputs"] = map_field(1, inputs)

    forward(bridge, OPTIONS)

    assert entries(bridge.asked["Solve"], 13) == inputs


def test_the_result_is_returned_as_it_came(bridge):
    forward(bridge, OPTIONS)

    assert bridge.asked["Return"] == bytes_field(1, b"the result")


def test_an_error_is_returned_as_it_came(bridge):
    bridge.answers["Solve"] = CallError(b"the status")

    forward(bridge, OPTIONS)

    assert bridge.asked["Return"] == bytes_field(2, b"the status")


def test_the_program_talks_to_the_engine_on_its_standard_streams(engine, monkeypatch):
    engine.answers = {"Solve": bytes_field(3, b"the result")}
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=engine.source))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=engine.sink))
    monkeypatch.setenv("BUILDKIT_FRONTEND_OPT_0", "cmdline=docker/dockerfile:1")

    runpy.run_module("frontend", run_name="__main__")

    assert [method for method, _message in engine.asked] == ["Inputs", "Solve", "Return"]
    assert b"docker/dockerfile:1" in engine.asked[1][1]
    assert engine.asked[2][1] == bytes_field(1, b"the result")
