import io

import pytest

from frontend.grpc import CallError, Client
from frontend.protobuf import bytes_field, number_field


def test_a_call_gives_the_answer(client, engine):
    engine.answers = {"Ping": b"pong"}

    assert client.call("Ping", b"hello") == b"pong"
    assert engine.asked == [("Ping", b"hello")]


def test_calls_follow_each_other_on_one_connection(client, engine):
    engine.answers = {"Inputs": b"1", "Solve": b"2"}

    assert [client.call("Inputs"), client.call("Solve"), client.call("Return")] == [b"1", b"2", b""]


def test_messages_may_be_larger_than_any_window(client, engine):
    request, answer = b"q" * 1_000_000, b"a" * 1_000_000
    engine.answers = {"Solve": answer}

    assert client.call("Solve", request) == answer
    assert engine.asked == [("Solve", request)]


def test_an_error_is_told_with_its_details_however_long(client, engine, refusal):
    # The details repeat code and text, and hold the Dockerfile as well.
    whole = number_field(1, 5) + bytes_field(2, b"not found") + bytes_field(3, b"#" * 60_001)
    engine.answers = {"Solve": refusal(5, "not found", whole)}

    with pytest.raises(CallError) as error:
        client.call("Solve")
    assert error.value.status == whole


def test_an_error_without_details_has_code_and_text(client, engine, refusal):
    engine.answers = {"Solve": refusal(2, "caf%C3%A9 100%25")}

    with pytest.raises(CallError) as error:
        client.call("Solve")
    assert error.value.status == number_field(1, 2) + bytes_field(2, "café 100%".encode())


def test_an_answer_without_a_status_is_an_error(client, engine):
    engine.answers = {"Solve": {"other": "1"}}

    with pytest.raises(CallError) as error:
        client.call("Solve")
    assert b"no reason" in error.value.status


def test_an_engine_that_gives_up_ends_the_program(client, engine):
    engine.answers = {"Solve": None}

    with pytest.raises(ConnectionAbortedError, match="Solve"):
        client.call("Solve")


def test_an_engine_that_is_gone_ends_the_program():
    client = Client(io.BytesIO(), io.BytesIO())

    with pytest.raises(ConnectionAbortedError, match="closed"):
        client.call("Solve")
