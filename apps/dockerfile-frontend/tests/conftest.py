"""An engine at the other end of the pipes, as BuildKit is one."""

import base64
import socket
import struct
import threading

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded

from frontend.grpc import Client


class Engine:
    """Answers each call from a table, and keeps what it was asked.

    An answer is a message, the headers of an error, or None, which ends the call without one.
    """

    def __init__(self, wire):
        self.wire = wire
        self.http2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.answers = {}
        self.asked = []

    def serve(self):
        self.http2.initiate_connection()
        path, message = "", b""
        while events := self.receive():
            for event in events:
                if isinstance(event, RequestReceived):
                    path, message = dict(event.headers)[":path"], b""
                elif isinstance(event, DataReceived):
                    message += event.data
                elif isinstance(event, StreamEnded):
                    self.answer(event.stream_id, path.rpartition("/"), message)

    def receive(self):
        """Wait for the front end; nothing when it is gone."""
        self.wire.sendall(self.http2.data_to_send())
        if not (received := self.wire.recv(65536)):
            return []
        events = self.http2.receive_data(received)
        for event in events:
            if isinstance(event, DataReceived):
                length = event.flow_controlled_length
                self.http2.acknowledge_received_data(length, event.stream_id)
        return events or [None]

    def answer(self, stream, path, message):
        service, _, method = path
        assert service == "/moby.buildkit.v1.frontend.LLBBridge"
        assert struct.unpack(">?I", message[:5]) == (False, len(message) - 5)
        self.asked.append((method, message[5:]))
        answer = self.answers.get(method, b"")
        if answer is None:
            self.http2.reset_stream(stream)
            return
        self.http2.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc")])
        if isinstance(answer, dict):
            self.http2.send_headers(stream, answer.items(), end_stream=True)
            return
        unsent = struct.pack(">?I", False, len(answer)) + answer
        while unsent:
            room = self.http2.local_flow_control_window(stream)
            size = min(room, self.http2.max_outbound_frame_size)
            if size:
                self.http2.send_data(stream, unsent[:size])
                unsent = unsent[size:]
            else:
                self.receive()
        self.http2.send_headers(stream, [("grpc-status", "0")], end_stream=True)


@pytest.fixture
def engine():
    """The engine, with `source` and `sink` as the front end's ends of the pipes."""
    here, there = socket.socketpair()
    engine = Engine(there)
    engine.source, engine.sink = here.makefile("rb"), here.makefile("wb")
    thread = threading.Thread(target=engine.serve)
    thread.start()
    yield engine
    there.shutdown(socket.SHUT_RDWR)
    thread.join()
    for each in (engine.source, here, there):
        each.close()


@pytest.fixture
def client(engine):
    return Client(engine.source, engine.sink)


@pytest.fixture
def refusal():
    """A function that makes the headers of an answer that says no."""

    def headers(code, message, details=b""):
        found = {"grpc-status": str(code), "grpc-message": message}
        if details:
            # Go leaves the padding out.
            found["grpc-status-details-bin"] = base64.b64encode(details).decode().rstrip("=")
        return found

    return headers
